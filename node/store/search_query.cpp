#include "node/store/search_query.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <optional>

namespace linli::store {
namespace {

/// What stands between blanks, or within quotes that stand at blanks.
struct Piece {
  std::string_view text;
  bool quoted = false;
};

struct Character {
  UChar32 c = 0;
  std::size_t begin = 0, end = 0;
};

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(
      std::min<std::size_t>(text.size(), U8_MAX_LENGTH * kTypedCharactersMax));
  for (std::int32_t at = 0; at < size && characters.size() < kTypedCharactersMax;) {
    const auto begin = at;
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    characters.push_back({c, static_cast<std::size_t>(begin), static_cast<std::size_t>(at)});
  }
  return characters;
}

bool is_blank(const Character& character) {
  return character.c >= 0 && (u_isUWhiteSpace(character.c) != 0 || character.c == 0);
}

std::optional<UChar32> closing_of(UChar32 c) {
  switch (c) {
    case U'"':
    case 0xff02:  // ＂
      return c;
    case 0x201c:  // “
      return 0x201d;
    default:
      return std::nullopt;
  }
}

std::vector<Piece> pieces_of(std::string_view typed) {
  const auto all = characters_of(typed);
  std::vector<Piece> pieces;
  const auto cut = [&](std::size_t from, std::size_t to) {
    return typed.substr(all[from].begin, all[to - 1].end - all[from].begin);
  };
  const auto blank_at = [&](std::size_t at) { return at >= all.size() || is_blank(all[at]); };
  for (std::size_t at = 0; at < all.size();) {
    if (blank_at(at)) {
      ++at;
      continue;
    }
    if (const auto closing = closing_of(all[at].c)) {
      // It closes at a blank: a quote within a text that was pasted is text.
      auto end = at + 1;
      while (end < all.size() && !(all[end].c == *closing && blank_at(end + 1))) ++end;
      if (end < all.size()) {
        if (end > at + 1) pieces.push_back({cut(at + 1, end), true});
        at = end + 1;
        continue;
      }
    }
    auto end = at;
    while (!blank_at(end)) ++end;
    pieces.push_back({cut(at, end), false});
    at = end;
  }
  return pieces;
}

bool names(const model::Field& field, std::string_view name) {
  return field.name == name || field.label.zh == name;
}

bool is_searched_field(std::string_view name) {
  const auto& types = model::schema().types;
  return std::any_of(types.begin(), types.end(), [&](const model::RecordType& type) {
    return std::any_of(type.fields.begin(), type.fields.end(), [&](const model::Field& field) {
      return field.searched && names(field, name);
    });
  });
}

Term term_of(const Piece& piece) {
  Term term{fold(piece.text).characters, {}, {}, {}, piece.quoted};
  term.value = term.literal;
  if (piece.quoted) return term;
  constexpr std::string_view kColon = ":", kWideColon = "：";
  for (const auto colon : {kColon, kWideColon}) {
    const auto at = piece.text.find(colon);
    if (at == std::string_view::npos || !is_searched_field(piece.text.substr(0, at))) continue;
    auto value = fold(piece.text.substr(at + colon.size())).characters;
    if (value.empty()) continue;
    term.field = piece.text.substr(0, at);
    term.value = std::move(value);
    break;
  }
  term.spellings = spellings_of(term.value);
  return term;
}

void add_literals(const std::u32string& literal, const FoldedText& folded,
                  std::vector<Match>& matches) {
  for (auto at = folded.characters.find(literal); at != std::u32string::npos;
       at = folded.characters.find(literal, at + literal.size())) {
    matches.push_back({at, at + literal.size(), Match::How::literal});
  }
}

void add_spelled(const Spelling& spelling, const FoldedText& folded, std::vector<Match>& matches) {
  const auto how = spelling.near ? Match::How::near : Match::How::pinyin;
  for (std::size_t at = 0; at < folded.characters.size();) {
    if (folded.characters[at] < 0x80 || !spelling.fits(folded.characters, at)) {
      ++at;
      continue;
    }
    matches.push_back({at, at + spelling.parts.size(), how});
    at += spelling.parts.size();
  }
}

}  // namespace

std::vector<Term> parse_query(std::string_view typed) {
  std::vector<Term> terms;
  for (const auto& piece : pieces_of(typed)) {
    auto term = term_of(piece);
    if (term.literal.empty()) continue;
    const auto same = [&](const Term& other) {
      return other.literal == term.literal && other.field == term.field &&
             other.quoted == term.quoted;
    };
    if (std::none_of(terms.begin(), terms.end(), same)) terms.push_back(std::move(term));
  }
  return terms;
}

void add_near(std::vector<Term>& terms) {
  for (auto& term : terms) {
    if (term.quoted) continue;
    auto near = near_spellings_of(term.value);
    std::move(near.begin(), near.end(), std::back_inserter(term.spellings));
  }
}

std::vector<Match> matches_in(const Term& term, const SearchedValue& value,
                              const FoldedText& folded) {
  std::vector<Match> matches;
  add_literals(term.literal, folded, matches);
  const bool there = term.field.empty() || (value.field && names(*value.field, term.field));
  if (there) {
    if (!term.field.empty()) add_literals(term.value, folded, matches);
    for (const auto& spelling : term.spellings) add_spelled(spelling, folded, matches);
  }
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.how < b.how;
  });
  // Of several that lie over each other the first, and the longest at a place.
  std::vector<Match> apart;
  for (const auto& match : matches) {
    if (apart.empty() || match.begin >= apart.back().end) {
      apart.push_back(match);
    } else if (match.begin == apart.back().begin && match.how == apart.back().how) {
      apart.back().end = std::max(apart.back().end, match.end);
    }
  }
  return apart;
}

}  // namespace linli::store
