// node/store/searched.h: which texts of a record are found by search, and how they go into the
// index.
#pragma once

#include <string>
#include <vector>

#include "node/model/schema.h"

namespace linli::store {

/// One text of a record: a field's, an item of its list, or a column of one of its rows.
struct SearchedValue {
  const model::Field* field = nullptr;  ///< Null: a text without a record (tests, fuzzers).
  std::size_t item = 0;                 ///< In its list or rows, from 0.
  std::string text;
  bool title = false;  ///< The record's name: counts more, and more than once.
};
/// Of fields declared as searched; never of personal ones (I10). The title first.
[[nodiscard]] std::vector<SearchedValue> searched_values(const model::RecordView& record);

/// What the index takes: the values put together, and whether one of them is erasable. A record
/// with one stands as a whole in the index that can be compacted.
struct SearchText {
  /// The title (empty: there is none) and each value, with U+001E between them.
  std::string text;
  bool erasable = false;
  [[nodiscard]] bool empty() const { return text.empty(); }
  bool operator==(const SearchText&) const = default;
};
[[nodiscard]] SearchText search_text(const model::RecordView& record);
[[nodiscard]] SearchText put_together(const std::vector<SearchedValue>& values);

}  // namespace linli::store
