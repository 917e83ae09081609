#include "node/store/blobs.h"

#include <algorithm>
#include <map>

#include "node/store/personal_blobs.h"
#include "node/store/table.h"
#include "sync/policy.h"

namespace linli::store {
namespace {

constexpr std::string_view kMetaDay = "blobs.day";    ///< The local day that was counted last.
constexpr std::string_view kMetaDays = "blobs.days";  ///< Its number.
/// Far from 1, which stands for "given up long ago", and from the microseconds of older versions.
constexpr std::int64_t kFirstDay = 1'000;
/// In `safe`. An older version wrote 1 for what any upstream had, which says too little.
constexpr std::int64_t kAtHub = 2;
/// In blob_from, where an author's number is at least 1: let go of here, for the hub has it.
constexpr std::int64_t kHubHasIt = 0;
constexpr std::int64_t kNoDay = 1'000'000'000;

std::int64_t one(Statement& s) {
  s.step();
  const auto value = s.integer(0);
  s.reset();
  return value;
}

BlobRow row_of(const Statement& s) {
  return {Hash::of(s.blob(0)), s.integer(1), s.integer(2),
          s.integer(3),        s.integer(4), s.integer(5) == kAtHub};
}
constexpr std::string_view kRow = "SELECT hash, size, arrived, used, idle, safe FROM blob ";

BlobPartRow part_of(const Statement& s) {
  return {Hash::of(s.blob(0)), AuthorId::of(s.blob(1)), s.integer(2), s.integer(3), s.integer(4)};
}
constexpr std::string_view kPart =
    "SELECT p.hash, a.author, p.size, p.held, p.at FROM blob_part p "
    "JOIN author a ON a.id = p.author ";

}  // namespace

std::optional<BlobRow> find_blob(Database& db, const Hash& hash) {
  auto& s = db.cached(std::string(kRow) + "WHERE hash = ?1");
  s.bind_blob(1, hash.view());
  if (!s.step()) return std::nullopt;
  const auto row = row_of(s);
  s.reset();
  return row;
}

void add_blob(Log& log, const BlobRow& row, const std::vector<AuthorId>& from) {
  auto& db = log.database();
  auto& s = db.cached(
      "INSERT INTO blob(hash, size, arrived, used, safe, idle) VALUES (?1, ?2, ?3, ?3, ?4, 0) "
      "ON CONFLICT DO UPDATE SET safe = max(safe, excluded.safe), idle = 0");
  s.bind_blob(1, row.hash.view()).bind(2, row.size).bind(3, row.arrived);
  s.bind(4, row.safe ? kAtHub : 0);
  s.run();
  add_deliveries(log, row.hash, from);
  auto& back = db.cached("DELETE FROM blob_from WHERE hash = ?1 AND author = ?2");
  back.bind_blob(1, row.hash.view()).bind(2, kHubHasIt).run();
  db.cached("DELETE FROM blob_part WHERE hash = ?1").bind_blob(1, row.hash.view()).run();
}

void add_deliveries(Log& log, const Hash& hash, const std::vector<AuthorId>& from) {
  for (const auto& author : from) {
    const auto number = log.author(author);
    auto& s =
        log.database().cached("INSERT OR IGNORE INTO blob_from(hash, author) VALUES (?1, ?2)");
    s.bind_blob(1, hash.view()).bind(2, number).run();
  }
}

std::vector<AuthorId> deliverers(Database& db, const Hash& hash) {
  std::vector<AuthorId> authors;
  auto& s = db.cached(
      "SELECT a.author FROM blob_from f JOIN author a ON a.id = f.author WHERE f.hash = ?1");
  s.bind_blob(1, hash.view());
  while (s.step()) authors.push_back(AuthorId::of(s.blob(0)));
  return authors;
}

bool delivered_by_all(Database& db, const Hash& hash, const std::vector<AuthorId>& from) {
  auto& s = db.cached(
      "SELECT count(*) FROM blob_from f JOIN author a ON a.id = f.author "
      "WHERE f.hash = ?1 AND a.author = ?2");
  return std::all_of(from.begin(), from.end(), [&](const AuthorId& author) {
    s.bind_blob(1, hash.view()).bind_blob(2, author.view());
    return one(s) > 0;
  });
}

void drop_blob(Database& db, const Hash& hash) {
  db.cached("DELETE FROM blob WHERE hash = ?1").bind_blob(1, hash.view()).run();
  db.cached("DELETE FROM blob_from WHERE hash = ?1").bind_blob(1, hash.view()).run();
}

void let_go_of_blob(Database& db, const Hash& hash, bool at_hub) {
  db.cached("DELETE FROM blob WHERE hash = ?1").bind_blob(1, hash.view()).run();
  if (!at_hub) return;
  auto& s = db.cached("INSERT OR IGNORE INTO blob_from(hash, author) VALUES (?1, ?2)");
  s.bind_blob(1, hash.view()).bind(2, kHubHasIt).run();
}

bool let_go_for_hub(Database& db, const Hash& hash) {
  auto& s = db.cached("SELECT EXISTS (SELECT 1 FROM blob_from WHERE hash = ?1 AND author = ?2)");
  s.bind_blob(1, hash.view()).bind(2, kHubHasIt);
  return one(s) != 0;
}

void mark_used(Database& db, const Hash& hash, sync::Micros at) {
  db.cached("UPDATE blob SET used = ?2 WHERE hash = ?1")
      .bind_blob(1, hash.view())
      .bind(2, at)
      .run();
}

void mark_safe(Database& db, const Hash& hash) {
  auto& s = db.cached("UPDATE blob SET safe = ?2 WHERE hash = ?1");
  s.bind_blob(1, hash.view()).bind(2, kAtHub).run();
}

void mark_unsafe(Database& db, const Hash& hash) {
  db.cached("UPDATE blob SET safe = 0 WHERE hash = ?1").bind_blob(1, hash.view()).run();
}

void forget_safe(Database& db) {
  db.execute("UPDATE blob SET safe = 0 WHERE safe <> 0");
  db.cached("DELETE FROM blob_from WHERE author = ?1").bind(1, kHubHasIt).run();
}

std::optional<BlobPartRow> find_part(Log& log, const Hash& hash, const AuthorId& author) {
  auto& s = log.database().cached(std::string(kPart) + "WHERE p.hash = ?1 AND a.author = ?2");
  s.bind_blob(1, hash.view()).bind_blob(2, author.view());
  if (!s.step()) return std::nullopt;
  const auto part = part_of(s);
  s.reset();
  return part;
}

void save_part(Log& log, const BlobPartRow& part) {
  const auto author = log.author(part.author);
  const auto day = log.meta_int(kMetaDays, kFirstDay);
  auto& s = log.database().cached(
      "INSERT OR REPLACE INTO blob_part(hash, author, size, held, at) VALUES (?1, ?2, ?3, ?4, ?5)");
  s.bind_blob(1, part.hash.view()).bind(2, author).bind(3, part.size).bind(4, part.held);
  s.bind(5, day).run();
}

void drop_part(Log& log, const Hash& hash, const AuthorId& author) {
  const auto number = log.author(author);
  auto& s = log.database().cached("DELETE FROM blob_part WHERE hash = ?1 AND author = ?2");
  s.bind_blob(1, hash.view()).bind(2, number).run();
}

std::vector<BlobPartRow> parts(Database& db) {
  std::vector<BlobPartRow> list;
  auto s = db.prepare(std::string(kPart) + "ORDER BY p.hash, a.author");
  while (s.step()) list.push_back(part_of(s));
  return list;
}

bool is_referred_to(Database& db, const Hash& hash) {
  auto& s = db.cached("SELECT EXISTS (SELECT 1 FROM blob_ref WHERE hash = ?1)");
  s.bind_blob(1, hash.view());
  return one(s) != 0;
}

bool is_personal(Database& db, const Hash& hash) { return !personal_in(db, hash).empty(); }

std::vector<std::uint32_t> personal_in(Database& db, const Hash& hash) {
  std::vector<std::uint32_t> types;
  auto& s = db.cached("SELECT DISTINCT rec % ?2 FROM blob_ref WHERE hash = ?1 AND personal");
  s.bind_blob(1, hash.view()).bind(2, kTypesMax);
  while (s.step()) types.push_back(static_cast<std::uint32_t>(s.integer(0)));
  return types;
}

namespace {

/// Authors of references to it that `reader` may read; `delivered`: of those who delivered it.
std::vector<AuthorId> authors_naming(Database& db, const crypto::Certificate& reader,
                                     const Hash& hash, bool delivered) {
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  std::vector<AuthorId> authors;
  auto& s =
      db.cached(std::string("SELECT DISTINCT a.author, p.path, l.audience FROM blob_ref r "
                            "JOIN log l ON l.arrival = r.arrival JOIN author a ON a.id = r.author "
                            "JOIN scope p ON p.id = l.scope ") +
                (delivered ? "JOIN blob_from f ON f.hash = r.hash AND f.author = r.author " : "") +
                "WHERE r.hash = ?1 AND r.personal <= ?2");
  s.bind_blob(1, hash.view()).bind(2, personal ? 1 : 0);
  while (s.step()) {
    const auto author = AuthorId::of(s.blob(0));
    if (sync::may_read(reader, s.text(1), static_cast<sync::Audience>(s.integer(2))) &&
        std::find(authors.begin(), authors.end(), author) == authors.end()) {
      authors.push_back(author);
    }
  }
  return authors;
}

}  // namespace

std::vector<AuthorId> served_through(Database& db, const crypto::Certificate& reader,
                                     const Hash& hash) {
  return authors_naming(db, reader, hash, true);
}

std::vector<AuthorId> named_for(Database& db, const crypto::Certificate& reader, const Hash& hash) {
  return authors_naming(db, reader, hash, false);
}

std::vector<AuthorId> vouched(Database& db, const AuthorId& peer,
                              const std::vector<AuthorId>& authors) {
  std::vector<AuthorId> good;
  auto& s = db.cached(
      "SELECT EXISTS (SELECT 1 FROM feed f JOIN log l ON l.feed = f.id WHERE f.author = "
      "(SELECT id FROM author WHERE author = ?1) AND l.kind = 1 AND l.peer = "
      "(SELECT id FROM author WHERE author = ?2))");
  for (const auto& author : authors) {
    s.bind_blob(1, author.view()).bind_blob(2, peer.view());
    if (author == peer || one(s) != 0) good.push_back(author);
    s.reset();
  }
  return good;
}

std::vector<BlobToSend> blobs_to_send(Database& db, const crypto::Certificate& reader,
                                      const std::set<Hash>& except, std::size_t limit) {
  const bool personal = (reader.rights & crypto::kRightReadPersonal) != 0;
  std::vector<BlobToSend> list;
  auto& s = db.cached(
      "SELECT DISTINCT b.hash, b.size, a.author, p.path, l.audience FROM blob b "
      "JOIN blob_ref r ON r.hash = b.hash JOIN log l ON l.arrival = r.arrival "
      "JOIN author a ON a.id = r.author JOIN scope p ON p.id = l.scope "
      "JOIN blob_from f ON f.hash = b.hash AND f.author = r.author "
      "WHERE b.safe = 0 AND r.personal <= ?1 ORDER BY b.hash");
  s.bind(1, personal ? 1 : 0);
  while (s.step()) {
    if (!sync::may_read(reader, s.text(3), static_cast<sync::Audience>(s.integer(4)))) continue;
    const auto hash = Hash::of(s.blob(0));
    const auto author = AuthorId::of(s.blob(2));
    if (except.contains(hash)) continue;
    if (list.empty() || list.back().hash != hash) {
      if (list.size() == limit) break;
      list.push_back({hash, s.integer(1), {}});
    }
    auto& authors = list.back().authors;
    if (std::find(authors.begin(), authors.end(), author) == authors.end()) {
      authors.push_back(author);
    }
  }
  s.reset();
  return list;
}

std::vector<Hash> missing_blobs(Database& db, std::size_t limit) {
  std::vector<Hash> list;
  auto& s = db.cached(
      "SELECT r.hash FROM blob_ref r WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.hash = r.hash) "
      "GROUP BY r.hash ORDER BY max(r.arrival) DESC LIMIT ?1");
  s.bind(1, static_cast<std::int64_t>(limit));
  while (s.step()) list.push_back(Hash::of(s.blob(0)));
  return list;
}

std::int64_t unreferenced_bytes(Database& db, const AuthorId& author) {
  auto& s = db.cached(
      "SELECT (SELECT coalesce(sum(b.size), 0) FROM blob b JOIN blob_from f ON f.hash = b.hash "
      "WHERE f.author = a.id AND NOT EXISTS (SELECT 1 FROM blob_ref r WHERE r.hash = b.hash)) + "
      "(SELECT coalesce(sum(p.size), 0) FROM blob_part p WHERE p.author = a.id AND NOT EXISTS "
      "(SELECT 1 FROM blob_ref r WHERE r.hash = p.hash)) FROM author a WHERE a.author = ?1");
  s.bind_blob(1, author.view());
  if (!s.step()) return 0;
  const auto bytes = s.integer(0);
  s.reset();
  return bytes;
}

std::int64_t blob_bytes(Database& db) {
  return one(
      db.cached("SELECT (SELECT coalesce(sum(size), 0) FROM blob) + "
                "(SELECT coalesce(sum(size), 0) FROM blob_part)"));
}

BlobCounts blob_counts(Database& db) {
  BlobCounts counts;
  auto& s = db.cached(
      "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(NOT EXISTS "
      "(SELECT 1 FROM blob_ref r WHERE r.hash = b.hash)), 0), coalesce(sum(safe <> ?1 AND EXISTS "
      "(SELECT 1 FROM blob_ref r WHERE r.hash = b.hash)), 0), coalesce(sum(size) FILTER (WHERE "
      "safe <> ?1 AND EXISTS (SELECT 1 FROM blob_ref r WHERE r.hash = b.hash)), 0) FROM blob b");
  s.bind(1, kAtHub).step();
  counts.held = s.integer(0);
  counts.bytes = s.integer(1);
  counts.idle = s.integer(2);
  counts.unsafe = s.integer(3);
  counts.unsafe_bytes = s.integer(4);
  s.reset();
  auto& p = db.cached("SELECT count(*), coalesce(sum(held), 0) FROM blob_part");
  p.step();
  counts.parts = p.integer(0);
  counts.part_bytes = p.integer(1);
  p.reset();
  counts.missing =
      one(db.cached("SELECT count(DISTINCT r.hash) FROM blob_ref r WHERE NOT EXISTS "
                    "(SELECT 1 FROM blob b WHERE b.hash = r.hash)"));
  return counts;
}

std::vector<BlobRow> list_blobs(Database& db, const Hash& after, std::size_t limit) {
  std::vector<BlobRow> list;
  auto s = db.prepare(std::string(kRow) + "WHERE hash > ?1 ORDER BY hash LIMIT ?2");
  s.bind_blob(1, after.view()).bind(2, static_cast<std::int64_t>(limit));
  while (s.step()) list.push_back(row_of(s));
  return list;
}

std::int64_t count_blob_day(Log& log, std::int64_t day) {
  const auto before = log.meta_int(kMetaDays, 0);
  if (before != 0 && log.meta_int(kMetaDay, 0) >= day) return before;
  const auto today = before == 0 ? kFirstDay : before + 1;
  log.set_meta_int(kMetaDays, today);
  log.set_meta_int(kMetaDay, day);
  return today;
}

std::vector<Hash> idle_blobs(Database& db, std::int64_t today) {
  constexpr std::string_view kReferred =
      "EXISTS (SELECT 1 FROM blob_ref r WHERE r.hash = blob.hash)";
  auto& busy = db.cached("UPDATE blob SET idle = 0 WHERE idle != 0 AND " + std::string(kReferred));
  busy.run();
  // What an older version noted by its clock begins anew.
  auto& idle = db.cached("UPDATE blob SET idle = ?1 WHERE (idle = 0 OR idle > ?2) AND NOT " +
                         std::string(kReferred));
  idle.bind(1, today).bind(2, kNoDay).run();
  auto& parts = db.cached("UPDATE blob_part SET at = ?1 WHERE at > ?2");
  parts.bind(1, today).bind(2, kNoDay).run();
  std::vector<Hash> list;
  auto& s = db.cached("SELECT hash FROM blob WHERE idle > 0 AND idle <= ?1");
  s.bind(1, today - kBlobDays);
  while (s.step()) list.push_back(Hash::of(s.blob(0)));
  return list;
}

std::vector<BlobRow> evictable_blobs(Database& db, std::size_t limit) {
  std::vector<BlobRow> list;
  auto s = db.prepare(std::string(kRow) + "WHERE safe = ?2 ORDER BY used, hash LIMIT ?1");
  s.bind(1, static_cast<std::int64_t>(limit)).bind(2, kAtHub);
  while (s.step()) list.push_back(row_of(s));
  return list;
}

}  // namespace linli::store
