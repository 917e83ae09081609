// node/tables/records.h: records out of a table's rows.
//
// The headings stand in the first of the first ten rows that is made of headings; what stands above
// (a title) is left out. Each row is a record, except that lines of a record with rows (a
// disclosure's items) follow in rows of their own: such a row has cells under the item columns, and
// either nothing else, or the same record id or whole natural key as the row above, and in its
// other cells nothing or the same. A row whose first cell begins with "#说明" is left out.
#pragma once

#include <map>
#include <memory>

#include "node/model/json.h"
#include "node/tables/columns.h"
#include "node/tables/rows.h"

namespace linli::tables {

using model::Json;

/// Something wrong, with its place as the person sees it in the spreadsheet.
struct Problem {
  std::size_t row = 0;   ///< From 1; 0: the table as a whole.
  std::size_t line = 0;  ///< Of a text file; 0: none.
  std::size_t column = kNoColumn;
  std::string heading = {}, value = {};  ///< Shortened.
  std::string field = {};
  Errc code = Errc::bad_value;
  std::string zh = {}, en = {};
};
/// {row, ? line, ? column: "C", ? heading, ? field, ? value, code, zh, en}
[[nodiscard]] Json problem_json(const Problem& problem);
/// "第 7 行 C 列“建筑面积（㎡）”：应为数字（填的是 abc）"
[[nodiscard]] std::string problem_text(const Problem& problem, bool chinese);

struct TableRecord {
  Json json = Json::object();  ///< For model::read_draft.
  std::vector<Row> rows = {};  ///< That it came from; at least one.
  std::vector<Problem> problems = {};
  std::size_t withheld = 0;  ///< Cells that only say that a value isn't shown.
  /// Of each field of rows: which of `rows` holds its n-th line.
  std::map<std::string, std::vector<std::size_t>> lines = {};

  [[nodiscard]] std::size_t row() const { return rows.front().number; }
};

/// Where records to be imported come from.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// The next record. Errors: as RowReader::next.
  [[nodiscard]] virtual Result<std::optional<TableRecord>> next() = 0;
  [[nodiscard]] virtual Result<void> rewind() = 0;
  /// Where a fault of a record is: one that the model found in `record.json`.
  [[nodiscard]] virtual Problem place(const TableRecord& record,
                                      const model::Fault& fault) const = 0;
  [[nodiscard]] virtual std::uint64_t done() const = 0;  ///< Bytes of total() that were read.
  [[nodiscard]] virtual std::uint64_t total() const = 0;
};

class TableRecords final : public RecordSource {
 public:
  /// Reads the headings; what is wrong with them is in header_problems(), and then nothing else
  /// should be read. `reader` and `type` must outlive it. Errors: bad_input (no row at all); as
  /// RowReader::next.
  [[nodiscard]] static Result<std::unique_ptr<TableRecords>> open(
      RowReader& reader, const model::RecordType& type,
      const std::map<std::string, std::string>& map = {});

  [[nodiscard]] const std::vector<Problem>& header_problems() const { return header_problems_; }
  /// Headings whose columns are computed, and thus left out.
  [[nodiscard]] const std::vector<std::string>& left_out() const { return header_.left_out; }
  [[nodiscard]] const Row& heading_row() const { return heading_row_; }

  Result<std::optional<TableRecord>> next() override;
  Result<void> rewind() override;
  [[nodiscard]] Problem place(const TableRecord& record, const model::Fault& fault) const override;
  [[nodiscard]] std::uint64_t done() const override { return reader_.done(); }
  [[nodiscard]] std::uint64_t total() const override { return reader_.total(); }

 private:
  TableRecords(RowReader& reader, const model::RecordType& type) : reader_(reader), type_(type) {}
  Result<void> find_headings(const std::map<std::string, std::string>& map);
  Result<std::optional<Row>> next_row();
  [[nodiscard]] bool continues(const TableRecord& record, const Row& row) const;
  void read_row(TableRecord& record, const Row& row) const;
  void read_items(TableRecord& record, const Row& row, std::vector<std::string>& withheld) const;
  [[nodiscard]] Problem problem_at(const Row& row, CellFault fault) const;

  RowReader& reader_;
  const model::RecordType& type_;
  HeaderReading header_;
  Row heading_row_;
  std::vector<Problem> header_problems_;
  std::optional<Row> waiting_;  ///< Read, and of the next record.
};

}  // namespace linli::tables
