#include "node/store/pinyin.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "node/store/folding.h"

using namespace linli::store;

namespace {

/// Can these letters mean this text, read from its first character?
bool read_so(std::string_view typed, std::string_view text) {
  const auto characters = fold(text).characters;
  const auto ways = spellings_of(fold(typed).characters);
  return std::any_of(ways.begin(), ways.end(), [&](const Spelling& way) {
    return way.parts.size() == characters.size() && way.fits(characters, 0);
  });
}
bool near(std::string_view typed, std::string_view text) {
  const auto characters = fold(text).characters;
  const auto ways = near_spellings_of(fold(typed).characters);
  return std::any_of(ways.begin(), ways.end(),
                     [&](const Spelling& way) { return way.fits(characters, 0); });
}

/// The words of a text, one space between two; empty lines of Debian's format are dots.
std::string words_of(const std::string& text) {
  std::istringstream in(text);
  std::string all;
  for (std::string word; in >> word;) {
    if (word != ".") all += word + " ";
  }
  return all;
}
std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("pinyin: Unicode's terms stand with the data and in the package's copyright file",
          "[store]") {
  const auto root = std::filesystem::path(LINLI_TESTS_DIR).parent_path();
  const auto readme = text_of(root / "node/store/pinyin/README.md");
  const auto begins = readme.find("Permission is hereby granted");
  REQUIRE(begins != std::string::npos);
  const auto terms = words_of(readme.substr(begins));
  CHECK(terms.size() > 1000);
  const auto copyright = words_of(text_of(root / "packaging/copyright"));
  CHECK(copyright.find(terms) != std::string::npos);
  CHECK(
      copyright.find("Files: node/store/pinyin/readings.txt Copyright: 1991-2022 Unicode, Inc.") !=
      std::string::npos);
}

TEST_CASE("pinyin: in full and by initials and with an unfinished end", "[store]") {
  CHECK(read_so("dianti", "电梯"));
  CHECK(read_so("DIANTI", "電梯"));
  CHECK(read_so("diant", "电梯"));
  CHECK(read_so("dt", "电梯"));
  CHECK(read_so("dtkr", "电梯困人"));
  CHECK_FALSE(read_so("dianti", "电话"));
  CHECK_FALSE(read_so("dh", "电梯"));
  CHECK_FALSE(read_so("dianti", "电听"));  // A whole syllable isn't the beginning of another.
  CHECK(read_so("xian", "西安"));
  CHECK(read_so("xian", "县"));
  CHECK(read_so("xi'an", "西安"));
  CHECK_FALSE(read_so("xi'an", "县"));
  for (const auto* typed : {"lvdi", "ludi", "lüdi"}) CHECK(read_so(typed, "绿地"));
}

TEST_CASE("pinyin: a character of several readings has that of its word", "[store]") {
  struct Case {
    const char *word, *right, *initials, *wrong;
  };
  const auto t = GENERATE(values<Case>({
      {"重庆", "chongqing", "cq", "zhongqing"}, {"重要", "zhongyao", "zy", "chongyao"},
      {"长垣", "changyuan", "cy", "zhangyuan"}, {"校长", "xiaozhang", "xz", "xiaochang"},
      {"厦门", "xiamen", "xm", "shamen"},       {"大厦", "dasha", "ds", "daxia"},
      {"音乐", "yinyue", "yy", "yinle"},        {"快乐", "kuaile", "kl", "kuaiyue"},
      {"银行", "yinhang", "yh", "yinxing"},     {"行政", "xingzheng", "xz", "hangzheng"},
      {"会计", "kuaiji", "kj", "huiji"},        {"会议", "huiyi", "hy", "kuaiyi"},
      {"单县", "shanxian", "sx", "danxian"},    {"单元", "danyuan", "dy", "shanyuan"},
      {"浚县", "xunxian", "xx", "junxian"},     {"荥阳", "xingyang", "xy", "yingyang"},
      {"泌阳", "biyang", "by", "miyang"},       {"六安", "luan", "la", "liuan"},
      {"乐清", "yueqing", "yq", "leqing"},      {"台州", "taizhou", "tz", "yizhou"},
      {"车库", "cheku", "ck", "juku"},          {"空调", "kongtiao", "kt", "kongdiao"},
  }));
  DYNAMIC_SECTION(t.word) {
    CHECK(read_so(t.right, t.word));
    CHECK(read_so(t.initials, t.word));
    CHECK_FALSE(read_so(t.wrong, t.word));
  }
}

TEST_CASE("pinyin: without a word that says which each reading is right", "[store]") {
  CHECK(read_so("zhangmu", "长木"));
  CHECK(read_so("changmu", "长木"));
  CHECK(read_so("lepu", "乐铺"));
  CHECK(read_so("yuepu", "乐铺"));
}

TEST_CASE("pinyin: one slip of a finger is forgiven and no two", "[store]") {
  for (const auto* typed : {"dinati", "diati", "diantii", "dianto", "sianti", "diannti"}) {
    INFO(typed);
    CHECK(near(typed, "电梯"));
  }
  CHECK_FALSE(near("dinato", "电梯"));
  CHECK_FALSE(near("dt", "电梯"));
  CHECK(near("cangyuan", "长垣"));
}

TEST_CASE("pinyin: what is no pinyin has no reading and nothing is too long", "[store]") {
  for (const auto* typed : {"", "d", "a1", "电t", "iuv", "vvvvvv"}) {
    INFO(typed);
    const auto ways = spellings_of(fold(typed).characters);
    CHECK(std::none_of(ways.begin(), ways.end(), [](const Spelling& way) {
      return way.parts.empty() || (way.parts.size() == 1 && way.open);
    }));
  }
  CHECK(spellings_of(std::u32string(5'000, U'a')).empty());
  CHECK(spellings_of(std::u32string(59, U'a')).size() <= 65);
  CHECK(near_spellings_of(std::u32string(24, U'a')).size() <= 2'000);
}
