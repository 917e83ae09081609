// node/holdings.h: does this node hold everything that its certificate entitles to? Asked of the
// hub, which signs its answer (sync/holdings.h, PROOF.md).
#pragma once

#include "node/http_client.h"
#include "node/model/json.h"
#include "node/replica.h"

namespace linli::node {

using model::Json;

/// At the node that keeps the history: the statement for the holder of `reader`, signed. Errors:
/// not_found (this node keeps no history: ask above), unknown_certificate, too_large.
[[nodiscard]] Result<std::string> state_holdings(Replica& replica, const Hash& reader,
                                                 const sync::Nonce& question);

/// Asks the upstream, which hands the question on to the hub, and keeps the answer. What came and
/// what was confirmed before this counts, so exchange first. Errors: unreachable, not_found (no
/// upstream, or it can't ask the hub); of judge_holdings; stranger (an answer to something else).
[[nodiscard]] Result<void> ask_holdings(Replica& replica, HttpClient& client);
/// The same, unless that was done within a day.
[[nodiscard]] Result<void> ask_holdings_daily(Replica& replica, HttpClient& client);

/// What the answer that is kept says beside what is held now: {complete, asked, by, checkpoint:
/// {epoch, size, time}, feeds, sets, lacks: [{kind, scope, audience, feed, from, to}]}; null:
/// nobody was asked. Works in a copied folder too: the answer is signed. Errors: corrupt, io.
[[nodiscard]] Result<Json> completeness(store::Store& store);

}  // namespace linli::node
