// node/policy_renewal.h: the write policy that a newer version needs.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// A version that knows more types needs a policy that says who may write them: a city founded
/// before it gets the next one from its hub, once that is upgraded. The number of the policy that
/// was published; 0: there was nothing to do, because this node doesn't publish policies, the
/// newest says what this version declares, or a later version has declared more than this one
/// knows. Errors: as Replica::publish_policy.
[[nodiscard]] Result<std::uint64_t> renew_policy(Replica& replica);

}  // namespace linli::node
