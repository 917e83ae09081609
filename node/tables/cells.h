// node/tables/cells.h: one cell and the field's value that it says, as JSON (model/json.h), both
// ways. What is written is read again as the same value.
//
// | field | read | written |
// |---|---|---|
// | integer | 1,234.50 in the unit of the heading, never rounded | 1234.50 |
// | date | 2024-03-05, 2024/3/5, 2024.3.5, 2024年3月5日, 20240305, a spreadsheet's date |
// 2024-03-05 | | instant | a date and 9:30, 09:30:15, 9时30分; local time, or with Z or +08:00 |
// 2024-03-05 09:30 | | boolean | 是/否, 有/无, true/false, yes/no, 1/0, √/× | 是/否 | | choice,
// state | its Chinese or English label, or its code | the Chinese label | | ref | a record's id, or
// its natural key, parts joined by /; @scope behind, type: before it | its key, else its id | |
// lists | items separated by 、 ； ; or line ends, or a JSON array | 、, or JSON | | marks |
// F01=合格、F02=不合格, or a JSON object | the first | | geo | 35.3000000,113.9000000 ±5.0
// (degrees, metres) | the same |
#pragma once

#include <optional>
#include <string>

#include "node/model/json.h"
#include "node/tables/place.h"
#include "node/tables/rows.h"

namespace linli::tables {

using model::Json;

/// What a cell says: nothing (it is empty, or says that a value isn't shown); null: clear the
/// field; or a value for model::read_draft.
struct CellReading {
  std::optional<Json> value = {};
  bool withheld = false;  ///< The cell only says that its value isn't shown.
  std::optional<CellFault> fault = {};
};
/// `places`: of the column (columns.h).
[[nodiscard]] CellReading read_cell(const model::Field& field, int places, const Cell& cell);

/// How a table says that a value isn't in it. "(清空)" in a cell clears the field.
inline constexpr std::string_view kWithheld = "(无权查看)", kSealed = "(密封)",
                                  kErased = "(已清除)", kClear = "(清空)";

struct CellText {
  std::string text;
  bool number = false;  ///< It is one that a spreadsheet can add up.
};
[[nodiscard]] CellText cell_text(const model::Field& field, int places, const Json& value,
                                 const Place& place);

/// NFKC, without spaces around: how people's digits, brackets and points become plain ones.
[[nodiscard]] std::string plain(std::string_view text);

}  // namespace linli::tables
