#include "node/model/csv_text.h"

#include <algorithm>

namespace linli::model {
namespace {

/// Also in full width: some spreadsheets take these for the same.
bool like_a_formula(std::string_view text) {
  constexpr std::string_view kBeginnings[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                              "\n", "＝", "＋", "－", "＠"};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [text](std::string_view begin) { return text.starts_with(begin); });
}

}  // namespace

std::string guarded(std::string text) {
  const bool apostrophe = text.starts_with('\'');
  if (apostrophe || like_a_formula(text)) text.insert(0, "'");
  return text;
}

std::string_view unguarded(std::string_view text) {
  if (!text.starts_with('\'')) return text;
  const auto rest = text.substr(1);
  return rest.starts_with('\'') || like_a_formula(rest) ? rest : text;
}

std::string csv_quoted(std::string_view text) {
  if (text.find_first_of(",;\t\"\r\n") == text.npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace linli::model
