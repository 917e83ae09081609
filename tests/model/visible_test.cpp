// Names and texts: what nobody can see is refused by name, what people write passes.
#include "node/model/visible.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;

namespace {

std::vector<Fault> faults_of_name(const std::string& name) {
  auto json = Json::parse(test::kCompany);
  json["name"] = name;
  const auto draft = read_draft(test::type_of("company"), json, test::frame());
  return draft ? std::vector<Fault>{} : draft.error();
}

}  // namespace

TEST_CASE("visible: zero-width marks and turns of direction are refused with their place",
          "[model]") {
  struct Case {
    const char* name;
    char32_t code;
    std::size_t place;
  };
  const auto t = GENERATE(values<Case>({
      {"张\u200b三", 0x200B, 2},  // zero-width space
      {"张三\u200d", 0x200D, 3},  // a joiner at the end
      {"张\u200d三", 0x200D, 2},  // and between what doesn't join
      {"张\u200c三", 0x200C, 2},
      {"\ufeff张三", 0xFEFF, 1},        // a byte order mark that was pasted
      {"张三\u202egnp", 0x202E, 3},     // right-to-left override
      {"\u2067张三\u2069", 0x2067, 1},  // an isolate
      {"张\u200f三", 0x200F, 2},        // right-to-left mark
      {"张\u2060三", 0x2060, 2},        // word joiner
      {"张\u00ad三", 0x00AD, 2},        // soft hyphen
      {"张\x1b[31m三", 0x1B, 2},        // an escape sequence
      {"张\u0085三", 0x85, 2},
      {"张\u3164三", 0x3164, 2},  // a filler
      {"𠮷\u2028三", 0x2028, 2},
  }));
  CAPTURE(code_text(t.code));
  const auto found = invisible_in(t.name);
  REQUIRE(found.has_value());
  CHECK(found->code == t.code);
  CHECK(found->place == t.place);
  const auto faults = faults_of_name(t.name);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].field == "name");
  CHECK(faults[0].zh.find(code_text(t.code)) != std::string::npos);
  CHECK(faults[0].zh.find("第 " + std::to_string(t.place) + " 个字符") != std::string::npos);
}

TEST_CASE("visible: rare characters and emoji and every script pass", "[model]") {
  for (const auto* name :
       {"𠮷野家物业", "䶮", "㐂", "𰻝面馆", "物业😀", "👨‍👩‍👧之家", "👍🏽",
        "❤️", "葛󠄀", "ئۇيغۇر", "می‌خواهم", "عربي", "עברית", "क्‍ष",
        "O'Neil & Söhne", "阿不都·热合曼", "第一行\n第二行", "a\tb"}) {
    CAPTURE(name);
    CHECK_FALSE(invisible_in(name).has_value());
  }
  CHECK(faults_of_name("𠮷野😀").empty());
}

TEST_CASE("visible: texts in lists and in rows are looked at too", "[model]") {
  auto json = Json::parse(test::kCompound);
  json["aliases"] = {"好", "坏\u200b"};
  const auto draft = read_draft(test::type_of("compound"), json, test::frame());
  REQUIRE_FALSE(draft.has_value());
  CHECK(test::faulty(draft.error(), "aliases.1"));
}
