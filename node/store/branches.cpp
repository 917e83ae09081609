#include "node/store/branches.h"

#include <algorithm>

#include "node/model/schema.h"
#include "node/store/peers.h"

namespace linli::store {
namespace {

/// A feed ends at this number again.
void end_at(Database& db, const Feed& feed, std::uint64_t seq) {
  if (seq == 0) {
    db.prepare("DELETE FROM feed WHERE id = ?1").bind(1, feed.id).run();
    return;
  }
  auto tip = db.prepare(
      "UPDATE feed SET (tip_seq, tip_hash, tip_stamp) = (SELECT seq, hash, last_stamp FROM log "
      "WHERE feed = ?1 AND seq = ?2 AND kind = 1 UNION SELECT condensed_seq, condensed_hash, "
      "condensed_stamp FROM feed WHERE id = ?1 AND condensed_seq = ?2) WHERE id = ?1");
  tip.bind(1, feed.id).bind(2, static_cast<std::int64_t>(seq)).run();
}

bool is_personal(const sync::ChangeSet& set, const sync::Committed& committed) {
  const auto* type = model::schema().type(set.changes[committed.change].type);
  const auto* field = type ? type->field(committed.field) : nullptr;
  // What this version doesn't know it doesn't show around.
  return !field || field->protection == model::Protection::personal;
}

Aside aside_of(const Statement& row) {
  return {sync::FeedId::of(row.blob(0)), static_cast<std::uint64_t>(row.integer(1)),
          std::string(row.blob(2))};
}

}  // namespace

std::vector<Aside> take_unconfirmed(Log& log, const sync::FeedId& id, std::uint64_t after) {
  auto& db = log.database();
  std::vector<Aside> taken;
  const auto* feed = log.find_feed(id);
  if (!feed) return taken;
  const auto stays = std::max(after, feed->receipted);
  if (feed->tip.seq <= stays) return taken;
  log.keep_numbers();
  std::vector<std::int64_t> arrivals;
  auto sets = db.prepare(
      "SELECT arrival, seq FROM log WHERE feed = ?1 AND kind = 1 AND seq > ?2 ORDER BY seq");
  sets.bind(1, feed->id).bind(2, static_cast<std::int64_t>(stays));
  while (sets.step()) {
    arrivals.push_back(sets.integer(0));
    taken.push_back(
        {id, static_cast<std::uint64_t>(sets.integer(1)), parcel_at(db, arrivals.back())});
  }
  sets.reset();
  for (const auto arrival : arrivals) {
    for (const auto* sql :
         {"DELETE FROM opening WHERE arrival = ?1", "DELETE FROM refusal WHERE arrival = ?1",
          "DELETE FROM log WHERE arrival = ?1"}) {
      db.prepare(sql).bind(1, arrival).run();
    }
  }
  end_at(db, *feed, stays);
  log.forget();
  return taken;
}

std::vector<Aside> take_branch_evidence(Log& log, const sync::FeedId& feed, bool all) {
  auto& db = log.database();
  std::vector<Aside> list;
  auto kept = db.prepare(
      "SELECT feed, seq, bytes FROM quarantine WHERE feed = ?1 AND reason IN (?2, ?3) ORDER BY "
      "seq");
  auto gone = db.prepare("DELETE FROM quarantine WHERE feed = ?1 AND reason IN (?2, ?3)");
  for (auto* s : {&kept, &gone}) {
    s->bind_blob(1, feed.view()).bind_text(2, kOfBranch);
    s->bind_text(3, all ? kWrittenAgain : kOfBranch);
  }
  while (kept.step()) list.push_back(aside_of(kept));
  kept.reset();
  gone.run();
  return list;
}

bool is_branch_evidence(Database& db, const crypto::Hash& set) {
  auto s = db.prepare("SELECT 1 FROM quarantine WHERE hash = ?1 AND reason IN (?2, ?3)");
  s.bind_blob(1, set.view()).bind_text(2, kOfBranch).bind_text(3, kWrittenAgain);
  return s.step();
}

bool was_written_again(Database& db, const crypto::Hash& set) {
  auto s = db.prepare("SELECT 1 FROM quarantine WHERE hash = ?1 AND reason = ?2");
  s.bind_blob(1, set.view()).bind_text(2, kWrittenAgain);
  return s.step();
}

std::optional<std::string> outside_log(Database& db, const crypto::Hash& set) {
  auto s = db.prepare(
      "SELECT substr(bytes, 2) FROM waiting WHERE hash = ?1 UNION ALL "  // Behind its kind.
      "SELECT bytes FROM quarantine WHERE hash = ?1 AND reason IN (?2, ?3)");
  s.bind_blob(1, set.view()).bind_text(2, kOfBranch).bind_text(3, kWrittenAgain);
  if (!s.step()) return std::nullopt;
  return std::string(s.blob(0));
}

std::optional<std::string> branch_parcel(Database& db, std::int64_t arrival, bool personal) {
  auto& s = db.cached(
      "SELECT q.bytes FROM log l JOIN quarantine q ON q.hash = l.hash WHERE l.arrival = ?1 AND "
      "q.reason = ?2");
  s.bind(1, arrival).bind_text(2, kOfBranch);
  if (!s.step()) return std::nullopt;
  std::string bytes(s.blob(0));
  s.reset();
  if (personal) return bytes;
  auto parcel = sync::Parcel::decode(bytes);
  if (!parcel) return std::nullopt;
  const auto set = sync::decode_change_set(parcel->body);
  const auto committed = set ? sync::commitments(*set) : std::vector<sync::Committed>{};
  std::erase_if(parcel->openings, [&](const sync::Opening& opening) {
    return opening.ordinal >= committed.size() || is_personal(*set, committed[opening.ordinal]);
  });
  return parcel->encode();
}

bool has_branch_entry(Database& db, std::uint64_t seq, const crypto::Hash& set) {
  auto s = db.prepare("SELECT 1 FROM log WHERE feed = 0 AND seq = ?1 AND kind = ?2 AND hash = ?3");
  s.bind(1, static_cast<std::int64_t>(seq)).bind(2, static_cast<int>(kBranchEntry));
  s.bind_blob(3, set.view());
  return s.step();
}

std::optional<std::uint64_t> first_branch_entry(Database& db, std::uint64_t after) {
  auto s = db.prepare("SELECT min(arrival) FROM log WHERE feed = 0 AND kind = ?1 AND arrival > ?2");
  s.bind(1, static_cast<int>(kBranchEntry)).bind(2, static_cast<std::int64_t>(after));
  s.step();
  if (s.is_null(0)) return std::nullopt;
  return static_cast<std::uint64_t>(s.integer(0));
}

Result<std::vector<std::string>> contested(Store& store) {
  try {
    std::vector<std::string> needs;
    auto lease = store.read();
    auto& s = lease->cached(
        "SELECT DISTINCT need FROM waiting WHERE substr(need, 1, 32) IN "
        "(SELECT feed FROM quarantine WHERE reason IN (?1, ?2)) OR reason = ?3");
    s.bind_text(1, kOfBranch).bind_text(2, kWrittenAgain).bind_text(3, info(Errc::fork).name);
    while (s.step()) needs.emplace_back(s.blob(0));
    return needs;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

bool is_set_of(Database& db, std::uint64_t arrival, const crypto::AuthorId& author) {
  auto s = db.prepare(
      "SELECT 1 FROM log l JOIN author a ON a.id = l.author WHERE l.arrival = ?1 AND l.kind = 1 "
      "AND "
      "a.author = ?2");
  s.bind(1, static_cast<std::int64_t>(arrival)).bind_blob(2, author.view());
  return s.step();
}

void give_again(Log& log, const sync::FeedId& id, std::uint64_t from) {
  const auto* feed = log.find_feed(id);
  if (!feed) return;
  auto give = log.database().prepare(
      "WITH branch(first, last) AS (SELECT min(arrival), max(arrival) FROM log WHERE feed = ?1 AND "
      "kind IN (1, 2) AND seq >= ?2) UPDATE peer SET pushed = min(pushed, first - 1), regive = "
      "max(regive, last) FROM branch WHERE first IS NOT NULL");
  give.bind(1, feed->id).bind(2, static_cast<std::int64_t>(from)).run();
}

void set_aside(Log& log, const std::vector<Aside>& own) {
  auto keep = log.database().prepare("INSERT INTO aside(feed, seq, bytes) VALUES (?1, ?2, ?3)");
  for (const auto& one : own) {
    keep.bind_blob(1, one.feed.view()).bind(2, static_cast<std::int64_t>(one.seq));
    keep.bind_blob(3, one.bytes).run();
  }
}

bool is_set_aside(Log& log, const sync::FeedId& feed, std::uint64_t seq, const crypto::Hash& set) {
  auto s = log.database().prepare("SELECT bytes FROM aside WHERE feed = ?1 AND seq = ?2");
  s.bind_blob(1, feed.view()).bind(2, static_cast<std::int64_t>(seq));
  while (s.step()) {
    const auto parcel = sync::Parcel::decode(s.blob(0));
    if (parcel && sync::change_set_hash(parcel->body) == set) return true;
  }
  return false;
}

bool has_own_aside(Log& log) {
  auto s = log.database().prepare("SELECT 1 FROM aside LIMIT 1");
  return s.step();
}

std::vector<Aside> take_own_aside(Log& log) {
  std::vector<Aside> list;
  auto s = log.database().prepare("SELECT feed, seq, bytes FROM aside ORDER BY id");
  while (s.step()) list.push_back(aside_of(s));
  s.reset();
  log.database().execute("DELETE FROM aside");
  return list;
}

}  // namespace linli::store
