// How much attachments may take, and which go: to make room, or because nothing refers to them.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "node/blobs_detail.h"
#include "node/replica.h"
#include "node/retaining.h"

namespace linli::node {

namespace fs = std::filesystem;

BlobPolicy Blobs::policy() {
  const auto lease = replica_.store().read();
  store::Log log(*lease);
  BlobPolicy policy;
  policy.ahead = log.meta("blobs.policy").value_or("demand") == "ahead";
  policy.metered = log.meta_int("sync.metered", 0) != 0;
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
    if (quota) log.set_meta_int(kMetaTurnedAway, 0);  // Until it happens again.
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
    for (const auto& row : store::evictable_blobs(db, kBlobPage)) {
      if ((over -= row.size) <= 0) break;
    }
  }
  if (over <= 0) return {};
  return fail(Errc::quota, "attachments may take " + std::to_string(quota >> 20) +
                               " MiB here: raise it with `linli blobs policy --quota`, or remove "
                               "what isn't needed");
}

void Blobs::note_full(const Error& why) {
  constexpr auto kTellAgain = std::chrono::minutes(10);
  {
    const std::lock_guard lock(guard_);
    const auto now = std::chrono::steady_clock::now();
    if (told_full_ && now - *told_full_ < kTellAgain) return;
    told_full_ = now;
  }
  spdlog::warn("an attachment of another node isn't taken: {}", describe(why));
  auto noted = replica_.write([&]() -> Result<void> {
    auto& log = replica_.store().log();
    if (log.meta_int(kMetaTurnedAway, 0) == 0) log.set_meta_int(kMetaTurnedAway, replica_.now());
    return {};
  });
  if (!noted) spdlog::warn("noting that: {}", describe(noted.error()));
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
    evictable = store::evictable_blobs(*lease, kBlobPage);
  }
  for (const auto& row : evictable) {
    if (over <= 0) break;
    auto removed = remove_complete(row.hash, Going::at_hub);
    if (!removed) return fail(removed.error());
    over -= *removed;
  }
  return {};
}

/// Its row, then its file: killed in between, the file is a stray that the next collecting removes.
Result<std::int64_t> Blobs::remove_complete(const Hash& hash, Going why) {
  const std::lock_guard lock(file_guard_);
  std::int64_t size = 0;
  auto removed = replica_.write([&]() -> Result<void> {
    auto& db = replica_.store().database();
    if (const auto row = store::find_blob(db, hash)) size = row->size;
    if (why == Going::for_good) {
      store::drop_blob(db, hash);
    } else {
      store::let_go_of_blob(db, hash, why == Going::at_hub);
    }
    return {};
  });
  if (!removed) return fail(removed.error());
  ::unlink(file(hash).c_str());
  return size;
}

Result<Blobs::Collected> Blobs::collect() {
  try {
    return collect_now();
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Blobs::Collected> Blobs::collect_now() {
  Collected collected;
  if (auto checked = check_after_restore(); !checked) return fail(checked.error());
  const auto day = retention_day(replica_);
  if (!day) return fail(day.error());
  std::int64_t today = 0;
  std::vector<Hash> idle;
  auto found = replica_.write([&]() -> Result<void> {
    today = store::count_blob_day(replica_.store().log(), *day);
    idle = store::idle_blobs(replica_.store().database(), today);
    return {};
  });
  if (!found) return fail(found.error());
  for (const auto& hash : idle) {
    auto removed = remove_complete(hash, Going::for_good);
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
    if (row.day > today - store::kBlobDays) continue;
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
/// One that records name was put back by a person, and is taken in.
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
    if (known || (name.size() == 64 && take_in_stray(it->path(), Hash::of(*hash)))) continue;
    const auto size = it->file_size(ec);
    if (fs::remove(it->path(), ec)) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

}  // namespace linli::node
