#include "node/store/search_expression.h"

#include <algorithm>

#include "node/store/grams.h"

namespace linli::store {
namespace {

/// Of more terms the texts alone decide: FTS5 walks each list.
constexpr std::size_t kTermsMax = 16;
/// Each token asked for costs FTS5 some kilobytes. First letters can stand for a thousand pairs: of
/// a spelling's places those with the fewest are asked for, and the texts decide about the others.
constexpr std::size_t kPlaceTokensMax = 600, kTokensMax = 4'000;

/// Folded text has neither quotes nor control characters.
void append_token(std::string& expression, std::string_view token, bool title) {
  expression += '"';
  if (title) expression += kTitleMark;
  expression += token;
  expression += '"';
}

template <class Tokens>
std::string joined(const Tokens& tokens, std::string_view by, bool title) {
  std::string expression = "(";
  for (const auto& token : tokens) {
    if (expression.size() > 1) expression += by;
    append_token(expression, token, title);
  }
  return expression += ')';
}

using Places = std::vector<std::set<std::string>>;

/// A term is found by any of these, each of which needs something at several places.
struct Alternatives {
  std::vector<std::string> literal;
  std::vector<Places> spelled;
  std::size_t tokens = 0;
};

/// The places with the fewest characters or pairs: one at least.
Places fewest(Places places) {
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return a.size() < b.size(); });
  std::size_t tokens = 0, kept = 0;
  for (const auto& grams : places) {
    tokens += grams.size();
    if (kept > 0 && tokens > kPlaceTokensMax) break;
    ++kept;
  }
  places.resize(kept);
  return places;
}

Alternatives alternatives(PinyinIndex& pinyin, Term& term) {
  Alternatives found{cover(term.value), {}, 0};
  std::vector<Spelling> there;
  for (auto& spelling : term.spellings) {
    // Slips are a guess: of too many some are enough.
    if (spelling.near && found.tokens > kTokensMax) continue;
    auto places = fewest(pinyin.find(spelling));
    if (places.empty()) continue;
    for (const auto& grams : places) found.tokens += grams.size();
    found.spelled.push_back(std::move(places));
    there.push_back(std::move(spelling));
  }
  term.spellings = std::move(there);
  return found;
}

std::string expression_of(const Alternatives& alternatives, bool title) {
  auto expression = '(' + joined(alternatives.literal, " AND ", title);
  for (const auto& places : alternatives.spelled) {
    expression += " OR (";
    for (const auto& grams : places) {
      if (&grams != &places.front()) expression += " AND ";
      expression += joined(grams, " OR ", title);
    }
    expression += ')';
  }
  return expression += ')';
}

}  // namespace

std::optional<Expressions> expressions(PinyinIndex& pinyin, std::vector<Term>& terms) {
  if (terms.empty()) return std::nullopt;
  Expressions made;
  std::string any_title;
  std::size_t asked = 0, tokens = 0;
  for (auto& term : terms) {
    const auto found = alternatives(pinyin, term);
    made.terms.push_back(expression_of(found, false));
    tokens += found.tokens;
    if (asked > 0 && (asked == kTermsMax || tokens > kTokensMax)) continue;
    ++asked;
    if (!made.all.empty()) made.all += " AND ";
    made.all += made.terms.back();
    if (!any_title.empty()) any_title += " OR ";
    any_title += expression_of(found, true);
  }
  made.titles = made.all + " AND (" + any_title + ')';
  return made;
}

}  // namespace linli::store
