// node/store/left_sets.h: own change sets that this node let go of with a scope: that they were,
// and the hub's word on them. What they say is gone from here (I6).
#pragma once

#include "node/store/people.h"
#include "node/store/reading_detail.h"
#include "sync/ruling.h"

namespace linli::store {

/// Before a scope and audience are let go of: notes which sets of `self` stood there, at `now` by
/// our clock. For the writer, in its transaction.
void note_left(Log& log, std::int64_t scope, int audience, std::int64_t self, sync::Micros now);

/// The hub's word on one of them that came afterwards, of whatever age. For the writer.
void note_left_ruling(Log& log, const sync::Ruling& ruling, const crypto::AuthorId& by);
/// Was it let go of with its scope? Only what the hub has confirmed is. For the writer.
[[nodiscard]] bool was_left(Database& db, const sync::FeedId& feed, std::uint64_t seq,
                            const crypto::Hash& set);
/// Those that are held back.
[[nodiscard]] std::vector<reading::HeldAbove> left_held(Database& db);

/// Arrival numbers of such sets below `before`, newest first; `held`: only those that the hub held
/// back (false: didn't) when they were let go of. Without those that came back with their scope.
[[nodiscard]] std::vector<std::int64_t> left_sets(Database& db, std::optional<bool> held,
                                                  std::int64_t before, std::size_t limit);

/// As own_sets() tells of a set; `state` is held or let_go. Nothing: no such number.
[[nodiscard]] std::optional<Json> left_set(Database& db, const People& people,
                                           std::int64_t arrival);

struct LeftSets {
  std::int64_t held = 0, let_go = 0;
};
[[nodiscard]] LeftSets count_left(Database& db);

}  // namespace linli::store
