// node/tables/columns.h: which column of a table is which field of a record.
//
// A record type's columns are `record id`, `scope`, and its fields in their order; a field of rows
// (a disclosure's lines) has one column for each of its own: "公示项目.金额（元）". A record with
// several lines takes several rows (records.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/model/schema.h"
#include "node/tables/rows.h"

namespace linli::tables {

struct Column {
  enum class Use : std::uint8_t { id, scope, field, item, none } use = Use::none;
  const model::Field* field = nullptr;  ///< Of `item`: the field of rows.
  const model::Field* item = nullptr;   ///< One of its columns.
  int places = 0;       ///< Of a number: digits behind the point, as its heading says the unit.
  std::string heading;  ///< As the file has it, or as it is written.

  /// What its cells hold; null for `none`, `id` and `scope`.
  [[nodiscard]] const model::Field* value() const { return item ? item : field; }
};

/// The columns that are written: headings in Chinese with their unit, money in yuan, areas in ㎡.
[[nodiscard]] std::vector<Column> columns_of(const model::RecordType& type);

/// One heading; `none` if the type has no such field. Understood are a field's name, its Chinese or
/// English label, with a unit in brackets (元, 分, ㎡, …) if it has one; for a column of rows, two
/// of these with a point between them. Width, case and spaces don't matter.
struct Heading {
  Column column = {};
  /// Errors: bad_value: money without its unit, or a unit that isn't one of the field's.
  std::optional<CellFault> fault = {};
};
[[nodiscard]] Heading read_heading(const model::RecordType& type, const std::string& text);

/// The headings of a table, with what a person says about some of them: `map`: heading or letter →
/// field name, or "" to leave the column out.
struct HeaderReading {
  std::vector<Column> columns;
  std::vector<CellFault> faults;      ///< Unknown, twice the same, faults of single headings.
  std::vector<std::string> left_out;  ///< Headings of what is computed, and thus isn't read.
  std::size_t known = 0;
};
[[nodiscard]] HeaderReading read_header(const model::RecordType& type, const Row& row,
                                        const std::map<std::string, std::string>& map = {});

/// The heading of a column that says what was wrong with a row; it isn't read.
inline constexpr std::string_view kHeadingFaults = "导入问题";

/// Width and case folded, without spaces.
[[nodiscard]] std::string folded_heading(std::string_view text);

/// The unit that numbers of a field are written in, for people: "元", "㎡"; and with how many
/// places. Empty: none.
struct WrittenUnit {
  std::string_view zh, en;
  int places = 0;
};
[[nodiscard]] WrittenUnit written_unit(model::Unit unit);

}  // namespace linli::tables
