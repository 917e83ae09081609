// Spreadsheets: whatever bytes a person picks, every row is read or refused, and what is read can
// be written and is read again the same.
#include "node/tables/records.h"
#include "node/tables/table_file.h"
#include "node/tables/table_writer.h"
#include "tests/fuzz/fuzz.h"

using namespace linli;
using namespace linli::fuzz;

namespace {

void read(const model::RecordType& type, tables::RowReader& reader, std::size_t bytes) {
  auto records = tables::TableRecords::open(reader, type);
  if (!records) return;
  for (std::size_t n = 0;; ++n) {
    must(n <= bytes);  // No record without a byte.
    const auto record = (*records)->next();
    if (!record || !*record) break;
    must(!(*record)->rows.empty());
    for (const auto& problem : (*record)->problems) must(!problem.zh.empty() && problem.row > 0);
  }
}

/// Each row, written as CSV and read again.
void round_trip_rows(tables::RowReader& reader) {
  if (!reader.rewind()) return;
  for (;;) {
    const auto row = reader.next();
    if (!row || !*row) return;
    if (!(*row)->faults.empty()) continue;
    std::string bytes = "\xEF\xBB\xBF";
    std::vector<tables::CellText> cells;
    for (const auto& cell : (*row)->cells) cells.push_back({cell.text});
    cells.push_back({"end"});
    cells.push_back({"end"});
    bytes.clear();
    const auto kept = tables::write_csv([&bytes](std::string_view piece) -> Result<void> {
                        bytes += piece;
                        return {};
                      })->row(cells);
    must(kept.has_value());
    if (bytes.size() >= tables::kRowBytesMax) continue;
    const auto input = tables::input_of(bytes);
    const auto again = tables::open_table(*input, {"csv", "utf-8", ""});
    must(again.has_value());
    const auto same = (*again)->next();
    must(same.has_value() && same->has_value());
    if (!(*same)->faults.empty()) continue;  // A cell beyond what its separator tells apart.
    must((*same)->cells.size() == cells.size());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = tables::input_of(text(data, size));
  for (const char* encoding : {"auto", "gb18030", "utf-16"}) {
    const auto reader = tables::open_table(*input, {"csv", encoding, ""});
    if (!reader) continue;
    for (const auto* name : {"disclosure", "building", "inspection"}) {
      if (!(*reader)->rewind()) break;
      read(*model::schema().type(name), **reader, size);
    }
    round_trip_rows(**reader);
  }
  const auto reader = tables::open_table(*input, {"xlsx", "auto", ""});
  if (reader) read(*model::schema().type("disclosure"), **reader, size * 1000);
  return 0;
}
