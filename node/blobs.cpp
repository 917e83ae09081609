#include "node/blobs.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "node/upstream.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBlock = 64 << 10;
/// What a killed program may lose of a delivery: on a slow line what came within kSyncTime, on a
/// quick one what came within kSyncPause. Rarely enough for a memory card, either way.
constexpr std::uint64_t kSyncBytes = 64 << 10, kSyncBytesMax = 4 << 20;
constexpr auto kSyncTime = std::chrono::seconds(2);
constexpr auto kSyncPause = std::chrono::milliseconds(200);
constexpr std::size_t kPartsOpenMax = 64;
constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;
constexpr std::size_t kPage = 500;

Error io_error(const fs::path& file, std::string_view doing) {
  const auto code = errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io;
  return {code, std::string(doing) + " " + file.string() + ": " + std::strerror(errno), {}};
}

Result<void> sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(io_error(folder, "open"));
  const bool done = ::fsync(fd) == 0;
  const auto error = io_error(folder, "sync");
  ::close(fd);
  if (!done) return fail(error);
  return {};
}

Result<void> make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  if (errno == EEXIST) return {};
  return fail(io_error(folder, "make"));
}

/// Feeds the first `size` bytes of a file to a hash. Errors: io, corrupt (it is shorter).
Result<void> feed(crypto::Hasher& hasher, int fd, std::uint64_t size, const fs::path& file) {
  std::string block(kBlock, '\0');
  for (std::uint64_t at = 0; at < size;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, size - at));
    const auto n = ::pread(fd, block.data(), want, static_cast<off_t>(at));
    if (n < 0) return fail(io_error(file, "read"));
    if (n == 0) return fail(Errc::corrupt, file.string() + " is shorter than it was");
    hasher.update({block.data(), static_cast<std::size_t>(n)});
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace

