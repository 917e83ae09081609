#include "node/store/own_sets.h"

#include <algorithm>
#include <charconv>

#include "node/store/conflicts.h"
#include "node/store/left_sets.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kChangesTold = 20;
constexpr std::size_t kPastMax = 200;         ///< Changes of one record that are looked at.
constexpr std::int64_t kConflictsMax = 1000;  ///< Records with conflicts, for the summary.

bool is_confined(std::int64_t audience) {
  return audience == static_cast<int>(sync::Audience::street);
}

struct OwnFeed {
  std::int64_t id = 0;
  std::uint64_t tip = 0, receipted = 0;
  bool confined = false;  ///< Stays in community and street: the hub never gets it.
};

std::vector<OwnFeed> feeds_of(Database& db, const crypto::AuthorId& self) {
  std::vector<OwnFeed> feeds;
  auto s = db.prepare(
      "SELECT f.id, f.tip_seq, f.receipted_seq, f.audience FROM feed f JOIN author a ON a.id = "
      "f.author WHERE a.author = ?1 AND f.tip_seq > 0");
  s.bind_blob(1, self.view());
  while (s.step()) {
    feeds.push_back({s.integer(0), static_cast<std::uint64_t>(s.integer(1)),
                     static_cast<std::uint64_t>(s.integer(2)), is_confined(s.integer(3))});
  }
  return feeds;
}

/// Arrivals up to which an upstream has taken what is ours.
std::int64_t pushed_up_to(Database& db) {
  auto& s = db.cached("SELECT coalesce(max(pushed), 0) FROM peer");
  s.step();
  const auto pushed = s.integer(0);
  s.reset();
  return pushed;
}

/// The greatest number of a feed that arrived before `before`; numbers and arrivals of our own
/// feeds rise together.
std::uint64_t last_before(Database& db, const OwnFeed& feed, std::int64_t before) {
  const auto arrival_at = [&](std::uint64_t seq) {
    auto& s = db.cached(
        "SELECT arrival FROM log WHERE feed = ?1 AND seq >= ?2 AND kind = 1 ORDER BY seq LIMIT 1");
    s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(seq));
    const auto arrival = s.step() ? s.integer(0) : INT64_MAX;
    s.reset();
    return arrival;
  };
  std::uint64_t low = 0, high = feed.tip;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    (arrival_at(middle) < before ? low : high) = arrival_at(middle) < before ? middle : middle - 1;
  }
  return low;
}

/// Which numbers of a feed can be in a state: (first, last].
std::pair<std::uint64_t, std::uint64_t> range_of(const OwnFeed& feed, const std::string& state) {
  if (state == "safe") return {0, feed.receipted};
  if (state == "let_go") return {feed.tip, feed.tip};
  if (state == "waiting") return {feed.receipted, feed.tip};
  if (state == "on_way" || state == "confined") {
    const bool may_be = feed.confined == (state == "confined");
    return {may_be ? feed.receipted : feed.tip, feed.tip};
  }
  return {0, feed.tip};
}

