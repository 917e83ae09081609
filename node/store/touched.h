// node/store/touched.h: records that look otherwise than before without a change of their own:
// values came or went, a clock was flagged, a set was held back or counts again.
//
// Readers who ask what is new since a position (changes.h) find changes in the log, and these here.
// Local to this database; a backup that is put back begins a new epoch, which ends all positions.
#pragma once

#include "node/store/database.h"
#include "sync/change_set.h"

namespace linli::store {

/// So many are remembered; who comes from before the oldest begins anew.
inline constexpr std::int64_t kTouchedMax = 20'000;

/// Within the writer's transaction.
void note_touched(Database& db, std::uint32_t type, std::int64_t scope, const sync::RecordId& id);
/// Any record may look otherwise, or be gone: entries left the log, or all was made anew.
void note_all_touched(Database& db);
[[nodiscard]] std::int64_t last_touched(Database& db);  ///< Number of the newest; 0: none.
/// Is everything known that was touched after that number?
[[nodiscard]] bool knows_touched_after(Database& db, std::int64_t number);

}  // namespace linli::store
