// Somebody else's JSON: whole, shallow and UTF-8, or refused with its reason.
#include "node/model/json_text.h"

#include <catch2/catch.hpp>

namespace linli::model {

TEST_CASE("json text: what can't be read is told with its reason", "[model]") {
  struct Case {
    const char* name;
    std::string text;
    Errc code;
    const char* told;
  };
  const auto brackets = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  const auto t = GENERATE_COPY(values<Case>({
      {"broken", R"({"a":)", Errc::bad_input, "byte 6"},
      {"two of them", "{} {}", Errc::bad_input, "byte 4"},
      {"nothing", "", Errc::bad_input, "byte 1"},
      {"not UTF-8", "\"\xc3\x28\"", Errc::bad_utf8, "UTF-8"},
      {"a number beyond any range", R"({"a":1e999})", Errc::bad_input, "overflow"},
      {"one level too many", brackets(kJsonDepthMax + 1), Errc::bad_input, "deep"},
      {"deep and never closed", std::string(100'000, '{'), Errc::bad_input, "deep"},
  }));
  DYNAMIC_SECTION(t.name) {
    const auto read = read_json(t.text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == t.code);
    CHECK(read.error().en.find(t.told) != std::string::npos);
    CHECK_FALSE(read.error().zh.empty());
    CHECK(read.error().field.empty());
  }
  CHECK(read_json(brackets(kJsonDepthMax)));
  CHECK(read_json("[1,2]")->size() == 2);
}

TEST_CASE("json text: brackets within texts are no depth", "[model]") {
  CHECK(json_depth(R"({"a":"[[[","b":"\"[["})") == 1);
  CHECK(json_depth(R"([{"a":[]}])") == 3);
  CHECK(json_depth("]]]") == 0);
}

}  // namespace linli::model
