// node/store/peers.h: the log as peers may see it (I6).
//
// Reading functions want a snapshot: call them within a read transaction. They throw DatabaseError.
#pragma once

#include <optional>
#include <vector>

#include "node/store/log.h"
#include "sync/exchange.h"

namespace linli::store {

/// Where a reader goes on: behind `after`. Until `before_up_to` it has had what its certificate
/// `before` could read, and gets only what was added since; null: nothing was.
struct ReadFrom {
  std::int64_t after = 0;
  const crypto::Certificate* before = nullptr;
  std::int64_t before_up_to = 0;
};
/// What Shelf::page promises, for a reader with this certificate, whose hash is `name`; the cursor
/// comes without its mark. `epoch`: of this store.
[[nodiscard]] sync::Shelf::Page page_for(Database& db, const crypto::Certificate& reader,
                                         const crypto::Hash& name, const ReadFrom& from,
                                         bool include_own, std::uint64_t epoch, std::size_t most);
/// A change set of the log as a parcel, with all values that are here.
[[nodiscard]] std::string parcel_at(Database& db, std::int64_t arrival);
/// Names the log up to this number; nothing: it isn't that long. Empty: not known.
[[nodiscard]] std::optional<std::string> chain_at(Database& db, std::int64_t arrival);
/// The number up to which this log is still that of an earlier epoch; nothing: not known.
[[nodiscard]] std::optional<std::int64_t> left_at(Database& db, std::uint64_t epoch);
/// What Shelf::outgoing promises.
[[nodiscard]] sync::Shelf::Page outgoing_for(Database& db, const crypto::Certificate& reader,
                                             const crypto::Hash& name, std::uint64_t after_arrival,
                                             std::uint64_t regive, std::uint64_t epoch,
                                             std::size_t most);
[[nodiscard]] std::vector<sync::Frontier> frontiers(Database& db,
                                                    const std::vector<sync::FeedId>& feeds);
/// Hash of a change set by its place; nothing: not here.
[[nodiscard]] std::optional<crypto::Hash> hash_at(Database& db, const sync::FeedId& feed,
                                                  std::uint64_t seq);
/// Feeds that the reader may have from us; those of `self` are marked. Its own: only if `theirs`.
[[nodiscard]] std::vector<sync::Shelf::HeldFeed> feeds_for(Database& db,
                                                           const crypto::Certificate& reader,
                                                           const crypto::AuthorId& self,
                                                           bool theirs);
/// What Shelf::resume_after promises, for the feeds that feeds_for answered.
[[nodiscard]] std::uint64_t resume_after(Database& db,
                                         const std::vector<sync::Shelf::HeldFeed>& held,
                                         const std::vector<sync::Frontier>& known);

/// What Shelf::surely_known promises.
[[nodiscard]] std::vector<sync::Frontier> surely_known(Database& db,
                                                       const crypto::Certificate& reader,
                                                       const crypto::AuthorId& self,
                                                       std::uint64_t pushed);

}  // namespace linli::store
