// node/enrolment.h: how a city begins, and how a node joins it.
//
// An invite is one line that a person carries: where the city's root and the inviter's key are
// pinned, and a secret that may be used once. The joining node makes its own key, proves that it
// has it, and gets a certificate; it trusts nothing that doesn't chain to what the invite pinned.
#pragma once

#include <filesystem>
#include <string>

#include "node/agent.h"
#include "node/replica.h"

namespace linli::node {

inline constexpr std::string_view kInvitePrefix = "linli-invite:";

struct Invite {
  Hash city{};      ///< Pins the root statement.
  Hash inviter{};   ///< Pins the inviting node, by its certificate of that day.
  std::string url;  ///< Where the inviter can be reached; may be empty (then `join --hub`).
  sync::Nonce secret{};
  sync::Micros expires = 0;
  std::string name;  ///< For the person reading; the inviter's record counts.
  Hash tls_key{};    ///< Pins the inviter's line over https; zero: it has no certified key.

  [[nodiscard]] std::string line() const;  ///< "linli-invite:" and base64url of CBOR.
  [[nodiscard]] static Result<Invite> parse(std::string_view line);
};

struct Founding {
  std::string name, scope;
  sync::Micros now = 0;
};
/// Founds a city in an empty folder: root key, hub key and certificate, database, policy.
/// Errors: bad_usage, not_a_data_dir (other files in it), bad_value (scope, name), io, disk_full.
[[nodiscard]] Result<void> found_city(const std::filesystem::path& dir, const Founding& founding,
                                      const sync::WallClock& clock);

struct Offer {
  crypto::Role role = crypto::Role::office;
  std::string scope, name, url;
  std::chrono::seconds valid{std::chrono::hours(24 * 7)};
  By by = {};  ///< Who offers it: the certificate that it brings will name that account.
};
/// Offers one enrolment. Errors: bad_value; out_of_scope or forbidden if the issuer's certificate
/// can't delegate it.
[[nodiscard]] Result<Invite> invite(Replica& issuer, const Offer& offer);

/// What a joining node sends: {secret, signing key, sealing key, TLS key}, signed by that key
/// (kDomainEnrol). And the answer: root, the certificates that prove the newcomer's, and its own.
struct EnrolRequest {
  sync::Nonce secret{};
  crypto::PublicKey signing_key{};
  crypto::SealingKey sealing_key{};
  Hash tls_key{};  ///< Its hash; zero: left out, as earlier versions write it.
  [[nodiscard]] std::string encode(const crypto::SigningKey& key) const;  ///< A SignedBody.
  [[nodiscard]] static Result<EnrolRequest> decode(std::string_view bytes);
};
struct EnrolAnswer {
  std::string root;
  std::vector<std::string> chain;  ///< Issuer side first; the newcomer's certificate last.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<EnrolAnswer> decode(std::string_view bytes);
};

/// At the inviter. Asking again with the same key gets the same answer (a lost answer costs
/// nothing). Errors: unauthorised (unknown or used secret), expired, bad_signature.
[[nodiscard]] Result<std::string> enrol(Replica& issuer, std::string_view request);

/// At the newcomer (joining_by_invite.cpp): makes the folder, asks the inviter at `url` and opens
/// the database. If nobody knows whether the inviter has used the invite up, because its answer was
/// lost, the folder keeps the key, and the same invite asks again with it; otherwise nothing is
/// left behind if it fails. Errors: unreachable, unauthorised, expired, stranger (what answered
/// isn't the city or node that the invite names), wrong_key (over https: somebody stands in
/// between), io, disk_full.
[[nodiscard]] Result<void> join(const std::filesystem::path& dir, const Invite& invite,
                                const std::string& url, const sync::WallClock& clock);
/// The same over any line: `ask` posts the request's body. `url` is kept as the upstream's address.
[[nodiscard]] Result<void> join(const std::filesystem::path& dir, const Invite& invite,
                                const std::string& url, const Post& ask,
                                const sync::WallClock& clock);

}  // namespace linli::node
