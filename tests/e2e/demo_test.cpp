// The README's first command, and the pages in a real browser.
#include <cstdlib>

#include "tests/e2e/city.h"

namespace linli::e2e {

TEST_CASE("the demo plays its day through and ends well", "[e2e][demo]") {
  const Scratch scratch;
  const auto ran = linli(scratch, {"demo", "--once", "--data", (scratch / "demo").string()});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 0);
}

TEST_CASE("an inspection typed on a phone's screen is counted at the bureau by itself",
          "[e2e][browser]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto command = "node " + std::string(LINLI_BROWSER_TESTS) + "/run.mjs " + city.hub.url() +
                       " " + city.office(0).url() + " " + (city.scratch / "pictures").string() +
                       " > " + (city.scratch / "browser.log").string() + " 2>&1";
  const auto code = std::system(command.c_str());
  INFO(app::read_file(city.scratch / "browser.log"));
  CHECK(code == 0);
}

TEST_CASE("the first account, logging in and out, roles and the audit log on a phone's screen",
          "[e2e][browser][accounts]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  const auto command = "node " + std::string(LINLI_BROWSER_TESTS) + "/accounts.mjs " +
                       city.office(0).url() + " " + (city.scratch / "pictures").string() + " > " +
                       (city.scratch / "browser.log").string() + " 2>&1";
  const auto code = std::system(command.c_str());
  INFO(app::read_file(city.scratch / "browser.log"));
  CHECK(code == 0);
}

}  // namespace linli::e2e
