// node/tables/csv_reader.h: RFC 4180 as spreadsheets write it: quotes, line ends within them, CRLF
// or LF; separated by commas, semicolons or tabs; in UTF-8, UTF-16 or GB18030.
//
// A row with a broken quote is that line alone: reading goes on with the next line, whatever the
// quote would have swallowed. In GB18030 no byte of a longer character is a separator, a quote or a
// line end, so rows are taken apart before they are decoded, and a fault is found in its cell.
//
// A text that begins with ' and then = + - @ or the like is read without its ', which the export
// puts there so that no spreadsheet takes it for a formula (node/model/csv_text.h).
#pragma once

#include <memory>
#include <optional>

#include "node/tables/input.h"
#include "node/tables/rows.h"
#include "node/tables/text_encoding.h"

namespace linli::tables {

struct CsvOptions {
  std::optional<Encoding> encoding = {};  ///< Nothing: as the bytes say.
};

/// `input` must outlive it. Errors: io.
[[nodiscard]] Result<std::unique_ptr<RowReader>> read_csv(Input& input,
                                                          const CsvOptions& options = {});

}  // namespace linli::tables
