#include "node/tables/table_writer.h"

#include <algorithm>

#include "node/model/csv_text.h"

namespace linli::tables {
namespace {

class CsvWriter final : public RowWriter {
 public:
  explicit CsvWriter(Sink sink) : sink_(std::move(sink)) {}

  Result<void> row(const std::vector<CellText>& cells) override {
    std::string line = begun_ ? "" : "\xEF\xBB\xBF";  // So that spreadsheets read it as UTF-8.
    begun_ = true;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      // A number begins with its own sign, and is no formula.
      line += model::csv_quoted(cells[i].number ? cells[i].text : model::guarded(cells[i].text));
    }
    return sink_(line + "\r\n");
  }
  Result<void> finish() override { return {}; }

 private:
  Sink sink_;
  bool begun_ = false;
};

const Json* member(const Json& record, std::string_view name) {
  const auto found = record.find(std::string(name));
  return found == record.end() ? nullptr : &*found;
}

CellText cell_of(const Column& column, const Json& record, std::size_t line, const Place& place) {
  switch (column.use) {
    case Column::Use::id:
      return {record.value("id", "")};
    case Column::Use::scope:
      return {line == 0 ? std::string(place.scope) : std::string()};
    case Column::Use::field: {
      const auto* value = line == 0 ? member(record, column.field->name) : nullptr;
      return value ? cell_text(*column.field, column.places, *value, place) : CellText{};
    }
    case Column::Use::item: {
      const auto* list = member(record, column.field->name);
      if (!list) return {};
      // A list that isn't shown as a whole says so in each of its columns.
      if (!list->is_array()) {
        return line == 0 ? cell_text(*column.item, column.places, *list, place) : CellText{};
      }
      if (line >= list->size()) return {};
      const auto* value = member((*list)[line], column.item->name);
      return value ? cell_text(*column.item, column.places, *value, place) : CellText{};
    }
    case Column::Use::none:
      break;
  }
  return {};
}

}  // namespace

std::unique_ptr<RowWriter> write_csv(Sink sink) {
  return std::make_unique<CsvWriter>(std::move(sink));
}

std::vector<std::vector<CellText>> rows_of(const std::vector<Column>& columns, const Json& record,
                                           std::string_view city, const Lookup* lookup) {
  std::size_t count = 1;
  for (const auto& column : columns) {
    if (column.use != Column::Use::item) continue;
    const auto* list = member(record, column.field->name);
    if (list && list->is_array()) count = std::max(count, list->size());
  }
  const auto scope = record.value("scope", std::string());
  const Place place{scope, city, lookup};
  std::vector<std::vector<CellText>> rows(count);
  for (std::size_t line = 0; line < count; ++line) {
    for (const auto& column : columns) {
      rows[line].push_back(cell_of(column, record, line, place));
    }
  }
  return rows;
}

Result<void> TableWriter::headings() {
  std::vector<CellText> cells;
  for (const auto& column : columns_) cells.push_back({column.heading});
  return writer_.row(cells);
}

Result<void> TableWriter::record(const Json& record) {
  for (const auto& row : rows_of(columns_, record, city_, lookup_ ? &lookup_ : nullptr)) {
    if (auto written = writer_.row(row); !written) return written;
  }
  return {};
}

}  // namespace linli::tables
