// node/store/shelf_detail.h: what peers.cpp and snapshots.cpp share of reading the log for a peer.
#pragma once

#include <vector>

#include "node/store/log.h"

namespace linli::store::shelf {

/// A scope and audience of the log, by local numbers.
struct Shelfmark {
  std::int64_t scope;
  int audience;
};

/// Which shelfmarks a certificate may read, in the order of the scope table.
[[nodiscard]] std::vector<Shelfmark> readable(Database& db, const crypto::Certificate& reader);

/// Arrival numbers behind `after` under the marks, ascending, at most `limit`.
[[nodiscard]] std::vector<std::int64_t> arrivals_behind(Database& db,
                                                        const std::vector<Shelfmark>& marks,
                                                        std::int64_t after, std::size_t limit);

inline constexpr std::string_view kColumns =
    "SELECT l.arrival, l.kind, l.signature, l.body, l.scope, l.audience, l.author, l.peer FROM log "
    "l ";
/// The object under a statement that begins with kColumns; `personal`: with personal values.
/// Without bytes: there is nothing to give any more (see kBranchEntry).
[[nodiscard]] sync::Object object_of(Database& db, const Statement& row, bool personal);

/// Local number of an author; -1: never met.
[[nodiscard]] std::int64_t author_number(Database& db, const crypto::AuthorId& author);
/// A number of table meta; 0: it isn't there.
[[nodiscard]] std::int64_t meta_int(Database& db, std::string_view key);
/// The newest arrival number, even if its entry was dropped.
[[nodiscard]] std::int64_t newest(Database& db);

}  // namespace linli::store::shelf
