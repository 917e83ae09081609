// node/store/stat_table.h: a statistic's answer as rows and columns, for people and spreadsheets.
#pragma once

#include <string>
#include <vector>

#include "node/model/json.h"

namespace linli::store {

/// A cell is a text, a whole number, or null: empty.
using StatCells = std::vector<model::Json>;
struct StatTable {
  std::string title;                  ///< What it is, and of which days.
  std::vector<std::string> headings;  ///< In Chinese.
  std::vector<StatCells> rows;        ///< The total last.
  /// What it means, what was approved, how many reported, and whose data is old.
  std::vector<StatCells> notes;
};
/// Of what read_stat answers.
[[nodiscard]] StatTable stat_table(const model::Json& stat);
/// RFC 4180 behind a byte order mark, so that spreadsheets read it as UTF-8. A text that one would
/// run as a formula stands behind an apostrophe.
[[nodiscard]] std::string csv_of(const StatTable& table);

/// A numerator or denominator of read_stat's answer as people write it: sums in yuan and areas in
/// square metres, with two places; else the number itself. `part`: "numerator", "denominator".
[[nodiscard]] model::Json part_cell(const model::Json& stat, const char* part,
                                    const model::Json& number);
/// "分子", or with its unit: "分子（元）".
[[nodiscard]] std::string part_heading(const model::Json& stat, const char* part);

/// What people call what a figure is split by: "区县" of "district".
[[nodiscard]] std::string heading_of_split(std::string_view by);
/// What a row of read_stat is called under one split: the name of its place, compound or record, or
/// else the key itself.
[[nodiscard]] std::string text_of_key(const model::Json& row, const std::string& by);

}  // namespace linli::store
