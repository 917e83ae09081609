#include "node/tables/decimal.h"

#include <algorithm>

namespace linli::tables {
namespace {

constexpr std::size_t kDigitsMax = 60;
constexpr int kExponentMax = 60;

bool digit(char c) { return c >= '0' && c <= '9'; }

/// "1,234,567" without its commas; nothing if they stand elsewhere.
std::optional<std::string> without_groups(std::string_view text) {
  std::string plain;
  std::size_t group = 0;
  bool grouped = false;
  for (const char c : text) {
    if (c == ',') {
      if (group == 0 || (grouped ? group != 3 : group > 3)) return {};
      grouped = true;
      group = 0;
    } else if (digit(c)) {
      plain += c;
      ++group;
    } else {
      return {};
    }
  }
  if (grouped && group != 3) return {};
  return plain;
}

std::optional<int> exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 3) return {};
  int n = 0;
  for (const char c : text) {
    if (!digit(c)) return {};
    n = n * 10 + (c - '0');
  }
  if (n > kExponentMax) return {};
  return negative ? -n : n;
}

void trim(Decimal& number) {
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    --number.scale;
  }
  if (number.digits.empty()) number = {};
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (const auto e = text.find_first_of("eE"); e != text.npos) {
    const auto ten = exponent(text.substr(e + 1));
    if (!ten) return {};
    number.scale = -*ten;
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  const auto whole = without_groups(text.substr(0, point));
  const auto rest = point == text.npos ? std::string_view{} : text.substr(point + 1);
  if (!whole || rest.find_first_not_of("0123456789") != rest.npos) return {};
  number.digits = *whole + std::string(rest);
  if (number.digits.empty() || number.digits.size() > kDigitsMax) return {};
  number.scale += static_cast<int>(rest.size());
  trim(number);
  return number;
}

void Decimal::round_to_15() {
  constexpr std::size_t kKept = 15;
  if (digits.size() <= kKept) return;
  const bool up = digits[kKept] >= '5';
  scale -= static_cast<int>(digits.size() - kKept);
  digits.resize(kKept);
  for (std::size_t i = kKept; up && i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      break;
    }
    digits[i] = '0';
    if (i == 0) {
      digits.insert(0, "1");
      break;
    }
  }
  trim(*this);
}

Scaled scaled(const Decimal& number, int places, std::int64_t& whole) {
  whole = 0;
  if (number.digits.empty()) return Scaled::exact;
  const int zeros = places - number.scale;
  if (zeros < 0) return Scaled::too_fine;  // The last digit isn't 0: see trim().
  constexpr std::size_t kInt64Digits = 19;
  if (number.digits.size() + static_cast<std::size_t>(zeros) > kInt64Digits) {
    return Scaled::too_large;
  }
  std::int64_t result = 0;
  const auto text = number.digits + std::string(static_cast<std::size_t>(zeros), '0');
  for (const char c : text) {
    if (__builtin_mul_overflow(result, std::int64_t{10}, &result) ||
        __builtin_add_overflow(result, std::int64_t{c - '0'}, &result)) {
      return Scaled::too_large;
    }
  }
  whole = number.negative ? -result : result;
  return Scaled::exact;
}

std::string decimal_text(std::int64_t whole, int places) {
  const bool negative = whole < 0;
  auto text = std::to_string(whole);
  if (negative) text.erase(0, 1);
  const auto behind = static_cast<std::size_t>(places);
  if (text.size() <= behind) text.insert(0, behind + 1 - text.size(), '0');
  if (behind > 0) text.insert(text.size() - behind, ".");
  return (negative ? "-" : "") + text;
}

}  // namespace linli::tables
