// node/tables/table_file.h: a table to read, whichever of the kinds of file it is.
#pragma once

#include <memory>
#include <string>

#include "node/tables/input.h"
#include "node/tables/rows.h"

namespace linli::tables {

struct TableFile {
  std::string format = "auto";    ///< auto, csv, xlsx
  std::string encoding = "auto";  ///< auto, utf-8, gb18030, gbk, gb2312, utf-16; of CSV.
  std::string sheet = {};         ///< Of XLSX; empty: the first one that is shown.
};

/// Errors: bad_usage (a format or encoding that isn't known); bad_input (an old .xls file, a locked
/// one); as read_csv and read_xlsx.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_table(Input& input, const TableFile& file);

}  // namespace linli::tables
