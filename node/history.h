// node/history.h: the history that a node with the right to give receipts keeps for everybody to
// check: its signed head, and proofs that something stands in it (sync/PROOF.md).
//
// For a store that is open, be it by a running node or beside one. Errors of all: not_found (this
// node keeps no history, or lacks its beginning; no such size or change set), corrupt, io.
#pragma once

#include <string>

#include "node/model/json.h"
#include "node/replica.h"
#include "node/store/store.h"
#include "sync/history.h"

namespace linli::node {

using model::Json;

/// The signed head: a note. `size` 0: of all that is there; else of an earlier tree.
[[nodiscard]] Result<std::string> history_checkpoint(store::Store& store,
                                                     const crypto::SigningKey& key,
                                                     std::uint64_t size = 0);
/// The head, and that it goes on from the tree of `from`: a TlogGrowth.
[[nodiscard]] Result<std::string> history_growth(store::Store& store, const crypto::SigningKey& key,
                                                 std::uint64_t from);
/// That a change set stands in the tree of `size`: a TlogProof. 0: in that of the head which most
/// nodes have cosigned, or if there is none, of all that is there.
[[nodiscard]] Result<std::string> history_place(store::Store& store, const crypto::SigningKey& key,
                                                const sync::FeedId& feed, std::uint64_t seq,
                                                std::uint64_t size = 0);

/// {own: {origin, size, key} or null, seen: [{origin, size, checked, note}], faults: [{number,
/// origin, detail, at, kept, shown, over, acknowledged: {at, by, note} or null}], owed_since}: what
/// this node keeps, and what it has seen of others. `over`: nothing was shown then, and what is
/// shown now goes on from what was kept.
[[nodiscard]] Result<Json> history_json(store::Store& store);
/// The same in short, for whoever looks at the node's state: {checked, size: of the newest head
/// that was checked, or null; owed_since: instant or null; faults: how many that are neither over
/// nor acknowledged; last_fault: of these, null or {detail, at}; acknowledged: how many;
/// last_acknowledged: null or {detail, at, by, note}}.
[[nodiscard]] Json history_state(store::Database& db);
/// "": nothing is wrong with it. For people, zh first: what may have happened, and what to do.
[[nodiscard]] std::string history_trouble(const Json& state);

/// A person at this node says where faults come from, after asking the hub's people: they stay in
/// the history for ever, and are told as acknowledged from here on. A new one is a fault again.
struct Acknowledging {
  std::string note;         ///< What was found out, 1 to kAcknowledgeBytesMax bytes.
  std::string by;           ///< Who says so.
  std::int64_t number = 0;  ///< Of one fault; 0: all that are open.
};
inline constexpr std::size_t kAcknowledgeBytesMax = 1000;
/// How many were acknowledged; durable when it returns. Errors: bad_value (the note); not_found (no
/// open fault, or none of that number); as Replica::write().
[[nodiscard]] Result<std::size_t> acknowledge_history(Replica& replica, const Acknowledging& said);

}  // namespace linli::node
