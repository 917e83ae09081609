// node/blobs_detail.h: what the files of node/blobs.h share. Not for others.
#pragma once

#include <unistd.h>

#include "node/blobs.h"

namespace linli::node {

inline constexpr std::size_t kBlobBlock = 64 << 10;  ///< Bytes read at once.
/// Meta: since when this node turns attachments of others away for want of room, µs; 0: it doesn't.
inline constexpr std::string_view kMetaTurnedAway = "blobs.turned_away";
inline constexpr std::size_t kBlobPage = 500;  ///< Rows of the index read at once.

/// Feeds the first `size` bytes of a file to a hash. Errors: io, corrupt (it is shorter).
[[nodiscard]] Result<void> feed_file(crypto::Hasher& hasher, int fd, std::uint64_t size,
                                     const std::filesystem::path& file);

/// Is a regular file of this size there? What can't be told counts as there.
[[nodiscard]] bool blob_file_is_there(const std::filesystem::path& file, std::int64_t size);
/// Makes a folder of attachments, durably, unless it is there. Errors: disk_full, io.
[[nodiscard]] Result<void> make_blob_folder(const std::filesystem::path& folder);
/// Makes durable which files a folder has. Errors: io.
[[nodiscard]] Result<void> sync_blob_folder(const std::filesystem::path& folder);

struct Blobs::Part {
  std::mutex guard;  ///< Of all that follows. Taken before Blobs::guard_, never after.
  Key key;
  int fd = -1;
  std::uint64_t size = 0;     ///< 0: not loaded yet.
  std::uint64_t held = 0;     ///< Written; the hash has taken it in.
  std::uint64_t durable = 0;  ///< The index says so.
  std::chrono::steady_clock::time_point synced;
  crypto::Hasher hasher;
  std::uint64_t turn = 0;  ///< Who may write: the newest request.

  explicit Part(Key k) : key(std::move(k)) {}
  ~Part() { close(); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
    size = held = durable = 0;
    hasher = crypto::Hasher();
  }
};

}  // namespace linli::node
