// node/store/forks.h: proofs that somebody signed two change sets under one number
// (sync/fork_proof.h), as they stand in the log: one for each feed.
#pragma once

#include <optional>
#include <string>

#include "node/store/reading.h"
#include "sync/fork_proof.h"

namespace linli::store {

[[nodiscard]] bool knows_fork(Database& db, const sync::FeedId& feed);
/// May another one of this author be kept (rule 25)? A key that signs anything could fill the disk.
[[nodiscard]] bool has_room_for_fork(Log& log, const crypto::AuthorId& author, std::size_t bytes);
/// Appends it to the log. For the writer.
void keep_fork(Log& log, const sync::ProvenFork& fork, std::string_view proof, std::int64_t peer,
               sync::Micros received);

struct Forked {
  std::uint64_t proof = 0;   ///< The first proof's arrival.
  std::uint64_t branch = 0;  ///< The first of all that is here of the branches they speak of.
};
/// Of the proofs behind this arrival; nothing: there are none.
[[nodiscard]] std::optional<Forked> forked_behind(Database& db, std::uint64_t arrival);
/// How many feeds are known to have forked. 0 also where the store can't be read just now.
[[nodiscard]] std::int64_t known_forks(Store& store);
/// How many feeds of an author are known to have forked.
[[nodiscard]] std::int64_t forks_of(Database& db, const crypto::AuthorId& author);
/// A proof's bytes by the number that list_forks() gives it; nothing: there is none of it.
[[nodiscard]] Result<std::optional<std::string>> fork_proof(Store& store, std::int64_t number);
/// Newest first: {items: [{number, author (hex), node (name), own (this node's), scope, feed (hex),
/// seq, sets: [{set (hex), stated (instant)}] (two), since (instant, ours), bytes}]}.
[[nodiscard]] Json list_forks(Store& store);

}  // namespace linli::store
