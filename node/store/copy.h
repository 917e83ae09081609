// node/store/copy.h: a database as one file, for a backup, and back again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "node/store/database.h"
#include "sync/names.h"

namespace linli::store {

/// The key files that go with a database, as they stand in the folder.
struct Keys {
  std::string node, tls, next;  ///< `tls`, `next` empty: there is none.
  /// Small files besides, by their names within the folder: the city's authority and the like.
  std::vector<std::pair<std::string, std::string>> files = {};
};
/// Copies a node's database, as of one moment, into the empty file `to`, with the keys, which are
/// asked for after that moment, in tables `backup` and `backup_file`. Answers with the number of
/// change sets. Errors: not_a_data_dir, disk_full, io, those of `keys`.
[[nodiscard]] Result<std::int64_t> copy_out(const std::filesystem::path& database,
                                            const std::filesystem::path& to,
                                            const std::function<Result<Keys>()>& keys,
                                            sync::Micros now);
/// Makes a node's database from such a file, and answers with the keys.
/// Errors: not_a_data_dir (the file isn't a backup), corrupt (it is damaged), disk_full, io.
[[nodiscard]] Result<Keys> copy_in(const std::filesystem::path& from,
                                   const std::filesystem::path& database);

}  // namespace linli::store
