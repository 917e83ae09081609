// node/app/letters.h: requests and answers as files that people mail or carry.
#pragma once

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::app {

/// The first `most` bytes of a file; nobody waits for a pipe that nobody writes to. Errors: io;
/// bad_usage (it is no file).
[[nodiscard]] Result<std::string> read_file(const std::string& file, std::size_t most);
/// The text of a small file, "-": stdin. Errors: as read_file; too_large.
[[nodiscard]] Result<std::string> read_letter(const std::string& file);
/// Writes the file anew, whole or not at all; "-": stdout. `secret`: nobody else may read it.
/// What stands there and is no file (a pipe, a device) isn't replaced. Errors: io, disk_full,
/// bad_usage.
[[nodiscard]] Result<void> write_letter(const std::string& file, std::string_view text,
                                        bool secret = false);

}  // namespace linli::app
