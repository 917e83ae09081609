// crypto/secret_file.h: what reading and writing a file of secrets needs.
#pragma once

#include <sodium.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>

#include "crypto/result.h"

namespace linli::crypto {

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// A buffer for secret bytes on the stack that wipes itself.
template <std::size_t N, class Byte = unsigned char>
struct Wiped {
  std::array<Byte, N> data{};
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { sodium_memzero(data.data(), N); }
};

/// A file of secrets is its owner's alone. Errors: forbidden: says which mode it has and the way
/// out.
[[nodiscard]] Result<void> demand_private(const std::filesystem::path& file, mode_t mode);

/// What stands in an open file that has at most one name left, so that it can be let go of. Best
/// effort: disks may keep copies.
void overwrite(int fd);

}  // namespace linli::crypto
