// node/tables/table_writer.h: records as the rows of a CSV or XLSX file, which import takes again.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "node/tables/cells.h"
#include "node/tables/columns.h"

namespace linli::tables {

/// Rows on their way into a file.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  /// Errors: io, disk_full, too_large (more than the kind of file takes).
  [[nodiscard]] virtual Result<void> row(const std::vector<CellText>& cells) = 0;
  /// Nothing is complete without it. Errors: as row().
  [[nodiscard]] virtual Result<void> finish() = 0;
};

/// Where bytes of text go. Errors: io, disk_full.
using Sink = std::function<Result<void>(std::string_view)>;
/// UTF-8 with a byte order mark, CRLF, RFC 4180; texts that look like formulas are guarded.
[[nodiscard]] std::unique_ptr<RowWriter> write_csv(Sink sink);
/// At most 1,048,576 rows; a cell at most 32,767 characters. Texts are texts, never formulas. What
/// is written lies in a temporary file beside `file` meanwhile.
[[nodiscard]] Result<std::unique_ptr<RowWriter>> write_xlsx(const std::filesystem::path& file,
                                                            const std::string& sheet);

/// Headings first, then the records one by one.
class TableWriter {
 public:
  /// `lookup`: for references, which are written by their keys then.
  TableWriter(const model::RecordType& type, std::string city, RowWriter& writer,
              Lookup lookup = nullptr)
      : columns_(columns_of(type)),
        city_(std::move(city)),
        writer_(writer),
        lookup_(lookup ? remembered(std::move(lookup)) : nullptr) {}
  [[nodiscard]] Result<void> headings();
  /// `record`: {id, scope, and its fields}, as model::fields_to_json writes them.
  [[nodiscard]] Result<void> record(const Json& record);

 private:
  std::vector<Column> columns_;
  std::string city_;
  RowWriter& writer_;
  Lookup lookup_;
};

/// The rows that a record takes, under these columns.
[[nodiscard]] std::vector<std::vector<CellText>> rows_of(const std::vector<Column>& columns,
                                                         const Json& record, std::string_view city,
                                                         const Lookup* lookup = nullptr);

/// An empty table to fill in: headings, and what may stand under each: in CSV as a row that import
/// leaves out, in XLSX as lists to choose from and a second sheet.
[[nodiscard]] Result<void> write_csv_template(const model::RecordType& type, Sink sink);
[[nodiscard]] Result<void> write_xlsx_template(const model::RecordType& type,
                                               const std::filesystem::path& file);

}  // namespace linli::tables
