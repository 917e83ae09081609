#include "node/store/pinyin_index.h"

#include <algorithm>

namespace linli::store {
namespace {

/// A few megabytes at most; a city's texts have fewer pairs.
constexpr std::size_t kKnownMax = 200'000;

std::uint64_t key(char32_t first, char32_t second) {
  return static_cast<std::uint64_t>(first) << 32U | second;
}

std::u32string characters_of(std::uint64_t gram) {
  std::u32string characters(1, static_cast<char32_t>(gram >> 32U));
  if (const auto second = static_cast<char32_t>(gram & 0xffffffffU); second != 0) {
    characters.push_back(second);
  }
  return characters;
}

/// Calls `each` for every character that has a reading, and every two of them side by side.
template <class Each>
void each_gram(const FoldedText& text, Each&& each) {
  char32_t before = 0;
  for (const auto c : text.characters) {
    if (c < 0x80 || readings_of(c).empty()) {
      before = 0;
      continue;
    }
    each(key(c, 0));
    if (before != 0) each(key(before, c));
    before = c;
  }
}

/// How a gram is read: "dt" and "dian ti".
struct Read {
  std::string initials, spelling;
};

std::vector<Read> read(std::uint64_t gram) {
  const auto characters = characters_of(gram);
  std::vector<Read> all;
  if (characters.size() == 1) {
    for (const auto syllable : readings_of(characters[0])) {
      all.push_back({std::string(1, syllable.front()), std::string(syllable)});
    }
    return all;
  }
  for (const auto& [first, second] : readings_of(characters[0], characters[1])) {
    all.push_back(
        {{first.front(), second.front()}, std::string(first) + ' ' + std::string(second)});
  }
  return all;
}

struct Sql {
  std::string_view occurs, insert, remove;
};

const Sql& sql(Shelf shelf) {
  static constexpr Sql kPlain{
      "SELECT 1 FROM search WHERE search MATCH ?1 LIMIT 1",
      "INSERT OR IGNORE INTO search_pinyin(initials, spelling, gram) VALUES (?1, ?2, ?3)",
      "DELETE FROM search_pinyin WHERE initials = ?1 AND spelling = ?2 AND gram = ?3"};
  static constexpr Sql kErasable{
      "SELECT 1 FROM search_erasable WHERE search_erasable MATCH ?1 LIMIT 1",
      "INSERT OR IGNORE INTO search_pinyin_erasable(initials, spelling, gram) VALUES (?1, ?2, ?3)",
      "DELETE FROM search_pinyin_erasable WHERE initials = ?1 AND spelling = ?2 AND gram = ?3"};
  return shelf == Shelf::plain ? kPlain : kErasable;
}

std::size_t at(Shelf shelf) { return static_cast<std::size_t>(shelf); }

/// Drops from the pairs those that no pair beside them continues.
void keep_chained(std::vector<std::set<std::string>>& places) {
  const auto half = [](const std::string& pair, bool second) {
    return pair.substr(second ? pair.size() / 2 : 0, pair.size() / 2);
  };
  const auto keep = [&](std::set<std::string>& pairs, const std::set<std::string>& beside,
                        bool by_second) {
    std::set<std::string> joints;
    for (const auto& pair : beside) joints.insert(half(pair, !by_second));
    std::erase_if(pairs, [&](const auto& pair) { return !joints.contains(half(pair, by_second)); });
  };
  for (std::size_t i = 0; i + 1 < places.size(); ++i) keep(places[i + 1], places[i], false);
  for (std::size_t i = places.size(); i-- > 1;) keep(places[i - 1], places[i], true);
}

}  // namespace

void PinyinIndex::came(Shelf shelf, const FoldedText& text) {
  auto& state = states_[at(shelf)];
  each_gram(text, [&](std::uint64_t gram) {
    if (!state.known.contains(gram)) state.touched.insert(gram);
  });
}

void PinyinIndex::went(Shelf shelf, const FoldedText& text) {
  auto& state = states_[at(shelf)];
  each_gram(text, [&](std::uint64_t gram) { state.touched.insert(gram); });
}

void PinyinIndex::flush() {
  for (const auto shelf : kShelves) {
    auto& state = states_[at(shelf)];
    if (state.known.size() > kKnownMax) state.known.clear();
    // In one order, so that the tables' pages don't depend on a hash.
    std::vector<std::uint64_t> grams(state.touched.begin(), state.touched.end());
    std::sort(grams.begin(), grams.end());
    for (const auto gram : grams) write(shelf, gram);
    state.touched.clear();
  }
}

void PinyinIndex::discard() {
  for (auto& state : states_) state = {};
}

bool PinyinIndex::occurs(Shelf shelf, const std::string& gram) {
  auto& found = db_.cached(sql(shelf).occurs);
  const auto quoted = '"' + gram + '"';
  const bool any = found.bind_text(1, quoted).step();
  found.reset();
  return any;
}

void PinyinIndex::write(Shelf shelf, std::uint64_t gram) {
  const auto text = utf8_of(characters_of(gram));
  const bool here = occurs(shelf, text);
  for (const auto& [initials, spelling] : read(gram)) {
    db_.cached(here ? sql(shelf).insert : sql(shelf).remove)
        .bind_text(1, initials)
        .bind_text(2, spelling)
        .bind_text(3, text)
        .run();
  }
  auto& known = states_[at(shelf)].known;
  if (here) {
    known.insert(gram);
  } else {
    known.erase(gram);
  }
}

void PinyinIndex::rewrite_erasable() {
  std::vector<std::array<std::string, 3>> rows;
  auto all =
      db_.prepare("SELECT initials, spelling, gram FROM search_pinyin_erasable ORDER BY 1, 2, 3");
  while (all.step()) {
    rows.push_back({std::string(all.text(0)), std::string(all.text(1)), std::string(all.text(2))});
  }
  db_.prepare("DELETE FROM search_pinyin_erasable").run();
  auto& insert = db_.cached(sql(Shelf::erasable).insert);
  for (const auto& row : rows) {
    insert.bind_text(1, row[0]).bind_text(2, row[1]).bind_text(3, row[2]).run();
  }
}

std::vector<std::set<std::string>> PinyinIndex::find(const Spelling& spelling) {
  // By initials; full spellings also by the beginning of their spelling.
  auto& rows = db_.cached(
      "SELECT spelling, gram FROM search_pinyin WHERE initials = ?1 AND spelling >= ?2"
      " AND spelling < ?3 UNION ALL SELECT spelling, gram FROM search_pinyin_erasable"
      " WHERE initials = ?1 AND spelling >= ?2 AND spelling < ?3");
  const auto& parts = spelling.parts;
  std::vector<std::set<std::string>> places;
  const std::size_t width = parts.size() == 1 ? 1 : 2;
  for (std::size_t i = 0; i + width <= parts.size(); ++i) {
    std::string initials, from;
    for (std::size_t part = i; part < i + width; ++part) {
      initials += parts[part].front();
      if (!spelling.initials) from += (from.empty() ? "" : " ") + parts[part];
    }
    std::set<std::string> grams;
    const auto to = from + '\x7f';
    rows.bind_text(1, initials).bind_text(2, from).bind_text(3, to);
    while (rows.step()) {
      const auto text = rows.text(0);
      const auto space = text.find(' ');
      const bool fits = spelling.fits(i, text.substr(0, space)) &&
                        (width == 1 || spelling.fits(i + 1, text.substr(space + 1)));
      if (fits) grams.emplace(rows.text(1));
    }
    if (grams.empty()) return {};
    places.push_back(std::move(grams));
  }
  keep_chained(places);
  const bool all = std::none_of(places.begin(), places.end(), [](auto& g) { return g.empty(); });
  return all ? places : std::vector<std::set<std::string>>();
}

}  // namespace linli::store
