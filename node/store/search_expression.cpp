#include "node/store/search_expression.h"

#include "node/store/grams.h"

namespace linli::store {
namespace {

/// Of more terms the texts alone decide: FTS5 walks each list.
constexpr std::size_t kTermsMax = 16;

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

/// A term is found by any of these, each of which needs something at several places.
struct Alternatives {
  std::vector<std::string> literal;
  std::vector<std::vector<std::set<std::string>>> spelled;
};

Alternatives alternatives(PinyinIndex& pinyin, Term& term) {
  Alternatives found{cover(term.value), {}};
  std::vector<Spelling> there;
  for (auto& spelling : term.spellings) {
    auto places = pinyin.find(spelling);
    if (places.empty()) continue;
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
  for (auto& term : terms) {
    const auto found = alternatives(pinyin, term);
    made.terms.push_back(expression_of(found, false));
    if (made.terms.size() > kTermsMax) continue;
    if (!made.all.empty()) made.all += " AND ";
    made.all += made.terms.back();
    if (!any_title.empty()) any_title += " OR ";
    any_title += expression_of(found, true);
  }
  made.titles = made.all + " AND (" + any_title + ')';
  return made;
}

}  // namespace linli::store
