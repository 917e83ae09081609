// Disks put back while all clocks stand a year behind.
#include "tests/support/disks.h"

namespace linli::test {

TEST_CASE("put back with all clocks a year behind: what is kept of clocks is what receipts say",
          "[node][I3]") {
  const bool mark = GENERATE(true, false);
  const int order = GENERATE(0, 1, 2);
  const bool third = GENERATE(true, false);
  const int times = GENERATE(1, 2);
  CAPTURE(mark, order, third, times);
  constexpr std::int64_t kYear = 366LL * 24 * 3600 * 1'000'000;
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& neighbour = city.enrol(kOffice, "示例社区二号机");
  const auto meet = [&](Node& node) {
    for (int i = 0; i < 2; ++i) exchange(node, hub);
  };
  meet(office);
  meet(neighbour);
  (void)put(office, "compound", compound("410702003901001"));
  meet(office);
  const Copy at_hub(city, hub), at_office(city, office);
  (void)put(office, "compound", compound("410702003901002"));
  meet(office);
  if (third) meet(neighbour);
  city.time -= kYear;
  for (int i = 0; i < times; ++i) {
    at_hub.put_back(mark);
    at_office.put_back(mark);
    (void)put(office, "compound", compound("41070200390101" + std::to_string(i)));
    if (order == 0) meet(office);
    if (order == 1) meet(neighbour);
    if (order == 2) exchange(office, hub);
    (void)put(office, "compound", compound("41070200390102" + std::to_string(i)));
    (void)put(neighbour, "compound", compound("41070200390103" + std::to_string(i)));
    for (int n = 0; n < 2; ++n) {
      meet(office);
      meet(neighbour);
    }
    for (auto* node : {&hub, &office, &neighbour}) {
      CAPTURE(i, node - 0 == &hub ? "hub" : node == &office ? "office" : "neighbour");
      CHECK(faults(*node) == std::vector<std::string>{});
    }
  }
}

}  // namespace linli::test
