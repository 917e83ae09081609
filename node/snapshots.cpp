#include "node/snapshots.h"

#include <spdlog/spdlog.h>

#include "node/store/erasures.h"
#include "node/store/parts.h"
#include "node/store/snapshots.h"

namespace linli::node {
namespace {

using store::OpeningPlace;

constexpr std::size_t kErasedBytes = 40;  ///< What one commitment takes in a part.

/// Collects records into parts, and hands each over as it is full.
class Maker {
 public:
  Maker(Replica& replica, const store::SnapshotBasis& basis) : replica_(replica), basis_(basis) {
    part_.city = replica.identity().city;
    part_.certificate = replica.identity().certificate;
    part_.scope = basis.path;
    part_.audience = basis.audience;
    part_.checkpoint = basis.checkpoint;
    part_.checkpoint.time = replica.now();
    part_.feeds = basis.feeds;
  }

  Result<void> begin() {
    return replica_.write([this]() -> Result<void> {
      id_ = store::begin_snapshot(replica_.store().log(), basis_, part_.checkpoint.time);
      return {};
    });
  }
  Result<void> add(sync::SnapshotRecord record, const std::vector<OpeningPlace>& values,
                   const store::Commitments& erased) {
    auto size = record.state.size();
    for (const auto& [field, hashes] : erased) size += kErasedBytes * hashes.size();
    // Too large for a part by itself: nobody could take it.
    if (size > sync::kSnapshotPartBytesMax / 2) {
      return fail(Errc::too_large, "record " + sync::to_text(record.id) + " is too large");
    }
    for (const auto& value : values) size += static_cast<std::size_t>(value.bytes);
    if (size_ > 0 && size_ + size > sync::kSnapshotPartBytesAim) {
      if (auto done = hand_over(false); !done) return done;
    }
    size_ += size;
    for (const auto& [field, hashes] : erased) {
      for (const auto& hash : hashes) part_.erased.push_back({part_.records.size(), field, hash});
    }
    part_.records.push_back(std::move(record));
    values_.insert(values_.end(), values.begin(), values.end());
    ++made_.records;
    return {};
  }
  Result<SnapshotMade> finish() {
    if (auto done = hand_over(true); !done) return fail(done.error());
    auto done = replica_.write([this]() -> Result<void> {
      store::finish_snapshot(replica_.store().log(), id_, made_.records);
      return {};
    });
    if (!done) return fail(done.error());
    made_.scope = basis_.path;
    made_.audience = basis_.audience;
    made_.sets = basis_.sets;
    return made_;
  }

 private:
  Result<void> hand_over(bool last) {
    part_.last = last;
    const auto body = part_.encode();
    ensure(body.size() <= sync::kSnapshotPartBytesMax, "a part of a snapshot is within its limit");
    // Made once and sent often, to slow lines: worth the time that the last percent cost.
    const auto stored = store::stored_part(sync::cut_body(body));
    const auto signature = replica_.key().sign(crypto::kDomainSnapshot, body);
    auto done = replica_.write([&]() -> Result<void> {
      store::add_snapshot_part(replica_.store().log(), id_, part_.number, stored, signature,
                               values_);
      return {};
    });
    ++part_.number;
    ++made_.parts;
    made_.bytes += stored.size();
    part_.records.clear();
    part_.erased.clear();
    values_.clear();
    size_ = 0;
    return done;
  }

  Replica& replica_;
  const store::SnapshotBasis& basis_;
  sync::SnapshotPart part_;
  std::vector<OpeningPlace> values_;
  std::size_t size_ = 0;
  std::int64_t id_ = 0;
  SnapshotMade made_;
};

Result<std::optional<SnapshotMade>> make_snapshot(Replica& replica, std::int64_t scope,
                                                  sync::Audience audience) {
  auto lease = replica.store().read();
  const store::Transaction state_of_now(*lease, true);
  store::Log log(*lease);
  store::Projector projector(*lease, log, model::schema());
  const auto basis = store::snapshot_basis(log, scope, audience);
  if (basis.feeds.empty() || basis.feeds.size() > sync::kSnapshotFeedsMax) return std::nullopt;
  Maker maker(replica, basis);
  if (auto begun = maker.begin(); !begun) return fail(begun.error());
  Result<void> added;
  try {
    store::each_snapshot_record(projector, log, basis, [&](auto record, const auto& values) {
      if (!added) return;
      const auto erased = store::erased_of(*lease, {basis.scope, record.type, record.id});
      added = maker.add(std::move(record), values, erased);
    });
  } catch (const store::DatabaseError& e) {
    added = fail(e.error());
  }
  if (!added) return fail(added.error());
  auto made = maker.finish();
  if (!made) return fail(made.error());
  return *made;
}

}  // namespace

Result<std::vector<SnapshotMade>> make_snapshots(
    Replica& replica, const std::string& path, std::int64_t sets_min,
    const std::function<void(const SnapshotMade&)>& told) {
  const auto known = replica.trust();
  const auto* own = known->book.find(replica.identity().certificate);
  if ((own->rights & crypto::kRightReceipt) == 0) {
    return fail(Errc::forbidden,
                "快照只在市局中心制作 only the hub makes snapshots: it holds everything");
  }
  std::vector<SnapshotMade> all;
  auto cleared = replica.write([&]() -> Result<void> {
    store::drop_snapshots(replica.store().log(), false);
    return {};
  });
  if (!cleared) return fail(cleared.error());
  try {
    const auto states = store::snapshot_states(*replica.store().read());
    for (const auto& state : states) {
      if (!path.empty() && !crypto::scope_covers(path, state.path)) continue;
      if (state.sets_since < std::max<std::int64_t>(sets_min, 1)) continue;
      if (sets_min > 1 && state.sets_since < state.sets / 4) continue;
      auto made = make_snapshot(replica, state.scope, state.audience);
      if (!made) {
        // One scope's trouble isn't the others'; a full disk is everybody's.
        if (sync::is_transient(made.error().code)) return fail(made.error());
        spdlog::warn("no snapshot of {}: {}", state.path, describe(made.error()));
        continue;
      }
      if (!*made) continue;
      all.push_back(**made);
      if (told) told(all.back());
    }
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
  return all;
}

Json to_json(const std::vector<SnapshotMade>& made) {
  Json items = Json::array();
  for (const auto& one : made) {
    items.push_back({{"scope", one.scope},
                     {"audience", static_cast<int>(one.audience)},
                     {"sets", one.sets},
                     {"records", one.records},
                     {"parts", one.parts},
                     {"bytes", one.bytes}});
  }
  return {{"items", std::move(items)}};
}

}  // namespace linli::node
