// The hub's two times around each change set, beside the time that its author states: what was made
// up afterwards, or by a wrong clock, stands out.
#include "node/store/reading.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr sync::Micros kHour = 3'600'000'000, kDay = 24 * kHour;

Json step_of(Node& node, const Outcome& record) {
  const auto history = store::record_history(node->store(), "compound", record.scope, record.id);
  REQUIRE(history);
  REQUIRE((*history)["items"].size() == 1);
  return (*history)["items"][0];
}

}  // namespace

TEST_CASE("bracket: a stated time that the hub's two times contradict stands out everywhere",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  exchange(office, hub);
  const auto honest = put(office, "compound", compound("410702003901001"));
  exchange(office, hub);

  // The hub goes on for two days, and the office hears of its newest head.
  city.time += 2 * kDay;
  put(other, "compound", compound("410703001901001"));
  exchange(other, hub);
  exchange(office, hub);
  city.time -= kDay;
  const auto earlier = put(office, "compound", compound("410702003901002"));
  city.time += kDay;
  exchange(office, hub);

  // And one that says it was written an hour after it came.
  city.time += kHour;
  const auto later = put(office, "compound", compound("410702003901003"));
  city.time -= kHour;
  exchange(office, hub);
  exchange(office, hub);

  for (auto* node : {&office, &hub}) {
    const auto good = step_of(*node, honest), early = step_of(*node, earlier),
               late = step_of(*node, later);
    INFO(good.dump() << "\n" << early.dump() << "\n" << late.dump());
    CHECK(good["out_of_bracket"] == false);
    CHECK(good["safe_since"].is_string());
    CHECK(early["out_of_bracket"] == true);
    CHECK(early["not_before"].get<std::string>() > early["at"].get<std::string>());
    CHECK(late["out_of_bracket"] == true);
    CHECK(late["at"].get<std::string>() > late["safe_since"].get<std::string>());
  }
}

}  // namespace linli::test
