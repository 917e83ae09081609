// node/store/news.h: what is new for a peer, told without reading it out.
//
// Functions want a snapshot or one statement's consistency, and throw DatabaseError.
#pragma once

#include <vector>

#include "node/store/log.h"

namespace linli::store {

/// A kind of thing that arrived: once, however many came.
struct Arrived {
  sync::ObjectKind kind = sync::ObjectKind::parcel;
  std::string scope;
  sync::Audience audience = sync::Audience::ancestors;
  crypto::AuthorId author{};
  crypto::AuthorId peer{};  ///< Who brought it; all zero: made here.
};
/// Everything with an arrival number behind `after` up to `upto`. Costs in proportion to it.
[[nodiscard]] std::vector<Arrived> arrived(Database& db, std::int64_t after, std::int64_t upto);
/// Would a pull of that reader bring it?
[[nodiscard]] bool is_news(const Arrived& arrived, const crypto::Certificate& reader);

/// How many objects a push to that peer still has to carry: own and carried ones behind `after`.
[[nodiscard]] std::uint64_t waiting_for(Database& db, const crypto::Certificate& peer,
                                        std::uint64_t after);
/// How many change sets still have to go up: own and carried ones that no receipt of the hub
/// covers, that no upstream refused or holds back, and that `peer` doesn't hold: they stand behind
/// `after` in the log and neither come from it nor were written by it. Own ones that it may not
/// read wait for another upstream, and count. Without `peer` nothing is known of who answers there:
/// then all that isn't confirmed, but for what never goes to the hub. Costs in proportion to what
/// isn't confirmed.
[[nodiscard]] std::uint64_t still_to_send(Database& db, const crypto::Certificate* peer,
                                          std::uint64_t after, const crypto::AuthorId& self);
/// Scopes where own change sets still wait for the hub's receipt, each with one audience of them;
/// not what never goes to the hub. Costs in proportion to own feeds.
struct Unconfirmed {
  std::string scope;
  sync::Audience audience = sync::Audience::ancestors;
};
[[nodiscard]] std::vector<Unconfirmed> unconfirmed(Database& db, const crypto::AuthorId& self);
/// Own change sets whose clock a receipt flagged.
[[nodiscard]] std::uint64_t flagged_sets(Database& db, const crypto::AuthorId& self);

}  // namespace linli::store
