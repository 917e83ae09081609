// node/crediting.h: what findings mean for a company's credit (domain 2.6): a re-inspection that
// failed, and what is grave and wasn't rectified in time. A node proposes it by itself, once, where
// a published rule says so (credit_rule.opens_on); telling the company and deciding are people's.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// A credit event that a finding gives rise to.
struct CreditGround {
  std::string_view opens_on;  ///< Code of credit_rule.opens_on.
  std::int64_t occurred = 0;  ///< Local day.
};
/// Of a finding's fields, as records are read, on the day `today`: what the company answers for.
[[nodiscard]] std::vector<CreditGround> credit_grounds(const Json& finding, std::int64_t today);

/// Proposes what the findings at or below this node's scope that aren't closed give rise to on the
/// local day `today`, and nobody has proposed before, or deleted since: so it may run as often as
/// one likes. A street does so at once, its district a day later and the hub after two, for places
/// without the ones below; other nodes propose nothing. Answers how many were new.
[[nodiscard]] Result<std::size_t> propose_credit(Replica& replica, std::int64_t today);

}  // namespace linli::node
