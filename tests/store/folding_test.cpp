#include "node/store/folding.h"

#include <catch2/catch.hpp>

#include "node/store/grams.h"

using namespace linli::store;

namespace {

using Tokens = std::vector<std::string>;

std::string folded(std::string_view text) { return utf8_of(fold(text).characters); }

}  // namespace

TEST_CASE("folding: width and case and accents and traditional forms are gone", "[store]") {
  CHECK(folded("ＡＢＣ１２３") == "abc123");
  CHECK(folded("電梯檢驗") == "电梯检验");
  CHECK(folded("Café CAFE\u0301 cafe") == "cafe cafe cafe");
  CHECK(folded("㎡ ① Straße ﬁn") == "m2 1 strasse fin");
  CHECK(folded("が 한국") == "が 한국");  // Marks that make another letter stay.
  CHECK(folded("电\u200b梯") == "电梯");  // An invisible character.
  CHECK(folded("𠮷野") == "𠮷野");
}

TEST_CASE("folding: what is neither letter nor digit is one gap between letters", "[store]") {
  CHECK(folded("  3号楼，（A座）。 ") == "3号楼 a座");
  CHECK(folded("电\xff梯") == "电 梯");
  CHECK(folded(" ，。！*\"()").empty());
  CHECK(folded("名\x1e 文，\x1e") == "名\x1e文\x1e");  // Values stay apart, without gaps at ends.
}

TEST_CASE("folding: each character knows the bytes that it came from", "[store]") {
  const std::string text = "甲 ㎡B";
  const auto result = fold(text);
  REQUIRE(utf8_of(result.characters) == "甲 m2b");
  CHECK(text.substr(result.starts[0], result.ends[0] - result.starts[0]) == "甲");
  CHECK(text.substr(result.starts[2], result.ends[2] - result.starts[2]) == "㎡");
  CHECK(text.substr(result.starts[3], result.ends[3] - result.starts[3]) == "㎡");
  CHECK(text.substr(result.starts[4], result.ends[4] - result.starts[4]) == "B");
}

TEST_CASE("grams: one and two and three characters at each place and over a gap", "[store]") {
  CHECK(tokens_of("电梯坏了") ==
        Tokens{"电", "电梯", "电梯坏", "梯", "梯坏", "梯坏了", "坏", "坏了", "了"});
  CHECK(tokens_of("楼2") == Tokens{"楼", "楼2", "2"});
  CHECK(tokens_of("B-1") == Tokens{"b", "b 1", "1"});
  CHECK(tokens_of("甲乙，丙") == Tokens{"甲", "甲乙", "乙", "乙 丙", "丙"});
  CHECK(tokens_of("甲\x1e乙") == Tokens{"甲", "\x01甲", "乙"});  // A title, and what isn't one.
  CHECK(tokens_of("").empty());
}

TEST_CASE("grams: a literal's cover is among the tokens of every text that holds it", "[store]") {
  const auto cover_of = [](std::string_view text) { return cover(fold(text).characters); };
  CHECK(cover_of("梯") == Tokens{"梯"});
  CHECK(cover_of("电梯") == Tokens{"电梯"});
  CHECK(cover_of("电梯困") == Tokens{"电梯困"});
  CHECK(cover_of("电梯困人") == Tokens{"电梯困", "梯困人"});
  CHECK(cover_of("3号楼2单元") == Tokens{"3号楼", "2单元"});
  CHECK(cover_of("甲，乙") == Tokens{"甲 乙"});
  CHECK(cover_of("B2-017") == Tokens{"b2", "2 0", "017"});
  CHECK(cover_of("").empty());
}
