// XLSX by libxlsxwriter (table_writer.h).
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdlib>

#include "node/tables/table_writer.h"
#include "node/tables/xlsx_template.h"

namespace linli::tables {
namespace {

constexpr std::size_t kRowsMax = 1'048'576;  // As a sheet has.
constexpr std::size_t kDigitsMax = 15;       // As a spreadsheet keeps.

Result<void> checked(lxw_error error) {
  if (error == LXW_NO_ERROR) return {};
  if (error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) {
    return fail(Errc::too_large,
                "有一格超过 32767 个字，XLSX 放不下，请改用 csv a cell has over 32,767 characters: "
                "choose csv");
  }
  return fail(Errc::io,
              std::string("写不了 XLSX 文件 can't write the .xlsx file: ") + lxw_strerror(error));
}

bool fits_a_number(const std::string& text) {
  std::size_t digits = 0;
  for (const char c : text) digits += c >= '0' && c <= '9' ? 1u : 0u;
  return digits <= kDigitsMax;
}

class XlsxWriter final : public RowWriter {
 public:
  XlsxWriter(lxw_workbook* book, const std::string& sheet)
      : book_(book), sheet_(workbook_add_worksheet(book, sheet.c_str())) {}
  ~XlsxWriter() override {
    if (book_) lxw_workbook_free(book_);
  }
  XlsxWriter(const XlsxWriter&) = delete;
  XlsxWriter& operator=(const XlsxWriter&) = delete;
  [[nodiscard]] bool ready() const { return sheet_ != nullptr; }

  Result<void> row(const std::vector<CellText>& cells) override {
    if (at_ >= kRowsMax) {
      return fail(
          Errc::too_large,
          "超过 1048576 行，XLSX 放不下，请改用 csv more rows than a sheet has: choose csv");
    }
    if (at_ == 0) first_row(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].text.empty()) continue;
      if (auto written = cell(i, cells[i]); !written) return written;
    }
    ++at_;
    return {};
  }

  Result<void> finish() override {
    auto* book = std::exchange(book_, nullptr);
    return checked(workbook_close(book));
  }

 private:
  void first_row(std::size_t columns) {
    constexpr double kWide = 16;
    bold_ = workbook_add_format(book_);
    format_set_bold(bold_);
    worksheet_freeze_panes(sheet_, 1, 0);
    if (columns > 0) {
      worksheet_set_column(sheet_, 0, static_cast<lxw_col_t>(columns - 1), kWide, nullptr);
    }
  }

  Result<void> cell(std::size_t column, const CellText& cell) {
    const auto row = static_cast<lxw_row_t>(at_);
    const auto col = static_cast<lxw_col_t>(column);
    // The format holds binary fractions; up to 15 digits come back as what they were, and what was
    // computed before this place was exact.
    if (cell.number && fits_a_number(cell.text)) {
      const double number = std::strtod(cell.text.c_str(), nullptr);
      return checked(worksheet_write_number(sheet_, row, col, number, places_of(cell.text)));
    }
    const auto text = xlsx_text(cell.text);
    return checked(
        worksheet_write_string(sheet_, row, col, text.c_str(), at_ == 0 ? bold_ : nullptr));
  }

  /// Shown with as many places as the text has: 12.50 and not 12.5.
  lxw_format* places_of(const std::string& text) {
    const auto point = text.find('.');
    if (point == text.npos) return nullptr;
    const auto places = text.size() - point - 1;
    if (places >= std::size(formats_)) return nullptr;
    auto*& format = formats_[places];
    if (!format) {
      format = workbook_add_format(book_);
      format_set_num_format(format, ("0." + std::string(places, '0')).c_str());
    }
    return format;
  }

  lxw_workbook* book_;
  lxw_worksheet* sheet_;
  lxw_format* bold_ = nullptr;
  lxw_format* formats_[8] = {};
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<RowWriter>> write_xlsx(const std::filesystem::path& file,
                                              const std::string& sheet) {
  auto folder = file.has_parent_path() ? file.parent_path().string() : std::string(".");
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = folder.data();
  auto* book = workbook_new_opt(file.c_str(), &options);
  if (!book) return fail(Errc::io, "can't write " + file.string());
  auto writer = std::make_unique<XlsxWriter>(book, sheet);
  if (!writer->ready()) return fail(Errc::io, "can't write " + file.string());
  return writer;
}

}  // namespace linli::tables
