// node/history_owed.h: a proof of the history that the upstream owes: since when, and when that is
// a fault (sync/PROOF.md §4).
#pragma once

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// From here on it isn't a bad line any more: so long, and asked so often.
inline constexpr sync::Micros kProofOwedMax = 24LL * 3600 * 1'000'000;
inline constexpr int kProofTriesMin = 3;

/// Nothing was proven since then, in so many tries (counted up to kProofTriesMin). Zero: no proof
/// is owed.
struct OwedProof {
  sync::Micros since = 0;
  int tries = 0;
};
[[nodiscard]] OwedProof owed_proof(store::Log& log);
/// A proof came. In a transaction.
void proof_came(store::Log& log);

/// Of the faults kept, these say that nothing was shown: what is shown later, and goes on from the
/// kept checkpoint, ends them. The others are contradictions for good.
[[nodiscard]] bool says_withheld(const store::HistoryFault& fault);

/// The upstream proved nothing this time, because of `why`; not_found: it says that it knows no
/// history. `kept`: the checkpoint that this node has checked last; `receipt`: the newest, signed.
/// A fault is kept if the keeper itself says so, or if it confirmed more than that checkpoint
/// covers and has owed the proof for too long. Errors: altered (a fault), io, disk_full. True: it
/// isn't one, and is noted for the first time.
[[nodiscard]] Result<bool> owe_proof(Replica& replica, const std::string& url,
                                     const store::SeenHistory& kept, const std::string& receipt,
                                     const Error& why);

}  // namespace linli::node
