#include "node/tables/text_encoding.h"

#include "tests/tables/table.h"

namespace linli::tables::test {
namespace {

Encoding verdict(std::string_view bytes) {
  EncodingScan scan;
  scan.feed(bytes);
  return scan.verdict();
}

// 名称,𠮷野 and 张三 in GB18030: 𠮷 (U+20BB7) takes four bytes.
const std::string kNameGb = "\xC3\xFB\xB3\xC6";
const std::string kYoshiGb = "\x95\x34\xB2\x35";

std::string utf16(std::u16string_view text, bool big) {
  std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const auto unit : text) {
    const auto high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big ? high : low;
    bytes += big ? low : high;
  }
  return bytes;
}

}  // namespace

TEST_CASE("encoding: what a file is follows from its bytes alone", "[tables]") {
  CHECK(verdict("a,b\n1,2\n") == Encoding::utf8);
  CHECK(verdict("名称,𠮷\n") == Encoding::utf8);
  CHECK(verdict("\xEF\xBB\xBFname") == Encoding::utf8);
  CHECK(verdict(kNameGb + "," + kYoshiGb + "\n") == Encoding::gb18030);
  CHECK(verdict(utf16(u"名", false)) == Encoding::utf16le);
  CHECK(verdict(utf16(u"名", true)) == Encoding::utf16be);
}

TEST_CASE("encoding: one damaged byte doesn't make a file another one", "[tables]") {
  std::string utf8 = "\xFF\n", gb = "\xFF\x20\n";
  for (int i = 0; i < 50; ++i) utf8 += "名称,张三\n", gb += kNameGb + "," + kNameGb + "\n";
  CHECK(verdict(utf8) == Encoding::utf8);
  CHECK(verdict(gb) == Encoding::gb18030);
  CHECK(verdict(utf8 + "\xE5\x90") == Encoding::utf8);  // Cut off within a character.
}

TEST_CASE("encoding: it makes no difference in which pieces a file is read", "[tables]") {
  const std::string text = kNameGb + kYoshiGb + "," + kNameGb;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EncodingScan scan;
    scan.feed(std::string_view(text).substr(0, cut));
    scan.feed(std::string_view(text).substr(cut));
    CHECK(scan.verdict() == Encoding::gb18030);
  }
}

TEST_CASE("encoding: GB18030 is read strictly and beyond the BMP", "[tables]") {
  Gb18030 gb;
  CHECK(gb.to_utf8(kNameGb) == "名称");
  CHECK(gb.to_utf8(kYoshiGb) == "𠮷");
  CHECK(gb.to_utf8("plain") == "plain");
  CHECK_FALSE(gb.to_utf8("\xC3").has_value());          // Half a character.
  CHECK_FALSE(gb.to_utf8("\xC3\xFB\xFF").has_value());  // FF begins none.
  CHECK(gb.to_utf8(kNameGb) == "名称");                 // A fault leaves nothing behind.
}

TEST_CASE("encoding: UTF-16 in either order and half a character is a fault in its cell",
          "[tables]") {
  for (const bool big : {false, true}) {
    auto rows = rows_of_csv(utf16(u"名称,b\r\n𠮷,2\r\n", big));
    REQUIRE(rows.size() == 2);
    CHECK(texts_of(rows[1]) == std::vector<std::string>{"𠮷", "2"});
    rows = rows_of_csv(utf16(u"a,b\n1,\xD842\n3,4\n", big));
    REQUIRE(rows.size() == 3);
    REQUIRE(rows[1].faults.size() == 1);
    CHECK(rows[1].faults[0].column == 1);
    CHECK(rows[2].faults.empty());
  }
}

}  // namespace linli::tables::test
