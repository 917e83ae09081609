// node/admission.h: the two letters by which a machine joins that has no invite.
//
// A newcomer writes a request, some node that may enrol others answers it. Both travel by any way
// there is: a stick, mail, a QR code, or `POST /api/v1/enrol/ask`. Nothing in them is secret. What
// keeps a stranger out is that people on both sides compare words (crypto/words.h): the issuer the
// newcomer's, the newcomer the issuer's. Bytes: sync/ENROLMENT.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/words.h"
#include "node/moving_in.h"
#include "sync/clock.h"

namespace linli::node {

using crypto::Hash;

inline constexpr std::string_view kDomainJoin = "linli/join-request/1";
inline constexpr std::string_view kDomainAdmission = "linli/admission/1";
inline constexpr std::string_view kRequestPrefix = "linli-request:";
inline constexpr std::string_view kAdmissionPrefix = "linli-admission:";
inline constexpr std::size_t kLetterBytesMax = 64u << 10;
inline constexpr sync::Micros kRequestValid = 14LL * 24 * 3600 * 1'000'000;

/// Bytes as text that survives mail: the prefix, base64url in short lines, a full stop.
[[nodiscard]] std::string letter_text(std::string_view prefix, std::string_view bytes);
/// Finds a letter within a text; what stands around it, line breaks and quote marks don't matter.
/// Errors: bad_input (none in it, cut short, mistyped, several), too_large.
[[nodiscard]] Result<std::string> letter_of(std::string_view prefix, std::string_view text);

/// Who admits: a city and one of its nodes' keys.
struct Issuer {
  Hash city{};
  crypto::PublicKey key{};
  bool operator==(const Issuer&) const = default;
  [[nodiscard]] crypto::Words words() const { return crypto::Words::of_issuer(city, key); }
};

/// What the newcomer says, signed with the key that it names (kDomainJoin).
struct JoinRequest {
  crypto::PublicKey signing_key{};
  crypto::SealingKey sealing_key{};
  std::string name;  ///< What it calls itself; decides nothing.
  sync::Micros made = 0, expires = 0;
  std::optional<Issuer> to;  ///< Whom it asks; nobody else may answer then.
  Hash tls_key{};            ///< Its hash; zero: left out, as earlier versions write it.

  [[nodiscard]] std::string encode(const crypto::SigningKey& key) const;  ///< A SignedBody.
  /// Errors: malformed; bad_signature.
  [[nodiscard]] static Result<JoinRequest> decode(std::string_view bytes);
  [[nodiscard]] crypto::Words words() const { return crypto::Words::of_key(signing_key); }
};
/// Names a request in its answer.
[[nodiscard]] Hash request_hash(std::string_view request);

/// The answer, signed by who issued the newcomer's certificate (kDomainAdmission).
struct Admission {
  Hash request{};
  sync::Micros expires = 0;
  MemberProof proof;

  [[nodiscard]] std::string encode(const crypto::SigningKey& issuer) const;  ///< A SignedBody.
};

/// The newcomer's certificate that an admission speaks of, by its body; nothing: it can't be read.
[[nodiscard]] std::optional<Hash> certificate_in(std::string_view body);

/// An answer that was read and found good.
struct Admitted {
  MemberProof proof;
  Issuer by;
  std::string city_name, issuer_name;
  crypto::Certificate certificate;  ///< The newcomer's.
};
/// Is this the answer to that request, for this key, and in time? What remains is whether `by` is
/// who people think: its words. Errors: malformed; bad_signature; stranger (it doesn't chain);
/// wrong_recipient (another request's or key's); expired; forbidden (not by whom it was asked).
[[nodiscard]] Result<Admitted> read_admission(std::string_view bytes, std::string_view request,
                                              sync::Micros now);

}  // namespace linli::node
