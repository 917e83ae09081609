// node/tables/ndjson_records.h: records of which each is one JSON object on a line of its own.
#pragma once

#include "node/tables/input.h"
#include "node/tables/records.h"

namespace linli::tables {

class NdjsonRecords final : public RecordSource {
 public:
  /// `input` must outlive it; nothing is read yet.
  explicit NdjsonRecords(Input& input) : input_(input) {}
  Result<std::optional<TableRecord>> next() override;
  Result<void> rewind() override;
  [[nodiscard]] Problem place(const TableRecord& record, const model::Fault& fault) const override;
  [[nodiscard]] std::uint64_t done() const override { return read_; }
  [[nodiscard]] std::uint64_t total() const override { return input_.size(); }

 private:
  /// False at the end. A line beyond kRowBytesMax is cut, and `too_long`.
  Result<bool> line(std::string& text, bool& too_long);

  Input& input_;
  std::string buffer_ = {};
  std::size_t at_ = 0, number_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace linli::tables
