// node/store/condensed.h: what a node holds as a snapshot instead of as change sets.
//
// Parts stand in the log among the change sets (kind 4), and belong to no feed (feed 0: so an index
// finds them). A feed's `condensed` says up to which
// number a whole snapshot stands for it. Functions that write are for the writer, in its
// transaction; all throw DatabaseError.
#pragma once

#include "node/store/log.h"

namespace linli::store {

/// Where a snapshot speaks of a record.
struct Condensed {
  std::int64_t arrival = 0, idx = 0;  ///< The part, and the place in it.
  sync::Micros changed = 0;           ///< Last changed, as far as the snapshot knows.
};
[[nodiscard]] std::optional<Condensed> condensed(Database& db, std::int64_t rec);

/// Does this store hold change sets that others wrote or brought?
[[nodiscard]] bool holds_of_others(Database& db);

/// Is this very part in the log?
[[nodiscard]] bool has_part(Log& log, const crypto::Hash& part);
/// Are all parts of the snapshot that this one is of in the log?
[[nodiscard]] bool is_whole(Log& log, const sync::SnapshotPart& part);
/// Takes parts of other snapshots of the same scope and audience out of the log, and hands the
/// values that came with them on to the parts of this one, where they still stand: the hub can't
/// give the personal ones. True: some went, and the projections must be made anew.
[[nodiscard]] bool drop_other_parts(Log& log, const sync::SnapshotPart& part);
/// Keeps a value for a commitment that stands in a part of the log; one that is there is left.
void save_part_value(Log& log, std::int64_t part, const crypto::Hash& commitment,
                     const crypto::Salt& salt, std::string_view value, bool personal);

/// Scopes and audiences of which a whole snapshot is here.
struct CondensedScope {
  std::int64_t scope = 0;
  std::string path;
  sync::Audience audience = sync::Audience::ancestors;
  sync::Seen checkpoint;
};
[[nodiscard]] std::vector<CondensedScope> condensed_scopes(Log& log);

}  // namespace linli::store
