// Values as people write them (console.h).
#include <cstdio>
#include <cstdlib>

#include "node/app/console.h"
#include "node/told.h"

namespace linli::app {
namespace {

using model::Field;
using model::FieldType;
using model::Unit;
using node::decimal;
__extension__ using Wide = __int128;  // A figure times 1000 may pass 64 bits.

/// a · 10^digits ÷ b, rounded half away from zero; nothing if it isn't a number.
std::string quotient(std::int64_t a, std::int64_t b, int digits, std::int64_t factor) {
  if (b == 0) return "—";
  Wide scaled = static_cast<Wide>(a) * factor;
  for (int i = 0; i < digits; ++i) scaled *= 10;
  const Wide half = b < 0 ? -static_cast<Wide>(b) / 2 : static_cast<Wide>(b) / 2;
  const Wide whole = (scaled + (scaled < 0 ? -half : half)) / b;
  return decimal(static_cast<std::int64_t>(whole), digits);
}

/// How often each code stands among marks: "合格 38、不合格 3".
std::string counted(const Field& field, const Json& marks) {
  std::string text;
  for (const auto& value : field.values) {
    std::size_t n = 0;
    for (const auto& [item, code] : marks.items()) n += code == Json(value.code) ? 1u : 0u;
    if (n == 0) continue;
    text += (text.empty() ? "" : "、") + std::string(value.label.zh) + " " + std::to_string(n);
  }
  return text;
}

bool is_kept_back(const Json& json) {
  return json.value("withheld", false) || json.value("erased", false);
}

}  // namespace

std::string unit_text(Unit unit) {
  switch (unit) {
    case Unit::fen:
      return "分";
    case Unit::yuan_e4:
      return "万分之一元";
    case Unit::dm2:
      return "平方分米";
    case Unit::minutes:
      return "分钟";
    case Unit::percent:
      return "%";
    case Unit::days:
      return "天";
    case Unit::dm:
      return "分米";
    default:
      return {};
  }
}

std::string local_time(std::string_view instant) { return node::local_time(instant); }

/// As told in full, but for what fills a line: marks and rows are counted.
std::string shown(const Field& field, const Json& json) {
  if (field.type == FieldType::marks && json.is_object() && !is_kept_back(json)) {
    return counted(field, json);
  }
  const bool many = field.type == FieldType::rows || field.type == FieldType::blobs;
  if (many && json.is_array()) return std::to_string(json.size()) + " 项";
  return node::told(field, json);
}

std::string shown_figure(std::string_view figure, const Json& value) {
  const auto n = value.value("numerator", std::int64_t{0});
  const bool ratio = value.contains("denominator") && !value["denominator"].is_null();
  const auto d = ratio ? value["denominator"].get<std::int64_t>() : 0;
  if (figure == "percent") return ratio ? quotient(n, d, 1, 100) + (d == 0 ? "" : "%") : "—";
  if (figure == "per_unit") return ratio ? quotient(n, d, 2, 1) : std::to_string(n);
  if (figure == "fen") {  // Of whatever it is over, a hundredth is in yuan.
    const bool fits = d <= INT64_MAX / 100 && d >= INT64_MIN / 100;
    if (ratio) return d == 0 || !fits ? "—" : quotient(n, d * 100, 2, 1) + "元";
    return decimal(n, 2) + "元";
  }
  if (ratio) return quotient(n, d, 1, 1);
  if (figure == "minutes") return std::to_string(n) + "分钟";
  if (figure == "days") return std::to_string(n) + "天";
  return std::to_string(n);
}

}  // namespace linli::app
