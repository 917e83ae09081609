// node/trust.h: what a node judges by: the city's certificates, their end, and the policies it
// holds.
#pragma once

#include <map>
#include <memory>

#include "crypto/certificate.h"
#include "sync/policy.h"
#include "sync/revocation.h"

namespace linli::node {

/// Immutable once shared: the writer makes a changed copy, readers keep the one they have.
struct Trust {
  crypto::CertificateBook book;
  sync::RevocationList revocations;
  std::map<crypto::Hash, sync::Policy> policies;
  crypto::Hash newest_policy{};  ///< The one with the greatest number: own change sets name it.

  [[nodiscard]] const sync::Policy* policy(const crypto::Hash& hash) const {
    const auto found = policies.find(hash);
    return found == policies.end() ? nullptr : &found->second;
  }
};
using TrustPtr = std::shared_ptr<const Trust>;

}  // namespace linli::node
