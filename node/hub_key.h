// node/hub_key.h: another signing key for the hub, which only a root key can give it.
//
// Either the root key comes to the hub's machine for the moment, or it stays where it is, and two
// files go between: the hub's request, with the certificate that it would like, and the answer.
// Bytes: sync/ENROLMENT.md, "The hub".
#pragma once

#include <optional>
#include <string>

#include "node/replica.h"
#include "sync/revocation.h"

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
  crypto::Certificate wanted;  ///< The root key signs it as it stands, or not at all.
  /// The key in use was stolen or is lost: it gave `wanted` no word (64 zeros stand there for the
  /// root key's), and this is its end, for the root key to sign. Nothing: it goes as planned.
  std::optional<sync::Revocation> end = {};

  /// CBOR [body, signature]. `signer`: the key in use, where `end` is given the next one.
  [[nodiscard]] std::string encode(const crypto::SigningKey& signer) const;
  /// Proven as far as the file goes: the root statement is signed by its own key; the certificate
  /// wanted is one of that city's hub, that the root would issue; the key in use, the last of
  /// `keys_before`, signed the request, or where that one is to be ended the next one. Errors:
  /// malformed, too_large, bad_signature, other_city, forbidden (not a hub's, or another key's
  /// end).
  [[nodiscard]] static Result<HubKeyRequest> decode(std::string_view bytes);
};

/// At the hub: makes and keeps the next key, and asks for its certificate. `stolen`: as
/// replace_hub_key; the hub must sign nothing more until the answer is here. Errors: forbidden (not
/// a hub that the root enrolled); as Replica::next_key and make_next_tls_key.
[[nodiscard]] Result<std::string> ask_for_hub_key(Replica& hub, bool stolen = false);

/// Where the root key is: the certificate, signed; with the end of the key in use CBOR [3,
/// certificate, end]. Errors: forbidden (not a root key of the request's city); as
/// CertificateBook::add (what the city's nodes wouldn't take isn't signed).
[[nodiscard]] Result<std::string> sign_hub_key(const HubKeyRequest& request,
                                               const crypto::SigningKey& root);

/// At the hub: the next key is in use with that answer. Errors: malformed; stale (it isn't for the
/// key that waits here, or the hub went on signing with a key whose end was asked for); as
/// CertificateBook::add.
[[nodiscard]] Result<void> take_hub_key(Replica& hub, const std::string& answer);

}  // namespace linli::node
