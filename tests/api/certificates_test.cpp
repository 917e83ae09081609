// Anybody may ask about a certificate, and learns no more than the paper says without its name.
#include "tests/api/people.h"

namespace linli::test {

TEST_CASE("api: a certificate is checked by its number without a login", "[api][training]") {
  Office office;
  office.add("管理员", "office", true);
  auto here = office.browser();
  auto far = office.far();
  const std::string base = "/api/v1/public/certificates/";
  for (auto* caller : {&here, &far}) {
    const auto unknown = caller->ask("GET", base + "%E6%96%B01%E5%8F%B7");
    REQUIRE(said(unknown) == "200");
    const auto json = Json::parse(unknown.body);
    CHECK(json["number"] == "新1号");
    CHECK(json["verdict"] == "unknown");
    CHECK(json["course"].is_null());
    CHECK(said(caller->ask("GET", "/api/v1/credit")) == "401 unauthorised");
  }
  CHECK(said(here.ask("GET", base + std::string(200, 'x'))) == "422 bad_value");
  CHECK(said(here.ask("GET", base + "%C3%28")) == "422 bad_value");
  CHECK(said(here.ask("POST", base + "1", "{}")) == "401 unauthorised");
}

TEST_CASE("api: who asks about certificates without end has to wait", "[api][training]") {
  Office office;
  office.add("管理员", "office", true);
  auto far = office.far();
  int asked = 0, status = 200;
  for (; status == 200 && asked < 5000; ++asked) {
    status = far.ask("GET", "/api/v1/public/certificates/" + std::to_string(asked)).status;
  }
  CHECK(status == 429);
  CHECK(asked > 100);
}

}  // namespace linli::test
