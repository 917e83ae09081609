// Text as it is kept: composed (NFC) and without space around it.
#include <unicode/normalizer2.h>

#include <algorithm>

#include "node/model/values.h"

namespace linli::model {

namespace {

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";
  constexpr std::string_view kSpaces = " \t\r\n";
  for (bool more = true; more;) {
    more = false;
    while (!text.empty() && kSpaces.find(text.front()) != kSpaces.npos) text.remove_prefix(1);
    while (!text.empty() && kSpaces.find(text.back()) != kSpaces.npos) text.remove_suffix(1);
    if (text.starts_with(kIdeographicSpace)) {
      text.remove_prefix(kIdeographicSpace.size());
      more = true;
    }
    if (text.ends_with(kIdeographicSpace)) {
      text.remove_suffix(kIdeographicSpace.size());
      more = true;
    }
  }
  return text;
}

}  // namespace

std::string normal_text(std::string_view text) {
  if (ascii(text)) return std::string(trimmed(text));
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(status);
  ensure(U_SUCCESS(status) && nfc, "ICU carries its own NFC data");
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed);
  nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink,
                     nullptr, status);
  ensure(U_SUCCESS(status), "normalizeUTF8");
  return std::string(trimmed(composed));
}

}  // namespace linli::model
