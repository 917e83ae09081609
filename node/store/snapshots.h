// node/store/snapshots.h: snapshots as the hub makes, keeps and hands them out (sync/snapshot.h).
//
// All functions throw DatabaseError.
#pragma once

#include <functional>

#include "node/store/peers.h"
#include "node/store/projector.h"

namespace linli::store {

/// What a snapshot of one scope and audience would stand for, as one state of the log has it.
struct SnapshotBasis {
  std::int64_t scope = 0;
  std::string path;
  sync::Audience audience = sync::Audience::ancestors;
  std::int64_t upto = 0;  ///< Arrival number.
  std::int64_t sets = 0;  ///< How many it stands for.
  sync::Seen checkpoint;  ///< Without its time.
  std::vector<sync::SnapshotFeed> feeds;
  std::map<sync::FeedId, std::uint64_t> covered;  ///< Of each feed up to this number.
};
/// Within a read transaction. Feeds that found trust are left out; of the others what comes before
/// the first set that doesn't count, or that writes a type this version doesn't know.
[[nodiscard]] SnapshotBasis snapshot_basis(Log& log, std::int64_t scope, sync::Audience audience);

/// Where the value of a commitment stands.
struct OpeningPlace {
  crypto::Hash commitment{};
  std::int64_t arrival = 0, ordinal = 0, bytes = 0;
};
using RecordSink =
    std::function<void(sync::SnapshotRecord record, const std::vector<OpeningPlace>& values)>;
/// Calls `sink` with every record that the basis covers, in the order they came. In the same
/// transaction as the basis. Throws `forbidden`, if a record was also written under another
/// audience: then nobody could put the two together.
void each_snapshot_record(Projector& projector, Log& log, const SnapshotBasis& basis,
                          const RecordSink& sink);

// Keeping them: for the writer.

[[nodiscard]] std::int64_t begin_snapshot(Log& log, const SnapshotBasis& basis, sync::Micros now);
void add_snapshot_part(Log& log, std::int64_t snapshot, std::uint32_t number,
                       const std::string& stored, const crypto::Signature& signature,
                       const std::vector<OpeningPlace>& values);
/// From now on it is handed out. Of older ones one is kept: somebody may be reading it.
void finish_snapshot(Log& log, std::int64_t snapshot, std::int64_t records);
/// Takes unfinished ones away, and (`all`) every other.
void drop_snapshots(Log& log, bool all);

/// A scope and audience, with the newest snapshot of it.
struct SnapshotState {
  std::int64_t scope = 0;
  std::string path;
  sync::Audience audience = sync::Audience::ancestors;
  std::int64_t snapshot = 0;           ///< 0: there is none.
  std::int64_t sets_since = 0;         ///< Change sets that came after it.
  std::int64_t sets = 0, records = 0;  ///< What it stands for.
  sync::Micros made = 0;
};
[[nodiscard]] std::vector<SnapshotState> snapshot_states(Database& db);

// Handing them out.

/// How far a reader that begins with snapshots has got: first parts, then what they don't cover.
struct Beginning {
  std::int64_t upto = 0;                   ///< The log ended here when it began.
  std::int64_t snapshot = 0, number = -1;  ///< Parts up to this one were handed out …
  static constexpr std::int64_t kAllParts = INT64_MAX;  ///< … or, as `snapshot`, all.
};
/// Is there a snapshot that this reader may have?
[[nodiscard]] bool has_snapshots_for(Database& db, const crypto::Certificate& reader);
/// The next page of a beginning, and where it leads: nothing if this page was the last, and its
/// cursor is an ordinary one. `after`: the cursor's arrival number.
[[nodiscard]] std::pair<sync::Shelf::Page, std::optional<Beginning>> beginning_page(
    Database& db, const crypto::Certificate& reader, const crypto::Hash& name, Beginning at,
    std::int64_t after, bool include_own, std::uint64_t epoch, std::size_t most);

}  // namespace linli::store
