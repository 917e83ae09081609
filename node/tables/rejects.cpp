#include "node/tables/rejects.h"

#include "node/tables/cell_dates.h"

namespace linli::tables {
namespace {

/// As it was read; a spreadsheet's date as a date, because CSV has no formats.
CellText words_of(const Cell& cell) {
  if (cell.kind == Cell::Kind::boolean) return {cell.text == "1" ? "TRUE" : "FALSE"};
  if (!cell.date) return {cell.text, cell.kind == Cell::Kind::number};
  const auto ms = read_serial(cell.text, cell.dates_from_1904);
  if (!ms) return {cell.text, true};
  constexpr std::int64_t kDayMs = 86'400'000;
  if (*ms % kDayMs == 0) return {model::day_text(*ms / kDayMs)};
  return {instant_cell(*ms - model::kLocalOffsetMs)};
}

}  // namespace

Result<void> Rejects::add(const TableRecord& record, const std::vector<Problem>& problems) {
  const auto columns = headings_.cells.size();
  if (count_++ == 0) {
    std::vector<CellText> cells;
    for (const auto& cell : headings_.cells) cells.push_back(words_of(cell));
    cells.push_back({std::string(kHeadingFaults)});
    if (auto written = writer_.row(cells); !written) return written;
  }
  std::string why;
  for (const auto& problem : problems) {
    why += (why.empty() ? "" : "；") + problem_text(problem, true);
  }
  for (const auto& row : record.rows) {
    std::vector<CellText> cells;
    for (std::size_t i = 0; i < columns; ++i) {
      cells.push_back(i < row.cells.size() ? words_of(row.cells[i]) : CellText{});
    }
    cells.push_back({std::exchange(why, {})});
    if (auto written = writer_.row(cells); !written) return written;
  }
  return {};
}

}  // namespace linli::tables
