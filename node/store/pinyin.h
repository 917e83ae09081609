// node/store/pinyin.h: how Chinese characters are read, and what typed letters can mean.
//
// A character has one or more readings; next to another one only those that the list of words
// knows for the two (重庆 is chong qing), else any. A run of characters is read as syllables if
// each two neighbours are. Pure: from the data in pinyin/, which is built in.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace linli::store {

/// Without tones; none for characters outside U+4E00–9FFF. Views live for ever.
[[nodiscard]] const std::vector<std::string_view>& readings_of(char32_t c);
using PairReadings = std::vector<std::pair<std::string_view, std::string_view>>;
[[nodiscard]] PairReadings readings_of(char32_t first, char32_t second);
/// Names the data: changes with it.
[[nodiscard]] std::string pinyin_version();

/// One way to understand typed letters.
struct Spelling {
  std::vector<std::string> parts;  ///< A syllable each, or its first letter.
  bool initials = false;
  bool open = false;  ///< The last part is the beginning of a syllable.
  bool near = false;  ///< One letter differs from what was typed.
  auto operator<=>(const Spelling&) const = default;

  /// Can part `at` be this syllable?
  [[nodiscard]] bool fits(std::size_t at, std::string_view syllable) const;
  /// Are the characters from `at` on read so?
  [[nodiscard]] bool fits(std::u32string_view text, std::size_t at) const;
};

/// Every way to read folded letters, gaps being borders of syllables: dianti as dian ti, and di an
/// ti; dt as initials. None if something else than a to z is in it, or too much.
[[nodiscard]] std::vector<Spelling> spellings_of(std::u32string_view typed);
/// Those with one letter more, less, other, or two that changed places; of four letters and more.
[[nodiscard]] std::vector<Spelling> near_spellings_of(std::u32string_view typed);

}  // namespace linli::store
