#include "node/stat_xlsx.h"

#include <unistd.h>
#include <xlsxwriter.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace linli::node {
namespace {

using store::StatTable;

/// A file of its own that goes with its owner.
class TemporaryFile {
 public:
  TemporaryFile() : name_((std::filesystem::temp_directory_path() / "linli-XXXXXX").string()) {
    const int file = ::mkstemp(name_.data());
    made_ = file >= 0;
    if (made_) ::close(file);
  }
  ~TemporaryFile() {
    if (made_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  bool made_ = false;
};

class Sheet {
 public:
  Sheet(lxw_workbook* book, lxw_worksheet* sheet) : sheet_(sheet) {
    bold_ = workbook_add_format(book);
    format_set_bold(bold_);
  }

  void line(const store::StatCells& cells, bool bold = false) {
    lxw_col_t column = 0;
    for (const auto& cell : cells) write(column++, cell, bold ? bold_ : nullptr);
    ++row_;
  }
  void skip() { ++row_; }

 private:
  void write(lxw_col_t column, const model::Json& cell, lxw_format* format) {
    constexpr std::int64_t kExactMax = std::int64_t{1} << 53;
    if (cell.is_number_integer()) {
      const auto n = cell.get<std::int64_t>();
      if (n >= -kExactMax && n <= kExactMax) {
        worksheet_write_number(sheet_, row_, column, static_cast<double>(n), format);
      } else {
        worksheet_write_string(sheet_, row_, column, cell.dump().c_str(), format);
      }
    } else if (cell.is_string()) {
      // Strings are written as such: a spreadsheet runs none of them as a formula.
      worksheet_write_string(sheet_, row_, column, cell.get_ref<const std::string&>().c_str(),
                             format);
    }
  }

  lxw_worksheet* sheet_;
  lxw_format* bold_;
  lxw_row_t row_ = 0;
};

}  // namespace

Result<std::string> xlsx_of(const StatTable& table) {
  const TemporaryFile file;
  if (!file.made()) return fail(Errc::io, "no file can be made in the folder for temporary files");
  auto* book = workbook_new(file.name().c_str());
  if (book == nullptr) return fail(Errc::io, "the spreadsheet can't be begun");
  Sheet sheet(book, workbook_add_worksheet(book, "统计"));
  sheet.line({model::Json(table.title)}, true);
  sheet.line(store::StatCells(table.headings.begin(), table.headings.end()), true);
  for (const auto& row : table.rows) sheet.line(row);
  sheet.skip();
  for (const auto& note : table.notes) sheet.line(note);
  if (workbook_close(book) != LXW_NO_ERROR) {
    return fail(Errc::io, "the spreadsheet can't be written: is the disk full?");
  }
  std::ifstream in(file.name(), std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  if (!in || bytes.str().empty()) return fail(Errc::io, "the spreadsheet can't be read back");
  return bytes.str();
}

}  // namespace linli::node
