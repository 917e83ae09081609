// api/table_files.h: tables on their way out, as files.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "api/context.h"
#include "node/tables/table_writer.h"

namespace linli::api {

inline constexpr const char* kCsv = "text/csv";
inline constexpr const char* kXlsx =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What `write` writes into the file it is given, opened for reading; the file has no name any more
/// and is gone with the handle. Errors: io; as `write`.
[[nodiscard]] Result<std::FILE*> xlsx_file(
    Context& context, const std::function<Result<void>(const std::filesystem::path&)>& write);
/// Likewise of text. Errors: io, disk_full; as `write`.
[[nodiscard]] Result<std::FILE*> csv_file(
    const std::function<Result<void>(const tables::Sink&)>& write);

/// As an attachment called `name`; takes `file`. `xlsx`: which of the two it is.
void send_table(httplib::Response& response, std::FILE* file, const std::string& name, bool xlsx);

}  // namespace linli::api