/// The newest arrivals below `before` that may be in the state, at most `limit`, newest first.
std::vector<std::int64_t> candidates(Database& db, const OwnSetsQuery& query, std::int64_t before,
                                     std::size_t limit) {
  std::vector<std::int64_t> found;
  const auto keep_newest = [&] {
    std::sort(found.rbegin(), found.rend());
    if (found.size() > limit) found.resize(limit);
  };
  const auto collect = [&](Statement& s) {
    while (s.step()) found.push_back(s.integer(0));
  };
  if (query.state.empty() || query.state == "held" || query.state == "let_go") {
    const auto held = query.state.empty() ? std::nullopt : std::optional(query.state == "held");
    found = left_sets(db, held, before, limit);
  }
  if (query.state == "refused" || query.state == "held" || query.state == "upgrade") {
    const std::string ours =
        " JOIN author a ON a.id = l.author WHERE l.kind = 1 AND a.author = ?3 AND l.arrival < ?1 ";
    auto s =
        db.prepare(query.state == "refused"
                       ? "SELECT l.arrival FROM refusal r JOIN log l ON l.arrival = r.arrival" +
                             ours + "UNION SELECT l.arrival FROM log l" + ours +
                             "AND l.standing > 0 AND l.standing = 3 ORDER BY 1 DESC LIMIT ?2"
                   : query.state == "held"
                       ? "SELECT l.arrival FROM refusal r JOIN log l ON l.arrival = r.arrival" +
                             ours + "AND r.code = 'held' UNION SELECT l.arrival FROM log l" + ours +
                             "AND l.standing > 0 AND l.standing = 1 ORDER BY 1 DESC LIMIT ?2"
                       : "SELECT l.arrival FROM log l" + ours +
                             "AND l.standing > 0 AND l.standing = 2 ORDER BY 1 DESC LIMIT ?2");
    s.bind(1, before).bind(2, static_cast<std::int64_t>(limit)).bind_blob(3, query.self.view());
    collect(s);
    keep_newest();
    return found;
  }
  for (const auto& feed : feeds_of(db, query.self)) {
    auto [after, last] = range_of(feed, query.state);
    if (before != INT64_MAX) last = std::min(last, last_before(db, feed, before));
    auto s = db.prepare(
        "SELECT arrival FROM log WHERE feed = ?1 AND seq > ?2 AND seq <= ?3 AND kind = 1 "
        "ORDER BY seq DESC LIMIT ?4");
    s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(after));
    s.bind(3, static_cast<std::int64_t>(last)).bind(4, static_cast<std::int64_t>(limit));
    collect(s);
    keep_newest();
  }
  return found;
}

/// Tells of own sets within one snapshot.
class Teller {
 public:
  Teller(Store& store, Database& db)
      : store_(store),
        db_(db),
        log_(db),
        projector_(db, log_, model::schema()),
        people_(db),
        pushed_(pushed_up_to(db)) {}

  [[nodiscard]] Json set(std::int64_t arrival);

 private:
  struct Standing {
    std::int64_t standing = 0;
    bool receipted = false;
    std::uint64_t seq = 0;
    std::string scope, feed, hash;
    sync::Micros last_stamp = 0;
    std::int64_t changes = 0, feed_number = 0;
    bool confined = false;
  };
  [[nodiscard]] Standing standing_of(std::int64_t arrival);
  [[nodiscard]] Json refusal_of(std::int64_t arrival);
  [[nodiscard]] Json change(const PastChange& change);
  void tell_part(Json& json, const PastChange& change, const RecordPast& past);
  void tell_fate(Json& json, const PastChange& change, const Row& row);

  Store& store_;
  Database& db_;
  Log log_;
  Projector projector_;
  People people_;
  std::int64_t pushed_;
};

/// How many fields of a cell a change writes.
std::size_t written_in(const sync::Change& change, const Table& table, std::uint32_t cell) {
  return static_cast<std::size_t>(
      std::count_if(change.fields.begin(), change.fields.end(),
                    [&](const auto& field) { return table.type().cell_of(field.field) == cell; }));
}

Teller::Standing Teller::standing_of(std::int64_t arrival) {
  auto& s = db_.cached(
      "SELECT l.standing, l.seq <= f.receipted_seq, l.seq, s.path, f.feed, l.hash, l.last_stamp, "
      "l.changes, l.feed, l.audience FROM log l JOIN feed f ON f.id = l.feed JOIN scope s ON s.id "
      "= l.scope "
      "WHERE l.arrival = ?1");
  s.bind(1, arrival);
  if (!s.step()) throw DatabaseError({Errc::corrupt, "a change set is missing from the log", {}});
  Standing standing{s.integer(0),
                    s.integer(1) != 0,
                    static_cast<std::uint64_t>(s.integer(2)),
                    std::string(s.text(3)),
                    std::string(s.blob(4)),
                    std::string(s.blob(5)),
                    s.integer(6),
                    s.integer(7),
                    s.integer(8),
                    is_confined(s.integer(9))};
  s.reset();
  return standing;
}

