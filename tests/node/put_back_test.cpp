// What only some have when a disk is put back, and how it gets to everybody after all.
#include "node/backup.h"
#include "node/scopes.h"
#include "tests/support/disks.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {

namespace {

constexpr const char* kUnit =
    R"({"code":"410702003902","level":"community","name":"后来的社区","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})";

}  // namespace

TEST_CASE("rolled back, by stick only: what was written meanwhile is written again", "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  (void)put(office, "compound", compound(kCode));
  carry(office, hub);
  carry(hub, office);
  const Copy copy(city, office);
  const auto lost = put(office, "compound", compound("410702003901002"));
  carry(office, hub);
  copy.put_back(true);
  const auto early = put(office, "compound", compound("410702003901003"));
  carry(hub, office);
  carry(hub, office, {.since = {}, .all = true, .photos = false});
  CHECK(field(office, "compound", lost, "name") == "示例小区");
  CHECK(field(office, "compound", early, "name") == "示例小区");
  CHECK(number(office, "SELECT count(*) FROM aside") == 0);
  carry(office, hub);
  CHECK(field(hub, "compound", early, "name") == "示例小区");
  carry(hub, office);
  CHECK((export_all(office) == export_all(hub)));
  check_whole(office);
}

TEST_CASE("restored hub, by stick only: what it had confirmed and lost is in the next bundle",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  const auto to_and_fro = [&] {
    carry(office, hub);
    carry(hub, office);
  };
  carry(hub, office);
  (void)put(office, "compound", compound(kCode));
  to_and_fro();
  const Copy copy(city, hub);
  const auto lost = put(office, "compound", compound("410702003901002"));
  to_and_fro();
  copy.put_back(false);
  CHECK(hub->was_rolled_back());
  carry(hub, office);
  const auto later = put(office, "compound", compound("410702003901003"));
  to_and_fro();
  to_and_fro();
  CHECK(field(hub, "compound", lost, "name") == "示例小区");
  CHECK(field(hub, "compound", later, "name") == "示例小区");
  CHECK(number(hub, "SELECT count(*) FROM waiting") == 0);
  CHECK((export_all(office) == export_all(hub)));
  Json next;
  pack(office, hub, {}, &next);
  CHECK(next["parcels"] == 0);
}

TEST_CASE("restored hub: an office that has only sticks since sends nothing for ever",
          "[node][I1][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& neighbour = city.enrol(kOffice, "示例社区二号机");
  // Its feed ends here: the receipt for that is of the hub's epoch before, for ever.
  exchange(neighbour, hub);
  (void)put(neighbour, "compound", compound("410702003901009"));
  for (int i = 0; i < 2; ++i) exchange(neighbour, hub);
  exchange(office, hub);
  (void)put(office, "compound", compound(kCode));
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  const auto file = city.folder.path() / "backup";
  REQUIRE(node::back_up(hub.dir, file, 1));
  const auto lost = put(office, "compound", compound("410702003901002"));
  for (int i = 0; i < 2; ++i) exchange(office, hub);  // This the hub loses.
  hub.close();
  std::filesystem::remove_all(hub.dir);
  REQUIRE(node::restore(file, hub.dir, hub.clock));
  hub.open();
  std::vector<std::uint64_t> after;
  for (int round = 1; round <= 4; ++round) {
    const auto made = put(office, "building", building(round));
    Json json;
    import(hub, pack(office, hub, {}, &json));
    after.push_back(json["after"].get<std::uint64_t>());
    CHECK((round == 1 || !get(hub, "building", made).is_null()));
    carry(hub, office);
  }
  Json next;
  pack(office, hub, {}, &next);
  CAPTURE(after);
  CHECK(next["parcels"] == 0);
  CHECK(after[3] > after[2]);
  CHECK(number(hub, "SELECT count(*) FROM waiting") == 0);
  CHECK(field(hub, "compound", lost, "name") == "示例小区");
  CHECK(number(hub, "SELECT count(*) FROM r_building") == 4);
  CHECK(faults(hub) == std::vector<std::string>{});
  CHECK(faults(office) == std::vector<std::string>{});
}

