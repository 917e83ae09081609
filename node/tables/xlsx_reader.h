// node/tables/xlsx_reader.h: the rows of one sheet of an .xlsx file (ISO/IEC 29500), in one pass.
// What cells compute isn't computed here: the value that the spreadsheet saved counts.
#pragma once

#include <memory>

#include "node/tables/input.h"
#include "node/tables/rows.h"

namespace linli::tables {

/// Does it begin like a zip archive, which an .xlsx file is? Errors: io.
[[nodiscard]] Result<bool> looks_like_xlsx(Input& input);

/// `sheet`: its name; empty: the first that isn't hidden. `input` must outlive the reader.
/// Errors: bad_input, too_large, not_found (names the sheets that there are), io.
[[nodiscard]] Result<std::unique_ptr<RowReader>> read_xlsx(Input& input,
                                                           const std::string& sheet = {});

}  // namespace linli::tables
