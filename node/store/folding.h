// node/store/folding.h: texts as search compares them.
//
// Width, case, accents of Latin letters and traditional forms are gone (NFKC case folding, then
// Hant-Hans), accents and invisible characters too; any run of other characters than letters and
// digits is one gap, and there is none at the ends. Each character is folded by itself, so that a
// part of a text folds to a part of what the text folds to: searching for it is exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace linli::store {

inline constexpr char32_t kGap = U' ';
/// Ends a value where several are put together (U+001E): nothing is found across it.
inline constexpr char32_t kValueEnd = U'\x1e';

/// `starts` and `ends`: the bytes of the text that each character came from. (㎡ becomes two.)
struct FoldedText {
  std::u32string characters;
  std::vector<std::uint32_t> starts, ends;
};
/// Bytes that aren't UTF-8 are gaps. Of longer texts than a gigabyte only the beginning.
[[nodiscard]] FoldedText fold(std::string_view text);
[[nodiscard]] std::string utf8_of(std::u32string_view characters);

}  // namespace linli::store
