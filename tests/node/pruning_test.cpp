// What those below still learn from a node that has pruned.
#include "node/pruning.h"

#include "node/snapshots.h"
#include "tests/support/city.h"

namespace linli::test {

TEST_CASE("prune: who pruned still tells those below what is confirmed", "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  exchange(street, hub);
  exchange(office, street);
  put(office, "compound", compound("410702003901001"));
  exchange(office, street);
  exchange(street, hub);
  exchange(street, hub);
  REQUIRE(node::make_snapshots(*hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*street));
  exchange(street, hub);
  // The office hasn't been there since: its receipt goes, and the snapshot stands for it.
  REQUIRE(node::prune(*street, street->now() + 1)->sets >= 1);
  exchange(office, street);
  CHECK(number(office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(faults(office) == std::vector<std::string>{});
  CHECK(exchange(office, street).received == 0);
}

}  // namespace linli::test
