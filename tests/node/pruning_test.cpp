// What those below still learn from a node that has pruned.
#include "node/pruning.h"

#include "node/snapshots.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// The street takes the hub's snapshot and lets go of everything, and the office, which hasn't been
/// there since, comes.
void prune_and_meet(RelayedCity& c) {
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*c.street));
  exchange(c.street, c.hub);
  REQUIRE(node::prune(*c.street, c.street->now() + 1)->sets >= 1);
  exchange(c.office, c.street);
}

void check_confirmed(RelayedCity& c) {
  CHECK(number(c.office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(faults(c.office) == std::vector<std::string>{});
  CHECK(exchange(c.office, c.street).received == 0);
}

}  // namespace

TEST_CASE("prune: who pruned still tells those below what is confirmed", "[node][I1]") {
  RelayedCity c;
  put(c.office, "compound", compound("410702003901001"));
  c.bring_up();
  prune_and_meet(c);
  check_confirmed(c);
}

TEST_CASE("prune: a clock that the hub flagged is heard of before the snapshot made with it",
          "[node][I1][I3]") {
  RelayedCity c;
  // Of the street's own set only the snapshot will tell the office that it is confirmed.
  put(c.street, "compound",
      compound("410702003901001", R"({"scope":")" + std::string(kOffice) + R"("})"));
  exchange(c.office, c.street);
  c.office.clock.ahead = 40LL * 24 * 3600 * 1'000'000;
  put(c.office, "compound", compound("410702003901002"));
  c.bring_up();
  REQUIRE(number(c.street, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
  REQUIRE(number(c.office, "SELECT count(*) FROM log WHERE trusted = 0") == 0);
  prune_and_meet(c);
  CHECK(number(c.office, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
  check_confirmed(c);
}

}  // namespace linli::test
