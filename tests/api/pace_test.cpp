// How often an account may ask: one that loops slows down nobody else.
#include "api/pace.h"

#include "tests/api/people.h"

namespace linli::test {

TEST_CASE("pace: an account that asks without end waits alone", "[api][accounts]") {
  Office office;
  office.add("管理员", "office", true);
  office.add("王五", "office");
  auto busy = office.browser(), other = office.browser(), second = office.browser();
  REQUIRE(busy.log_in("王五").status == 200);
  REQUIRE(second.log_in("王五").status == 200);  // The same account in another browser.
  REQUIRE(other.log_in("管理员").status == 200);
  node::HttpAnswer told;
  int asked = 0;
  while (asked < 3000 && told.status != 429) {
    told = busy.ask("GET", "/api/v1/session");
    ++asked;
  }
  REQUIRE(told.status == 429);
  CHECK(asked > 600);  // A page with everything on it may ask for all of that at once.
  CHECK(told.headers.at("retry-after") == "1");
  const auto problem = Json::parse(told.body);
  CHECK(problem["code"] == "slow_down");
  // From the same machine, and not held up: it is the account that is counted.
  CHECK(other.ask("GET", "/api/v1/session").status == 200);
  // And the account is it wherever it is logged in.
  int refused = 0;
  for (int i = 0; i < 200 && refused == 0; ++i) {
    refused += second.ask("GET", "/api/v1/session").status == 429 ? 1 : 0;
  }
  CHECK(refused == 1);
}

TEST_CASE("pace: an IPv6 line counts as one, however many addresses it has", "[api]") {
  using api::network_of;
  CHECK(network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff:abcd:1:9"));
  CHECK(network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1"));
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("::ffff:192.0.2.7") != network_of("::ffff:192.0.2.8"));
  CHECK(network_of("unknown") == "unknown");
}

}  // namespace linli::test
