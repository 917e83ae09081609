// Erasing and the rules of retention over real sockets: what isn't understood destroys nothing.
#include "tests/api/people.h"

namespace linli::test {

TEST_CASE("personal: a dry run that isn't written as one destroys nothing", "[api][I10]") {
  Office office;
  auto here = office.browser();
  const auto record = "/api/v1/records/staff/" + sync::to_text(office.staff.id) + "/erase";
  for (const auto& [path, body] :
       {std::pair<std::string, Json>{record, {{"fields", {"phone"}}, {"reason", "x"}}},
        std::pair<std::string, Json>{"/api/v1/person/erase", {{"who", "张三"}, {"reason", "x"}}},
        std::pair<std::string, Json>{"/api/v1/retention/run", Json::object()}}) {
    for (const auto& meant : {Json("true"), Json(1), Json(nullptr), Json::array({true})}) {
      auto asked = body;
      asked["dry_run"] = meant;
      INFO(path << " " << meant.dump());
      const auto answer = here.ask("POST", path, asked.dump());
      CHECK(said(answer) == "422 bad_value");
      CHECK(Json::parse(answer.body)["field"] == "dry_run");
    }
    CHECK(said(here.ask("POST", path, "[]")) == "422 bad_value");
    auto dry = body;
    dry["dry_run"] = true;
    CHECK(said(here.ask("POST", path, dry.dump())) == "200");
  }
  CHECK(field(office.node, "staff", office.staff, "phone") == "13800000000");
}

}  // namespace linli::test
