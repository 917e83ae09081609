// node/store/votes.h: what a node holds of an assembly, to be counted. Reads only.
#pragma once

#include "node/model/vote_records.h"
#include "node/store/store.h"

namespace linli::store {

/// The assembly with this id and everything that names it, of one snapshot of the store. Values
/// that this node may not see stay withheld. Errors: not_found, and as the database's.
[[nodiscard]] Result<model::votes::Held> held_vote(Store& store, const sync::RecordId& assembly);

}  // namespace linli::store
