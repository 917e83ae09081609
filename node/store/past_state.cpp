// A view named `log` in the connection's own temporary schema stands before the table of that name:
// so everything that reads the log reads the log of then.
#include "node/store/past_state.h"

#include "crypto/cbor.h"
#include "node/store/projecting.h"
#include "sync/ruling.h"

namespace linli::store {
namespace {

std::filesystem::path file_behind(Database& db) {
  auto list = db.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'");
  list.step();
  return std::string(list.text(0));
}

std::int64_t number(Database& db, const std::string& sql, std::int64_t bound = 0) {
  auto s = db.prepare(sql);
  s.bind(1, bound);
  return s.step() ? s.integer(0) : 0;
}

Error condensed_before() {
  return {Errc::not_found,
          "该位置之前的变更在本机已归并为快照，不能重算；请在保存全部变更的市级节点重算 a snapshot "
          "stands here for change sets from before that: ask the hub, which keeps them all",
          "at"};
}

/// What was known by then of the clocks of sets that a receipt has flagged since. What a node
/// flagged itself (the hub), it flagged when it took it.
void judge_clocks(Database& db, std::int64_t at) {
  db.execute(
      "INSERT INTO temp.judged(arrival, trusted)"
      " SELECT l.arrival, 1 FROM main.log l WHERE l.kind = 1 AND l.trusted = 0 AND l.arrival <= " +
      std::to_string(at) + " AND (SELECT r.arrival > " + std::to_string(at) +
      " AND r.peer <> 0 FROM main.log r WHERE r.kind = 2 AND r.feed = l.feed AND r.seq >= l.seq"
      " ORDER BY r.arrival LIMIT 1)");
}

/// Likewise of the sets that rulings speak of.
void judge_rulings(Database& db, std::int64_t at) {
  struct Word {
    std::int64_t arrival = 0;
    bool by_others = false, approves = false;
  };
  std::map<std::int64_t, std::vector<Word>> words;  // By the set's arrival.
  auto rows = db.prepare(
      "SELECT s.arrival, r.arrival, r.peer, r.body FROM main.log r JOIN main.log s ON "
      "s.feed = r.feed AND s.seq = r.seq AND s.kind = 1 WHERE r.kind = 3 AND s.arrival <= ?1 "
      "AND s.standing < 2 ORDER BY r.arrival");
  rows.bind(1, at);
  while (rows.step()) {
    const auto ruling = sync::Ruling::decode(unpack_body(rows.blob(3)));
    if (!ruling) continue;
    words[rows.integer(0)].push_back({rows.integer(1), rows.integer(2) != 0,
                                      ruling->verdict == sync::Ruling::Verdict::approved});
  }
  auto note = db.prepare(
      "INSERT INTO temp.judged(arrival, standing) VALUES(?1, ?2)"
      " ON CONFLICT(arrival) DO UPDATE SET standing = excluded.standing");
  for (const auto& [set, all] : words) {
    bool later = false, held = false, approved = false;
    for (const auto& word : all) {
      // The hub holds a set back in the moment that it takes it.
      const bool known = word.arrival <= at || (!word.by_others && !word.approves);
      later |= !known;
      held |= known && !word.approves;
      approved |= known && word.approves;
    }
    if (!later) continue;  // All that is known today was known then.
    const auto standing = held && !approved ? Standing::held : Standing::counts;
    note.bind(1, set).bind(2, static_cast<std::int64_t>(standing)).run();
    note.clear();
  }
}

}  // namespace

std::string encode_included(const Included& included) {
  cbor::Writer w;
  w.array(2 * included.size());
  for (const auto& [feed, seq] : included) {
    w.bytes(feed.view());
    w.uint(seq);
  }
  return std::string(w.view());
}

Result<Included> decode_included(std::string_view bytes) {
  Included included;
  cbor::Reader r(bytes);
  const auto count = r.array();
  for (std::size_t i = 0; i + 1 < count && r.ok(); i += 2) {
    const auto feed = r.bytes(sync::FeedId::size());
    const auto seq = r.uint();
    if (r.ok()) included[sync::FeedId::of(feed)] = seq;
  }
  if (!r.ok() || count % 2 != 0) {
    return fail(Errc::malformed, "what the figures include can't be read", "included");
  }
  return included;
}

Included included_now(Database& db, std::string_view scope) {
  Included included;
  auto rows = db.prepare(
      "SELECT f.feed, f.tip_seq FROM feed f JOIN scope s ON s.id = f.scope WHERE f.tip_seq > 0 AND "
      "f.audience <> ?3 AND (s.path = ?1 OR (s.path > ?1 || '/' AND s.path < ?1 || '0') OR "
      "(f.audience = ?2 AND substr(?1, 1, length(s.path) + 1) = s.path || '/'))");
  rows.bind_text(1, scope).bind(2, static_cast<std::int64_t>(sync::Audience::below));
  // What stays in a street feeds no figures, and isn't everywhere.
  rows.bind(3, static_cast<std::int64_t>(sync::Audience::street));
  while (rows.step()) {
    included[sync::FeedId::of(rows.blob(0))] = static_cast<std::uint64_t>(rows.integer(1));
  }
  return included;
}

Result<std::unique_ptr<PastState>> PastState::open(Store& store) {
  std::unique_ptr<PastState> past(new PastState);
  std::filesystem::path file;
  {
    auto lease = store.read();
    file = file_behind(*lease);
  }
  auto source = Database::open(file, Access::read);
  if (!source) return fail(source.error());
  auto made = Database::open("", Access::write);
  if (!made) return fail(made.error());
  past->source_ = std::move(*source);
  past->made_ = std::move(*made);
  past->made_->execute("PRAGMA synchronous = OFF");
  // For the temporary tables that stand before the real ones; the file stays as it is.
  past->source_->execute("PRAGMA query_only = 0");
  past->snapshot_ = std::make_unique<Transaction>(*past->source_, true);
  past->source_->execute(
      "CREATE TEMP TABLE judged(arrival INTEGER PRIMARY KEY, trusted INTEGER, standing INTEGER);"
      "CREATE TEMP TABLE included(feed INTEGER PRIMARY KEY, seq INTEGER NOT NULL);");
  return past;
}

void PastState::shadow(const std::string& condition) {
  source_->execute(
      "CREATE TEMP VIEW log AS SELECT l.arrival, l.kind, l.scope, l.audience, l.feed, l.seq, "
      "l.hash, l.author, l.peer, coalesce(j.trusted, l.trusted) AS trusted, "
      "coalesce(j.standing, l.standing) AS standing, l.changes, l.received, l.last_stamp, l.chain, "
      "l.signature, l.body FROM main.log l LEFT JOIN temp.judged j ON j.arrival = l.arrival "
      "WHERE " +
      condition +
      "; CREATE TEMP VIEW opening AS SELECT arrival, ordinal, commitment, salt, value, personal "
      "FROM main.opening WHERE 0;");
}

void PastState::project(const Progress& progress) {
  Log log(*source_);
  Projector projector(*made_, log, model::schema());
  projector.create();
  project_log(*made_, log, projector, 0, progress, {});
  made_->execute(
      "CREATE TABLE scope(id INTEGER PRIMARY KEY, path TEXT, city TEXT, district TEXT, "
      "street TEXT, community TEXT)");
  Transaction copying(*made_);
  auto rows =
      source_->prepare("SELECT id, path, city, district, street, community FROM main.scope");
  auto& add = made_->cached("INSERT INTO scope VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  while (rows.step()) {
    add.bind(1, rows.integer(0));
    for (int i = 1; i < 6; ++i) add.bind_text(i + 1, rows.text(i));
    add.run();
  }
  copying.commit();
}

Result<std::unique_ptr<PastState>> PastState::at(Store& store, std::int64_t arrival,
                                                 const Progress& progress) {
  try {
    auto past = open(store);
    if (!past) return fail(past.error());
    auto& db = *(*past)->source_;
    const auto newest = number(db, "SELECT coalesce(max(arrival), 0) + ?1 FROM main.log");
    if (arrival < 1 || arrival > newest) {
      return fail(Errc::bad_value,
                  "日志位置须在 1 至 " + std::to_string(newest) + " 之间 a position is 1 to " +
                      std::to_string(newest),
                  "at");
    }
    // What went may have been change sets that a snapshot stands for now.
    if (number(db, "SELECT count(*) FROM gone WHERE arrival <= ?1", arrival) > 0 &&
        number(db, "SELECT count(*) + 0 * ?1 FROM main.log WHERE kind = 4") > 0) {
      return fail(condensed_before());
    }
    judge_clocks(db, arrival);
    judge_rulings(db, arrival);
    (*past)->shadow("l.arrival <= " + std::to_string(arrival));
    (*past)->project(progress);
    return past;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<std::unique_ptr<PastState>> PastState::of(Store& store, const Included& included,
                                                 const Progress& progress) {
  try {
    auto past = open(store);
    if (!past) return fail(past.error());
    auto& db = *(*past)->source_;
    auto find = db.prepare("SELECT id, tip_seq, condensed_seq FROM feed WHERE feed = ?1");
    auto add = db.prepare("INSERT INTO temp.included(feed, seq) VALUES(?1, ?2)");
    for (const auto& [feed, seq] : included) {
      find.bind_blob(1, feed.view());
      const bool here = find.step() && find.integer(1) >= static_cast<std::int64_t>(seq);
      const auto id = here ? find.integer(0) : 0;
      const bool whole = here && find.integer(2) == 0;
      find.clear();
      if (!here) {
        return fail(Errc::not_found,
                    "统计时所含的变更，本机还没有收齐，同步后再试 not all change sets that the "
                    "figures include are here: sync, then ask again",
                    "included");
      }
      if (!whole) return fail(condensed_before());
      add.bind(1, id).bind(2, static_cast<std::int64_t>(seq)).run();
      add.clear();
    }
    (*past)->shadow(
        "l.kind <> 4 AND l.seq <= (SELECT i.seq FROM temp.included i WHERE i.feed = l.feed)");
    (*past)->project(progress);
    return past;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
