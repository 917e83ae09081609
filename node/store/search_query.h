// node/store/search_query.h: what a person typed, as terms that all have to be found.
//
// Blanks part terms; "…" and “…” around whole words hold them together and are taken literally;
// everything else is text, whatever it means to SQL or FTS5. A term of letters a to z is also read
// as pinyin. A term that begins with a searched field's name or label and a colon (地址:解放路) is
// also found if that field holds the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/store/folding.h"
#include "node/store/pinyin.h"
#include "node/store/searched.h"

namespace linli::store {

struct Term {
  std::u32string literal;  ///< Folded: the whole of it.
  std::string field;       ///< As typed; empty: none.
  std::u32string value;    ///< What that field has to hold; without a field `literal`.
  std::vector<Spelling> spellings = {};  ///< Of `value`.
  bool quoted = false;                   ///< Means only what it says.
};

/// What is read of a question; what is behind it is left out.
inline constexpr std::size_t kTypedCharactersMax = 4096;
/// Equal terms are one. Empty if there is no letter and no digit in it.
[[nodiscard]] std::vector<Term> parse_query(std::string_view typed);
/// Adds what a slip of a finger may have made of each term.
void add_near(std::vector<Term>& terms);

/// A place in a folded text where a term is found.
struct Match {
  std::size_t begin = 0, end = 0;
  enum class How : std::uint8_t { literal, pinyin, near } how = How::literal;
};
/// All places of a term in one value, in order, none over another.
[[nodiscard]] std::vector<Match> matches_in(const Term& term, const SearchedValue& value,
                                            const FoldedText& folded);

}  // namespace linli::store
