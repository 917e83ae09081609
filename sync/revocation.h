// sync/revocation.h: a key's end: signed word of who issued it, or of somebody above, that what it
// signs from here on doesn't count (format-v1, rule 10).
//
// The line. A revocation lists, feed by feed, the last change set that its issuer held of the key.
// What stands at or before it stands. What lies beyond it stands if the hub took it before it heard
// of the revocation, and is held back otherwise (sync/ruling.h): kept in its place, counted
// nowhere, open to approval. The hub says which with each set that it takes; until it has spoken
// everybody goes by the lists. So all agree in the end, whatever order the news arrives in.
//
// A key that another one takes the place of is ended by that one (Certificate::keys_before): then
// the lists are what it has signed, to the last set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/change_set.h"

namespace linli::sync {

/// More feeds than one node of a city has; about 75 bytes each.
inline constexpr std::size_t kCutsMax = 4000, kRevocationBytesMax = 320u << 10,
                             kRevocationReasonMax = 200;

struct Revocation {
  /// The last set of a feed that stands without the hub's word.
  struct Cut {
    FeedId feed{};
    std::uint64_t seq = 0;
    Hash set{};
    bool operator==(const Cut&) const = default;
  };

  Hash city{};
  Hash certificate{};  ///< The signer's; the city's hash: a root key signed it.
  crypto::PublicKey key{};
  std::vector<Cut> cuts;  ///< Ascending by feed; a feed that isn't listed ends before number 1.
  std::string reason;     ///< A person's words, for people; 1–200 bytes.
  Micros time = 0;        ///< The signer's clock; nothing is decided by it.
  /// Of a key that gave receipts: the last head of its log that stands. What it says of later ones
  /// counts nowhere.
  std::optional<Seen> last_head = {};

  [[nodiscard]] std::string encode() const;  ///< The body, signed under kDomainRevocation.
  /// Errors: malformed, too_large, unknown_critical (suite, a negative key).
  [[nodiscard]] static Result<Revocation> decode(std::string_view body);
  /// Does that set of the key lie beyond the line drawn here?
  [[nodiscard]] bool beyond(const FeedId& feed, std::uint64_t seq, const Hash& set) const;
};

/// Did somebody sign it who may: a root key, who stands above the key (by each line of its
/// certificates: crypto/certificate.h), or the key that took its place? Errors: other_city,
/// unknown_certificate (the signer's, or none of the key is known), bad_signature, forbidden.
[[nodiscard]] Result<void> judge_revocation(const Revocation& revocation, std::string_view body,
                                            const crypto::Signature& signature,
                                            const crypto::CertificateBook& book);

/// The revocations that a node holds. Not thread-safe: guard it, or copy it.
class RevocationList {
 public:
  /// Takes a signed revocation (crypto::SignedBody). What can't be proven yet is kept, and proven
  /// once the certificate is there (prove). True: it counts from now on.
  bool add(std::string_view signed_revocation, const crypto::CertificateBook& book);
  /// Keys that are revoked now by what couldn't be proven before.
  std::vector<crypto::PublicKey> prove(const crypto::CertificateBook& book);

  /// A revocation that a set written under this certificate lies beyond; null: none.
  [[nodiscard]] const Revocation* against(const crypto::Certificate& writer, const FeedId& feed,
                                          std::uint64_t seq, const Hash& set) const;
  /// A revocation after which a receipt, ruling or part of a snapshot for that head was given, by
  /// whom this certificate names; null: none.
  [[nodiscard]] const Revocation* against_word(const crypto::Certificate& signer,
                                               const Seen& head) const;
  /// The earliest word on a key; null: it isn't revoked.
  [[nodiscard]] const Revocation* of(const crypto::PublicKey& key) const;
  /// Likewise on the key of a certificate, or on one that it took the place of.
  [[nodiscard]] const Revocation* of(const crypto::Certificate& holder) const;
  /// Did anybody but its successor end this key?
  [[nodiscard]] bool ended_from_above(const crypto::PublicKey& key) const;
  [[nodiscard]] std::vector<crypto::PublicKey> keys() const;

 private:
  struct Word {
    Revocation revocation;
    bool by_successor = false;
  };
  /// Every revocation that speaks of the holder of a certificate. Whoever ends a key from above
  /// ends what that key passed its place on to as well: a thief would have done so. Not where a
  /// root key signed the certificate: it knew.
  [[nodiscard]] std::vector<const Revocation*> all_of(const crypto::Certificate& holder) const;

  std::map<crypto::PublicKey, std::map<Hash, Word>> proven_;  ///< By hash of the body.
  std::map<Hash, std::string> unproven_;
};

}  // namespace linli::sync