Json Teller::refusal_of(std::int64_t arrival) {
  auto& s = db_.cached(
      "SELECT r.code, r.detail, r.at, a.author FROM refusal r LEFT JOIN author a ON a.id = r.peer "
      "WHERE r.arrival = ?1 ORDER BY r.at DESC LIMIT 1");
  s.bind(1, arrival);
  if (!s.step()) return nullptr;
  Json json{{"code", s.text(0)}, {"detail", s.text(1)}, {"at", time_text(s.integer(2))}};
  json["by"] = s.is_null(3) ? std::string() : people_.name_of(crypto::AuthorId::of(s.blob(3)));
  s.reset();
  return json;
}

/// Of several fields some may stand yet.
void Teller::tell_part(Json& json, const PastChange& change, const RecordPast& past) {
  std::size_t gone = 0, all = 0;
  for (const auto cell : past.cells_of(change.change())) {
    const auto n = written_in(change.change(), *projector_.table(change.change().type), cell);
    all += n;
    if (past.fate(change, cell).became == Fate::Became::superseded) gone += n;
  }
  if (gone == all) return;
  json["became"] = "partly";
  json["superseded"] = gone;
  json["written"] = all;
}

void Teller::tell_fate(Json& json, const PastChange& change, const Row& row) {
  const RecordPast past(db_, log_, projector_, row, kPastMax);
  // The worst news of its cells stands for the change.
  constexpr Fate::Became kOrder[] = {Fate::Became::lost, Fate::Became::waits, Fate::Became::ended,
                                     Fate::Became::superseded, Fate::Became::stands};
  const auto cells = past.cells_of(change.change());
  for (const auto became : kOrder) {
    for (const auto cell : cells) {
      const auto fate = past.fate(change, cell);
      if (fate.became != became) continue;
      json["became"] = name_of(became);
      if (became == Fate::Became::superseded) tell_part(json, change, past);
      const auto* by = fate.by ? past.find(*fate.by) : nullptr;
      if (by) json["by"] = place_json(people_, *by);
      if (became == Fate::Became::lost) {
        const bool met_delete = past.merged().removed;
        bool void_move = false;
        for (const auto& conflict : past.merged().conflicts) {
          for (const auto& loser : conflict.losers) {
            if (conflict.cell == cell && loser.key.version == change.version()) {
              void_move = conflict.void_move;
            }
          }
        }
        json["conflict"] = conflict_address(
            {change.change().type, met_delete ? RecordPast::kLifeCell : cell,
             void_move && !met_delete, change.change().id, change.loaded->set.feed.scope});
      }
      return;
    }
  }
}

Json Teller::change(const PastChange& change) {
  const auto& made = change.change();
  const auto* table = projector_.table(made.type);
  Json json{{"kind", made.kind == sync::ChangeKind::remove ? "delete" : "put"},
            {"type", table ? Json(table->type().name) : Json(made.type)},
            {"id", sync::to_text(made.id)}};
  if (!table) return json;
  Json names = Json::array();
  for (const auto& field : made.fields) {
    if (const auto* known = table->type().field(field.field)) names.push_back(known->name);
  }
  json["fields"] = std::move(names);
  auto row = table->find(db_, change.loaded->scope, made.id);
  if (!row) return json;
  row->record.scope = change.loaded->set.feed.scope;
  json["title"] = title_of(store_, db_, row->record, 3);
  tell_fate(json, change, *row);
  return json;
}

