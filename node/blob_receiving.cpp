// Attachments on their way in: piece by piece into a part, and by name once they are whole.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "node/blobs_detail.h"
#include "node/replica.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What a killed program may lose of a delivery: on a slow line what came within kSyncTime, on a
/// quick one what came within kSyncPause. Rarely enough for a memory card, either way.
constexpr std::uint64_t kSyncBytes = 64 << 10, kSyncBytesMax = 4 << 20;
constexpr auto kSyncTime = std::chrono::seconds(2);
constexpr auto kSyncPause = std::chrono::milliseconds(200);
constexpr std::size_t kPartsOpenMax = 64;

Error io_error(const fs::path& file, std::string_view doing) {
  const auto code = errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io;
  return {code, std::string(doing) + " " + file.string() + ": " + std::strerror(errno), {}};
}

}  // namespace

Result<void> sync_blob_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(io_error(folder, "open"));
  const bool done = ::fsync(fd) == 0;
  const auto error = io_error(folder, "sync");
  ::close(fd);
  if (!done) return fail(error);
  return {};
}

Result<void> make_blob_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_blob_folder(folder.parent_path());
  if (errno == EEXIST) return {};
  return fail(io_error(folder, "make"));
}

Result<void> feed_file(crypto::Hasher& hasher, int fd, std::uint64_t size, const fs::path& file) {
  std::string block(kBlobBlock, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kBlobBlock, size - at));
    const auto n = ::pread(fd, block.data(), want, static_cast<off_t>(at));
    if (n < 0) return fail(io_error(file, "read"));
    if (n == 0) return fail(Errc::corrupt, file.string() + " is shorter than it was");
    hasher.update({block.data(), static_cast<std::size_t>(n)});
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

std::shared_ptr<Blobs::Part> Blobs::part(const Key& key) {
  const std::lock_guard lock(guard_);
  auto& known = parts_[key];
  if (!known) known = std::make_shared<Part>(key);
  const auto mine = known;
  for (auto it = parts_.begin(); it != parts_.end() && parts_.size() > kPartsOpenMax;) {
    it = it->second.use_count() == 1 ? parts_.erase(it) : std::next(it);
  }
  return mine;
}

/// Opens what is there of a part, or begins it. Nothing beyond what the index calls durable counts,
/// and the hash is taken from what the disk really holds.
Result<void> Blobs::load(Part& part, std::uint64_t size) {
  part.close();
  const auto path = part_file(part.key);
  if (auto made = make_blob_folder(folder_); !made) return made;
  if (auto made = make_blob_folder(path.parent_path()); !made) return made;
  std::optional<store::BlobPartRow> row;
  auto read = replica_.write([&]() -> Result<void> {
    row = store::find_part(replica_.store().log(), part.key.first, part.key.second);
    return {};
  });
  if (!read) return read;
  if (row && static_cast<std::uint64_t>(row->size) != size) row.reset();  // One of two lied.
  if (row && row->held == row->size && ::access(path.c_str(), F_OK) != 0) {
    // Killed between giving the file its name and noting it: back to where it was.
    const std::lock_guard lock(file_guard_);
    const auto lease = replica_.store().read();
    if (!store::find_blob(*lease, part.key.first)) {
      ::rename(file(part.key.first).c_str(), path.c_str());
    }
  }
  part.fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (part.fd < 0) return fail(io_error(path, "open"));
  auto held = row ? static_cast<std::uint64_t>(row->held) : 0;
  crypto::Hasher hasher;
  if (!feed_file(hasher, part.fd, held, path)) {
    held = 0;  // Lost, or unreadable: from the beginning.
    hasher = crypto::Hasher();
  }
  if (::ftruncate(part.fd, static_cast<off_t>(held)) != 0) {
    const auto error = io_error(path, "cut");
    part.close();
    return fail(error);
  }
  part.size = size;
  part.held = held;
  part.durable = held;
  part.hasher = hasher;
  if (row && held == static_cast<std::uint64_t>(row->held)) return {};
  auto synced = sync_blob_folder(path.parent_path());
  if (synced) {
    synced = replica_.write([&]() -> Result<void> {
      store::save_part(replica_.store().log(),
                       {part.key.first, part.key.second, static_cast<std::int64_t>(size),
                        static_cast<std::int64_t>(held)});
      return {};
    });
  }
  if (!synced) part.close();
  return synced;
}

Result<void> Blobs::sync(Part& part) {
  part.synced = Clock::now();
  if (part.durable == part.held) return {};
  const auto path = part_file(part.key);
  if (::fdatasync(part.fd) != 0) return fail(io_error(path, "sync"));
  const auto held = part.held;
  auto noted = replica_.write([&]() -> Result<void> {
    store::save_part(replica_.store().log(),
                     {part.key.first, part.key.second, static_cast<std::int64_t>(part.size),
                      static_cast<std::int64_t>(held)});
    return {};
  });
  if (noted) part.durable = held;
  return noted;
}

