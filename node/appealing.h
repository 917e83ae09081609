// node/appealing.h: who wrote a change set that is held back, or stands above who did, says why it
// should stand; those who may approve it read that beside it.
//
// A key that was revoked can't write records any more, so an appeal is no record: a small signed
// letter, handed on from upstream to upstream, or carried as a file. It changes nothing by itself:
// a person approves, or doesn't. Bytes: sync/PROTOCOL.md, "Appeals".
#pragma once

#include "node/replica.h"

namespace linli::node {

inline constexpr std::string_view kDomainAppeal = "linli/appeal/1";
inline constexpr std::string_view kAppealPrefix = "linli-appeal:";
inline constexpr std::size_t kAppealReasonMax = 600, kAppealBytesMax = 16u << 10;

struct Appeal {
  Hash city{}, set{};
  sync::Micros made = 0;
  std::string reason;              ///< 1 to kAppealReasonMax bytes.
  std::vector<std::string> chain;  ///< Certificates down to the speaker's; at most 16.

  [[nodiscard]] std::string encode(const crypto::SigningKey& key) const;  ///< A SignedBody.
  struct Read;
  /// Errors: malformed, too_large, unknown_critical (another version).
  [[nodiscard]] static Result<Read> decode(std::string_view bytes);
};
struct Appeal::Read {
  Appeal appeal;
  crypto::SignedBody body;
};

/// This node's own. Errors: bad_value (reason).
[[nodiscard]] Result<std::string> make_appeal(const Replica& replica, const Hash& set,
                                              const std::string& reason);
/// At the hub: keeps it for those who may approve. Errors: as decode; other_city, stranger (its
/// chain doesn't lead to the root), bad_signature; not_found (no such set is held back here);
/// out_of_scope (neither the set's author nor above it); slow_down (too many wait already).
[[nodiscard]] Result<void> take_appeal(Replica& hub, std::string_view bytes);
/// At the hub takes it, elsewhere asks the upstream to hand it on. Errors: as take_appeal, and what
/// the line says; bad_usage (there is no upstream: carry it as a file).
[[nodiscard]] Result<void> hand_on_appeal(Replica& replica, std::string_view bytes);

}  // namespace linli::node
