// node/history_watch.h: a node that doesn't take the hub's word for its history (sync/PROOF.md).
#pragma once

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// After an exchange: asks the upstream for the head of the history, and for the proof that it goes
/// on from the greatest one that this node has checked; and that the newest receipt held here, if
/// it is of that history, is for a change set that stands in it. What holds is kept. What doesn't
/// is kept as evidence (store::kept_history_faults), told in the log, and stops nothing.
///
/// Asks nothing if no receipt came since it asked last, and that was less than an hour ago.
/// Answers with what was found out: true: it was asked, and holds. Errors: unreachable, not_found
/// (nothing was shown, though a checkpoint is kept: history_owed.h); fork, altered (evidence was
/// kept); malformed, bad_signature and the like (what answered isn't a checkpoint of this city).
[[nodiscard]] Result<bool> watch_history(Replica& replica, HttpClient& client);

}  // namespace linli::node
