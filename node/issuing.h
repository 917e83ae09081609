// node/issuing.h: a node makes another one a member: what it may offer, and the certificate.
#pragma once

#include <string>

#include "node/replica.h"

namespace linli::node {

/// What a newcomer is to be.
struct Place {
  crypto::Role role = crypto::Role::office;
  std::string scope, name;
};

[[nodiscard]] std::string sign_certificate(const crypto::Certificate& certificate,
                                           const crypto::SigningKey& issuer);
/// May this node give the place away? Errors: bad_value (scope, name, role); out_of_scope,
/// forbidden if its certificate can't delegate it.
[[nodiscard]] Result<void> check_place(Replica& issuer, const Place& place);
/// Issues a certificate for the key and publishes it. `tls_key`: its hash; zero: none yet. `by`:
/// who decided. Errors: as Replica::publish_certificate.
[[nodiscard]] Result<Hash> issue(Replica& issuer, const Place& place, const crypto::PublicKey& key,
                                 const crypto::SealingKey& sealing_key, const Hash& tls_key,
                                 const By& by = {});
/// The signed certificates from the root to this one, which comes last, and before them the hub's
/// newest one, if that is another; empty: it isn't known.
[[nodiscard]] std::vector<std::string> chain_to(const crypto::CertificateBook& book,
                                                Hash certificate);
/// The same, with those between that one and `in_use`, which its holder has: so that it sees whose
/// place is taken; as far as a message has room (16).
[[nodiscard]] std::vector<std::string> chain_since(const crypto::CertificateBook& book,
                                                   const Hash& certificate, const Hash& in_use);

}  // namespace linli::node
