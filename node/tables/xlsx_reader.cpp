#include "node/tables/xlsx_reader.h"

#include <algorithm>
#include <array>
#include <deque>

#include "node/tables/xlsx_parts.h"
#include "node/tables/xml_part.h"

namespace linli::tables {
namespace {

constexpr std::size_t kRowNumberMax = 1u << 20;  // As a spreadsheet has.

/// Cells by their column, because one row may name the 16,384th column and none before it.
struct SparseRow {
  std::size_t number = 0;
  std::vector<std::pair<std::size_t, Cell>> cells = {};
  std::vector<CellFault> faults = {};
};

/// Column and row of "BC23"; nothing for anything else.
std::optional<std::size_t> column_in(std::string_view place) {
  const auto digits = place.find_first_of("0123456789");
  return digits == place.npos ? std::nullopt : column_of_letters(place.substr(0, digits));
}

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t n = 0;
  if (text.empty() || text.size() > 9) return {};
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    n = n * 10 + static_cast<std::size_t>(c - '0');
  }
  return n;
}

class SheetEvents final : public XmlEvents {
 public:
  SheetEvents(const SharedTexts& texts, const std::vector<bool>& dates, bool from_1904)
      : texts_(texts), dates_(dates), from_1904_(from_1904) {}
  std::deque<SparseRow> rows;
  std::optional<Error> failed;  ///< The sheet isn't one from here on.

  void begin(std::string_view name, const Attributes& given) override;
  void end(std::string_view name) override;
  void text(std::string_view text) override {
    if (!reading_) return;
    bytes_ += text.size();
    if (bytes_ <= kRowBytesMax) value_ += text;
  }

 private:
  void begin_row(const Attributes& given);
  void begin_cell(const Attributes& given);
  void end_row();
  void end_cell();
  void fault(std::string zh, std::string en, Errc code = Errc::bad_value) {
    row_.faults.push_back({column_, code, std::move(zh), std::move(en)});
  }

  const SharedTexts& texts_;
  const std::vector<bool>& dates_;
  const bool from_1904_;
  SparseRow row_;
  std::size_t last_row_ = 0, next_column_ = 0, column_ = 0, bytes_ = 0;
  std::string type_, value_;
  bool reading_ = false, computed_ = false, has_value_ = false, date_ = false;
  int sounds_ = 0;
};

void SheetEvents::begin(std::string_view name, const Attributes& given) {
  if (name == "row") return begin_row(given);
  if (name == "c") return begin_cell(given);
  if (name == "f") computed_ = true;
  if (name == "rPh") ++sounds_;
  if (name == "v" || (name == "t" && sounds_ == 0)) {
    reading_ = true;
    has_value_ = true;
  }
}

void SheetEvents::end(std::string_view name) {
  if (name == "row") return end_row();
  if (name == "c") return end_cell();
  if (name == "rPh") --sounds_;
  if (name == "v" || name == "t") reading_ = false;
}

void SheetEvents::begin_row(const Attributes& given) {
  const auto number = given["r"].empty() ? last_row_ + 1 : number_in(given["r"]).value_or(0);
  if (number <= last_row_ || number > kRowNumberMax) {
    failed = Error{Errc::bad_input,
                   "工作表的行号有误，请在表格软件中打开后另存 the sheet's rows are out of order: "
                   "open it in a spreadsheet and save it again",
                   {}};
  }
  last_row_ = number;
  row_ = {number};
  next_column_ = bytes_ = 0;
}

void SheetEvents::begin_cell(const Attributes& given) {
  const auto place = given["r"].empty() ? std::optional(next_column_) : column_in(given["r"]);
  if (!place || *place < next_column_ || *place >= kColumnsMax) {
    failed = Error{Errc::bad_input,
                   "工作表的列号有误，请在表格软件中打开后另存 the sheet's cells are out of order: "
                   "open it in a spreadsheet and save it again",
                   {}};
  }
  column_ = place.value_or(next_column_);
  next_column_ = column_ + 1;
  type_ = given["t"];
  const auto style = number_in(given["s"]);
  date_ = style && *style < dates_.size() && dates_[*style];
  value_.clear();
  computed_ = has_value_ = reading_ = false;
}

void SheetEvents::end_cell() {
  if (!has_value_) {
    if (computed_) {
      fault("公式没有结果，请在表格软件中打开并保存",
            "a formula without its result: open and save it");
    }
    return;
  }
  Cell cell;
  if (type_ == "s") {
    const auto number = number_in(value_);
    if (!number || *number >= texts_.size()) {
      return fault("此格的文字已丢失", "its text is missing in the file", Errc::bad_input);
    }
    cell = {Cell::Kind::text, std::string(texts_[*number])};
    bytes_ += cell.text.size();
  } else if (type_ == "inlineStr" || type_ == "str") {
    cell = {Cell::Kind::text, without_escapes(value_)};
  } else if (type_ == "d") {
    cell = {Cell::Kind::text, value_};
  } else if (type_ == "b") {
    cell = {Cell::Kind::boolean, value_};
  } else if (type_ == "e") {
    return fault("公式出错：" + value_, "the formula went wrong: " + value_);
  } else {
    cell = {Cell::Kind::number, value_, date_, from_1904_};
  }
  if (cell.text.find_first_not_of(" \t\r\n") == std::string::npos) return;
  if (bytes_ <= kRowBytesMax) row_.cells.emplace_back(column_, std::move(cell));
}

