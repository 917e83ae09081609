// node/store/search_expression.h: terms as questions to the full-text indexes.
#pragma once

#include <optional>

#include "node/store/pinyin_index.h"
#include "node/store/search_query.h"

namespace linli::store {

/// Expressions for MATCH: every record with the terms fits; one that fits may be without them.
struct Expressions {
  std::string all;                 ///< Every term.
  std::string titles;              ///< Every term, and one of them in the title.
  std::vector<std::string> terms;  ///< Each by itself.
};
/// Drops from the terms the spellings of which no text has a character. Empty: nothing fits.
[[nodiscard]] std::optional<Expressions> expressions(PinyinIndex& pinyin, std::vector<Term>& terms);

}  // namespace linli::store
