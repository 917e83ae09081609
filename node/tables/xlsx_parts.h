// node/tables/xlsx_parts.h: what a sheet of an .xlsx file needs besides itself: the workbook's list
// of sheets, which number formats are dates, and the texts that cells share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/tables/zip_archive.h"

namespace linli::tables {

struct Workbook {
  struct Sheet {
    std::string name, part;
    bool hidden = false;
  };
  std::vector<Sheet> sheets;
  bool dates_from_1904 = false;
};
/// Errors: bad_input, too_large.
[[nodiscard]] Result<Workbook> read_workbook(ZipArchive& archive);

/// By a cell's style: is its number a date? Errors: as above.
[[nodiscard]] Result<std::vector<bool>> read_date_styles(ZipArchive& archive);
/// "yyyy-mm-dd", "[$-804]yyyy年m月d日", "h:mm"; not "0.00", "General", "[Red]#,##0", "\"d\"0".
[[nodiscard]] bool is_date_format(std::string_view format);

/// Texts by their number. Together at most 64 MiB: that is 20 million characters that differ.
class SharedTexts {
 public:
  static constexpr std::size_t kBytesMax = 64u << 20, kTextsMax = 4'000'000;
  /// Errors: too_large, as above.
  [[nodiscard]] Result<void> read(ZipArchive& archive);
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t number) const;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

/// "_x000D_" is how a text says a character that XML can't hold.
[[nodiscard]] std::string without_escapes(std::string_view text);

}  // namespace linli::tables
