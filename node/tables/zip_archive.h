// node/tables/zip_archive.h: the parts of an .xlsx file, unpacked piece by piece under limits: a
// small file that unpacks to a huge one is refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/tables/input.h"

struct zip;
struct zip_file;

namespace linli::tables {

/// A sheet of a million rows takes less; what is beyond is no table.
inline constexpr std::uint64_t kPartBytesMax = 4ull << 30;
inline constexpr std::uint64_t kPartsMax = 10'000;
/// Unpacked bytes for each packed one, beyond the first 16 MiB: tables reach 30, bombs 1,000.
inline constexpr std::uint64_t kRatioMax = 200, kRatioFreeBytes = 16u << 20;

/// A part being unpacked.
class ZipPart {
 public:
  ZipPart(zip_file* file, std::uint64_t packed) : file_(file), packed_(packed) {}
  ~ZipPart();
  ZipPart(const ZipPart&) = delete;
  ZipPart& operator=(const ZipPart&) = delete;
  /// Up to `room` bytes; 0 at the end, when its checksum was right. Errors: bad_input (damaged),
  /// too_large.
  [[nodiscard]] Result<std::size_t> read(char* into, std::size_t room);

 private:
  zip_file* file_;
  std::uint64_t packed_, unpacked_ = 0;
};

class ZipArchive {
 public:
  /// `input` must outlive it. Errors: bad_input (no zip archive, damaged), too_large.
  [[nodiscard]] static Result<std::unique_ptr<ZipArchive>> open(Input& input);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  [[nodiscard]] bool has(const std::string& name) const;
  /// Errors: not_found, bad_input (encrypted, or packed in a way that isn't known), too_large.
  [[nodiscard]] Result<std::unique_ptr<ZipPart>> part(const std::string& name);
  /// A whole part of at most `most` bytes. Errors: as part() and read().
  [[nodiscard]] Result<std::string> whole(const std::string& name, std::size_t most);

 private:
  ZipArchive(zip* archive, std::uint64_t size) : archive_(archive), size_(size) {}
  zip* archive_;
  std::uint64_t size_;
};

}  // namespace linli::tables
