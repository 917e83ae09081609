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

}  // namespace linli::test
