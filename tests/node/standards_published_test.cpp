// Compounds whose standard is in force ÷ compounds with an active contract (domain 2.4): what has
// no contract is in neither of the two.
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {

TEST_CASE("standards published: never more than the compounds with a contract", "[store][I7]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  for (const auto* code : {"410702003901001", "410702003901002"}) {
    put(office, "compound", compound(code));
  }
  exchange(office, hub);
  const auto contract = [&](const char* code, const char* more) {
    auto json = Json::parse(model::test::kContract);
    json["scope"] = kOffice;
    json["compound"] = {{"key", code}, {"scope", kOffice}};
    json.update(Json::parse(more));
    return put(hub, "service_contract", json.dump());
  };
  const auto first = contract("410702003901001", R"({"end_on":"2029-12-31"})");
  const auto other = contract("410702003901002", R"({"end_on":"2029-12-31"})");
  exchange(office, hub);
  const auto standard = [&](const char* code, const Outcome& of) {
    auto json = Json::parse(model::test::kStandard);
    json["scope"] = kOffice;
    json["compound"] = {{"key", code}, {"scope", kOffice}};
    json["contract"] = {{"id", sync::to_text(of.id)}, {"scope", kOffice}};
    json.update(Json::parse(R"({"status":"in_force","approved_on":"2023-05-01",
      "approved_by":"示例区住建局","published_on":"2023-05-10","in_force_from":"2023-06-01"})"));
    put(hub, "service_standard", json.dump());
  };
  standard("410702003901001", first);
  standard("410702003901002", other);
  const auto share = [&] {
    const auto stat = store::read_stat(hub->store(), {.name = "standards_published",
                                                      .by = {},
                                                      .from = "2025-01-01",
                                                      .to = "2026-01-01",
                                                      .today = {},
                                                      .scope = {},
                                                      .now = hub->now()});
    REQUIRE(stat);
    return (*stat)["total"]["numerator"].dump() + "/" + (*stat)["total"]["denominator"].dump();
  };
  CHECK(share() == "2/2");
  // A contract ends, and the standard of then stands on.
  edit(hub, "service_contract", other, R"({"status":"ended","ended_on":"2025-06-30"})");
  CHECK(share() == "1/1");
  edit(hub, "service_contract", first, R"({"status":"ended","ended_on":"2025-06-30"})");
  CHECK(share() == "0/0");
}

}  // namespace linli::test