Json Teller::set(std::int64_t arrival) {
  if (auto left = left_set(db_, people_, arrival)) return std::move(*left);
  const auto standing = standing_of(arrival);
  auto refused = refusal_of(arrival);
  const auto covered = standing.receipted
                           ? receipt_of(log_, sync::FeedId::of(standing.feed), standing.seq)
                           : std::nullopt;
  Json json{{"set", crypto::to_hex(standing.hash)},
            {"scope", standing.scope},
            {"feed", crypto::to_hex(standing.feed)},
            {"seq", standing.seq},
            {"at", time_text(standing.last_stamp)}};
  const auto seq = static_cast<std::int64_t>(standing.seq);
  const auto approved = approval_of(db_, standing.feed_number, seq);
  // An upstream's word, where the ruling itself hasn't come: it doesn't to whose key was revoked.
  const bool said_held = !refused.is_null() && refused["code"] == info(Errc::held).name;
  const bool held_above = said_held && !approved;
  json["state"] = standing.standing == 1   ? "held"
                  : standing.standing == 2 ? "upgrade"
                  : standing.standing == 3 ? "refused"  // By our own policy, after an upgrade.
                  : standing.receipted     ? "safe"
                  : held_above             ? "held"
                  : !refused.is_null()     ? "refused"
                  : arrival > pushed_      ? "waiting"
                  : standing.confined      ? "confined"
                                           : "on_way";
  json["safe_since"] = covered ? Json(time_text(covered->head.time)) : Json(nullptr);
  json["position"] = covered ? Json(covered->head.size) : Json(nullptr);
  if (json["state"] == "held") {
    json["held"] = standing.standing == 1 ? held_reason(db_, standing.feed_number, seq)
                                          : code_in(refused["detail"].get<std::string>());
    if (said_held)
      json["held_by"] = {
          {"node", refused["by"]}, {"at", refused["at"]}, {"detail", refused["detail"]}};
  }
  if (approved) json["approved"] = approved_json(people_, *approved);
  json["refused"] = said_held ? Json(nullptr) : std::move(refused);
  json["changes"] = Json::array();
  json["more"] = 0;
  if (standing.standing == 2) return json;  // Its changes can't be read by this version.
  const auto loaded = log_.load(arrival);
  const auto told = std::min(kChangesTold, loaded->set.changes.size());
  for (std::uint32_t i = 0; i < told; ++i) json["changes"].push_back(change({loaded, i}));
  json["more"] = loaded->set.changes.size() - told;
  return json;
}

bool is_state(const std::string& state) {
  for (const char* known :
       {"", "waiting", "on_way", "confined", "safe", "held", "let_go", "upgrade", "refused"}) {
    if (state == known) return true;
  }
  return false;
}

}  // namespace

Result<crypto::Certificate> own_certificate(Database& db) {
  Log log(db);
  const auto own = log.meta("certificate");
  for (const auto& bytes : log.anchors()) {
    const auto body = crypto::SignedBody::decode(bytes);
    if (!own || !body || crypto::certificate_hash(body->body).view() != *own) continue;
    if (const auto certificate = crypto::Certificate::decode(body->body)) {
      return *certificate;
    }
  }
  return fail(Errc::corrupt, "this node's own certificate is missing");
}

Result<crypto::AuthorId> own_author(Database& db) {
  const auto certificate = own_certificate(db);
  if (!certificate) return fail(certificate.error());
  return certificate->subject;
}

