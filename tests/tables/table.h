// tests/tables/table.h: tables written down in a test.
#pragma once

#include <catch2/catch.hpp>

#include "node/tables/csv_reader.h"
#include "node/tables/records.h"
#include "node/tables/table_file.h"

namespace linli::tables::test {

/// A CSV file's rows, whatever is wrong with them.
inline std::vector<Row> rows_of_csv(std::string_view bytes, const CsvOptions& options = {},
                                    std::string* form = nullptr) {
  const auto input = input_of(bytes);
  auto reader = read_csv(*input, options);
  REQUIRE(reader.has_value());
  if (form) *form = (*reader)->form();
  std::vector<Row> rows;
  for (;;) {
    auto row = (*reader)->next();
    REQUIRE(row.has_value());
    if (!*row) return rows;
    rows.push_back(std::move(**row));
  }
}

inline std::vector<std::string> texts_of(const Row& row) {
  std::vector<std::string> texts;
  for (const auto& cell : row.cells) texts.push_back(cell.text);
  return texts;
}

/// Records out of CSV text, and what was wrong with the headings.
struct FromCsv {
  std::string bytes;
  std::unique_ptr<Input> input = input_of(bytes);
  std::unique_ptr<RowReader> reader;
  std::unique_ptr<TableRecords> records;

  FromCsv(const model::RecordType& type, std::string text,
          const std::map<std::string, std::string>& map = {})
      : bytes(std::move(text)) {
    input = input_of(bytes);
    auto opened = read_csv(*input);
    REQUIRE(opened.has_value());
    reader = std::move(*opened);
    auto found = TableRecords::open(*reader, type, map);
    REQUIRE(found.has_value());
    records = std::move(*found);
  }
  std::vector<TableRecord> all() {
    std::vector<TableRecord> list;
    for (;;) {
      auto record = records->next();
      REQUIRE(record.has_value());
      if (!*record) return list;
      list.push_back(std::move(**record));
    }
  }
};

}  // namespace linli::tables::test