TEST_CASE("rolled back: what it had given away by stick only comes back by the line",
          "[node][I1]") {
  RelayedCity c;
  c.bring_up();
  const Copy copy(c.city, c.hub);
  const auto made = put(c.hub, "org_unit", kUnit);
  carry(c.hub, c.street);
  copy.put_back(true);
  for (int i = 0; i < 3; ++i) {
    exchange(c.office, c.street);
    exchange(c.street, c.hub);
  }
  for (auto* node : {&c.hub, &c.street, &c.office}) {
    CHECK(field(*node, "org_unit", made, "name") == "后来的社区");
    check_whole(*node);
  }
}

TEST_CASE("rolled back between what a reader has read and what it brought: it is brought again",
          "[node][I1]") {
  RelayedCity c;
  c.bring_up();
  // More than three answers hold.
  std::string many;
  for (int i = 0; i < 190; ++i) many += "区";
  for (int i = 2; i < 100; ++i) {
    put(c.hub, "org_unit",
        R"({"code":"4107020039)" + std::to_string(100 + i).substr(1) +
            R"(","level":"community","name":"社区)" + many +
            R"(","code_authority":"stats","parent":"410702003","valid_from":"2023-01-01"})");
  }
  const Copy copy(c.city, c.hub);
  const auto made = put(c.office, "compound", compound("410702003901009"));
  exchange(c.office, c.street);
  node::Portions portions;
  int answers = 0;
  Line line;
  line.answer = [&](std::string&) {
    c.city.time += 2'500'000;  // So slow that they stay small.
    return ++answers < 4;
  };
  const auto broken = try_exchange(c.street, c.hub, line, nullptr, &portions);
  REQUIRE_FALSE(broken);
  REQUIRE_FALSE(get(c.hub, "compound", made).is_null());
  copy.put_back(true);
  for (int i = 0; i < 3; ++i) {
    exchange(c.street, c.hub);
    exchange(c.office, c.street);
  }
  CHECK_FALSE(get(c.hub, "compound", made).is_null());
  CHECK(get(c.office, "compound", made)["confirmed"] == true);
  check_whole(c.street);
}

TEST_CASE("rolled back to a scope that it lost since: what it writes there waits for approval",
          "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  const auto meet = [&] {
    for (int i = 0; i < 4; ++i) exchange(office, hub);
  };
  const auto change = [&](std::vector<std::string> add, std::vector<std::string> remove) {
    REQUIRE(node::change_scopes(*hub, office->identity().author, {add, remove}));
    meet();
  };
  const auto put_there = [&](const char* code) {
    auto there = wish("compound", compound(code));
    there.scope = kOtherOffice;
    const auto wrote = office->put({there});
    REQUIRE((wrote && wrote->front().faults.empty()));
    return wrote->front();
  };
  change({kOtherOffice}, {});
  const Copy copy(city, office);
  (void)put_there("410703001901001");
  meet();
  change({}, {kOtherOffice});
  copy.put_back(true);
  // Under the number that the hub knows as another set's; and one that nothing stands in the way
  // of.
  const auto there = put_there("410703001901002");
  const auto here = put(office, "compound", compound(kCode));
  meet();
  CHECK(number(office, "SELECT count(*) FROM aside") == 0);
  CHECK(field(hub, "compound", here, "name") == "示例小区");
  CHECK(get(hub, "compound", there).is_null());
  const auto held = [&] {
    auto lease = hub->store().read();
    auto s = lease->prepare("SELECT hash FROM log WHERE standing = 1");
    std::vector<Hash> sets;
    while (s.step()) sets.push_back(Hash::of(s.blob(0)));
    return sets;
  }();
  REQUIRE(held.size() == 1);
  REQUIRE(hub->approve(held.front(), "补录"));
  CHECK(field(hub, "compound", there, "name") == "示例小区");
  meet();
  CHECK(
      number(office, "SELECT count(*) FROM log l JOIN scope s ON s.id = l.scope WHERE s.path = '" +
                         std::string(kOtherOffice) + "'") == 0);
  check_whole(office);
  check_whole(hub);
}

}  // namespace linli::test
