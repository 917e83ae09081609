#include "node/blobs.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "node/blobs_detail.h"
#include "node/replica.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;

constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;

}  // namespace

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

std::optional<store::BlobRow> Blobs::row_of(const Hash& hash) {
  const auto lease = replica_.store().read();
  return store::find_blob(*lease, hash);
}

/// A file that went behind the node's back (a disk that was repaired, a person who tidied up) isn't
/// here any more: said so, it is fetched or put again like one that never was.
bool Blobs::was_lost(const store::BlobRow& row) {
  if (blob_file_is_there(file(row.hash), row.size)) return false;
  spdlog::error("attachment {}: its file is gone, or has another size",
                crypto::to_hex(row.hash.view()));
  if (auto removed = remove_complete(row.hash, Going::lost); !removed) {
    spdlog::error("an attachment that was lost: {}", describe(removed.error()));
  }
  return true;
}

// ---- What is here -------------------------------------------------------------------------------

Blobs::State Blobs::state(const Hash& hash, const AuthorId& by) {
  if (const auto row = row_of(hash); row && !was_lost(*row)) {
    const auto size = static_cast<std::uint64_t>(row->size);
    return {true, size, size};
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
    store::mark_unsafe(replica_.store().database(), hash);  // Of theirs the hub hasn't heard.
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
  const auto row = row_of(hash);
  if (!row || was_lost(*row)) return fail(Errc::not_found, "this attachment isn't here");
  const int fd = ::open(file(hash).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(Errc::io, "the file of attachment " + crypto::to_hex(hash.view()) +
                              " can't be read: " + std::strerror(errno));
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
  std::string block(kBlobBlock, '\0');
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

bool Blobs::want_for_peer(const Hash& hash) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kAtOnce = 32;
  constexpr auto kPatience = std::chrono::minutes(2);  // With an upstream that doesn't answer.
  constexpr auto kAskAgain = std::chrono::minutes(1);  // One that hadn't it.
  const auto now = Clock::now();
  const std::lock_guard lock(guard_);
  for (auto it = wanted_below_.begin(); it != wanted_below_.end();) {
    const auto age = now - it->second;
    const bool waits = wanted_.contains(it->first);
    if (waits && age > kPatience) wanted_.erase(it->first);
    it = age > (waits ? kPatience : kAskAgain) ? wanted_below_.erase(it) : std::next(it);
  }
  if (wanted_.contains(hash)) return true;
  if (wanted_below_.contains(hash) || wanted_below_.size() >= kAtOnce) return false;
  wanted_below_[hash] = now;
  ++wanted_[hash];
  peers_want_ = true;
  return true;
}

bool Blobs::wait_for(const Hash& hash, std::chrono::milliseconds timeout) {
  {
    std::unique_lock lock(guard_);
    arrived_.wait_for(lock, timeout, [&] { return !wanted_.contains(hash); });
  }
  const auto lease = replica_.store().read();
  return store::find_blob(*lease, hash).has_value();
}

}  // namespace linli::node
