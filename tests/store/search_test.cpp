#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/store/search_scene.h"

using namespace linli;
using namespace linli::store;
using tests::Found;
using tests::SearchScene;

namespace {

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
      {"检查电梯", "梯", true},  // At the end of a run,
      {"电梯坏了", "电", true},  // at its beginning,
      {"查电梯了", "电", true},  // and within.
      {"检查水泵", "电", false},
      {"电梯困人", "电梯困人", true},
      {"电梯困住人", "电梯困人", false},
      {"电梯困，梯困人", "电梯困人", false},  // Every token is there, the text isn't.
      {"電梯故障", "电梯", true},
      {"电梯故障", "電梯", true},
      {"３号楼Ａ座", "3号楼a座", true},
      {"3号楼A座", "３号楼Ａ", true},
      {"3号楼2单元", "楼2单", true},  // Over the border of Han and digits.
      {"3号楼2单元", "3号楼2单元", true},
      {"13号楼电梯", "3号楼电梯", true},
      {"设备B2-017", "B2-017", true},
      {"设备B2-017", "017", true},  // Within a word,
      {"设备B2-017", "2-01", true},
      {"设备B2－017", "备b2-0", true},
      {"设备B2017", "B2-017", false},
      {"通过ISO9001认证", "iso9001", true},
      {"通过ISO9001认证", "SO90", true},
      {"Elevator broken", "levat", true},
      {"Elevator broken", "BROKEN elev", true},
      {"Elevator broken", "elevators", false},
      {"水泵在地下室，电梯正常", "电梯 水泵", true},  // All of them, in any order.
      {"水泵在地下室，电梯正常", "电梯　水泵", true},
      {"水泵在地下室", "电梯 水泵", false},
      {"水泵在地下室，电梯正常", "\"室，电梯\"", true},
      {"水泵在地下室，电梯正常", "“电梯正常” 水泵", true},
      {"电梯 水泵", "\"电梯 水泵\"", true},  // In this order, side by side.
      {"水泵 电梯", "\"电梯 水泵\"", false},
      {"水泵 电梯", "电梯 水泵", true},
      {"称为“红色物业”创建", "“红色物业”创建", true},  // Pasted, quotes and all.
      {"红色物业，创建", "“红色物业”创建", true},
      {"红色物业的创建", "“红色物业”创建", false},
      {"Café", "cafe", true},
      {"检查电梯间", "dianti", true},
      {"检查电梯间", "dt", true},
      {"检查电梯间", "jcdtj", true},
      {"检查电梯间", "jiancha dianti", true},
      {"检查电梯间", "\"dianti\"", false},  // In quotes it means what it says.
      {"检查电梯间", "dianhua", false},
      {"检查電梯間", "diantijian", true},
      {"重庆路", "chongqing", true},
      {"长垣市", "changyuan", true},
      {"厦门街", "xm", true},
      {"西安路", "xi'an", true},
  }));
  DYNAMIC_SECTION(t.text << " / " << t.typed) {
    SearchScene scene;
    scene.add(7, t.text, GENERATE(false, true));
    const auto page = scene.page(t.typed, 10);
    REQUIRE(page);
    CHECK(page->recs == (t.found ? Found{7} : Found{}));
    CHECK_FALSE(page->near);
  }
}

TEST_CASE("search: a slip in pinyin is forgiven if nothing else is found", "[store]") {
  SearchScene scene;
  scene.add(1, "检查电梯间");
  for (const auto* typed : {"dinati", "diati", "diantii", "dianto", "检查 dinati"}) {
    INFO(typed);
    const auto page = scene.page(typed, 10);
    REQUIRE(page);
    CHECK(page->recs == Found{1});
    CHECK(page->near);
  }
  CHECK(scene.find("\"dinati\"").empty());
  CHECK(scene.find("水泵 dinati").empty());
  scene.add(2, "diati 一词");
  const auto page = scene.page("diati", 10);
  REQUIRE(page);
  CHECK(page->recs == Found{2});
  CHECK_FALSE(page->near);
}

