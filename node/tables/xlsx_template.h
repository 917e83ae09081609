// node/tables/xlsx_template.h: texts of an .xlsx file, and what a template says of a column.
#pragma once

#include <string>
#include <vector>

#include "node/tables/columns.h"

namespace linli::tables {

/// A text that looks like the format's own escapes ("_x000D_") with its first mark escaped.
[[nodiscard]] std::string xlsx_text(std::string_view text);

/// "必填；填：商品房、经济适用房…"
[[nodiscard]] std::string column_help(const model::RecordType& type, const Column& column);
/// Those that a person fills in: without what is computed.
[[nodiscard]] std::vector<Column> template_columns(const model::RecordType& type);

}  // namespace linli::tables
