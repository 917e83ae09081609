// node/store/parts.h: the bodies of snapshot parts as the store keeps them: cut and packed as they
// travel (sync/snapshot_parcel.h), so that handing one on costs no packing.
#pragma once

#include <string>

#include "node/store/database.h"
#include "sync/exchange.h"
#include "sync/snapshot_parcel.h"

namespace linli::store {

/// What a body column begins with that holds a part so: \2 and CBOR [packed, commitments joined].
inline constexpr char kStoredPart = '\2';
[[nodiscard]] std::string stored_part(const sync::CutBody& cut);
/// Throws DatabaseError: corrupt.
[[nodiscard]] sync::CutBody cut_part(std::string_view stored);

/// A part as it is handed on. `values` gives rows (commitment, salt, value) of those that the
/// reader may read. Throws DatabaseError: corrupt.
[[nodiscard]] sync::Object part_object(std::string_view stored, const crypto::Signature& signature,
                                       Statement& values);

}  // namespace linli::store