TEST_CASE("search: covers both indexes, and nothing is found after it was taken out",
          "[store][I10]") {
  SearchScene scene;
  scene.add(1, "电梯故障");
  scene.add(2, "电梯的业主", true);
  scene.add(3, "电梯", true);
  auto all = scene.find("电梯");
  std::sort(all.begin(), all.end());
  CHECK(all == Found{1, 2, 3});
  CHECK(scene.find("yezhu") == Found{2});
  scene.drop(2, true);
  CHECK(scene.find("yezhu").empty());
  scene.drop(1);
  scene.drop(3, true);
  for (const auto* typed : {"电梯", "电", "业主", "故障", "dt"}) CHECK(scene.find(typed).empty());
  // Not a reading stays of what is in no text.
  CHECK(scene.count("search_pinyin") == 0);
  CHECK(scene.count("search_pinyin_erasable") == 0);
}

TEST_CASE("search: what came and went before the commit leaves what the texts say", "[store]") {
  SearchScene scene;
  const SearchText one{"\x1e电梯故障", true}, other{"\x1e电梯正常", true};
  scene.index.insert(1, one);
  scene.index.remove(1, one);
  scene.index.insert(1, other);
  scene.index.flush();
  scene.texts[1] = {{nullptr, 0, "电梯正常", false}};
  CHECK(scene.find("dianti") == Found{1});
  CHECK(scene.find("guzhang").empty());
  CHECK(scene.count("search_pinyin_erasable WHERE gram = '故障'") == 0);
  scene.index.compact_erasable();
  CHECK(scene.find("zhengchang") == Found{1});
}

