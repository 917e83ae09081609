// node/app/letters.h: requests and answers as files that people mail or carry.
#pragma once

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::app {

/// The text of a small file, "-": stdin. Errors: io, too_large.
[[nodiscard]] Result<std::string> read_letter(const std::string& file);
/// Writes the file anew, whole or not at all; "-": stdout. `secret`: nobody else may read it.
/// Errors: io, disk_full.
[[nodiscard]] Result<void> write_letter(const std::string& file, std::string_view text,
                                        bool secret = false);

}  // namespace linli::app
