// node/tables/rejects.h: the rows that were refused, as a table of their own: mended, it is
// imported again.
#pragma once

#include "node/tables/records.h"
#include "node/tables/table_writer.h"

namespace linli::tables {

class Rejects {
 public:
  /// `headings`: of the table that is imported.
  Rejects(const Row& headings, RowWriter& writer) : headings_(headings), writer_(writer) {}
  /// The record's rows, and in a column behind them what is wrong.
  [[nodiscard]] Result<void> add(const TableRecord& record, const std::vector<Problem>& problems);
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  Row headings_;
  RowWriter& writer_;
  std::size_t count_ = 0;
};

}  // namespace linli::tables
