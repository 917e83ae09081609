// node/stat_xlsx.h: a statistic's table as an .xlsx file (store/stat_table.h).
#pragma once

#include <string>

#include "crypto/result.h"
#include "node/store/stat_table.h"

namespace linli::node {

/// The file's bytes. A number beyond what spreadsheets keep exactly (2^53) stands there as text.
/// Errors: io, disk_full (it is made in the folder for temporary files).
[[nodiscard]] Result<std::string> xlsx_of(const store::StatTable& table);

}  // namespace linli::node
