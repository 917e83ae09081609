// api/idempotency.h: what an Idempotency-Key stands for.
#pragma once

#include "api/door.h"

namespace linli::api {

/// The Idempotency-Key of a request, empty: none. Each account has keys of its own: what one chose
/// says nothing of another's records. Errors: bad_value (too long).
[[nodiscard]] Result<std::string> key_in(const httplib::Request& request, const Caller& caller);

/// The id that a record made under such a key has: the same however often it is asked for.
[[nodiscard]] sync::RecordId id_of_key(const node::Replica& replica, const model::RecordType& type,
                                       const std::string& key);

}  // namespace linli::api
