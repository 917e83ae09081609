// node/bundle_files.h: a bundle in files: one, or numbered parts for small sticks.
//
// Written under temporary names, brought to the disk, then renamed: a stick that is full, or pulled
// out in the middle, holds no file that looks whole.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sync/bundle.h"

namespace linli::node {

inline constexpr std::uint64_t kPartBytesMin = 4096;

/// Writes the stream of a BundleEncoder into one file, or into parts FILE.001, FILE.002, … of at
/// most `split` bytes. Not thread-safe. Removes what isn't finished.
class BundleWriter {
 public:
  /// `split`: 0, or at least kPartBytesMin.
  BundleWriter(std::filesystem::path file, std::uint64_t split);
  ~BundleWriter();
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  /// Errors: bad_usage (a file of that name is there and is no bundle), disk_full, io, too_large
  /// (larger than the stick's file system allows: split it). They name the file.
  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Nothing follows: answers with the files, all on the disk under their names. What an earlier
  /// bundle left under this name is removed.
  [[nodiscard]] Result<std::vector<std::filesystem::path>> finish();
  [[nodiscard]] std::uint64_t bytes() const { return offset_; }  ///< Of content.

 private:
  struct Part {
    std::filesystem::path name, temporary;
    std::uint64_t size = 0, offset = 0;  ///< Of content.
    int fd = -1;
  };
  [[nodiscard]] Result<void> begin_part();
  [[nodiscard]] Result<void> close_part(std::uint32_t number);
  [[nodiscard]] Result<void> put(Part& part, std::string_view bytes);
  [[nodiscard]] Result<void> remove_older(const std::vector<std::filesystem::path>& written) const;
  void abandon();

  std::filesystem::path file_;
  std::uint64_t split_, offset_ = 0;
  std::string head_bytes_;
  std::optional<sync::PartHead> head_;
  std::vector<Part> parts_;
  bool finished_ = false;
};

/// The files of one bundle, in the order of its parts.
class BundleFiles {
 public:
  /// Sorts files into bundles, the oldest first; in any order, of several bundles, a file given
  /// twice. FILE alone means FILE.001 and so on, if only those are there. Errors: io (names it);
  /// bad_input, newer_version, truncated, altered, malformed (each with file and place); not_found
  /// (a part is missing: which, of how many; and which files are of another bundle).
  [[nodiscard]] static Result<std::vector<BundleFiles>> open(
      const std::vector<std::filesystem::path>& files);

  /// Of the whole, as if it were one part.
  [[nodiscard]] const sync::PartHead& head() const { return head_; }
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }
  /// Hands out the head of the whole and all content, a small piece at a time. Errors: io,
  /// truncated (the stick was pulled out), the sink's.
  [[nodiscard]] Result<void> read(const std::function<Result<void>(std::string_view)>& sink) const;
  /// An error of a BundleDecoder, whose field is a place in the content, with file and byte.
  [[nodiscard]] Error placed(Error error) const;

 private:
  struct Part {
    std::filesystem::path file;
    sync::PartHead head;
  };
  [[nodiscard]] static Result<Part> look(const std::filesystem::path& file);
  [[nodiscard]] Result<void> join();
  [[nodiscard]] std::string stranger_among(const std::vector<std::filesystem::path>& files) const;

  sync::PartHead head_;
  std::vector<Part> parts_;
};

/// The head of one file, as it stands. Errors: io, bad_input, newer_version, truncated, altered.
[[nodiscard]] Result<sync::PartHead> read_bundle_head(const std::filesystem::path& file);

}  // namespace linli::node
