#include "node/tables/table_file.h"

#include <array>

#include "node/tables/csv_reader.h"
#include "node/tables/xlsx_reader.h"

namespace linli::tables {
namespace {

/// Compound files: .xls of before 2007, and .xlsx files with a password.
Result<bool> looks_like_xls(Input& input) {
  if (auto back = input.seek(0); !back) return fail(back.error());
  std::array<char, 8> head;
  const auto got = input.read(head.data(), head.size());
  if (!got) return fail(got.error());
  return std::string_view(head.data(), *got) ==
         std::string_view("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_table(Input& input, const TableFile& file) {
  if (file.format != "auto" && file.format != "csv" && file.format != "xlsx") {
    return fail(Errc::bad_usage, "格式为 auto、csv 或 xlsx the format is auto, csv or xlsx",
                "format");
  }
  const auto old = looks_like_xls(input);
  if (!old) return fail(old.error());
  if (*old) {
    return fail(
        Errc::bad_input,
        "这是旧的 .xls 文件或有密码的文件，请另存为不带密码的 .xlsx 或 CSV an old .xls file, "
        "or one with a password: save it as .xlsx or CSV without one");
  }
  const auto zip = looks_like_xlsx(input);
  if (!zip) return fail(zip.error());
  if (file.format == "xlsx" || (file.format == "auto" && *zip)) {
    return read_xlsx(input, file.sheet);
  }
  if (*zip) {
    return fail(Errc::bad_input, "这是 XLSX 文件，不是 CSV this is an .xlsx file, not CSV",
                "format");
  }
  CsvOptions options;
  if (file.encoding != "auto") {
    options.encoding = encoding_named(file.encoding);
    if (!options.encoding) {
      return fail(
          Errc::bad_usage,
          "编码为 auto、utf-8、gb18030（含 gbk、gb2312）或 utf-16 the encoding is auto, utf-8, "
          "gb18030 or utf-16",
          "encoding");
    }
  }
  return read_csv(input, options);
}

}  // namespace linli::tables
