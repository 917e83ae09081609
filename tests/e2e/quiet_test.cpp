// An office where nothing runs but a command now and then.
#include "tests/e2e/city.h"

namespace linli::e2e {

TEST_CASE("a command that finds nothing new costs one round trip and at most 600 bytes each way",
          "[e2e][I9]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  office.stop();
  // Each is a process of its own: none may begin by asking what the one before it knew.
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    const auto told = Json::parse(must(city.scratch, {"sync", "--data", office.data(), "--json"}));
    CHECK(told["round_trips"] == 1);
    CHECK((told["sent"] == 0 && told["received"] == 0));
    CHECK(told["bytes_out"] <= 600);
    CHECK(told["bytes_in"] <= 600);
  }
}

}  // namespace linli::e2e
