// node/tables/decimal.h: numbers as people and spreadsheets write them, exactly: no floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace linli::tables {

/// digits · 10^-scale, without leading zeros; zero has no digits.
struct Decimal {
  bool negative = false;
  std::string digits = {};
  int scale = 0;

  /// A spreadsheet keeps 15 digits and writes 17: what it calls 12.05 may stand in its file as
  /// 12.050000000000001. Rounded to those 15, half up.
  void round_to_15();
};

/// "12", "-0.5", "1,234.50" (in groups of three), "1.2E+3". Nothing for anything else, and for more
/// than 60 digits or an exponent beyond ±60.
[[nodiscard]] std::optional<Decimal> parse_decimal(std::string_view text);

enum class Scaled : std::uint8_t { exact, too_fine, too_large };
/// `number` · 10^places as a whole number: yuan to fen by 2. `too_fine`: it has more places.
[[nodiscard]] Scaled scaled(const Decimal& number, int places, std::int64_t& whole);

/// whole ÷ 10^places: "-12.05".
[[nodiscard]] std::string decimal_text(std::int64_t whole, int places);

}  // namespace linli::tables
