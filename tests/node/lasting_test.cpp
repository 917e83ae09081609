// What lasts in a closed state is told once, by the move that makes it true, and stays.
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {

TEST_CASE("lasting: a standard is published after its approval closed it, and not once more",
          "[node]") {
  City city;
  Node& office = city.enrol(kOffice, "示例社区");
  exchange(office, city.hub());
  put(office, "compound", compound("410702003901001"));
  exchange(office, city.hub());
  const auto here = [](std::string_view json) {
    auto read = Json::parse(json);
    read["scope"] = kOffice;
    return read.dump();
  };
  Node& hub = city.hub();
  put(hub, "service_contract", here(model::test::kContract));
  const auto standard = put(hub, "service_standard", here(model::test::kStandard));
  edit(hub, "service_standard", standard, R"({"status":"submitted"})");
  edit(hub, "service_standard", standard, R"({"status":"under_review"})");
  edit(hub, "service_standard", standard,
       R"({"status":"approved","approved_on":"2023-05-01","approved_by":"红旗区住建局"})");
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  // By the office, so that the hub judges it as it comes in.
  edit(office, "service_standard", standard,
       R"({"status":"published","published_on":"2023-05-03"})");
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  CHECK(field(hub, "service_standard", standard, "status") == "published");
  CHECK(field(hub, "service_standard", standard, "published_on") == "2023-05-03");

  auto again = wish("service_standard", R"({"status":"in_force","in_force_from":"2023-06-01",
      "published_on":"2023-05-20"})");
  again.id = standard.id;
  again.scope = standard.scope;
  const auto refused = office->put({again});
  REQUIRE(refused);
  CHECK(refusal(refused->front()) == "frozen published_on");
}

}  // namespace linli::test
