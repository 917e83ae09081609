// What commands say: the API's own reason where a running node answers, Chinese first with English
// beside it, and nodes as the running hub knows them.
#include <cstdlib>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

/// Sets LANG, and nothing that stands above it, for the commands of a test.
class Locale {
 public:
  explicit Locale(const char* lang) {
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::setenv("LANG", lang, 1);
  }
  ~Locale() { ::unsetenv("LANG"); }
  Locale(const Locale&) = delete;
  Locale& operator=(const Locale&) = delete;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("commands carry a running node's reason in Chinese first and in English", "[e2e]") {
  City city({kCommunityA});
  const std::string absent(64, 'a');
  const auto got = [&] {
    return linli(city.scratch, {"blobs", "get", "--data", city.hub.data(), absent, "--out",
                                (city.scratch / "absent").string()});
  };
  for (const char* lang : {"zh_CN.UTF-8", "C.UTF-8", ""}) {
    const Locale locale(lang);
    const auto ran = got();
    CAPTURE(lang, ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.err, "linli: 没有找到"));
    CHECK(holds(ran.err, "not_found: this attachment isn't here"));
  }
  const Locale locale("en_US.UTF-8");
  const auto ran = got();
  CAPTURE(ran.err);
  CHECK(ran.err.rfind("linli: not_found: this attachment isn't here", 0) == 0);
}

TEST_CASE("nodes are listed as the running hub knows them with every path", "[e2e]") {
  City city({kCommunityA});
  const std::string second = "410700/410702/410702003/410702003999";
  const auto name = city.office(0).get("/api/v1/node")["name"].get<std::string>();
  must(city.scratch, {"nodes", "scopes", "--data", city.hub.data(), name, "--add", second});
  const auto told = city.hub.get("/api/v1/nodes")["items"];
  const auto listed = Json::parse(
      must(city.scratch, {"nodes", "list", "--data", city.hub.data(), "--json"}))["items"];
  REQUIRE(told.size() == listed.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    // Contacts go on meanwhile: never older than what the API said before.
    if (told[i]["last_contact"].is_string()) {
      CHECK(listed[i]["last_contact"].get<std::string>() >=
            told[i]["last_contact"].get<std::string>());
    }
  }
  CHECK(holds(must(city.scratch, {"nodes", "list", "--data", city.hub.data()}), second));
}

}  // namespace linli::e2e
