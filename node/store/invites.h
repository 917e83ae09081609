// node/store/invites.h: enrolments that this node offers. The secret itself isn't kept.
#pragma once

#include "node/store/log.h"

namespace linli::store {

struct InviteRow {
  crypto::Hash secret_hash{};
  crypto::Role role = crypto::Role::office;
  std::string scope, name;
  sync::Micros expires = 0;
  std::optional<crypto::PublicKey> used_by = {};  ///< The same key may ask again.
  std::optional<sync::Nonce> actor = {};          ///< The account that gave it out, if one did.
};
void save_invite(Database& db, const InviteRow& invite);
[[nodiscard]] std::optional<InviteRow> find_invite(Database& db, const crypto::Hash& secret_hash);
void use_invite(Database& db, const crypto::Hash& secret_hash, const crypto::PublicKey& key);
/// All of them, those that end first at the end.
[[nodiscard]] std::vector<InviteRow> list_invites(Database& db);
void remove_invite(Database& db, const crypto::Hash& secret_hash);

}  // namespace linli::store
