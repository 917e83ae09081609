// node/proving.h: puts a proof of one record together (sync/proof.h), at the hub or with its help.
#pragma once

#include "node/http_client.h"
#include "node/store/store.h"
#include "sync/proof.h"

namespace linli::node {

struct ProofMade {
  sync::ProofFile file;
  bool condensed = false;    ///< Earlier changes are in a snapshot here; the hub can prove them.
  std::size_t left_out = 0;  ///< Change sets that the hub hasn't got yet.
};

/// Where proofs of places in the history come from.
using PlaceOf = std::function<Result<std::string>(const sync::FeedId& feed, std::uint64_t seq)>;
/// The history that this very store keeps; or that of the hub that an upstream leads to.
[[nodiscard]] PlaceOf place_here(store::Store& store, const crypto::SigningKey& key);
[[nodiscard]] PlaceOf place_above(HttpClient& upstream);

/// `personal`: also shows values that are personal. Errors: not_found (no such record, or the hub
/// has nothing of it yet), unknown_type; unreachable and the like, of `place_of`.
[[nodiscard]] Result<ProofMade> prove(store::Store& store, const sync::RecordName& record,
                                      bool personal, const PlaceOf& place_of);

}  // namespace linli::node
