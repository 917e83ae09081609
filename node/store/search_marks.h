// node/store/search_marks.h: where a record's texts hold what was looked for, and a piece to show.
#pragma once

#include "node/store/search_query.h"

namespace linli::store {

/// Characters [begin, end) of a text, counted as Unicode code points.
struct Mark {
  std::size_t begin = 0, end = 0;
  bool operator==(const Mark&) const = default;
};
/// All places of all terms in a value, apart and in order.
[[nodiscard]] std::vector<Mark> marks_in(const std::vector<Term>& terms,
                                         const SearchedValue& value);

struct Snippet {
  std::string text;
  std::vector<Mark> marks;  ///< In `text`.
};
/// About `width` characters of a text around its first mark, with "…" where something was left out.
[[nodiscard]] Snippet snippet(std::string_view text, const std::vector<Mark>& marks,
                              std::size_t width);
/// The same text with what is marked between two strings.
[[nodiscard]] std::string emphasised(const Snippet& snippet, std::string_view before,
                                     std::string_view behind);

}  // namespace linli::store
