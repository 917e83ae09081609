// node/tables/rows.h: a table as its rows of cells, whatever file they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/result.h"

namespace linli::tables {

inline constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);
inline constexpr std::size_t kRowBytesMax = 1u << 20;  ///< DESIGN §7: one change set's worth.
inline constexpr std::size_t kColumnsMax = 16'384;     ///< As many as a spreadsheet has.

struct Cell {
  enum class Kind : std::uint8_t { empty, text, number, boolean };
  Kind kind = Kind::empty;
  std::string text = {};         ///< UTF-8; a number's digits as the file has them; "1" or "0".
  bool date = false;             ///< A number that the spreadsheet shows as a date.
  bool dates_from_1904 = false;  ///< How a number that is a date is to be understood.

  [[nodiscard]] bool empty() const { return kind == Kind::empty; }
};

/// What is wrong with a cell, for people; a row that can't be taken apart has kNoColumn.
struct CellFault {
  std::size_t column = kNoColumn;  ///< From 0.
  Errc code = Errc::bad_value;
  std::string zh, en;
};

struct Row {
  std::size_t number = 0;  ///< As the spreadsheet shows it, from 1; empty rows count.
  std::size_t line = 0;    ///< Of the file, where it is text; else 0.
  std::vector<Cell> cells = {};
  std::vector<CellFault> faults = {};

  [[nodiscard]] bool empty() const;
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  /// The next row, empty ones left out. Memory stays within a row. Errors: io; bad_input,
  /// too_large (nothing after this place can be read).
  [[nodiscard]] virtual Result<std::optional<Row>> next() = 0;
  /// Begins anew. Errors: as next().
  [[nodiscard]] virtual Result<void> rewind() = 0;
  [[nodiscard]] virtual std::uint64_t done() const = 0;  ///< Bytes of total() that were read.
  [[nodiscard]] virtual std::uint64_t total() const = 0;
  /// How it is written, for people: "GB18030", "UTF-8", "XLSX 表1".
  [[nodiscard]] virtual std::string form() const = 0;
};

/// "A", "Z", "AA" of 0, 25, 26.
[[nodiscard]] std::string column_letters(std::size_t column);
/// The other way round; nothing if it isn't one within a spreadsheet.
[[nodiscard]] std::optional<std::size_t> column_of_letters(std::string_view letters);

}  // namespace linli::tables
