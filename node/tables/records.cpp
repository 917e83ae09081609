#include "node/tables/records.h"

#include <algorithm>

#include "node/tables/cells.h"

namespace linli::tables {
namespace {

constexpr std::size_t kHeadingRowsMax = 10;
constexpr std::size_t kShownMax = 40;  // Characters of a value that a problem repeats.

std::string shortened(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters++ == kShownMax) return text.substr(0, i) + "…";
  }
  return text;
}

const Cell& cell_at(const Row& row, std::size_t column) {
  static const Cell kEmpty;
  return column < row.cells.size() ? row.cells[column] : kEmpty;
}

bool is_note(const Row& row) {
  return !row.cells.empty() && (row.cells.front().text.starts_with("#说明") ||
                                row.cells.front().text.starts_with("#help"));
}

/// "lines.3.amount_fen" → its parts.
struct Path {
  std::string field, item;
  std::optional<std::size_t> index;
};
Path path_of(const std::string& text) {
  Path path;
  const auto dot = text.find('.');
  path.field = text.substr(0, dot);
  if (dot == text.npos) return path;
  const auto rest = text.substr(dot + 1);
  const auto next = rest.find('.');
  const auto number = rest.substr(0, next);
  if (number.empty() || number.size() > 6 ||
      number.find_first_not_of("0123456789") != number.npos) {
    return path;
  }
  path.index = static_cast<std::size_t>(std::stoul(number));
  if (next == rest.npos) return path;
  path.item = rest.substr(next + 1);
  path.item = path.item.substr(0, path.item.find('.'));
  return path;
}

}  // namespace

Json problem_json(const Problem& problem) {
  Json json = Json::object();
  json["row"] = problem.row;
  if (problem.line != 0) json["line"] = problem.line;
  if (problem.column != kNoColumn) json["column"] = column_letters(problem.column);
  if (!problem.heading.empty()) json["heading"] = problem.heading;
  if (!problem.field.empty()) json["field"] = problem.field;
  if (!problem.value.empty()) json["value"] = problem.value;
  json["code"] = info(problem.code).name;
  json["zh"] = problem.zh;
  json["en"] = problem.en;
  return json;
}

std::string problem_text(const Problem& problem, bool chinese) {
  const auto row = std::to_string(problem.row);
  std::string text = chinese ? "第 " + row + " 行" : "row " + row;
  if (problem.column != kNoColumn) {
    const auto letters = column_letters(problem.column);
    text += chinese ? " " + letters + " 列" : " column " + letters;
  }
  if (!problem.heading.empty()) {
    text += chinese ? "“" + problem.heading + "”" : " (" + problem.heading + ")";
  }
  text += (chinese ? "：" : ": ") + (chinese ? problem.zh : problem.en);
  if (!problem.value.empty()) {
    text += chinese ? "（填的是 " + problem.value + "）" : " (it says " + problem.value + ")";
  }
  return text;
}

Result<std::unique_ptr<TableRecords>> TableRecords::open(
    RowReader& reader, const model::RecordType& type,
    const std::map<std::string, std::string>& map) {
  auto records = std::unique_ptr<TableRecords>(new TableRecords(reader, type));
  if (auto found = records->find_headings(map); !found) return fail(found.error());
  return records;
}

Result<void> TableRecords::find_headings(const std::map<std::string, std::string>& map) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < kHeadingRowsMax; ++i) {
    auto row = reader_.next();
    if (!row) return fail(row.error());
    if (!*row) break;
    auto header = read_header(type_, **row, map);
    const auto filled =
        static_cast<std::size_t>(std::count_if((*row)->cells.begin(), (*row)->cells.end(),
                                               [](const Cell& cell) { return !cell.empty(); }));
    const bool likely = header.known > best && header.known * 2 >= filled;
    if (i > 0 && !likely) continue;
    best = likely ? header.known : 0;
    header_ = std::move(header);
    heading_row_ = std::move(**row);
  }
  if (heading_row_.number == 0) return fail(Errc::bad_input, "表格是空的 the table is empty");
  for (const auto& fault : heading_row_.faults) {
    header_problems_.push_back(problem_at(heading_row_, fault));
  }
  for (const auto& fault : header_.faults) {
    header_problems_.push_back(problem_at(heading_row_, fault));
  }
  return rewind();
}

Result<void> TableRecords::rewind() {
  waiting_.reset();
  if (auto back = reader_.rewind(); !back) return back;
  for (;;) {
    const auto row = reader_.next();
    if (!row) return fail(row.error());
    if (!*row || (*row)->number >= heading_row_.number) return {};
  }
}

Result<std::optional<Row>> TableRecords::next_row() {
  if (waiting_) {
    auto row = std::move(waiting_);
    waiting_.reset();
    return row;
  }
  for (;;) {
    auto row = reader_.next();
    if (!row) return fail(row.error());
    if (!*row || !is_note(**row)) return row;
  }
}

Result<std::optional<TableRecord>> TableRecords::next() {
  auto first = next_row();
  if (!first) return fail(first.error());
  if (!*first) return std::optional<TableRecord>{};
  TableRecord record;
  record.rows.push_back(std::move(**first));
  std::size_t bytes = 0;
  for (;;) {
    auto row = next_row();
    if (!row) return fail(row.error());
    if (!*row) break;
    if (!continues(record, **row)) {
      waiting_ = std::move(*row);
      break;
    }
    // A record is at most as large as a change set, however many rows it takes.
    for (const auto& cell : (*row)->cells) bytes += cell.text.size();
    if (bytes > kRowBytesMax) {
      record.problems.push_back(problem_at(
          **row,
          {kNoColumn, Errc::too_large, "这条记录的明细超过 1 MiB", "its lines are over 1 MiB"}));
      continue;
    }
    record.rows.push_back(std::move(**row));
  }
  std::vector<std::string> withheld;
  read_row(record, record.rows.front());
  for (const auto& row : record.rows) {
    for (const auto& fault : row.faults) record.problems.push_back(problem_at(row, fault));
    read_items(record, row, withheld);
  }
  for (const auto& name : withheld) record.json.erase(name);
  return std::optional(std::move(record));
}

