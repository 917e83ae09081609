// sync/ruling.h: the hub's signed word that a change set is held back, or is approved after all.
//
// What depends on time (a certificate that had ended or was replaced by a narrower one when the set
// arrived) is decided once, by the hub, and everybody follows (format-v1, rules 4 and 5). The set
// keeps its place in its feed, so that what comes behind it never waits for it; while it is held
// its changes count nowhere. An approval, once given, isn't taken back: nodes that hold the same
// rulings agree, whatever the order they came in.
#pragma once

#include <optional>
#include <string>

#include "sync/change_set.h"

namespace linli::sync {

inline constexpr std::size_t kRulingBytesMax = 4u << 10, kRulingReasonMax = 200;

struct Ruling {
  enum class Verdict : std::uint8_t { held = 0, approved = 1 };

  Hash city{};
  Hash certificate{};  ///< The signer's; needs kRightReceipt and a path that covers `scope`.
  FeedId feed{};
  std::string scope;  ///< The feed's, so that the ruling reaches who may read the feed.
  Audience audience = Audience::ancestors;
  std::uint64_t seq = 0;
  Hash set{};  ///< Hash of the change set that it speaks of.
  Verdict verdict = Verdict::held;
  std::string reason;  ///< Held: the name of an Errc. Approved: a person's words, for people.
  Micros time = 0;     ///< The signer's clock.
  /// Approved: the account of who did, by its pseudonym, as in a change set. Nothing: nobody was
  /// logged in (a command at the machine itself).
  std::optional<Nonce> actor = {};

  [[nodiscard]] std::string encode() const;  ///< The body that is signed under kDomainRuling.
  /// Errors: malformed, too_large, unknown_critical (suite, audience, verdict, a negative key).
  [[nodiscard]] static Result<Ruling> decode(std::string_view body);
};

/// Did somebody sign it who may? Errors: other_city, unknown_certificate, bad_signature, forbidden
/// (no kRightReceipt), out_of_scope. Who holds the feed must also compare scope, audience and set.
[[nodiscard]] Result<void> judge_ruling(const Ruling& ruling, std::string_view body,
                                        const crypto::Signature& signature,
                                        const crypto::CertificateBook& book);

}  // namespace linli::sync
