#include "node/policy_renewal.h"

#include <algorithm>

namespace linli::node {

Result<std::uint64_t> renew_policy(Replica& replica) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  const auto* newest = trust->policy(trust->newest_policy);
  if (!newest || (own->rights & crypto::kRightPolicy) == 0) return 0;
  const auto as_declared = model::policy_of(model::schema(), newest->number, newest->previous);
  const bool knows_all = std::all_of(
      newest->rules.begin(), newest->rules.end(),
      [&](const sync::TypeRule& rule) { return model::schema().type(rule.type) != nullptr; });
  if (!knows_all || as_declared.encode() == newest->encode()) return 0;
  const auto number = newest->number + 1;
  const auto next = model::policy_of(model::schema(), number, trust->newest_policy).encode();
  if (auto published = replica.publish_policy(next); !published) return fail(published.error());
  return number;
}

}  // namespace linli::node
