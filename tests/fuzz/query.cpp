// What people type into the search, and texts to be found: the tokenizer, the expression for FTS5,
// and what a hit shows.
#include "node/store/database.h"
#include "node/store/search.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

std::unique_ptr<store::Database> with_one_record() {
  auto db = std::move(*store::Database::open(":memory:", store::Access::write));
  db->execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'linli')");
  db->execute("INSERT INTO words VALUES ('电梯应急演练 No. 7, Shangri-La: 消防通道堵塞')");
  return db;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto db = with_one_record();
  const auto typed = text(data, size);
  (void)store::tokens_of(typed);
  (void)store::snippet("电梯应急演练 No. 7 消防通道堵塞", typed, 12);
  (void)store::snippet(typed, "电梯", 12);
  const auto expression = store::match_expression(typed);
  if (expression.empty()) return 0;
  // Whatever is typed is words to look for, never an operator or an error of FTS5.
  auto& match = db->cached("SELECT count(*) FROM words WHERE words MATCH ?1");
  must(match.bind_text(1, expression).step());
  match.reset();
  return 0;
}
