#include "node/store/invites.h"

namespace linli::store {

void save_invite(Database& db, const InviteRow& invite) {
  auto& s = db.cached(
      "INSERT INTO invite(secret_hash, role, scope, name, expires, actor) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  s.bind_blob(1, invite.secret_hash.view()).bind(2, static_cast<int>(invite.role));
  s.bind_text(3, invite.scope).bind_text(4, invite.name).bind(5, invite.expires);
  if (invite.actor) {
    s.bind_blob(6, invite.actor->view());
  } else {
    s.bind_null(6);
  }
  s.run();
}

namespace {

InviteRow row_in(const Statement& s) {
  InviteRow invite{crypto::Hash::of(s.blob(0)),
                   static_cast<crypto::Role>(s.integer(1)),
                   std::string(s.text(2)),
                   std::string(s.text(3)),
                   s.integer(4),
                   {}};
  if (!s.is_null(5)) invite.used_by = crypto::PublicKey::of(s.blob(5));
  if (!s.is_null(6)) invite.actor = sync::Nonce::of(s.blob(6));
  return invite;
}

}  // namespace

std::optional<InviteRow> find_invite(Database& db, const crypto::Hash& secret_hash) {
  auto& s = db.cached(
      "SELECT secret_hash, role, scope, name, expires, used_by, actor FROM invite "
      "WHERE secret_hash = ?1");
  s.bind_blob(1, secret_hash.view());
  if (!s.step()) return std::nullopt;
  auto invite = row_in(s);
  s.reset();
  return invite;
}

std::vector<InviteRow> list_invites(Database& db) {
  std::vector<InviteRow> invites;
  auto s = db.prepare(
      "SELECT secret_hash, role, scope, name, expires, used_by, actor FROM invite "
      "ORDER BY expires DESC");
  while (s.step()) invites.push_back(row_in(s));
  return invites;
}

void use_invite(Database& db, const crypto::Hash& secret_hash, const crypto::PublicKey& key) {
  auto& s = db.cached("UPDATE invite SET used_by = ?2 WHERE secret_hash = ?1");
  s.bind_blob(1, secret_hash.view()).bind_blob(2, key.view()).run();
}

void remove_invite(Database& db, const crypto::Hash& secret_hash) {
  auto& s = db.cached("DELETE FROM invite WHERE secret_hash = ?1");
  s.bind_blob(1, secret_hash.view()).run();
}

}  // namespace linli::store
