// node/app/tables.h: what the commands for spreadsheets are asked for.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct ImportOptions : Common {
  std::string type, file = "-";
  std::string format = "auto", encoding = "auto", sheet;
  std::vector<std::string> map;  ///< HEADING=FIELD or LETTER=FIELD
  std::string rejects;           ///< A CSV file for what was refused; empty: none.
  bool dry_run = false, skip_bad = false, update = false;
};
[[nodiscard]] int import_records(const ImportOptions& options);

struct ExportOptions : Common {
  std::string type, format = "csv";
  std::string out = "-";  ///< A file; "-": stdout.
  bool blank = false;     ///< A template to fill in, without records.
};
[[nodiscard]] int export_records(const ExportOptions& options);

}  // namespace linli::app
