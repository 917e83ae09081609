// node/store/branches.h: two branches of one feed, after a disk was put back: taking one of them
// out of the log, and what is kept of it.
//
// For the writer, in its transaction. They throw DatabaseError.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/store/store.h"
#include "sync/exchange.h"

namespace linli::store {

/// A change set that was taken out of the log, or never got into it.
struct Aside {
  sync::FeedId feed{};
  std::uint64_t seq = 0;
  std::string bytes;  ///< The parcel.
};

/// Takes what the hub hasn't confirmed behind number `after` out of a feed's end, oldest first. The
/// projections must be made anew if there was something.
[[nodiscard]] std::vector<Aside> take_unconfirmed(Log& log, const sync::FeedId& feed,
                                                  std::uint64_t after);
/// Why a set is evidence whose number is taken, or whose author wrote it again since.
inline constexpr const char* kOfBranch = "fork";
inline constexpr const char* kWrittenAgain = "written_again";
/// Takes out what was kept as evidence of another branch of the feed, in the order of the numbers;
/// `all`: what was written again as well.
[[nodiscard]] std::vector<Aside> take_branch_evidence(Log& log, const sync::FeedId& feed, bool all);
[[nodiscard]] bool is_branch_evidence(Database& db, const crypto::Hash& set);
/// Is it a set of this node's that gave way to another branch, and was written again since?
[[nodiscard]] bool was_written_again(Database& db, const crypto::Hash& set);

/// In the log: the name of a set of somebody's that is evidence of another branch. To peers it goes
/// as the set itself, as long as that is evidence; so it comes to its author, who writes it again.
inline constexpr auto kBranchEntry = static_cast<sync::ObjectKind>(6);
/// The parcel that such an entry stands for; nothing: it isn't evidence any more. `personal`: with
/// personal values.
[[nodiscard]] std::optional<std::string> branch_parcel(Database& db, std::int64_t arrival,
                                                       bool personal);
[[nodiscard]] bool has_branch_entry(Database& db, std::uint64_t seq, const crypto::Hash& set);
/// Arrival of the first such entry behind a number. Nothing: there is none.
[[nodiscard]] std::optional<std::uint64_t> first_branch_entry(Database& db, std::uint64_t after);

/// The parcel of a set that isn't in the log: one that waits, or evidence of another branch.
[[nodiscard]] std::optional<std::string> outside_log(Database& db, const crypto::Hash& set);
/// What objects of feeds with two branches wait for, each once (see held.h). For any thread.
[[nodiscard]] Result<std::vector<std::string>> contested(Store& store);
/// Is it a change set of this author's?
[[nodiscard]] bool is_set_of(Database& db, std::uint64_t arrival, const crypto::AuthorId& author);
/// The next exchange with every peer offers it what is held of the feed from this number on,
/// whoever wrote it, and the hub's word on it: its other branch came from somewhere.
void give_again(Log& log, const sync::FeedId& feed, std::uint64_t from);

/// Keeps own sets that are to be written again (Replica::write_again).
void set_aside(Log& log, const std::vector<Aside>& own);
[[nodiscard]] bool is_set_aside(Log& log, const sync::FeedId& feed, std::uint64_t seq,
                                const crypto::Hash& set);
[[nodiscard]] bool has_own_aside(Log& log);
[[nodiscard]] std::vector<Aside> take_own_aside(Log& log);  ///< In the order they were written.

}  // namespace linli::store
