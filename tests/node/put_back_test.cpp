// What only some have when a disk is put back, and how it gets to everybody after all.
#include "tests/support/disks.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {

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

}  // namespace linli::test
