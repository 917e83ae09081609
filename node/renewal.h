// node/renewal.h: a node asks for its next certificate: a later end, or another signing key.
//
// The request is signed by the key in use, and by the new one if there is one, so that nobody asks
// in somebody else's name and nobody is given a key that isn't his own. What the issuer answers is
// the same certificate with a later end; it travels in the log like every other as well, so that a
// lost answer, or a request that goes by stick, costs nothing. Bytes: sync/ENROLMENT.md.
#pragma once

#include <optional>
#include <string>

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// A request made longer ago, or so far in the future, isn't answered: it may be somebody's copy.
inline constexpr sync::Micros kRenewalAgeMax = 30LL * 24 * 3600 * 1'000'000;
/// Before the end people are told.
inline constexpr sync::Micros kEndsSoon = 30LL * 24 * 3600 * 1'000'000;

struct RenewalRequest {
  Hash city{}, certificate{};       ///< Of the certificate in use.
  crypto::PublicKey signing_key{};  ///< The one in use, or the next one.
  crypto::SealingKey sealing_key{};
  Hash tls_key{};  ///< Of the TLS key in use; zero: the certificate's stays.
  sync::Micros made = 0;
  /// With another signing key: the word of the one in use for it (crypto::succession_bytes).
  std::optional<crypto::Signature> word = {};

  /// CBOR [body, signature, ? signature of the new key].
  [[nodiscard]] std::string encode(const crypto::SigningKey& in_use,
                                   const crypto::SigningKey* next) const;
  /// Errors: malformed; bad_signature (the new key's).
  struct Read;
  [[nodiscard]] static Result<Read> decode(std::string_view bytes);
};
struct RenewalRequest::Read {
  RenewalRequest request;
  std::string body;
  crypto::Signature signature{};  ///< By the key in use; judged against its certificate.
};

/// At the node: the request for this moment. `rotate`: for another key, which is made and kept
/// until its certificate comes. Errors: as Replica::next_key; forbidden (the hub: a root key signs
/// for it).
[[nodiscard]] Result<std::string> ask_for_renewal(Replica& replica, bool rotate);

/// At who may have issued its certificate: issues the next one and publishes it; answers with the
/// chain to it (CBOR [* certificate], the node's last). What was answered already is answered
/// again. Errors: as decode; other_city; unknown_certificate; bad_signature; revoked; expired (a
/// person decides: renew_node); stale (made for an earlier key, or too long ago); forbidden and
/// out_of_scope (this node can't issue that certificate); slow_down (another TLS key, and within an
/// hour one more).
[[nodiscard]] Result<std::string> answer_renewal(Replica& issuer, std::string_view request);
/// The same; who may not issue it, since others did or it works elsewhere by now, asks the node at
/// `above` (empty: there is none), with these very bytes.
[[nodiscard]] Result<std::string> answer_renewal_or_ask(Replica& issuer, std::string_view request,
                                                        const std::string& above);
/// At the issuer: a person gives the node's certificate a later end, also after the old one.
/// Errors: not_found, revoked, forbidden, out_of_scope; replay (there is no later end to give).
[[nodiscard]] Result<Hash> renew_node(Replica& issuer, const crypto::AuthorId& subject,
                                      const By& by = {});

/// At the node: learns the certificates of an answer; the newest one is in force then.
[[nodiscard]] Result<void> take_renewal(Replica& replica, std::string_view answer);

/// When this node's certificate ends, and whether it is time to ask for the next.
struct CertificateEnd {
  sync::Micros at = 0;
  bool soon = false;  ///< Less than kEndsSoon is left.
  bool ended = false;
  /// A third of its time is left, or less, or it names another TLS key than the node has; never at
  /// the hub.
  bool renew = false;
};
[[nodiscard]] CertificateEnd certificate_end(const Replica& replica);
/// {until (instant), days_left, soon, ended, next_key (a new key waits for its certificate)}.
[[nodiscard]] Json certificate_json(const Replica& replica);

/// Asks the upstream at `client`. Errors: unreachable, and what it refuses with.
[[nodiscard]] Result<void> renew_over(Replica& replica, HttpClient& client, bool rotate);
/// The same if it is time for it, or a key waits for its certificate. True: it was answered.
[[nodiscard]] Result<bool> renew_if_due(Replica& replica, HttpClient& client);

}  // namespace linli::node