void SheetEvents::end_row() {
  if (bytes_ > kRowBytesMax) {
    row_.cells.clear();
    row_.faults = {{kNoColumn, Errc::too_large, "这一行超过 1 MiB", "the row is over 1 MiB"}};
  }
  if (!row_.cells.empty() || !row_.faults.empty()) rows.push_back(std::move(row_));
  row_ = {};
}

class XlsxReader final : public RowReader {
 public:
  XlsxReader(Input& input, std::unique_ptr<ZipArchive> archive)
      : input_(input), archive_(std::move(archive)) {}

  Result<void> start(const std::string& sheet);
  Result<std::optional<Row>> next() override;
  Result<void> rewind() override;
  [[nodiscard]] std::uint64_t done() const override { return std::min(read_, total_); }
  [[nodiscard]] std::uint64_t total() const override { return total_; }
  [[nodiscard]] std::string form() const override { return "XLSX " + sheet_.name; }

 private:
  Input& input_;
  std::unique_ptr<ZipArchive> archive_;
  Workbook::Sheet sheet_;
  bool from_1904_ = false;
  std::vector<bool> dates_;
  SharedTexts texts_;
  std::unique_ptr<ZipPart> part_;
  std::unique_ptr<SheetEvents> events_;
  std::unique_ptr<XmlReader> xml_;
  std::uint64_t read_ = 0, total_ = 0;
  bool ended_ = false;
};

Result<void> XlsxReader::start(const std::string& name) {
  const auto book = read_workbook(*archive_);
  if (!book) return fail(book.error());
  std::string names;
  for (const auto& sheet : book->sheets) {
    names += (names.empty() ? "" : "、") + sheet.name;
    if (!sheet_.part.empty()) continue;
    if (name.empty() ? !sheet.hidden : sheet.name == name) sheet_ = sheet;
  }
  if (sheet_.part.empty()) {
    return fail(Errc::not_found,
                "没有工作表“" + name + "”，有：" + names + " there is no such sheet");
  }
  from_1904_ = book->dates_from_1904;
  auto dates = read_date_styles(*archive_);
  if (!dates) return fail(dates.error());
  dates_ = std::move(*dates);
  if (auto read = texts_.read(*archive_); !read) return read;
  total_ = input_.size() * 8;  // Until it is unpacked nobody knows; tables shrink to an eighth.
  return rewind();
}

Result<void> XlsxReader::rewind() {
  xml_.reset();
  part_.reset();
  auto part = archive_->part(sheet_.part);
  if (!part && part.error().code == Errc::not_found) {
    return fail(Errc::bad_input,
                "XLSX 文件里缺少工作表“" + sheet_.name + "” the sheet isn't in the file");
  }
  if (!part) return fail(part.error());
  part_ = std::move(*part);
  events_ = std::make_unique<SheetEvents>(texts_, dates_, from_1904_);
  xml_ = std::make_unique<XmlReader>(*events_);
  read_ = 0;
  ended_ = false;
  return {};
}

Result<std::optional<Row>> XlsxReader::next() {
  std::array<char, 1u << 14> piece;
  while (events_->rows.empty() && !ended_) {
    const auto got = part_->read(piece.data(), piece.size());
    if (!got) return fail(got.error());
    read_ += *got;
    ended_ = *got == 0;
    if (auto fed = xml_->feed({piece.data(), *got}, ended_); !fed) return fail(fed.error());
    if (events_->failed) return fail(*events_->failed);
  }
  if (events_->rows.empty()) return std::optional<Row>{};
  auto sparse = std::move(events_->rows.front());
  events_->rows.pop_front();
  Row row{sparse.number, 0, {}, std::move(sparse.faults)};
  for (auto& [column, cell] : sparse.cells) {
    row.cells.resize(column + 1);
    row.cells[column] = std::move(cell);
  }
  return std::optional(std::move(row));
}

}  // namespace

Result<bool> looks_like_xlsx(Input& input) {
  if (auto back = input.seek(0); !back) return fail(back.error());
  std::array<char, 4> head;
  const auto got = input.read(head.data(), head.size());
  if (!got) return fail(got.error());
  return std::string_view(head.data(), *got) == std::string_view("PK\x03\x04", 4);
}

Result<std::unique_ptr<RowReader>> read_xlsx(Input& input, const std::string& sheet) {
  auto archive = ZipArchive::open(input);
  if (!archive) return fail(archive.error());
  auto reader = std::make_unique<XlsxReader>(input, std::move(*archive));
  if (auto started = reader->start(sheet); !started) return fail(started.error());
  return reader;
}

}  // namespace linli::tables
