// What the hub holds back until somebody approves it.
#include "node/scopes.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr sync::Micros kYears = 365LL * 24 * 3600 * 1'000'000;

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Scene() { exchange(office, hub); }
};

std::int64_t standing(Node& node, int which) {
  return number(node,
                "SELECT count(*) FROM log WHERE kind = 1 AND standing = " + std::to_string(which));
}

Hash held_set(Node& node) {
  auto lease = node->store().read();
  auto s = lease->prepare("SELECT hash FROM log WHERE standing = 1");
  REQUIRE(s.step());
  return Hash::of(s.blob(0));
}

}  // namespace

TEST_CASE("held: what comes under an ended certificate counts nowhere until it is approved",
          "[node][I5]") {
  Scene s;
  const auto before = export_all(s.hub);
  const auto late = put(s.office, "compound", compound("410702003901001"));
  s.city.time += 6 * kYears;
  const auto report = exchange(s.office, s.hub);
  REQUIRE(report.refusals.size() == 1);
  CHECK(report.refusals.front().refused == Errc::held);
  CHECK(standing(s.hub, 1) == 1);
  CHECK(get(s.hub, "compound", late).is_null());
  CHECK(export_all(s.hub) == before);
  CHECK_FALSE(s.office->approve(held_set(s.hub), "no"));
  CHECK(s.hub->approve(crypto::hash({"another"}), "no").error().code == Errc::not_found);
  REQUIRE(s.hub->approve(held_set(s.hub), "核实过"));
  CHECK(field(s.hub, "compound", late, "name") == "示例小区");
  CHECK(standing(s.hub, 1) == 0);
  CHECK(faults(s.hub) == std::vector<std::string>{});
  const auto shown = dump(s.hub);
  s.hub->store().rebuild({});
  CHECK(dump(s.hub) == shown);
}

TEST_CASE("held: a set that took part in a merge is taken back, and counts again, everywhere alike",
          "[node][I3][I5]") {
  Scene s;
  const auto record = put(s.office, "compound", compound("410702003901001"));
  exchange(s.office, s.hub);
  const auto before = export_all(s.hub);
  // The office loses its place while it is off line, and edits there.
  edit(s.office, "compound", record, R"({"name":"断网时改的"})");
  const auto fresh = put(s.office, "compound", compound("410702003901002"));
  REQUIRE(node::change_scopes(*s.hub, s.office->identity().author, {{kOtherOffice}, {kOffice}}));
  exchange(s.office, s.hub);
  CHECK(export_all(s.hub) == before);
  CHECK(standing(s.hub, 1) >= 1);
  CHECK(faults(s.hub) == std::vector<std::string>{});
  while (standing(s.hub, 1) > 0) REQUIRE(s.hub->approve(held_set(s.hub), "搬迁前的工作"));
  CHECK(field(s.hub, "compound", record, "name") == "断网时改的");
  CHECK(field(s.hub, "compound", fresh, "name") == "示例小区");
  CHECK(number(s.hub, "SELECT count(*) FROM conflict") == 0);
  CHECK(faults(s.hub) == std::vector<std::string>{});
  // A newcomer that gets set, receipt, ruling and approval in one go shows the same.
  auto& next = s.city.enrol(kOffice, "接手社区");
  exchange(next, s.hub);
  CHECK(field(next, "compound", record, "name") == "断网时改的");
  CHECK(faults(next) == std::vector<std::string>{});
}

TEST_CASE("held: a ruling reaches who had taken the set already", "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto record = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  exchange(office, street);
  edit(office, "compound", record, R"({"name":"改在中间"})");
  exchange(office, street);
  CHECK(field(street, "compound", record, "name") == "改在中间");
  REQUIRE(node::change_scopes(*street, office->identity().author,
                              {{std::string(kStreet) + "/410702003902"}, {kOffice}}));
  // The hub hears of the new certificate before it hears of the edit.
  edit(office, "compound", record, R"({"name":"太晚了"})");
  exchange(street, hub);
  exchange(street, hub);
  c.bring_up();
  CHECK(field(hub, "compound", record, "name") == field(street, "compound", record, "name"));
  CHECK(field(street, "compound", record, "name") != "太晚了");
  CHECK(faults(street) == std::vector<std::string>{});
  CHECK(faults(hub) == std::vector<std::string>{});
  const auto shown = dump(street);
  street->store().rebuild({});
  CHECK(dump(street) == shown);
}

}  // namespace linli::test
