// node/store/pinyin_index.h: which Chinese characters, alone and in pairs, stand in the indexes, by
// how they are read. Typed letters are turned into those characters, and these are looked up.
//
// So pinyin costs nothing in the full-text indexes, and an erased value leaves no pinyin in them.
// The tables follow from the indexes alone: what occurs in no text any more has no row.
#pragma once

#include <array>
#include <set>
#include <unordered_set>

#include "node/store/database.h"
#include "node/store/folding.h"
#include "node/store/pinyin.h"

namespace linli::store {

/// The two full-text indexes: see search.h.
enum class Shelf : std::uint8_t { plain, erasable };
inline constexpr std::array kShelves{Shelf::plain, Shelf::erasable};

class PinyinIndex {
 public:
  explicit PinyinIndex(Database& db) : db_(db) {}
  /// Texts that came into an index, and that went out of it. Cheap: memory only.
  void came(Shelf shelf, const FoldedText& text);
  void went(Shelf shelf, const FoldedText& text);
  void flush();    ///< Brings the tables in line with the indexes; before every commit.
  void discard();  ///< After a rollback.
  /// Writes the erasable one's table anew: no old row stays between the new ones.
  void rewrite_erasable();

  /// For each two neighbours of the spelling, the pairs that are read so; for a spelling of one
  /// part the characters. Nothing: the indexes hold none for one of the places.
  [[nodiscard]] std::vector<std::set<std::string>> find(const Spelling& spelling);

 private:
  using Grams = std::unordered_set<std::uint64_t>;  ///< One character, or two.
  struct State {
    Grams known;    ///< Have their rows. A part of them: a memory.
    Grams touched;  ///< To be looked at before the commit.
  };
  [[nodiscard]] bool occurs(Shelf shelf, const std::string& gram);
  void write(Shelf shelf, std::uint64_t gram);

  Database& db_;
  std::array<State, kShelves.size()> states_;
};

}  // namespace linli::store
