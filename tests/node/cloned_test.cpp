// Two machines with one key that are both in use, and disks that only look like it.
#include "tests/support/disks.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  fs::path copy = city.folder.path() / "copy";
  Scene() { settle(); }
  void settle() {
    for (int i = 0; i < 3; ++i) exchange(office, hub);
  }
  void back_up(Node& node) {
    node.close();
    copy_folder(node.dir, copy);
    node.open();
  }
  void put_back(Node& node, bool mark) {
    node.close();
    copy_folder(copy, node.dir, mark);
    node.open();
  }
};

/// An office and a copy of its folder that are both in use.
struct Pair : Scene {
  Node twin{city.folder.path() / "twin", city.time};
  int written = 0;
  std::vector<Outcome> records;
  Pair() {
    // Lately it was put back: what it wrote in the minutes since may be news to it.
    REQUIRE(office->succeed("restored"));
    settle();
    back_up(office);
    copy_folder(copy, twin.dir);
    twin.open();
  }
  void write(Node& node) {
    if (node->cloned()) return;
    const auto code = std::to_string(410702003901000 + ++written);
    records.push_back(put(node, "compound", compound(code)));
  }
  /// For so many seconds each writes, if it does at all, and exchanges. How long until one stopped.
  std::int64_t run(std::int64_t seconds, bool twin_writes) {
    for (std::int64_t at = 0; at < seconds; at += 3) {
      city.time += 3'000'000;
      write(office);
      (void)try_exchange(office, hub).has_value();
      if (twin_writes) write(twin);
      (void)try_exchange(twin, hub).has_value();
      if (office->cloned() || twin->cloned()) return at;
    }
    return seconds;
  }
};

}  // namespace

TEST_CASE("cloned machine: one of two that are both busy is stopped within minutes",
          "[node][I1][I5]") {
  Pair s;
  CHECK(s.run(600, true) <= 120);
  REQUIRE((s.office->cloned() || s.twin->cloned()));
  // The other one goes on alone, and what either has written is at the hub.
  auto& stopped = s.office->cloned() ? s.office : s.twin;
  auto& left = s.office->cloned() ? s.twin : s.office;
  REQUIRE_FALSE(left->cloned());
  for (int i = 0; i < 200; ++i) {
    s.city.time += 3'000'000;
    s.write(left);
    exchange(left, s.hub);
  }
  CHECK_FALSE(left->cloned());
  left.close();
  REQUIRE(stopped->go_on_alone());
  for (int i = 0; i < 3; ++i) exchange(stopped, s.hub);
  CHECK_FALSE(stopped->cloned());
  for (const auto& record : s.records) {
    CHECK(field(s.hub, "compound", record, "name") == "示例小区");
  }
  CHECK(faults(s.hub) == std::vector<std::string>{});
  CHECK(faults(stopped) == std::vector<std::string>{});
}

TEST_CASE("cloned machine: a copy that runs and writes nothing is stopped, too", "[node][I5]") {
  Pair s;
  CHECK(s.run(900, false) < 900);
  CHECK(s.twin->cloned());
  CHECK_FALSE(s.office->cloned());
  for (const auto& record : s.records) {
    CHECK(field(s.hub, "compound", record, "name") == "示例小区");
  }
}

TEST_CASE("restored office: what comes back bit by bit from several peers is no second machine",
          "[node][I1][I5]") {
  Scene s;
  auto& phone = s.city.enrol(kOffice, "示例手机", crypto::Role::device, &s.office);
  exchange(phone, s.office);
  auto& third = s.city.enrol(kOffice, "第三台");
  exchange(third, s.hub);
  s.settle();
  const auto hub_copy = s.city.folder.path() / "hub-copy";
  s.back_up(s.hub);
  fs::rename(s.copy, hub_copy);
  s.back_up(s.office);
  std::vector<Outcome> records;
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      s.city.time += 2'000'000;
      const auto code = std::to_string(410702003901000 + ++written);
      records.push_back(put(s.office, "compound", compound(code)));
    }
  };
  // Incarnations one after the other, of which the copy knows nothing, and not everybody
  // everything.
  for (int i = 0; i < 5; ++i) {
    write(10);
    if (i % 2) exchange(phone, s.office);
    for (int again = 0; again < 2; ++again) exchange(s.office, s.hub);
    if (i % 2 == 0) exchange(third, s.hub);
    s.put_back(s.office, i % 2 == 0);
    for (int again = 0; again < 2; ++again) exchange(s.office, s.hub);
    CHECK_FALSE(s.office->cloned());
  }
  write(10);
  exchange(phone, s.office);
  s.hub.close();
  copy_folder(hub_copy, s.hub.dir, false);
  s.hub.open();
  const bool clock_set_back = GENERATE(false, true);
  CAPTURE(clock_set_back);
  s.put_back(s.office, true);
  if (clock_set_back) s.city.time -= 365LL * 24 * 3600 * 1'000'000;
  for (int i = 0; i < 4; ++i) {
    exchange(s.office, s.hub);
    exchange(i % 2 ? phone : third, i % 2 ? s.office : s.hub);
    s.city.time += 60'000'000;
    write(1);
  }
  for (int i = 0; i < 3; ++i) {
    for (auto* from : {&third, &s.office}) exchange(*from, s.hub);
    exchange(phone, s.office);
  }
  CHECK_FALSE(s.office->cloned());
  REQUIRE(number(s.office, "SELECT value FROM meta WHERE key = 'incarnation'") >= 5);
  for (auto* node : {&s.hub, &s.office, &phone, &third}) {
    for (const auto& record : records) {
      CHECK(field(*node, "compound", record, "name") == "示例小区");
    }
    // With its clock a year back as well the hub flags what it is given again.
    if (!clock_set_back) CHECK(faults(*node) == std::vector<std::string>{});
  }
}

}  // namespace linli::test
