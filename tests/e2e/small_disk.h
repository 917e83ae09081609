// tests/e2e/small_disk.h: a disk that is soon full.
#pragma once

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace linli::e2e {

/// A disk of so many bytes in memory, mounted on an existing folder; only root may. Unmounted at
/// the end, whoever still has files open there.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path folder, std::uint64_t bytes) : folder_(std::move(folder)) {
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size(bytes).c_str()) == 0;
  }
  ~SmallDisk() { pull_out(); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  /// More room, or less, but not less than what is used.
  [[nodiscard]] bool resize(std::uint64_t bytes) {
    return ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, size(bytes).c_str()) == 0;
  }
  [[nodiscard]] std::uint64_t used() const {
    struct statvfs state {};
    if (::statvfs(folder_.c_str(), &state) != 0) return 0;
    return (state.f_blocks - state.f_bfree) * state.f_frsize;
  }
  void pull_out() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    mounted_ = false;
  }

 private:
  [[nodiscard]] static std::string size(std::uint64_t bytes) {
    return "size=" + std::to_string(bytes);
  }

  std::filesystem::path folder_;
  bool mounted_ = false;
};

}  // namespace linli::e2e