bool TableRecords::continues(const TableRecord& record, const Row& row) const {
  const auto& first = record.rows.front();
  bool items = false, bare = true, same = true, id = false;
  std::size_t key = 0;
  for (std::size_t i = 0; i < header_.columns.size(); ++i) {
    const auto& column = header_.columns[i];
    const auto& cell = cell_at(row, i);
    if (cell.empty() || column.use == Column::Use::none) continue;
    if (column.use == Column::Use::item) {
      items = true;
      continue;
    }
    bare = false;
    same = same && cell.text == cell_at(first, i).text;
    id = id || column.use == Column::Use::id;
    if (column.field && type_.in_key(column.field->name)) ++key;
  }
  const bool named = id || (!type_.key.empty() && key == type_.key.size());
  return items && (bare || (same && named));
}

void TableRecords::read_row(TableRecord& record, const Row& row) const {
  const auto count = std::max(row.cells.size(), header_.columns.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& cell = cell_at(row, i);
    if (cell.empty()) continue;
    if (i >= header_.columns.size() ||
        (header_.columns[i].use == Column::Use::none && header_.columns[i].heading.empty())) {
      record.problems.push_back(
          problem_at(row, {i, Errc::unknown_field, "此列没有表头", "this column has no heading"}));
      continue;
    }
    const auto& column = header_.columns[i];
    switch (column.use) {
      case Column::Use::id:
        record.json["id"] = plain(cell.text);
        break;
      case Column::Use::scope:
        record.json["scope"] = plain(cell.text);
        break;
      case Column::Use::field: {
        auto reading = read_cell(*column.field, column.places, cell);
        if (reading.withheld) ++record.withheld;
        if (reading.fault) {
          reading.fault->column = i;
          record.problems.push_back(problem_at(row, std::move(*reading.fault)));
        }
        if (reading.value) record.json[std::string(column.field->name)] = *std::move(reading.value);
        break;
      }
      default:
        break;
    }
  }
}

void TableRecords::read_items(TableRecord& record, const Row& row,
                              std::vector<std::string>& withheld) const {
  const auto at = static_cast<std::size_t>(&row - record.rows.data());
  std::map<std::string, Json> found;
  for (std::size_t i = 0; i < header_.columns.size(); ++i) {
    const auto& column = header_.columns[i];
    if (column.use != Column::Use::item || cell_at(row, i).empty()) continue;
    const std::string name(column.field->name);
    auto reading = read_cell(*column.item, column.places, cell_at(row, i));
    if (reading.withheld) {
      ++record.withheld;
      withheld.push_back(name);
    }
    if (reading.fault) {
      reading.fault->column = i;
      record.problems.push_back(problem_at(row, std::move(*reading.fault)));
    }
    auto& line = found.try_emplace(name, Json::object()).first->second;
    if (reading.value && !reading.value->is_null()) {
      line[std::string(column.item->name)] = *std::move(reading.value);
    }
  }
  for (auto& [name, line] : found) {
    auto& list = record.json[name];
    if (!list.is_array()) list = Json::array();
    list.push_back(std::move(line));
    record.lines[name].push_back(at);
  }
}

Problem TableRecords::problem_at(const Row& row, CellFault fault) const {
  Problem problem{row.number,          row.line,           fault.column, {}, {}, {}, fault.code,
                  std::move(fault.zh), std::move(fault.en)};
  if (fault.column == kNoColumn) return problem;
  const bool is_heading = row.number == heading_row_.number;
  auto& shown = is_heading ? problem.heading : problem.value;
  shown = shortened(cell_at(row, fault.column).text);
  if (fault.column >= header_.columns.size()) return problem;
  const auto& column = header_.columns[fault.column];
  if (!is_heading) problem.heading = column.heading;
  if (column.use == Column::Use::id) problem.field = "id";
  if (column.use == Column::Use::scope) problem.field = "scope";
  if (column.field) problem.field = std::string(column.field->name);
  if (column.item) problem.field += "." + std::string(column.item->name);
  return problem;
}

Problem TableRecords::place(const TableRecord& record, const model::Fault& fault) const {
  const auto path = path_of(fault.field);
  std::size_t at = 0, found = kNoColumn;
  if (const auto lines = record.lines.find(path.field); path.index && lines != record.lines.end()) {
    if (*path.index < lines->second.size()) at = lines->second[*path.index];
  }
  for (std::size_t i = 0; i < header_.columns.size(); ++i) {
    const auto& column = header_.columns[i];
    const bool id = column.use == Column::Use::id && path.field == "id";
    const bool scope = column.use == Column::Use::scope && path.field == "scope";
    const bool field = column.field && path.field == column.field->name;
    const bool item = !column.item || path.item.empty() || path.item == column.item->name;
    if (id || scope || (field && item)) {
      found = i;
      break;
    }
  }
  auto problem = problem_at(record.rows[at], {found, fault.code, fault.zh, fault.en});
  problem.field = fault.field;
  if (found != kNoColumn || fault.field.empty()) return problem;
  // Its column isn't in the table at all: say what it would be called.
  const auto* field = type_.field(std::string_view(path.field));
  problem.heading = field ? std::string(field->label.zh) : fault.field;
  return problem;
}

}  // namespace linli::tables
