#include "node/store/leaving.h"

#include "sync/policy.h"

namespace linli::store {
namespace {

/// Do we have sets there that nobody has confirmed?
bool unconfirmed(Database& db, std::int64_t scope, int audience, std::int64_t self) {
  auto s = db.prepare(
      "SELECT 1 FROM feed WHERE scope = ?1 AND audience = ?2 AND author = ?3 "
      "AND tip_seq > receipted_seq");
  s.bind(1, scope).bind(2, audience).bind(3, self);
  return s.step();
}

void leave(Database& db, std::int64_t scope, int audience, std::int64_t self, Left& left) {
  const auto run = [&](const char* sql) {
    auto s = db.prepare(sql);
    s.bind(1, scope).bind(2, audience).run();
    return db.changes();
  };
  auto own = db.prepare("SELECT 1 FROM feed WHERE scope = ?1 AND audience = ?2 AND author = ?3");
  own.bind(1, scope).bind(2, audience).bind(3, self);
  left.own = own.step() || left.own;
  own.reset();
  run("DELETE FROM opening WHERE arrival IN (SELECT arrival FROM log WHERE scope = ?1 AND "
      "audience = ?2)");
  run("DELETE FROM refusal WHERE arrival IN (SELECT arrival FROM log WHERE scope = ?1 AND "
      "audience = ?2)");
  run("DELETE FROM feed WHERE scope = ?1 AND audience = ?2");
  left.entries += run("DELETE FROM log WHERE scope = ?1 AND audience = ?2");
}

}  // namespace

Left leave_unreadable(Log& log, const crypto::Certificate& certificate,
                      const crypto::AuthorId& self) {
  auto& db = log.database();
  Left left;
  const auto number = log.author(self);
  log.keep_numbers();
  std::vector<std::pair<std::int64_t, std::string>> scopes;
  auto all = db.prepare("SELECT DISTINCT s.id, s.path FROM scope s JOIN log l ON l.scope = s.id");
  while (all.step()) scopes.emplace_back(all.integer(0), std::string(all.text(1)));
  all.reset();
  for (const auto& [scope, path] : scopes) {
    for (int audience = 0; audience <= 3; ++audience) {
      if (sync::may_read(certificate, path, static_cast<sync::Audience>(audience))) continue;
      if (unconfirmed(db, scope, audience, number)) {
        left.all = false;
      } else {
        leave(db, scope, audience, number, left);
      }
    }
  }
  log.forget();
  return left;
}

}  // namespace linli::store
