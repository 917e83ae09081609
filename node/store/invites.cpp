#include "node/store/invites.h"

namespace linli::store {

void save_invite(Database& db, const InviteRow& invite) {
  auto& s = db.cached(
      "INSERT INTO invite(secret_hash, role, scope, name, expires) VALUES (?1, ?2, ?3, ?4, ?5)");
  s.bind_blob(1, invite.secret_hash.view()).bind(2, static_cast<int>(invite.role));
  s.bind_text(3, invite.scope).bind_text(4, invite.name).bind(5, invite.expires).run();
}

std::optional<InviteRow> find_invite(Database& db, const crypto::Hash& secret_hash) {
  auto& s =
      db.cached("SELECT role, scope, name, expires, used_by FROM invite WHERE secret_hash = ?1");
  s.bind_blob(1, secret_hash.view());
  if (!s.step()) return std::nullopt;
  InviteRow invite{secret_hash,
                   static_cast<crypto::Role>(s.integer(0)),
                   std::string(s.text(1)),
                   std::string(s.text(2)),
                   s.integer(3),
                   {}};
  if (!s.is_null(4)) invite.used_by = crypto::PublicKey::of(s.blob(4));
  s.reset();
  return invite;
}

void use_invite(Database& db, const crypto::Hash& secret_hash, const crypto::PublicKey& key) {
  auto& s = db.cached("UPDATE invite SET used_by = ?2 WHERE secret_hash = ?1");
  s.bind_blob(1, secret_hash.view()).bind_blob(2, key.view()).run();
}

}  // namespace linli::store
