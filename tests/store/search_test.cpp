#include "node/store/search.h"

#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/store/scratch.h"

using namespace linli;
using namespace linli::store;

namespace {

using Tokens = std::vector<std::string>;
using Found = std::vector<std::int64_t>;

/// One text in a fresh index: is it found?
struct Index {
  tests::Scratch scratch;
  SearchIndex search{*scratch.db};

  Found find(std::string_view typed) { return search.find(typed, 100); }
};

/// Texts of the characters that matter here, in any mixture.
rc::Gen<std::string> texts() {
  static const std::vector<std::string> parts = {
      "电", "梯", "門", "门", "楼", "号", "a", "B",    "é",    "7",    "３",
      "Ａ", " ",  "，", "-",  "\"", "*",  "(", ")",    "^",    ":",    "'",
      "ß",  "ﬁ",  "㎡", "한", "が", "𠮷", "😀", "\xff", "\xe7", "NEAR",
  };
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(parts)),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const auto& part : chosen) text += part;
                        return text;
                      });
}

}  // namespace

TEST_CASE("tokens: Han in overlapping pairs, the run's last alone, all else in words", "[store]") {
  CHECK(tokens_of("电梯坏了") == Tokens{"电梯", "梯坏", "坏了", "了"});
  CHECK(tokens_of("电") == Tokens{"电"});
  CHECK(tokens_of("3号楼电梯") == Tokens{"3", "号楼", "楼电", "电梯", "梯"});
  CHECK(tokens_of("A-101 室") == Tokens{"a", "101", "室"});
  CHECK(tokens_of("电梯，水泵") == Tokens{"电梯", "梯", "水泵", "泵"});
  CHECK(tokens_of("").empty());
  CHECK(tokens_of(" ，。！*\"()").empty());
}

TEST_CASE("tokens: width, case, accents and traditional forms are folded", "[store]") {
  CHECK(tokens_of("ＡＢＣ１２３") == Tokens{"abc123"});
  CHECK(tokens_of("電梯檢驗") == tokens_of("电梯检验"));
  CHECK(tokens_of("Café CAFE\u0301 cafe") == Tokens{"cafe", "cafe", "cafe"});
  CHECK(tokens_of("㎡ ① Straße ﬁn") == Tokens{"m2", "1", "strasse", "fin"});
  CHECK(tokens_of("が 한국") == Tokens{"が", "한국"});  // Marks that make another letter stay.
  CHECK(tokens_of("𠮷野") == Tokens{"𠮷野", "野"});
  CHECK(tokens_of("电\u200b梯") == Tokens{"电梯", "梯"});  // An invisible character.
  CHECK(tokens_of("电\xff梯") == Tokens{"电", "梯"});
}

TEST_CASE("tokens: a word without end is cut off, not stored", "[store]") {
  const auto tokens = tokens_of(std::string(100'000, 'x'));
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].size() < 200);
}

TEST_CASE("search: finds what a person means", "[store]") {
  struct Case {
    const char *text, *typed;
    bool found;
  };
  const auto t = GENERATE(values<Case>({
      {"3号楼电梯故障", "电梯", true},
      {"3号楼电梯故障", "梯电", false},
      {"3号楼电梯故障", "楼电梯", true},
      {"电话在楼梯间", "电梯", false},
      {"电梯间漏水", "电梯", true},
      {"检查电梯", "电梯", true},
      {"检查电梯", "梯", true},  // At the end of a run,
      {"电梯坏了", "电", true},  // at its beginning,
      {"查电梯了", "电", true},  // and within.
      {"检查水泵", "电", false},
      {"電梯故障", "电梯", true},
      {"电梯故障", "電梯", true},
      {"３号楼Ａ座", "3号楼a座", true},
      {"3号楼A座", "３号楼Ａ", true},
      {"3号楼电梯", "3号楼电梯", true},
      {"13号楼电梯", "3号楼电梯", false},
      {"电梯3号", "电梯3号", true},
      {"电梯3号楼", "电梯3号", true},
      {"充电3次", "电3", true},
      {"水泵在地下室，电梯正常", "电梯 水泵", true},
      {"水泵在地下室", "电梯 水泵", false},
      {"水泵在地下室，电梯正常", "电梯、水泵", true},
      {"Elevator broken", "elev", true},
      {"Elevator broken", "elev broken", false},  // Only the last word may be unfinished.
      {"Elevator broken", "BROKEN elev", true},
      {"B-101室", "b-10", true},
      {"101室B", "b-101", false},
      {"Café", "cafe", true},
  }));
  DYNAMIC_SECTION(t.text << " / " << t.typed) {
    Index index;
    index.search.insert(7, t.text, "");
    CHECK(index.find(t.typed) == (t.found ? Found{7} : Found{}));
  }
}