Result<crypto::Certificate> own_certificate(Store& store) {
  try {
    auto lease = store.read();
    return own_certificate(*lease);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<crypto::AuthorId> own_author(Store& store) {
  try {
    auto lease = store.read();
    return own_author(*lease);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> own_sets(Store& store, const OwnSetsQuery& query) {
  if (query.limit < 1 || query.limit > 200) {
    return fail(Errc::bad_value, "limit is 1 to 200", "limit");
  }
  if (!is_state(query.state)) {
    return fail(Errc::bad_value,
                "a state is waiting, on_way, confined, safe, held, let_go, upgrade or refused",
                "state");
  }
  std::int64_t before = INT64_MAX;
  if (!query.cursor.empty()) {
    const auto* end = query.cursor.data() + query.cursor.size();
    const auto read = std::from_chars(query.cursor.data(), end, before);
    if (read.ec != std::errc{} || read.ptr != end || before < 1) {
      return fail(Errc::bad_value, "not a cursor of this list", "cursor");
    }
  }
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    Teller teller(store, db);
    Json items = Json::array();
    Json next = nullptr;
    // A little more than asked for: waiting and on_way stand in one range.
    const auto scanned = query.limit * 4;
    const auto found = candidates(db, query, before, scanned + 1);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (items.size() == query.limit || i == scanned) {
        next = std::to_string(found[i - 1]);
        break;
      }
      auto json = teller.set(found[i]);
      if (query.state.empty() || json["state"] == query.state) items.push_back(std::move(json));
    }
    return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Json own_sets_summary(Store& store, const crypto::AuthorId& self) {
  auto lease = store.read();
  auto& db = *lease;
  const Transaction snapshot(db, true);
  const auto pushed = pushed_up_to(db);
  std::int64_t safe = 0, waiting = 0, on_way = 0, confined = 0;
  for (const auto& feed : feeds_of(db, self)) {
    safe += static_cast<std::int64_t>(feed.receipted);
    auto& s = db.cached(
        "SELECT count(*), coalesce(sum(arrival <= ?3), 0) FROM log WHERE feed = ?1 AND seq > ?2 "
        "AND "
        "kind = 1 AND standing = 0 AND arrival NOT IN (SELECT arrival FROM refusal)");
    s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(feed.receipted)).bind(3, pushed);
    s.step();
    (feed.confined ? confined : on_way) += s.integer(1);
    waiting += s.integer(0) - s.integer(1);
    s.reset();
  }
  std::int64_t held = 0, upgrade = 0, refused = 0;
  auto stood = db.prepare(
      "SELECT l.standing, count(*), sum(l.seq <= f.receipted_seq) FROM log l "
      "JOIN feed f ON f.id = l.feed JOIN author a ON a.id = f.author "
      "WHERE l.standing > 0 AND l.kind = 1 AND a.author = ?1 GROUP BY 1");
  stood.bind_blob(1, self.view());
  while (stood.step()) {
    auto& in = stood.integer(0) == 1 ? held : stood.integer(0) == 2 ? upgrade : refused;
    in += stood.integer(1);
    safe -= stood.integer(2);
  }
  auto said = db.prepare(
      "SELECT count(DISTINCT r.arrival) FROM refusal r JOIN log l ON l.arrival = r.arrival "
      "JOIN feed f ON f.id = l.feed JOIN author a ON a.id = f.author "
      "WHERE a.author = ?1 AND l.seq > f.receipted_seq AND l.standing = 0 AND r.code <> 'held'");
  said.bind_blob(1, self.view());
  if (said.step()) refused += said.integer(0);
  for (const auto& above : held_above(db)) held += above.author == self.view() ? 1 : 0;
  const auto left = count_left(db);
  held += left.held;

  Log log(db);
  Projector projector(db, log, model::schema());
  std::int64_t lost = 0;
  auto open = db.prepare("SELECT rec FROM conflict ORDER BY rec DESC LIMIT ?1");
  open.bind(1, kConflictsMax);
  while (open.step()) {
    const auto* table = projector.table(type_of_rec(open.integer(0)));
    const auto row = table ? table->at(db, open.integer(0)) : std::nullopt;
    if (!row) continue;
    const auto merged = projector.state_of(*row).merged(projector.rules(table->type().number));
    for (const auto& conflict : merged.conflicts) {
      lost += std::any_of(conflict.losers.begin(), conflict.losers.end(),
                          [&](const auto& loser) {
                            if (!sync::is_lost(conflict, loser)) return false;
                            const auto* feed = log.find_feed(loser.key.version.feed);
                            return feed && feed->name.author == self;
                          })
                  ? 1
                  : 0;
    }
  }
  return {{"waiting", waiting}, {"on_way", on_way},   {"confined", confined},
          {"safe", safe},       {"held", held},       {"let_go", left.let_go},
          {"upgrade", upgrade}, {"refused", refused}, {"lost", lost}};
}

}  // namespace linli::store
