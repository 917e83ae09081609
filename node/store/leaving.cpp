#include "node/store/leaving.h"

#include "node/store/left_sets.h"
#include "sync/change_set.h"
#include "sync/policy.h"
#include "sync/receipt.h"
#include "sync/ruling.h"

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

struct Of {
  std::string scope;
  sync::Audience audience = sync::Audience::ancestors;
};

/// Where an object that waits would stand. Nothing: it can't be told yet.
std::optional<Of> place_of(std::string_view object) {
  const auto kind = static_cast<sync::ObjectKind>(object.front());
  const auto bytes = object.substr(1);
  if (kind == sync::ObjectKind::parcel) {
    const auto parcel = sync::Parcel::decode(bytes);
    const auto set = parcel ? sync::decode_change_set_header(parcel->body) : fail(Errc::malformed);
    if (set) return Of{set->feed.scope, set->feed.audience};
  } else if (const auto body = crypto::SignedBody::decode(bytes)) {
    if (const auto receipt = sync::Receipt::decode(body->body)) {
      return Of{receipt->scope, receipt->audience};
    }
    if (const auto ruling = sync::Ruling::decode(body->body)) {
      return Of{ruling->scope, ruling->audience};
    }
  }
  return std::nullopt;
}

/// What waits for something of a scope that is left will wait for ever.
void leave_waiting(Database& db, const crypto::Certificate& certificate,
                   const crypto::AuthorId& self) {
  std::vector<std::int64_t> ids;
  auto all = db.prepare("SELECT id, bytes FROM waiting WHERE author <> ?1");
  all.bind_blob(1, self.view());
  while (all.step()) {
    const auto of = place_of(all.blob(1));
    if (of && !sync::may_read(certificate, of->scope, of->audience)) ids.push_back(all.integer(0));
  }
  all.reset();
  for (const auto id : ids) db.prepare("DELETE FROM waiting WHERE id = ?1").bind(1, id).run();
}

}  // namespace

Left leave_unreadable(Log& log, const crypto::Certificate& certificate,
                      const crypto::AuthorId& self, sync::Micros now) {
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
        note_left(log, scope, audience, number, now);
        leave(db, scope, audience, number, left);
      }
    }
  }
  leave_waiting(db, certificate, self);
  log.forget();
  return left;
}

}  // namespace linli::store
