// node/tables/cell_dates.h: dates and times as people and spreadsheets write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace linli::tables {

struct Why {
  std::string zh = {}, en = {};
};

/// Days since 1970-01-01 of "2024-03-05", "2024/3/5", "2024.3.5", "2024年3月5日", "20240305"; with
/// a time behind it only if that is midnight. Nothing: it isn't one; `why` is filled where it looks
/// like one that no calendar has.
[[nodiscard]] std::optional<std::int64_t> read_day(std::string_view text, Why& why);

/// Milliseconds since 1970-01-01T00:00Z of a date and a time of day: "2024-3-5 9:30",
/// "2024年3月5日9时30分", "2024-03-05T09:30:15.250+08:00". Local (UTC+8) without an offset.
[[nodiscard]] std::optional<std::int64_t> read_instant(std::string_view text, Why& why);

/// A spreadsheet's number of days, with the time of day behind its point: local milliseconds since
/// 1970-01-01, to the second.
[[nodiscard]] std::optional<std::int64_t> read_serial(std::string_view number, bool from_1904);

/// "2024-03-05 09:30", with seconds and milliseconds where there are any; local.
[[nodiscard]] std::string instant_cell(std::int64_t ms);

}  // namespace linli::tables
