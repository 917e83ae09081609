// node/inviting.h: the invites that this node gave out, and taking one back.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// Longest address that an invite may carry: a QR code has to hold it.
inline constexpr std::size_t kInviteUrlBytesMax = 200;
inline constexpr std::chrono::seconds kInviteShortest{60}, kInviteLongest{366LL * 24 * 3600};

/// {items: [{id, name, role, scope, expires, state: open, used or expired, node (author id of who
/// used it, or null), actor (the account that gave it out, or null)}]}, those that are good the
/// longest first. `id` is a hash of the secret, which
/// isn't kept.
[[nodiscard]] Json invites_json(Replica& issuer);
/// Takes an invite back that nobody used. `id`: the beginning of it, at least 6 digits. Answers
/// with it as above. Errors: not_found, bad_usage (several begin so), replay (it was used: then the
/// node is to be revoked).
[[nodiscard]] Result<Json> withdraw_invite(Replica& issuer, const std::string& id);

}  // namespace linli::node