struct Blobs::Part {
  std::mutex guard;  ///< Of all that follows. Taken before Blobs::guard_, never after.
  Key key;
  int fd = -1;
  std::uint64_t size = 0;     ///< 0: not loaded yet.
  std::uint64_t held = 0;     ///< Written; the hash has taken it in.
  std::uint64_t durable = 0;  ///< The index says so.
  Clock::time_point synced;
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

Blobs::Blobs(Replica& replica, fs::path folder) : replica_(replica), folder_(std::move(folder)) {}
Blobs::~Blobs() = default;

fs::path Blobs::file(const Hash& hash) const {
  const auto name = crypto::to_hex(hash.view());
  return folder_ / name.substr(0, 2) / name;
}

fs::path Blobs::part_file(const Key& key) const {
  auto path = file(key.first);
  path += "." + crypto::to_hex(key.second.view());
  return path;
}

// ---- Receiving ----------------------------------------------------------------------------------

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
  if (auto made = make_folder(folder_); !made) return made;
  if (auto made = make_folder(path.parent_path()); !made) return made;
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
  if (!feed(hasher, part.fd, held, path)) {
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
  auto synced = sync_folder(path.parent_path());
  if (synced) {
    synced = replica_.write([&]() -> Result<void> {
      store::save_part(replica_.store().log(),
                       {part.key.first, part.key.second, static_cast<std::int64_t>(size),
                        static_cast<std::int64_t>(held), replica_.now()});
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
                      static_cast<std::int64_t>(held), replica_.now()});
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
  const auto [hash, by] = part.key;
  {
    const std::lock_guard lock(file_guard_);
    if (::rename(part_file(part.key).c_str(), file(hash).c_str()) != 0) {
      return fail(io_error(file(hash), "name"));
    }
    if (auto synced = sync_folder(file(hash).parent_path()); !synced) return synced;
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
  receiving.safe_ = deliverer.upstream;
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

// ---- What is here -------------------------------------------------------------------------------

Blobs::State Blobs::state(const Hash& hash, const AuthorId& by) {
  {
    const auto lease = replica_.store().read();
    if (const auto row = store::find_blob(*lease, hash)) {
      const auto size = static_cast<std::uint64_t>(row->size);
      return {true, size, size};
    }
  }
  std::shared_ptr<Part> active;
  {
    const std::lock_guard lock(guard_);
    if (const auto known = parts_.find({hash, by}); known != parts_.end()) active = known->second;
  }
  if (active) {
    const std::lock_guard lock(active->guard);
    if (active->size > 0) return {false, active->size, active->held};
  }
  const auto lease = replica_.store().read();
  store::Log log(*lease);
  const auto row = store::find_part(log, hash, by);
  if (!row) return {};
  return {false, static_cast<std::uint64_t>(row->size), static_cast<std::uint64_t>(row->held)};
}

Result<void> Blobs::deliver(const Hash& hash, const std::vector<AuthorId>& authors) {
  {
    const auto lease = replica_.store().read();
    if (store::delivered_by_all(*lease, hash, authors)) return {};
  }
  return replica_.write([&]() -> Result<void> {
    store::add_deliveries(replica_.store().log(), hash, authors);
    return {};
  });
}

Blobs::State Blobs::progress(const Hash& hash) {
  State best;
  const auto lease = replica_.store().read();
  for (const auto& row : store::parts(*lease)) {
    if (row.hash != hash || static_cast<std::uint64_t>(row.held) < best.held) continue;
    best = {false, static_cast<std::uint64_t>(row.size), static_cast<std::uint64_t>(row.held)};
  }
  return best;
}

Blobs::Reading::~Reading() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> Blobs::Reading::read(std::uint64_t at, char* into, std::size_t most) const {
  const auto n = ::pread(fd_, into, most, static_cast<off_t>(at));
  if (n < 0) return fail(Errc::io, std::string("reading an attachment: ") + std::strerror(errno));
  if (n == 0) return fail(Errc::corrupt, "an attachment's file is shorter than it was");
  return static_cast<std::size_t>(n);
}

Result<Blobs::Reading> Blobs::open(const Hash& hash) {
  std::optional<store::BlobRow> row;
  {
    const auto lease = replica_.store().read();
    row = store::find_blob(*lease, hash);
  }
  if (!row) return fail(Errc::not_found, "this attachment isn't here");
  const int fd = ::open(file(hash).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(Errc::corrupt, "the file of attachment " + crypto::to_hex(hash.view()) +
                                   " is gone: run linli verify, and put it again");
  }
  Reading reading(fd, static_cast<std::uint64_t>(row->size));
  if (replica_.now() - row->used > kDay) {
    auto noted = replica_.write([&]() -> Result<void> {
      store::mark_used(replica_.store().database(), hash, replica_.now());
      return {};
    });
    if (!noted) spdlog::warn("an attachment's use: {}", describe(noted.error()));
  }
  return reading;
}

Result<Hash> Blobs::proof(const Hash& hash, const AuthorId& by) {
  auto reading = open(hash);
  if (!reading) return fail(reading.error());
  crypto::Hasher hasher(sync::blob_proof_key(by));
  std::string block(kBlock, '\0');
  for (std::uint64_t at = 0; at < reading->size();) {
    const auto n = reading->read(at, block.data(), block.size());
    if (!n) return fail(n.error());
    hasher.update({block.data(), *n});
    at += *n;
  }
  return hasher.result();
}

// ---- Waiting for one ----------------------------------------------------------------------------

void Blobs::want(const Hash& hash) {
  const std::lock_guard lock(guard_);
  ++wanted_[hash];
}

void Blobs::stop_wanting(const Hash& hash) {
  const std::lock_guard lock(guard_);
  wanted_.erase(hash);
  arrived_.notify_all();
}

std::vector<Hash> Blobs::wanted() const {
  const std::lock_guard lock(guard_);
  std::vector<Hash> list;
  for (const auto& [hash, waiting] : wanted_) list.push_back(hash);
  return list;
}

bool Blobs::wait_for(const Hash& hash, std::chrono::milliseconds timeout) {
  {
    std::unique_lock lock(guard_);
    arrived_.wait_for(lock, timeout, [&] { return !wanted_.contains(hash); });
  }
  const auto lease = replica_.store().read();
  return store::find_blob(*lease, hash).has_value();
}

// ---- Room ---------------------------------------------------------------------------------------

BlobPolicy Blobs::policy() {
  const auto lease = replica_.store().read();
  store::Log log(*lease);
  BlobPolicy policy;
  policy.ahead = log.meta("blobs.policy").value_or("demand") == "ahead";
  policy.metered = sync_settings(replica_.store()).metered;
  policy.quota = log.meta_int("blobs.quota", kBlobQuota);
  return policy;
}

Result<void> Blobs::set_policy(std::optional<bool> ahead, std::optional<std::int64_t> quota) {
  if (quota && (*quota < static_cast<std::int64_t>(sync::kBlobBytesMax) || *quota > 1LL << 50)) {
    return fail(Errc::bad_value, "a quota is from 64 MiB to 1 PiB", "quota");
  }
  return replica_.write([&]() -> Result<void> {
    auto& log = replica_.store().log();
    if (ahead) log.set_meta("blobs.policy", *ahead ? "ahead" : "demand");
    if (quota) log.set_meta_int("blobs.quota", *quota);
    return {};
  });
}

Result<void> Blobs::has_room(const Hash& hash, std::uint64_t size, const Deliverer& deliverer) {
  const auto quota = policy().quota;
  const auto lease = replica_.store().read();
  auto& db = *lease;
  const auto more = static_cast<std::int64_t>(size);
  const bool foreign = !deliverer.upstream && deliverer.by != replica_.identity().author;
  if (foreign && !store::is_referred_to(db, hash) &&
      store::unreferenced_bytes(db, deliverer.by) + more > kBlobUnreferenced) {
    return fail(Errc::quota, "256 MiB of yours have no record yet: send the records first");
  }
  auto over = store::blob_bytes(db) + more - quota;
  if (over > 0 && deliverer.may_evict) {
    for (const auto& row : store::evictable_blobs(db, kPage)) {
      if ((over -= row.size) <= 0) break;
    }
  }
  if (over <= 0) return {};
  return fail(Errc::quota, "attachments may take " + std::to_string(quota >> 20) +
                               " MiB here: raise it with `linli blobs policy --quota`, or remove "
                               "what isn't needed");
}

Result<void> Blobs::make_room(const Hash& hash, std::uint64_t size, const Deliverer& deliverer) {
  {
    const auto lease = replica_.store().read();
    store::Log log(*lease);
    const auto row = store::find_part(log, hash, deliverer.by);
    if (row && static_cast<std::uint64_t>(row->size) == size) return {};  // Counted already.
  }
  if (auto room = has_room(hash, size, deliverer); !room) return room;
  if (!deliverer.may_evict) return {};
  std::int64_t over = 0;
  std::vector<store::BlobRow> evictable;
  {
    const auto quota = policy().quota;
    const auto lease = replica_.store().read();
    over = store::blob_bytes(*lease) + static_cast<std::int64_t>(size) - quota;
    if (over <= 0) return {};
    evictable = store::evictable_blobs(*lease, kPage);
  }
  for (const auto& row : evictable) {
    if (over <= 0) break;
    auto removed = remove_complete(row.hash);
    if (!removed) return fail(removed.error());
    over -= *removed;
  }
  return {};
}

/// Its row, then its file: killed in between, the file is a stray that the next collecting removes.
Result<std::int64_t> Blobs::remove_complete(const Hash& hash) {
  const std::lock_guard lock(file_guard_);
  std::int64_t size = 0;
  auto removed = replica_.write([&]() -> Result<void> {
    auto& db = replica_.store().database();
    if (const auto row = store::find_blob(db, hash)) size = row->size;
    store::drop_blob(db, hash);
    return {};
  });
  if (!removed) return fail(removed.error());
  ::unlink(file(hash).c_str());
  return size;
}

Result<Blobs::Collected> Blobs::collect() {
  Collected collected;
  const auto now = replica_.now();
  std::vector<Hash> idle;
  auto found = replica_.write([&]() -> Result<void> {
    idle = store::idle_blobs(replica_.store().database(), now, now - kBlobGrace);
    return {};
  });
  if (!found) return fail(found.error());
  for (const auto& hash : idle) {
    auto removed = remove_complete(hash);
    if (!removed) return fail(removed.error());
    ++collected.blobs;
    collected.bytes += *removed;
  }
  std::vector<store::BlobPartRow> rows;
  {
    const auto lease = replica_.store().read();
    rows = store::parts(*lease);
  }
  for (const auto& row : rows) {
    if (row.at > now - kBlobGrace) continue;
    auto part = this->part({row.hash, row.author});
    const std::lock_guard lock(part->guard);
    ++part->turn;
    drop(*part);
    ++collected.parts;
    collected.bytes += row.held;
  }
  collected.bytes += remove_strays();
  return collected;
}

/// Files that no row knows: left by a program that was killed. Young ones may be about to be noted.
std::int64_t Blobs::remove_strays() {
  std::int64_t bytes = 0;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(folder_, ec), end; !ec && it != end; it.increment(ec)) {
    if (!it->is_regular_file(ec)) continue;
    const auto name = it->path().filename().string();
    const auto hash = crypto::from_hex(name.substr(0, 64));
    if (!hash || hash->size() != Hash::size()) continue;  // Nothing of ours.
    if (fs::file_time_type::clock::now() - it->last_write_time(ec) < std::chrono::hours(1))
      continue;
    const std::lock_guard lock(file_guard_);
    const auto lease = replica_.store().read();
    store::Log log(*lease);
    bool known = false;
    if (name.size() == 64) {
      known = store::find_blob(*lease, Hash::of(*hash)).has_value();
      // One that was complete and is still to be noted (see load).
      for (const auto& row : store::parts(*lease)) known = known || row.hash == Hash::of(*hash);
    } else {
      const auto by = name.size() == 97 ? crypto::from_hex(name.substr(65)) : fail(Errc::bad_value);
      known = by && store::find_part(log, Hash::of(*hash), AuthorId::of(*by)).has_value();
    }
    if (known) continue;
    const auto size = it->file_size(ec);
    if (fs::remove(it->path(), ec)) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

// ---- Verifying ----------------------------------------------------------------------------------

namespace {

std::optional<std::string> fault_of(const fs::path& path, const store::BlobRow& row) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "its file is gone";
  struct stat status {};
  std::optional<std::string> fault;
  crypto::Hasher hasher;
  if (::fstat(fd, &status) != 0 || status.st_size != row.size) {
    fault = "its file has another size";
  } else if (auto read = feed(hasher, fd, static_cast<std::uint64_t>(row.size), path); !read) {
    fault = describe(read.error());
  } else if (hasher.result() != row.hash) {
    fault = "its content isn't what its name says";
  }
  ::close(fd);
  return fault;
}

}  // namespace

Result<BlobsVerified> verify_blobs(store::Store& store, const fs::path& data,
                                   const store::Progress& progress) {
  BlobsVerified report;
  const auto folder = data / "blobs";
  try {
    const auto total = [&] {
      const auto lease = store.read();
      return store::blob_counts(*lease).held;
    }();
    Hash after{};
    for (;;) {
      const auto rows = [&] {
        const auto lease = store.read();
        return store::list_blobs(*lease, after, kPage);
      }();
      if (rows.empty()) break;
      for (const auto& row : rows) {
        after = row.hash;
        const auto name = crypto::to_hex(row.hash.view());
        const auto fault = fault_of(folder / name.substr(0, 2) / name, row);
        ++report.blobs;
        report.bytes += row.size;
        if (progress) progress(report.blobs, total);
        if (!fault) continue;
        // It may have been dropped since, by the node that runs.
        const auto lease = store.read();
        if (store::find_blob(*lease, row.hash)) {
          report.faults.push_back("attachment " + name + ": " + *fault);
        }
      }
    }
    const auto lease = store.read();
    for (const auto& row : store::parts(*lease)) {
      const auto name = crypto::to_hex(row.hash.view());
      const auto path =
          folder / name.substr(0, 2) / (name + "." + crypto::to_hex(row.author.view()));
      std::error_code ec;
      const auto size = fs::file_size(path, ec);
      if (row.held > 0 && (ec || size < static_cast<std::uint64_t>(row.held)) &&
          row.held < row.size) {
        report.faults.push_back("attachment " + name + ", on its way in: its file is too short");
      }
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return report;
}

}  // namespace linli::node
