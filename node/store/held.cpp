#include "node/store/held.h"

namespace linli::store {
namespace {

/// Evidence, or waiting sets, of one author (rule 25); so many that counting them stays cheap.
constexpr std::int64_t kKeptBytesMax = 16 << 20, kKeptMax = 4096;

/// `used` answers how many are kept, and how many bytes.
bool has_room(Statement& used, std::size_t more) {
  used.step();
  const bool room = used.integer(0) < kKeptMax &&
                    used.integer(1) + static_cast<std::int64_t>(more) <= kKeptBytesMax;
  used.reset();
  return room;
}

}  // namespace

bool keep_waiting(Database& db, const Held& held) {
  auto& used =
      db.cached(held.vouched ? "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM waiting "
                               "WHERE author = ?1 AND reason IN ('gap', 'unknown_policy')"
                             : "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM waiting "
                               "WHERE peer = ?1 AND reason NOT IN ('gap', 'unknown_policy')");
  if (held.vouched) {
    used.bind_blob(1, held.author.view());
  } else {
    used.bind(1, held.peer);
  }
  if (!has_room(used, held.bytes.size()) && !held.waited) return false;
  auto& keep = db.cached(
      "INSERT OR IGNORE INTO waiting(hash, author, need, reason, peer, received, bytes) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  const auto object = std::string(1, static_cast<char>(held.kind)).append(held.bytes);
  keep.bind_blob(1, held.hash.view()).bind_blob(2, held.author.view()).bind_blob(3, held.need);
  keep.bind_text(4, held.reason).bind(5, held.peer).bind(6, held.received);
  keep.bind_blob(7, object).run();
  return true;
}

bool is_waiting(Database& db, const crypto::Hash& hash) {
  auto& s = db.cached("SELECT 1 FROM waiting WHERE hash = ?1");
  s.bind_blob(1, hash.view());
  const bool there = s.step();
  s.reset();
  return there;
}

std::vector<std::string> needs_between(Database& db, std::string_view first,
                                       std::string_view last) {
  std::vector<std::string> needs;
  auto& s =
      db.cached("SELECT DISTINCT need FROM waiting WHERE need BETWEEN ?1 AND ?2 ORDER BY need");
  s.bind_blob(1, first).bind_blob(2, last);
  while (s.step()) needs.emplace_back(s.blob(0));
  return needs;
}

std::vector<Awake> take_waiting(Database& db, std::string_view need) {
  std::vector<Awake> awake;
  std::vector<std::int64_t> ids;
  auto& find = db.cached("SELECT id, peer, bytes FROM waiting WHERE need = ?1 ORDER BY id");
  find.bind_blob(1, need);
  while (find.step()) {
    const auto bytes = find.blob(2);
    ids.push_back(find.integer(0));
    awake.push_back(
        {find.integer(1), static_cast<sync::ObjectKind>(bytes[0]), std::string(bytes.substr(1))});
  }
  for (const auto id : ids) db.cached("DELETE FROM waiting WHERE id = ?1").bind(1, id).run();
  return awake;
}

std::int64_t held_back(Database& db) {
  auto s = db.prepare("SELECT count(*) FROM log WHERE standing > 0 AND standing = 1");
  s.step();
  return s.integer(0);
}

std::vector<std::uint64_t> held_numbers(Database& db, const Feed& feed, std::uint64_t last) {
  // By what is held back, which is little: a feed may be long.
  auto& s = db.cached(
      "SELECT seq FROM log INDEXED BY log_standing WHERE standing > 0 AND standing = 1 AND kind = "
      "1 AND feed = ?1 "
      "AND seq <= ?2 ORDER BY seq");
  s.bind(1, feed.id).bind(2, static_cast<std::int64_t>(last));
  std::vector<std::uint64_t> numbers;
  while (s.step()) numbers.push_back(static_cast<std::uint64_t>(s.integer(0)));
  return numbers;
}

void save_refusal(Database& db, std::uint64_t arrival, std::int64_t peer, Errc code,
                  std::string_view detail, sync::Micros at) {
  auto& keep = db.cached(
      "INSERT OR REPLACE INTO refusal(arrival, peer, code, detail, at) VALUES (?1, ?2, ?3, ?4, "
      "?5)");
  keep.bind(1, static_cast<std::int64_t>(arrival)).bind(2, peer).bind_text(3, info(code).name);
  keep.bind_text(4, detail).bind(5, at).run();
}

bool keep_evidence(Database& db, const Evidence& evidence) {
  auto& used = db.cached(
      "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM quarantine WHERE author = ?1");
  used.bind_blob(1, evidence.author.view());
  if (!has_room(used, evidence.bytes.size())) return false;
  auto& keep = db.cached(
      "INSERT OR IGNORE INTO quarantine(hash, author, feed, seq, reason, detail, peer, received, "
      "bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  keep.bind_blob(1, evidence.name.view()).bind_blob(2, evidence.author.view());
  keep.bind_blob(3, evidence.feed.view()).bind(4, static_cast<std::int64_t>(evidence.seq));
  keep.bind_text(5, evidence.reason).bind_text(6, evidence.detail).bind(7, evidence.peer);
  keep.bind(8, evidence.received).bind_blob(9, evidence.bytes).run();
  return db.changes() > 0;
}

}  // namespace linli::store
