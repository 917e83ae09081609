// node/store/search.h: Chinese full text: a tokenizer for FTS5, and the two indexes.
//
// Text is folded (NFKC, traditional to simplified, case) and cut: runs of Han into overlapping
// bigrams (a single character at a run's end as itself), other letters and digits into words. A
// query is cut in the same way and matched as a phrase, so that 电梯 finds exactly 电梯.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/store/database.h"

namespace linli::store {

/// Makes `tokenize='linli'` known to a connection. Every connection needs it, also to write.
void register_tokenizer(sqlite3* db);

/// The tokens of a text, as the tokenizer makes them (for tests and queries).
[[nodiscard]] std::vector<std::string> tokens_of(std::string_view text);

/// An FTS5 MATCH expression for what a person typed: its words all have to occur; the last word
/// also as a prefix; one Han character matches as a prefix of bigrams. Empty if nothing is left.
[[nodiscard]] std::string match_expression(std::string_view typed);

/// Keeps one record's entries. The text that was indexed must be given to take it out again.
class SearchIndex {
 public:
  explicit SearchIndex(Database& db) : db_(db) {}
  void insert(std::int64_t rec, std::string_view plain, std::string_view erasable);
  void remove(std::int64_t rec, std::string_view plain, std::string_view erasable);
  /// What was removed stays in old pieces of an index until they are merged: merges all of them.
  void compact_erasable();
  /// Record numbers, best match first (bm25 over both indexes, newer first among equals).
  [[nodiscard]] std::vector<std::int64_t> find(std::string_view typed, std::size_t limit,
                                               std::size_t offset = 0);

 private:
  Database& db_;
};

/// About `width` characters of `text` around the first place that `typed` matches, cut at
/// characters, with "…" where something was left out.
[[nodiscard]] std::string snippet(std::string_view text, std::string_view typed, std::size_t width);

}  // namespace linli::store
