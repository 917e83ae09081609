#include "node/store/condensed.h"

namespace linli::store {

std::optional<Condensed> condensed(Database& db, std::int64_t rec) {
  auto& s = db.cached("SELECT arrival, idx, changed FROM condensed WHERE rec = ?1");
  s.bind(1, rec);
  if (!s.step()) return std::nullopt;
  const Condensed in{s.integer(0), s.integer(1), s.integer(2)};
  s.reset();
  return in;
}

bool holds_of_others(Database& db) {
  auto s = db.prepare("SELECT 1 FROM log WHERE kind = 1 AND peer <> 0 LIMIT 1");
  return s.step();
}

bool has_part(Log& log, const crypto::Hash& part) {
  auto s = log.database().prepare("SELECT 1 FROM log WHERE feed = 0 AND kind = 4 AND hash = ?1");
  s.bind_blob(1, part.view());
  return s.step();
}

namespace {

/// Are parts 0 … n of one snapshot here, and is the last of them its last? Its time names it.
bool is_whole(Log& log, std::int64_t scope, int audience, sync::Micros time) {
  auto s = log.database().prepare(
      "SELECT count(*), max(seq), max(arrival) FILTER (WHERE seq = (SELECT max(seq) FROM log "
      "WHERE kind = 4 AND scope = ?1 AND audience = ?2 AND last_stamp = ?3)) "
      "FROM log WHERE kind = 4 AND scope = ?1 AND audience = ?2 AND last_stamp = ?3");
  s.bind(1, scope).bind(2, audience).bind(3, time);
  s.step();
  if (s.integer(0) == 0 || s.integer(0) != s.integer(1) + 1) return false;
  return log.part(s.integer(2))->last;
}

}  // namespace

bool is_whole(Log& log, const sync::SnapshotPart& part) {
  return is_whole(log, log.scope(part.scope), static_cast<int>(part.audience),
                  part.checkpoint.time);
}

bool drop_other_parts(Log& log, const sync::SnapshotPart& part) {
  auto& db = log.database();
  const auto run = [&](const char* sql) {
    auto s = db.prepare(sql);
    s.bind(1, log.scope(part.scope)).bind(2, static_cast<int>(part.audience));
    s.bind(3, part.checkpoint.time).run();
    return db.changes();
  };
  run("DELETE FROM opening WHERE arrival IN (SELECT arrival FROM log WHERE kind = 4 AND scope = ?1 "
      "AND audience = ?2 AND last_stamp <> ?3)");
  const auto gone =
      run("DELETE FROM log WHERE kind = 4 AND scope = ?1 AND audience = ?2 AND last_stamp <> ?3");
  if (gone > 0) log.forget();
  return gone > 0;
}

std::vector<CondensedScope> condensed_scopes(Log& log) {
  struct Found {
    std::int64_t scope;
    int audience;
    sync::Micros time;
  };
  std::vector<Found> found;
  auto s = log.database().prepare(
      "SELECT scope, audience, last_stamp, max(arrival) FROM log WHERE kind = 4 "
      "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
  std::vector<std::int64_t> arrivals;
  while (s.step()) {
    found.push_back({s.integer(0), static_cast<int>(s.integer(1)), s.integer(2)});
    arrivals.push_back(s.integer(3));
  }
  s.reset();
  std::vector<CondensedScope> whole;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [scope, audience, time] = found[i];
    if (!is_whole(log, scope, audience, time)) continue;
    whole.push_back({scope, log.path(scope), static_cast<sync::Audience>(audience),
                     log.part(arrivals[i])->checkpoint});
  }
  return whole;
}

}  // namespace linli::store
