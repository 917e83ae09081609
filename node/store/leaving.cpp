#include "node/store/leaving.h"

#include "node/store/peers.h"
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

std::int64_t set_own_aside(Log& log, const sync::FeedId& id) {
  auto& db = log.database();
  const auto* feed = log.find_feed(id);
  if (!feed || feed->tip.seq <= feed->receipted) return 0;
  log.keep_numbers();
  // Of the branch that others know some may have come already; all of it comes again.
  db.prepare("DELETE FROM quarantine WHERE feed = ?1 AND reason = 'fork'")
      .bind_blob(1, id.view())
      .run();
  std::vector<std::int64_t> arrivals;
  auto sets = db.prepare(
      "SELECT arrival, seq FROM log WHERE feed = ?1 AND kind = 1 AND seq > ?2 ORDER BY seq");
  sets.bind(1, feed->id).bind(2, static_cast<std::int64_t>(feed->receipted));
  auto keep = db.prepare("INSERT INTO aside(feed, seq, bytes) VALUES (?1, ?2, ?3)");
  while (sets.step()) {
    arrivals.push_back(sets.integer(0));
    const auto bytes = parcel_at(db, arrivals.back());
    keep.bind_blob(1, id.view()).bind(2, sets.integer(1)).bind_blob(3, bytes).run();
  }
  sets.reset();
  for (const auto arrival : arrivals) {
    for (const auto* sql :
         {"DELETE FROM opening WHERE arrival = ?1", "DELETE FROM refusal WHERE arrival = ?1",
          "DELETE FROM log WHERE arrival = ?1"}) {
      db.prepare(sql).bind(1, arrival).run();
    }
  }
  if (feed->receipted == 0) {
    db.prepare("DELETE FROM feed WHERE id = ?1").bind(1, feed->id).run();
  } else {
    auto tip = db.prepare(
        "UPDATE feed SET (tip_seq, tip_hash, tip_stamp) = (SELECT seq, hash, last_stamp FROM log "
        "WHERE feed = ?1 AND seq = ?2 AND kind = 1 UNION SELECT condensed_seq, condensed_hash, "
        "condensed_stamp FROM feed WHERE id = ?1 AND condensed_seq = ?2) WHERE id = ?1");
    tip.bind(1, feed->id).bind(2, static_cast<std::int64_t>(feed->receipted)).run();
  }
  log.forget();
  return static_cast<std::int64_t>(arrivals.size());
}

bool has_own_aside(Log& log) {
  auto s = log.database().prepare("SELECT 1 FROM aside LIMIT 1");
  return s.step();
}

std::vector<Aside> take_own_aside(Log& log) {
  std::vector<Aside> list;
  auto s = log.database().prepare("SELECT feed, seq, bytes FROM aside ORDER BY id");
  while (s.step()) {
    list.push_back({sync::FeedId::of(s.blob(0)), static_cast<std::uint64_t>(s.integer(1)),
                    std::string(s.blob(2))});
  }
  s.reset();
  log.database().execute("DELETE FROM aside");
  return list;
}

}  // namespace linli::store
