#include "node/store/left_sets.h"

namespace linli::store {

using namespace reading;

namespace {

/// What came back with its scope stands in the log again.
constexpr const char* kGone =
    " NOT EXISTS (SELECT 1 FROM feed f JOIN log l ON l.feed = f.id AND l.seq = o.seq AND "
    "l.kind = 1 WHERE f.feed = o.feed) ";

struct HeldBy {
  std::string reason;
  crypto::AuthorId author{};
  sync::Micros at = 0;
};

/// Who holds a set back, and why.
HeldBy held_by(Log& log, std::int64_t feed, std::int64_t seq) {
  auto& s = log.database().cached(
      "SELECT body, author, received FROM log WHERE feed = ?1 AND seq = ?2 AND kind = 3 ORDER BY "
      "arrival");
  s.bind(1, feed).bind(2, seq);
  HeldBy held;
  std::int64_t author = -1;
  while (s.step()) {
    const auto ruling = sync::Ruling::decode(unpack_body(s.blob(0)));
    if (!ruling || ruling->verdict != sync::Ruling::Verdict::held) continue;
    held.reason = ruling->reason;
    held.at = ruling->time;
    author = s.integer(1);
    break;
  }
  s.reset();
  if (author >= 0) held.author = log.author_at(author);
  return held;
}

}  // namespace

void note_left(Log& log, std::int64_t scope, int audience, std::int64_t self, sync::Micros now) {
  auto& db = log.database();
  struct Set {
    std::int64_t arrival, feed, seq, stamp, changes;
    std::string hash, feed_id, path;
    bool held;
  };
  std::vector<Set> sets;
  auto all = db.prepare(
      "SELECT l.arrival, l.feed, l.seq, l.last_stamp, l.hash, f.feed, s.path, l.standing = 1, "
      "l.changes FROM log l JOIN feed f ON f.id = l.feed JOIN scope s ON s.id = l.scope WHERE "
      "l.scope = ?1 AND "
      "l.audience = ?2 AND l.kind = 1 AND f.author = ?3");
  all.bind(1, scope).bind(2, audience).bind(3, self);
  while (all.step()) {
    sets.push_back({all.integer(0), all.integer(1), all.integer(2), all.integer(3), all.integer(8),
                    std::string(all.blob(4)), std::string(all.blob(5)), std::string(all.text(6)),
                    all.integer(7) != 0});
  }
  all.reset();
  const auto author = log.author_at(self);
  for (const auto& set : sets) {
    const auto covered =
        receipt_of(log, sync::FeedId::of(set.feed_id), static_cast<std::uint64_t>(set.seq));
    const auto held = set.held ? held_by(log, set.feed, set.seq) : HeldBy{};
    auto note = db.prepare(
        "INSERT OR REPLACE INTO own_left(arrival, feed, seq, hash, scope, stamp, safe_since, "
        "position, held, held_by, held_at, left, author, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
        "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    note.bind(1, set.arrival).bind_blob(2, set.feed_id).bind(3, set.seq).bind_blob(4, set.hash);
    note.bind_text(5, set.path).bind(6, set.stamp).bind(7, covered ? covered->head.time : 0);
    note.bind(8, covered ? static_cast<std::int64_t>(covered->head.size) : 0);
    note.bind_text(9, held.reason).bind_blob(10, held.author.view()).bind(11, held.at);
    note.bind(12, now).bind_blob(13, author.view()).bind(14, set.changes).run();
  }
}

void note_left_ruling(Log& log, const sync::Ruling& ruling, const crypto::AuthorId& by) {
  const bool held = ruling.verdict == sync::Ruling::Verdict::held;
  auto s = log.database().prepare(
      "UPDATE own_left SET held = ?4, held_by = ?5, held_at = ?6 WHERE feed = ?1 AND seq = ?2 AND "
      "hash = ?3 AND held_at < ?6");
  s.bind_blob(1, ruling.feed.view()).bind(2, static_cast<std::int64_t>(ruling.seq));
  s.bind_blob(3, ruling.set.view()).bind_text(4, held ? ruling.reason : std::string());
  s.bind_blob(5, by.view()).bind(6, ruling.time).run();
}

bool was_left(Database& db, const sync::FeedId& feed, std::uint64_t seq, const crypto::Hash& set) {
  auto& s = db.cached("SELECT 1 FROM own_left WHERE feed = ?1 AND seq = ?2 AND hash = ?3");
  s.bind_blob(1, feed.view()).bind(2, static_cast<std::int64_t>(seq)).bind_blob(3, set.view());
  const bool found = s.step();
  s.reset();
  return found;
}

std::vector<HeldAbove> left_held(Database& db) {
  std::vector<HeldAbove> found;
  auto s = db.prepare(
      "SELECT arrival, hash, author, scope, held, held_by, seq, changes, held_at FROM own_left o "
      "WHERE held <> '' AND" +
      std::string(kGone) + "ORDER BY arrival DESC");
  while (s.step()) {
    found.push_back({s.integer(0), std::string(s.blob(1)), std::string(s.blob(2)),
                     std::string(s.text(3)), std::string(s.text(4)), std::string(s.blob(5)),
                     s.integer(6), s.integer(7), s.integer(8)});
  }
  return found;
}

std::vector<std::int64_t> left_sets(Database& db, std::optional<bool> held, std::int64_t before,
                                    std::size_t limit) {
  std::vector<std::int64_t> found;
  auto s = db.prepare(
      "SELECT o.arrival FROM own_left o WHERE o.arrival < ?1 AND (?3 < 0 OR (o.held <> '') = ?3) "
      "AND" +
      std::string(kGone) + "ORDER BY o.arrival DESC LIMIT ?2");
  s.bind(1, before).bind(2, static_cast<std::int64_t>(limit));
  s.bind(3, static_cast<std::int64_t>(held ? *held : -1));
  while (s.step()) found.push_back(s.integer(0));
  return found;
}

std::optional<Json> left_set(Database& db, const People& people, std::int64_t arrival) {
  auto& s = db.cached(
      "SELECT hash, scope, feed, seq, stamp, safe_since, position, held, held_by, held_at, left "
      "FROM own_left WHERE arrival = ?1");
  s.bind(1, arrival);
  if (!s.step()) return std::nullopt;
  const auto since = s.integer(5), position = s.integer(6);
  const std::string held(s.text(7));
  Json json{{"set", crypto::to_hex(s.blob(0))},
            {"scope", s.text(1)},
            {"feed", crypto::to_hex(s.blob(2))},
            {"seq", s.integer(3)},
            {"at", time_text(s.integer(4))},
            {"state", held.empty() ? "let_go" : "held"},
            {"safe_since", since ? Json(time_text(since)) : Json(nullptr)},
            {"position", position ? Json(position) : Json(nullptr)},
            {"refused", nullptr},
            {"let_go", time_text(s.integer(10))},
            {"changes", Json::array()},
            {"more", 0}};
  if (!held.empty()) {
    json["held"] = held;
    json["held_by"] = {{"node", people.name_of(crypto::AuthorId::of(s.blob(8)))},
                       {"at", time_text(s.integer(9))},
                       {"detail", ""}};
  }
  s.reset();
  return json;
}

LeftSets count_left(Database& db) {
  auto s = db.prepare(
      "SELECT coalesce(sum(o.held <> ''), 0), coalesce(sum(o.held = ''), 0) FROM own_left o "
      "WHERE" +
      std::string(kGone));
  s.step();
  return {s.integer(0), s.integer(1)};
}

}  // namespace linli::store
