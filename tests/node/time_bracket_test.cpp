// The hub's two times around each change set, beside the time that its author states: what was made
// up afterwards, or by a wrong clock, stands out.
#include "node/store/reading.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr sync::Micros kHour = 3'600'000'000;

Json step_of(Node& node, const char* type, const sync::RecordId& id) {
  const auto history = store::record_history(node->store(), type, kOffice, id);
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
  exchange(office, hub);
  const auto honest = put(office, "compound", compound("410702003901001"));
  exchange(office, hub);

  // One that names a head of the hub's history from after its own time.
  auto pen = Pen::of(office, kOffice);
  sync::RecordId made_up{};
  const auto set = pen.write([&](sync::ChangeSet& made) {
    made_up = made.changes[0].id;
    made.seen = sync::Seen{1, 1, {}, made.time_base + kHour};
  });
  REQUIRE(take(hub, {set}, office) == std::vector<std::string>{"accepted"});
  const auto early = step_of(hub, "building", made_up);
  CHECK(early["out_of_bracket"] == true);
  CHECK(early["not_before"].get<std::string>() > early["at"].get<std::string>());
  exchange(office, hub);

  // And one that says it was written an hour after it came.
  city.time += kHour;
  const auto later = put(office, "compound", compound("410702003901003"));
  city.time -= kHour;
  exchange(office, hub);
  exchange(office, hub);
  for (auto* node : {&office, &hub}) {
    const auto good = step_of(*node, "compound", honest.id);
    CHECK(good["out_of_bracket"] == false);
    CHECK(good["safe_since"].is_string());
    const auto late = step_of(*node, "compound", later.id);
    CHECK(late["out_of_bracket"] == true);
    CHECK(late["at"].get<std::string>() > late["safe_since"].get<std::string>());
  }
}

}  // namespace linli::test
