// A snapshot stands for another branch of a feed than the one that is here, or for one that can't
// be compared with it any more.
#include "node/pruning.h"
#include "node/snapshots.h"
#include "tests/support/disks.h"

namespace linli::test {
namespace {

/// The street holds the hub's snapshot instead of what it covers.
void prune(RelayedCity& c) {
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*c.street));
  exchange(c.street, c.hub);
  REQUIRE(node::prune(*c.street, c.street->now() + 1)->sets >= 1);
}

std::string numbered(int n) { return "41070200390100" + std::to_string(n); }

}  // namespace

TEST_CASE("a snapshot over another branch: that gives way everywhere and is written again",
          "[node][I1][I3][I5]") {
  const int there = GENERATE(1, 2, 3), here = GENERATE(1, 2, 3);
  const bool common = GENERATE(false, true);  // Do both branches begin with one set?
  CAPTURE(there, here, common);
  RelayedCity c;
  auto& phone = c.city.enrol(kOffice, "示例手机", crypto::Role::device, &c.office);
  c.bring_up();
  exchange(phone, c.office);
  std::vector<Outcome> written;
  if (common) written.push_back(put(c.office, "compound", compound(numbered(0))));
  const Copy before(c.city, c.office);
  for (int i = 0; i < there; ++i) {
    written.push_back(put(c.office, "compound", compound(numbered(1 + i))));
  }
  c.bring_up();
  prune(c);
  before.put_back(true);
  for (int i = 0; i < here; ++i) {
    written.push_back(put(c.office, "compound", compound(numbered(5 + i))));
  }
  exchange(phone, c.office);
  for (int i = 0; i < 3; ++i) {
    c.bring_up();
    exchange(c.office, c.street);
    exchange(phone, c.office);
  }
  const auto end = [&](Node& node) {
    return rows(node,
                "SELECT hex(feed), tip_seq, hex(tip_hash), receipted_seq FROM feed f JOIN author a "
                "ON a.id = f.author WHERE lower(hex(a.author)) = '" +
                    crypto::to_hex(c.office->identity().author.view()) + "' ORDER BY 1");
  };
  for (auto* node : {&c.hub, &c.street, &c.office, &phone}) {
    CAPTURE(node == &c.hub      ? "hub"
            : node == &c.street ? "street"
            : node == &phone    ? "phone"
                                : "office");
    for (const auto& record : written)
      CHECK(field(*node, "compound", record, "name") == "示例小区");
    CHECK(faults(*node) == std::vector<std::string>{});
    CHECK(number(*node, "SELECT count(*) FROM waiting") == 0);
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    CHECK(end(*node) == end(c.hub));
  }
  CHECK(exchange(phone, c.office).round_trips == 1);
  CHECK(exchange(c.office, c.street).round_trips == 1);
}

TEST_CASE("a snapshot over more than is here, unconfirmed: it stands for it, and nothing is blamed",
          "[node][I3]") {
  // Who was put back reads from the beginning, and meets the snapshot in every exchange until then.
  const bool from_the_beginning = GENERATE(false, true);
  CAPTURE(from_the_beginning);
  RelayedCity c;
  auto& desk = c.city.enrol(kOffice, "第二工位", crypto::Role::office, &c.street);
  exchange(desk, c.street);
  const auto first = put(c.office, "compound", compound(numbered(1)));
  exchange(c.office, c.street);
  exchange(desk, c.street);  // Before the hub has confirmed it.
  const Copy before(c.city, desk);
  const auto second = put(c.office, "compound", compound(numbered(2)));
  c.bring_up();
  if (from_the_beginning) exchange(desk, c.street);
  prune(c);
  if (from_the_beginning) before.put_back(false);
  for (int i = 0; i < 2; ++i) exchange(desk, c.street);
  for (const auto& record : {first, second}) {
    CHECK(field(desk, "compound", record, "name") == "示例小区");
  }
  CHECK(faults(desk) == std::vector<std::string>{});
  CHECK(number(desk, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(desk, "SELECT count(*) FROM waiting") == 0);
  CHECK(number(desk, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(exchange(desk, c.street).round_trips == 1);
}

}  // namespace linli::test