TEST_CASE("search: a compacted index has no byte of what was taken out", "[store][I10]") {
  SearchScene scene;
  const auto in_file = [&](std::string_view bytes) {
    scene.scratch.db->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream file(scene.scratch.folder.path() / "test.db", std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    return all.find(bytes) != std::string::npos;
  };
  const std::string rare = "龘靐", read = "da bing";
  for (std::int64_t rec = 1; rec <= 400; ++rec) {
    std::string text = "第" + std::to_string(rec) + "次检查：";
    for (char32_t c = 0; c < 6; ++c) {
      const auto at =
          static_cast<char32_t>((static_cast<std::uint64_t>(rec) * 7919 + c * 31) % 3'000);
      text += utf8_of(std::u32string(1, 0x4e00 + at));
    }
    scene.add(rec, rec == 200 ? text + rare : text, true);
  }
  REQUIRE(in_file(rare));
  REQUIRE(in_file(read));
  REQUIRE(scene.find(rare) == Found{200});
  scene.drop(200, true);
  scene.index.compact_erasable();
  CHECK_FALSE(in_file(rare));
  CHECK_FALSE(in_file(read));
  CHECK(scene.find("dabing").empty());
}

TEST_CASE("search: the best comes first, among equals the newest", "[store]") {
  SearchScene scene;
  scene.add(1, "电梯");
  scene.add(2, "检查了消防栓和楼道照明以及地下室的水泵，最后看了电梯");
  scene.add(3, "电梯");
  scene.add(4, {{nullptr, 0, "电梯小区", true}, {nullptr, 0, "地址在南街一号", false}});
  CHECK(scene.find("电梯") == Found{4, 3, 1, 2});
  CHECK(scene.find("电梯", 1) == Found{4});
  CHECK(scene.find("电梯", 0).empty());
  SearchScene letters;
  letters.add(1, "DT检查");
  letters.add(2, "电梯检查");  // Read so, not written so.
  CHECK(letters.find("dt") == Found{1, 2});
}

TEST_CASE("search: nothing is found across the border of two values", "[store]") {
  SearchScene scene;
  scene.add(1, {{nullptr, 0, "东门", true}, {nullptr, 0, "电梯\x1e困人", false}});
  CHECK(scene.find("门电").empty());
  CHECK(scene.find("门 电") == Found{1});
  CHECK(scene.find("\"门 电\"").empty());
  CHECK(scene.find("\"梯 困\"").empty());  // A control character that came with a text.
  CHECK(scene.find("困人") == Found{1});
}

TEST_CASE("search: pages follow each other without a gap or a repetition", "[store]") {
  SearchScene scene;
  const std::int64_t count = 1'300;
  {
    Transaction transaction(*scene.scratch.db);
    for (std::int64_t rec = 1; rec <= count; ++rec) {
      std::vector<SearchedValue> values{
          {nullptr, 0, rec % 7 == 0 ? "消防 检查" : "消防检查", false}};
      if (rec == 3 || rec == 5) values.insert(values.begin(), {nullptr, 0, "消防站", true});
      scene.index.insert(rec, SearchScene::indexed(values, rec % 2 == 0));
      scene.texts[rec] = values;
    }
    scene.index.flush();
    transaction.commit();
  }
  Found all;
  std::string cursor;
  for (int pages = 0; pages < 100; ++pages) {
    const auto page = scene.page("消防", 37, cursor);
    REQUIRE(page);
    all.insert(all.end(), page->recs.begin(), page->recs.end());
    if (pages == 0) scene.add(count + 1, "消防");  // Comes too late for any of these pages.
    if (!page->next_cursor) break;
    CHECK(page->recs.size() == 37);
    cursor = *page->next_cursor;
  }
  CHECK(all.size() == count);
  CHECK(std::set(all.begin(), all.end()).size() == count);
  // Old as they are, what is called so comes first; then the newest.
  CHECK(Found(all.begin(), all.begin() + 3) == Found{5, 3, count});
  CHECK(all.back() == 1);
  CHECK(scene.find("消防", 1) == Found{5});
}

TEST_CASE("search: a cursor of something else is refused", "[store]") {
  SearchScene scene;
  for (std::int64_t rec = 1; rec <= 5; ++rec) scene.add(rec, "消防检查");
  const auto page = scene.page("消防", 2);
  REQUIRE(page);
  REQUIRE(page->next_cursor);
  const auto& cursor = *page->next_cursor;
  CHECK(scene.page("消防", 2, cursor)->recs.size() == 2);
  CHECK_FALSE(scene.page("检查", 2, cursor));
  for (const auto& bad :
       std::vector<std::string>{"x", "....", cursor + "0.", cursor.substr(1), cursor + "-1",
                                cursor.substr(0, 13) + "0.99999999999999999999..1"}) {
    INFO(bad);
    const auto refused = scene.page("消防", 2, bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_value);
  }
}

TEST_CASE("search: the syntax of SQL and FTS5 means nothing in what is typed", "[store]") {
  SearchScene scene;
  scene.add(1, "电梯 or 1");
  for (const auto* typed :
       {"\"",      "\"\"",   "\" \"",     "*",     "^",       "NEAR(",
        "a AND",   "NOT",    "text:电梯", "-电梯", "电梯\"*", "'; DROP TABLE search; --",
        "{text}:", "(((((",  "\\",        "电梯)", "% _",     "\x01电",
        "name:",   "名称：", ":",         "：电梯"}) {
    INFO(typed);
    CHECK_NOTHROW(scene.find(typed));
  }
  for (const auto* typed : {"电梯\"", "(电梯)", "OR", "*电梯*", "电梯^2"}) {
    INFO(typed);
    CHECK(scene.find(typed) == (std::string_view(typed) == "电梯^2" ? Found{} : Found{1}));
  }
  CHECK(scene.find("").empty());
  CHECK(scene.find("\"*^()").empty());
  std::string long_text;
  for (int i = 0; i < 100'000; ++i) long_text += "电 ";
  CHECK(scene.find(long_text) == Found{1});
  CHECK(scene.find(std::string(100'000, 'a')).empty());
}

TEST_CASE("search: any mixture is found by itself and by each part of it", "[store]") {
  SearchScene scene;
  std::int64_t rec = 0;
  rc::prop("and no more once it is taken out", [&] {
    const auto text = *texts();
    ++rec;
    scene.add(rec, text);
    const auto quoted = [](std::string_view part) { return '"' + std::string(part) + '"'; };
    const auto found = [&](std::string_view part) {
      const auto all = scene.find(quoted(part));
      return std::find(all.begin(), all.end(), rec) != all.end();
    };
    const auto folded = fold(text);
    bool each = true;
    for (std::size_t i = 0; i < 5 && !folded.characters.empty(); ++i) {
      const auto begin = *rc::gen::inRange<std::size_t>(0, folded.characters.size());
      const auto end = *rc::gen::inRange<std::size_t>(begin, folded.characters.size());
      const auto part = text.substr(folded.starts[begin], folded.ends[end] - folded.starts[begin]);
      // A quote in it would end it early.
      if (part.find('"') != std::string::npos) continue;
      each = each && (fold(part).characters.empty() || found(part));
    }
    scene.drop(rec);
    RC_ASSERT(each);
    RC_ASSERT(scene.find(text).empty());
  });
}
