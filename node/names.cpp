#include "node/names.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "crypto/cbor.h"

namespace linli::node {
namespace {

bool is_seen(UChar32 c) {
  const auto type = u_charType(c);
  return type != U_CONTROL_CHAR && type != U_FORMAT_CHAR && type != U_LINE_SEPARATOR &&
         type != U_PARAGRAPH_SEPARATOR;
}

/// What people put between the parts of a number or a name, or leave out.
bool is_gap(UChar32 c) {
  switch (c) {
    case '\t':
    case 0x00B7:  // ·
    case 0x2022:  // •
    case 0x2027:  // ‧
    case 0x22C5:  // ⋅
    case 0x30FB:  // ・
      return true;
    default:
      return u_charType(c) == U_SPACE_SEPARATOR || u_charType(c) == U_DASH_PUNCTUATION;
  }
}

template <class Each>
void each_character(const icu::UnicodeString& text, const Each& each) {
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) each(text.char32At(i));
}

}  // namespace

Result<void> check_name(std::string_view name, std::size_t most, const char* field) {
  const auto bad = [&](const std::string& en) {
    return fail(Errc::bad_value,
                "名称须为 1 至 " + std::to_string(most) + " 字节，且不含控制字符和不可见字符 " + en,
                field);
  };
  if (name.empty() || name.size() > most || !cbor::valid_utf8(name)) {
    return bad("a name has 1 to " + std::to_string(most) + " bytes of UTF-8");
  }
  bool seen = true;
  each_character(icu::UnicodeString::fromUTF8({name.data(), static_cast<int>(name.size())}),
                 [&](UChar32 c) { seen = seen && is_seen(c); });
  if (!seen) return bad("a name has no control characters and nothing that can't be seen");
  return {};
}

std::string folded(std::string_view text) {
  UErrorCode code = U_ZERO_ERROR;
  const auto* fold = icu::Normalizer2::getNFKCCasefoldInstance(code);
  const auto whole = fold->normalize(
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())}), code);
  ensure(U_SUCCESS(code) != 0, "folding a text");
  icu::UnicodeString kept;
  each_character(whole, [&](UChar32 c) {
    if (!is_gap(c)) kept.append(c);
  });
  std::string out;
  kept.toUTF8String(out);
  return out;
}

}  // namespace linli::node
