// node/store/search_find.h: which records a person's words find, best first, page by page.
#pragma once

#include <functional>
#include <optional>

#include "node/store/database.h"
#include "node/store/search_query.h"

namespace linli::store {

/// The searched values of a record, title first; nothing: it isn't wanted (filters say so).
using TextsOf = std::function<std::optional<std::vector<SearchedValue>>(std::int64_t rec)>;

struct SearchWish {
  std::string_view typed;
  std::size_t limit = 20;
  std::string_view cursor = {};  ///< Of the page before; of the same words and filters.
  /// Names the filters that `texts` applies: a cursor of others is refused.
  std::string_view filters = {};
};

struct SearchPage {
  std::vector<std::int64_t> recs;
  std::optional<std::string> next_cursor;
  std::vector<Term> terms;  ///< As they were looked for: for marks.
  bool near = false;        ///< Nothing was found as typed; with one letter of the pinyin changed.
};

/// The index proposes, the texts decide: each record that is answered holds every term.
/// Of up to kRankedMax records the best come first (BM25, a title counts kTitleWeight times), among
/// equals the newest. Of more the newest kRankedMax and the newest titles are ranked, and the
/// others follow, newest first. Records that came after the first page are on none.
/// Errors: bad_value (cursor). Throws DatabaseError.
[[nodiscard]] Result<SearchPage> find(Database& db, const SearchWish& wish, const TextsOf& texts);

inline constexpr std::size_t kRankedMax = 200, kRankedTitlesMax = 100;
inline constexpr double kTitleWeight = 5;

}  // namespace linli::store
