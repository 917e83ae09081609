#include "node/model/visible.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace linli::model {
namespace {

constexpr UChar32 kNonJoiner = 0x200C, kJoiner = 0x200D;

bool part_of_emoji(UChar32 c) {
  constexpr UChar32 kVariation16 = 0xFE0F;
  return u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) ||
         u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) || c == kVariation16;
}

/// Of scripts whose letters join, and of those that stack them by a virama.
bool letter_that_joins(UChar32 c) {
  const auto joins = u_getIntPropertyValue(c, UCHAR_JOINING_TYPE);
  return (joins > U_JT_JOIN_CAUSING && joins < U_JT_TRANSPARENT) ||
         u_getIntPropertyValue(c, UCHAR_CANONICAL_COMBINING_CLASS) == 9;  // 9: virama
}

bool shown(const std::vector<UChar32>& text, std::size_t at) {
  const auto c = text[at];
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
      return c == '\n' || c == '\r' || c == '\t';
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
      return false;
    case U_FORMAT_CHAR:
      break;
    case U_NON_SPACING_MARK:  // Variation selectors, too: they choose a shape of what stands
                              // before.
      return true;
    default:
      return !U_IS_UNICODE_NONCHAR(c) &&
             !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  }
  if (at == 0 || at + 1 == text.size()) return false;
  if (c == kJoiner && part_of_emoji(text[at - 1]) && part_of_emoji(text[at + 1])) return true;
  if (c != kJoiner && c != kNonJoiner) return false;
  return letter_that_joins(text[at - 1]);
}

}  // namespace

std::optional<Invisible> invisible_in(std::string_view utf8) {
  // Plain text is most of what is written, and needs no table.
  bool plain = true;
  for (const char byte : utf8) {
    const auto b = static_cast<unsigned char>(byte);
    plain = plain && b >= 0x20 && b < 0x7F;
  }
  if (plain) return {};
  const auto whole =
      icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
  std::vector<UChar32> text;
  text.reserve(utf8.size());
  for (std::int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    text.push_back(whole.char32At(i));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!shown(text, i)) return Invisible{static_cast<char32_t>(text[i]), i + 1};
  }
  return {};
}

std::string code_text(char32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X", static_cast<unsigned>(code));
  return text;
}

}  // namespace linli::model
