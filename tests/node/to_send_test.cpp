// What still has to go up, by what the hub confirmed and what the upstream in use holds.
#include "node/upstream.h"
#include "tests/support/city.h"

namespace linli::test {

TEST_CASE("what waits is what the hub hasn't confirmed and the upstream doesn't hold", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& sibling = city.enrol(kOtherOffice, "另一示例社区");
  exchange(office, hub);
  const auto above = hub->identity().certificate;
  const auto beside = node::take_hello(*office, node::hello(*sibling));
  REQUIRE(beside);
  const auto waits = [&](const Hash& peer) { return node::to_send(*office, peer); };
  CHECK(waits(above) == 0);

  put(office, "compound", compound("410702003901001"));
  CHECK(waits(above) == 1);
  CHECK(waits({}) == 1);
  // It may not read it, so that it waits for another upstream.
  CHECK(waits(*beside) == 1);

  exchange(office, hub);
  exchange(office, hub);
  CHECK(waits(above) == 0);
  // Never met: nothing is known of what it holds, but what the hub has needn't go up any more.
  CHECK(waits({}) == 0);
  CHECK(waits(*beside) == 0);
}

}  // namespace linli::test
