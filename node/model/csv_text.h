// node/model/csv_text.h: one cell of a CSV file, so that no spreadsheet runs it and what is read
// again is what was written.
#pragma once

#include <string>
#include <string_view>

namespace linli::model {

/// A text that a spreadsheet would take for a formula, with a ' before it; one that begins with '
/// likewise, so that the way back is exact.
[[nodiscard]] std::string guarded(std::string text);
/// The way back.
[[nodiscard]] std::string_view unguarded(std::string_view text);

/// RFC 4180: in quotes if it holds a separator of any kind, a quote or a line end.
[[nodiscard]] std::string csv_quoted(std::string_view text);

}  // namespace linli::model
