// node/tables/input.h: the bytes of a table, read as often as needed: once to see how they are
// written, once to check, once to take them in.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::tables {

class Input {
 public:
  virtual ~Input() = default;
  /// Up to `room` bytes; 0 at the end. Errors: io.
  [[nodiscard]] virtual Result<std::size_t> read(char* into, std::size_t room) = 0;
  /// Reading begins anew at byte `at`. Errors: io.
  [[nodiscard]] virtual Result<void> seek(std::uint64_t at) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// For a reader that seeks by itself (zip): the open file, or null for bytes in memory.
  [[nodiscard]] virtual std::FILE* file() = 0;
  [[nodiscard]] virtual std::string_view memory() const = 0;  ///< Empty for a file.
};

/// "-" is stdin, of which a copy without a name is kept in the folder for temporary files.
/// Errors: io, disk_full.
[[nodiscard]] Result<std::unique_ptr<Input>> open_input(const std::string& file);
/// `bytes` must outlive it.
[[nodiscard]] std::unique_ptr<Input> input_of(std::string_view bytes);

}  // namespace linli::tables
