// api/idempotency.h: what an Idempotency-Key stands for.
#pragma once

#include "node/replica.h"

namespace linli::api {

/// The id that a record made under an Idempotency-Key has: the same however often it is asked for.
[[nodiscard]] sync::RecordId id_of_key(const node::Replica& replica, const model::RecordType& type,
                                       const std::string& key);

}  // namespace linli::api
