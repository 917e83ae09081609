#include "node/tables/decimal.h"

#include <catch2/catch.hpp>

namespace linli::tables {
namespace {

std::string as(std::string_view text, int places, bool from_spreadsheet = false) {
  auto number = parse_decimal(text);
  if (!number) return "none";
  if (from_spreadsheet) number->round_to_15();
  std::int64_t whole = 0;
  switch (scaled(*number, places, whole)) {
    case Scaled::exact:
      return std::to_string(whole);
    case Scaled::too_fine:
      return "too fine";
    case Scaled::too_large:
      return "too large";
  }
  return {};
}

}  // namespace

TEST_CASE("decimal: numbers as people write them and exactly", "[tables]") {
  CHECK(as("1234.50", 2) == "123450");
  CHECK(as("1,234.5", 2) == "123450");
  CHECK(as("-0.01", 2) == "-1");
  CHECK(as("12", 0) == "12");
  CHECK(as(".5", 1) == "5");
  CHECK(as("5.", 1) == "50");
  CHECK(as("1.2E+3", 0) == "1200");
  CHECK(as("12.050", 2) == "1205");
  CHECK(as("0", 2) == "0");
  CHECK(as("-0", 0) == "0");
  CHECK(as("12.345", 2) == "too fine");
  CHECK(as("0.5", 0) == "too fine");
}

TEST_CASE("decimal: what is none is none", "[tables]") {
  for (const auto* text : {"", "-", ".", "1.2.3", "1,23", "12,34,567", "1,2345", ",123", "1e",
                           "1e999", "NaN", "0x10", "1 2", "一"}) {
    CAPTURE(text);
    CHECK(as(text, 2) == "none");
  }
  CHECK(as(std::string(61, '1'), 0) == "none");
}

TEST_CASE("decimal: 10^19 fen is beyond every number", "[tables]") {
  CHECK(as("10000000000000000000", 0) == "too large");
  CHECK(as("1E+19", 0) == "too large");
  CHECK(as("9223372036854775807", 0) == "9223372036854775807");
  CHECK(as("9223372036854775808", 0) == "too large");
  CHECK(as("92233720368547758.08", 2) == "too large");
}

TEST_CASE("decimal: what a spreadsheet stored is what it shows", "[tables]") {
  CHECK(as("12.050000000000001", 2, true) == "1205");
  CHECK(as("0.30000000000000004", 2, true) == "30");
  CHECK(as("999999999999999.9", 0, true) == "1000000000000000");
  CHECK(as("12.345", 2, true) == "too fine");
}

TEST_CASE("decimal: written and read again", "[tables]") {
  for (const std::int64_t n : {0L, 1L, -1L, 99L, 100L, 123456789L, -123456789L, INT64_MAX}) {
    for (const int places : {0, 1, 2, 4})
      CHECK(as(decimal_text(n, places), places) == std::to_string(n));
  }
  CHECK(decimal_text(5, 2) == "0.05");
}

}  // namespace linli::tables
