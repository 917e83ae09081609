// node/store/copy.h: a database as one file, for a backup, and back again.
#pragma once

#include <filesystem>
#include <string>

#include "node/store/database.h"
#include "sync/names.h"

namespace linli::store {

/// The key files that go with a database, as they stand in the folder.
struct Keys {
  std::string node, tls;  ///< `tls` empty: there is none.
};
/// Copies a node's database, as of one moment, into the empty file `to`, with `keys` in a table
/// `backup`. Answers with the number of change sets. Errors: not_a_data_dir, disk_full, io.
[[nodiscard]] Result<std::int64_t> copy_out(const std::filesystem::path& database,
                                            const std::filesystem::path& to, const Keys& keys,
                                            sync::Micros now);
/// Makes a node's database from such a file, and answers with the keys.
/// Errors: not_a_data_dir (the file isn't a backup), corrupt (it is damaged), disk_full, io.
[[nodiscard]] Result<Keys> copy_in(const std::filesystem::path& from,
                                   const std::filesystem::path& database);

}  // namespace linli::store
