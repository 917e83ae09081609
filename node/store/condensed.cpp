#include "node/store/condensed.h"

#include <map>

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
      "WHERE feed = 0 AND kind = 4 AND scope = ?1 AND audience = ?2 AND last_stamp = ?3)) "
      "FROM log WHERE feed = 0 AND kind = 4 AND scope = ?1 AND audience = ?2 AND last_stamp = ?3");
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

void save_part_value(Log& log, std::int64_t part, const crypto::Hash& commitment,
                     const crypto::Salt& salt, std::string_view value, bool personal) {
  auto& db = log.database();
  auto& last = db.cached("SELECT coalesce(max(ordinal), ?2) FROM opening WHERE arrival = ?1");
  last.bind(1, part).bind(2, kPartOrdinals - 1);
  last.step();
  const auto ordinal = last.integer(0) + 1;
  last.reset();
  auto& s = db.cached(
      "INSERT INTO opening(arrival, ordinal, commitment, salt, value, personal) "
      "SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM opening WHERE arrival = ?1 "
      "AND "
      "commitment = ?3 AND ordinal >= 1048576)");
  s.bind(1, part).bind(2, ordinal).bind_blob(3, commitment.view()).bind_blob(4, salt.view());
  s.bind_blob(5, value).bind(6, personal ? 1 : 0).run();
}

namespace {

std::vector<std::int64_t> parts_of(Log& log, const sync::SnapshotPart& part, bool same) {
  std::vector<std::int64_t> arrivals;
  auto s = log.database().prepare(
      "SELECT arrival FROM log WHERE feed = 0 AND kind = 4 AND scope = ?1 AND audience = ?2 AND "
      "(last_stamp = ?3) = ?4 ORDER BY arrival");
  s.bind(1, log.scope(part.scope)).bind(2, static_cast<int>(part.audience));
  s.bind(3, part.checkpoint.time).bind(4, same ? 1 : 0);
  while (s.step()) arrivals.push_back(s.integer(0));
  return arrivals;
}

/// Values of the parts in `from` go to those parts in `to` whose states hold their commitments.
void hand_values_on(Log& log, const std::vector<std::int64_t>& from,
                    const std::vector<std::int64_t>& to) {
  std::map<crypto::Hash, std::int64_t> wanted;
  for (const auto arrival : to) {
    const auto found = sync::commitments(*log.part(arrival));
    if (!found) throw DatabaseError(found.error());
    for (const auto& place : *found) wanted.emplace(place.commitment, arrival);
  }
  for (const auto arrival : from) {
    auto values = log.database().prepare(
        "SELECT commitment, salt, value, personal FROM opening WHERE arrival = ?1");
    values.bind(1, arrival);
    while (values.step()) {
      const auto commitment = crypto::Hash::of(values.blob(0));
      const auto place = wanted.find(commitment);
      if (place == wanted.end()) continue;
      save_part_value(log, place->second, commitment, crypto::Salt::of(values.blob(1)),
                      values.blob(2), values.integer(3) != 0);
    }
  }
}

}  // namespace

bool drop_other_parts(Log& log, const sync::SnapshotPart& part) {
  auto& db = log.database();
  const auto others = parts_of(log, part, false);
  if (others.empty()) return false;
  hand_values_on(log, others, parts_of(log, part, true));
  for (const auto arrival : others) {
    db.prepare("DELETE FROM opening WHERE arrival = ?1").bind(1, arrival).run();
    db.prepare("DELETE FROM log WHERE arrival = ?1").bind(1, arrival).run();
  }
  log.forget();
  return true;
}

std::vector<CondensedScope> condensed_scopes(Log& log) {
  struct Found {
    std::int64_t scope;
    int audience;
    sync::Micros time;
  };
  std::vector<Found> found;
  auto s = log.database().prepare(
      "SELECT scope, audience, last_stamp, max(arrival) FROM log WHERE feed = 0 AND kind = 4 "
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