void Blobs::drop(Part& part) {
  ::unlink(part_file(part.key).c_str());
  const auto key = part.key;
  auto noted = replica_.write([&]() -> Result<void> {
    store::drop_part(replica_.store().log(), key.first, key.second);
    return {};
  });
  if (!noted) spdlog::warn("an attachment's part: {}", describe(noted.error()));
  part.close();
}

Result<void> Blobs::take_in(Part& part, const std::vector<AuthorId>& from, bool safe) {
  const auto hash = part.key.first;
  {
    const std::lock_guard lock(file_guard_);
    if (::rename(part_file(part.key).c_str(), file(hash).c_str()) != 0) {
      return fail(io_error(file(hash), "name"));
    }
    if (auto synced = sync_blob_folder(file(hash).parent_path()); !synced) return synced;
    auto noted = replica_.write([&]() -> Result<void> {
      store::BlobRow row;
      row.hash = hash;
      row.size = static_cast<std::int64_t>(part.size);
      row.arrived = replica_.now();
      row.safe = safe;
      store::add_blob(replica_.store().log(), row, from);
      return {};
    });
    if (!noted) return noted;
  }
  // Others who were sending the same may finish, or leave a stray behind.
  part.close();
  const std::lock_guard lock(guard_);
  parts_.erase(part.key);
  wanted_.erase(hash);
  wanted_below_.erase(hash);
  arrived_.notify_all();
  return {};
}

Result<Blobs::Receiving> Blobs::receive(const Hash& hash, std::uint64_t size,
                                        std::optional<std::uint64_t> from,
                                        const Deliverer& deliverer) {
  if (size == 0) return fail(Errc::bad_value, "an attachment has at least one byte", "size");
  if (size > sync::kBlobBytesMax) {
    return fail(Errc::too_large,
                "an attachment has at most 64 MiB, this one " + std::to_string(size) + " bytes");
  }
  const Key key{hash, deliverer.by};
  auto part = this->part(key);
  const std::lock_guard lock(part->guard);
  if (part->size != size) {
    if (auto room = make_room(hash, size, deliverer); !room) return fail(room.error());
    if (auto loaded = load(*part, size); !loaded) return fail(loaded.error());
  }
  if (from && *from != part->held) {
    return fail(Errc::gap, std::to_string(part->held) +
                               " bytes are here, and the range begins at " + std::to_string(*from) +
                               ": go on at " + std::to_string(part->held));
  }
  part->synced = Clock::now();
  Receiving receiving(*this, part, ++part->turn);
  receiving.from_ = deliverer.for_authors;
  receiving.safe_ = deliverer.at_hub;
  return receiving;
}

Blobs::Receiving::~Receiving() {
  if (!part_) return;
  const std::lock_guard lock(part_->guard);
  if (turn_ != part_->turn || part_->size == 0) return;
  if (auto kept = blobs_->sync(*part_); !kept) {
    spdlog::warn("an attachment on its way in: {}", describe(kept.error()));
  }
}

Result<void> Blobs::Receiving::write(std::string_view bytes) {
  auto& part = *part_;
  const std::lock_guard lock(part.guard);
  if (turn_ != part.turn || part.size == 0) {
    return fail(Errc::gap, "another request goes on with this one: ask how far it is");
  }
  if (bytes.size() > part.size - part.held) {
    return fail(Errc::too_large,
                "more than the " + std::to_string(part.size) + " bytes that were announced");
  }
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::pwrite(part.fd, bytes.data() + done, bytes.size() - done,
                            static_cast<off_t>(part.held + done));
    if (n <= 0) return fail(io_error(blobs_->part_file(part.key), "write"));
    done += static_cast<std::size_t>(n);
  }
  part.hasher.update(bytes);
  part.held += bytes.size();
  const auto unsynced = part.held - part.durable;
  const auto since = Clock::now() - part.synced;
  const bool due = unsynced >= kSyncBytesMax || since >= kSyncTime ||
                   (unsynced >= kSyncBytes && since >= kSyncPause);
  if (!due) return {};
  return blobs_->sync(part);
}

Result<bool> Blobs::Receiving::finish() {
  auto& part = *part_;
  const std::lock_guard lock(part.guard);
  if (turn_ != part.turn || part.size == 0) {
    return fail(Errc::gap, "another request goes on with this one: ask how far it is");
  }
  if (auto kept = blobs_->sync(part); !kept) return fail(kept.error());
  if (part.held < part.size) return false;
  if (part.hasher.result() != part.key.first) {
    blobs_->drop(part);
    return fail(Errc::altered,
                "the content isn't what its name says; send it again from the start");
  }
  if (auto taken = blobs_->take_in(part, from_, safe_); !taken) return fail(taken.error());
  return true;
}

std::uint64_t Blobs::Receiving::held() const {
  const std::lock_guard lock(part_->guard);
  return part_->held;
}

}  // namespace linli::node