TEST_CASE("search: covers both indexes, and nothing is found after it was taken out", "[store]") {
  Index index;
  index.search.insert(1, "电梯故障", "");
  index.search.insert(2, "", "电梯的业主");
  index.search.insert(3, "电梯", "电梯");
  auto all = index.find("电梯");
  std::sort(all.begin(), all.end());
  CHECK(all == Found{1, 2, 3});
  index.search.remove(1, "电梯故障", "");
  index.search.remove(2, "", "电梯的业主");
  index.search.remove(3, "电梯", "电梯");
  for (const auto* typed : {"电梯", "电", "业主", "故障"}) CHECK(index.find(typed).empty());
}

TEST_CASE("search: the best comes first, among equals the newest", "[store]") {
  Index index;
  index.search.insert(1, "电梯", "");
  index.search.insert(2, "检查了消防栓和楼道照明以及地下室的水泵，最后看了电梯", "");
  index.search.insert(3, "电梯", "");
  CHECK(index.find("电梯") == Found{3, 1, 2});
  CHECK(index.search.find("电梯", 1) == Found{3});
  CHECK(index.search.find("电梯", 5, 1) == Found{1, 2});
  CHECK(index.search.find("电梯", 0).empty());
  CHECK(index.search.find("电梯", 5, 9).empty());
}

TEST_CASE("search: of a word that stands everywhere the newest come first", "[store]") {
  Index index;
  const std::int64_t count = 20'100;
  Transaction transaction(*index.scratch.db);
  for (std::int64_t rec = 1; rec <= count; ++rec) index.search.insert(rec, "消防检查", "");
  index.search.insert(count + 1, "", "消防");
  transaction.commit();
  CHECK(index.search.find("消防", 2) == Found{count + 1, count});
  CHECK(index.search.find("消防", 1, 2) == Found{count - 1});
}

TEST_CASE("search: the syntax of SQL and FTS5 means nothing in what is typed", "[store]") {
  Index index;
  index.search.insert(1, "电梯 or 1", "");
  for (const auto* typed :
       {"\"", "\"\"", "*", "^", "NEAR(", "a AND", "NOT", "text:电梯", "-电梯", "电梯\"*",
        "'; DROP TABLE search; --", "{text}:", "(((((", "\\", "电梯)", "% _"}) {
    CHECK_NOTHROW(index.find(typed));
  }
  CHECK(index.find("电梯\"") == Found{1});
  CHECK(index.find("(电梯)") == Found{1});
  CHECK(index.find("OR") == Found{1});  // A word like any other.
  CHECK(index.find("").empty());
  CHECK(match_expression("\"*^()").empty());
  std::string long_text;
  for (int i = 0; i < 100'000; ++i) long_text += "电 ";
  CHECK(index.find(long_text) == Found{1});
  CHECK(match_expression(long_text).size() < 2'000);
}

TEST_CASE("search: any mixture is found by itself and by each of its tokens", "[store]") {
  Index index;
  std::int64_t rec = 0;
  rc::prop("also by its tokens, until it is taken out", [&] {
    const auto text = *texts();
    // Cut as typed words are: no longer than what is read of them.
    RC_PRE(tokens_of(text).size() < 100);
    ++rec;
    index.search.insert(rec, text, "");
    const auto found = [&](std::string_view typed) {
      const auto all = index.find(typed);
      return std::find(all.begin(), all.end(), rec) != all.end();
    };
    const auto tokens = tokens_of(text);
    const bool whole = tokens.empty() != found(text);
    const bool each = std::all_of(tokens.begin(), tokens.end(), found);
    // Folding what is folded changes nothing: what the index took, it gives back.
    index.search.remove(rec, text, "");
    RC_ASSERT(whole);
    RC_ASSERT(each);
    RC_ASSERT(!found(text));
  });
}

TEST_CASE("snippet: shows the first place that matches, cut at characters", "[store]") {
  const std::string text =
      "今天检查了消防栓、楼道照明和地下室，最后看了三号楼的電梯，运行正常，没有异响";
  CHECK(snippet(text, "电梯", 12) == "…三号楼的電梯，运行正常，…");
  CHECK(snippet(text, "今天", 6) == "今天检查了消…");
  CHECK(snippet(text, "异响", 6) == "…常，没有异响");
  CHECK(snippet(text, "不在其中", 4) == "今天检查…");
  CHECK(snippet("短", "短", 10) == "短");
  CHECK(snippet("", "电", 10).empty());
  CHECK(snippet(text, "", 2) == "今天…");
}
