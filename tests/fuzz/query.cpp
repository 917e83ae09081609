// What people type into the search, and texts to be found: folding, tokens, pinyin, the expression
// for FTS5, and what a hit shows.
#include "node/store/grams.h"
#include "node/store/search.h"
#include "node/store/search_find.h"
#include "node/store/search_marks.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

const store::SearchedValue kValue{nullptr, 0, "电梯应急演练 No. 7, Shangri-La: 消防通道堵塞",
                                  false};

std::unique_ptr<store::Database> with_one_record() {
  auto db = std::move(*store::Database::open(":memory:", store::Access::write));
  for (const auto* index : {"search", "search_erasable"}) {
    db->execute(std::string("CREATE VIRTUAL TABLE ") + index +
                " USING fts5(text, content='', detail=none, columnsize=0, tokenize='linli')");
    const std::string pinyin =
        index == std::string("search") ? "search_pinyin" : "search_pinyin_erasable";
    db->execute("CREATE TABLE " + pinyin +
                "(initials TEXT, spelling TEXT, gram TEXT, PRIMARY KEY (initials, spelling, gram))"
                " WITHOUT ROWID");
  }
  store::SearchIndex made(*db);
  made.insert(1, store::put_together({kValue}));
  made.flush();
  return db;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto db = with_one_record();
  const auto typed = text(data, size);
  (void)store::tokens_of(typed);
  const store::SearchedValue value{nullptr, 0, std::string(typed), false};
  for (const auto* words : {"电梯", "dianti", "\"No. 7\""}) {
    const auto marks = store::marks_in(store::parse_query(words), value);
    (void)store::emphasised(store::snippet(value.text, marks, 12), "[", "]");
  }
  // Whatever is typed is words to look for, never an operator or an error of FTS5.
  const auto page = store::find(*db, {typed, 5, {}, {}}, [](std::int64_t) {
    return std::optional(std::vector<store::SearchedValue>{kValue});
  });
  must(page.has_value());
  const auto marks = store::marks_in(page->terms, kValue);
  must(marks.empty() == page->recs.empty() || page->recs.empty());
  (void)store::find(*db, {"电", 5, typed, {}}, [](std::int64_t) {
    return std::optional(std::vector<store::SearchedValue>{kValue});
  });
  return 0;
}
