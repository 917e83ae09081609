// node/hub_key.h: another signing key for the hub, which only a root key can give it.
//
// Either the root key comes to the hub's machine for the moment, or it stays where it is, and two
// files go between: the hub's request, with the certificate that it would like, and the
// certificate. Bytes: sync/ENROLMENT.md, "The hub".
#pragma once

#include <string>

#include "node/replica.h"

namespace linli::node {

/// At the hub, with a root key: another signing key, under a certificate that names the same
/// author. `stolen`: the one in use isn't to be trusted any more, nor is the TLS key: the root key
/// ends it, both have successors, and a new epoch begins. Otherwise that key itself ends. Errors:
/// forbidden (not a root key, not the hub); as Replica::take_over and make_next_tls_key.
[[nodiscard]] Result<void> replace_hub_key(Replica& hub, const crypto::SigningKey& root,
                                           bool stolen);

/// What the hub asks the root key's keeper for.
struct HubKeyRequest {
  std::string signed_root;     ///< The city's root statement.
  crypto::Certificate wanted;  ///< All of it: the root key signs it as it stands, or not at all.

  /// CBOR [body, signature of the key in use].
  [[nodiscard]] std::string encode(const crypto::SigningKey& in_use) const;
  /// Proven as far as the file goes: the root statement is signed by its own key; the certificate
  /// wanted is one of that city's hub, that the root would issue; the key in use, the last of
  /// `keys_before`, signed the request. Errors: malformed, too_large, bad_signature, other_city,
  /// forbidden (not a hub's).
  [[nodiscard]] static Result<HubKeyRequest> decode(std::string_view bytes);
};

/// At the hub: makes and keeps the next key, and asks for its certificate. Errors: forbidden (not a
/// hub that the root enrolled); as Replica::next_key.
[[nodiscard]] Result<std::string> ask_for_hub_key(Replica& hub);

/// Where the root key is: the certificate, signed. Errors: forbidden (not a root key of the
/// request's city); as CertificateBook::add (what the city's nodes wouldn't take isn't signed).
[[nodiscard]] Result<std::string> sign_hub_key(const HubKeyRequest& request,
                                               const crypto::SigningKey& root);

/// At the hub: the next key is in use with the certificate. Errors: malformed; stale (it isn't for
/// the key that waits here); as CertificateBook::add.
[[nodiscard]] Result<void> take_hub_key(Replica& hub, const std::string& signed_certificate);

}  // namespace linli::node
