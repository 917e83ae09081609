#include "node/store/import_notes.h"

#include <sys/stat.h>

#include "sql_files.h"

namespace linli::store {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr sync::Micros kKeptFor = 30LL * 24 * 60 * 60 * 1'000'000;

void make_tables(Database& db) {
  for (const auto& sql : embedded::sql_files()) {
    if (sql.name == "imports.sql") db.execute(sql.bytes);
  }
  db.execute("PRAGMA user_version=" + std::to_string(kFormat));
}

std::int64_t format_of(Database& db) {
  auto& s = db.cached("PRAGMA user_version");
  s.step();
  const auto format = s.integer(0);
  s.reset();
  return format;
}

/// An empty or usable file; nothing: one that is neither.
Result<std::unique_ptr<Database>> opened(const std::filesystem::path& file) {
  auto db = Database::open(file, Access::write);
  if (!db) return db;
  try {
    (*db)->execute("PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-2000");
    const auto format = format_of(**db);
    if (format == kFormat) return db;
    if (format != 0) return fail(Errc::corrupt, file.string() + " is of another version");
    Transaction transaction(**db);
    if (format_of(**db) == 0) make_tables(**db);  // Nobody else made them meanwhile.
    transaction.commit();
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return db;
}

// SQLite's integers have a sign; the bits stay.
std::int64_t bits(std::uint64_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

Result<std::unique_ptr<ImportNotes>> ImportNotes::temporary() {
  auto db = opened("");
  if (!db) return fail(db.error());
  return std::unique_ptr<ImportNotes>(new ImportNotes(std::move(*db)));
}

Result<std::unique_ptr<ImportNotes>> ImportNotes::open(const std::filesystem::path& file,
                                                       const crypto::Hash& what, sync::Micros now) {
  auto db = opened(file);
  if (!db && db.error().code == Errc::corrupt) {
    remove_files(file);
    db = opened(file);
  }
  if (!db) return fail(db.error());
  ::chmod(file.c_str(), 0600);
  std::unique_ptr<ImportNotes> notes(new ImportNotes(std::move(*db)));
  try {
    notes->find(what, now);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return notes;
}

void ImportNotes::find(const crypto::Hash& what, sync::Micros now) {
  Transaction transaction(*db_);
  db_->cached("DELETE FROM import WHERE begun < ?1").bind(1, now - kKeptFor).run();
  for (const auto* table : {"seen", "refused"}) {
    db_->execute(std::string("DELETE FROM ") + table +
                 " WHERE import NOT IN (SELECT id FROM import)");
  }
  db_->cached("INSERT OR IGNORE INTO import(what, begun) VALUES (?1, ?2)")
      .bind_blob(1, what.view())
      .bind(2, now)
      .run();
  auto& s =
      db_->cached("SELECT id, begun, checked, all_checked, written FROM import WHERE what=?1");
  s.bind_blob(1, what.view());
  ensure(s.step(), "it was just put there");
  import_ = s.integer(0);
  begun_ = s.integer(1);
  progress_ = {static_cast<std::uint64_t>(s.integer(2)), s.integer(3) != 0,
               static_cast<std::uint64_t>(s.integer(4))};
  transaction.commit();
}

std::optional<ImportNotes::Row> ImportNotes::note(std::uint64_t key, const Row& here) {
  if (const auto before = seen_.find(key); before != seen_.end()) return before->second;
  auto& s = db_->cached("SELECT at, content FROM seen WHERE import = ?1 AND record = ?2");
  s.bind(1, import_).bind(2, bits(key));
  if (s.step()) {
    const Row before{static_cast<std::uint64_t>(s.integer(0)),
                     static_cast<std::uint64_t>(s.integer(1))};
    s.reset();
    return before;
  }
  seen_.emplace(key, here);
  return std::nullopt;
}

bool ImportNotes::was_refused(std::uint64_t number) {
  if (refused_.contains(number)) return true;
  auto& s = db_->cached("SELECT 1 FROM refused WHERE import = ?1 AND number = ?2");
  s.bind(1, import_).bind(2, bits(number));
  const bool there = s.step();
  s.reset();
  return there;
}

void ImportNotes::save(const Progress& progress) {
  Transaction transaction(*db_);
  for (const auto& [key, row] : seen_) {
    db_->cached("INSERT OR IGNORE INTO seen(import, record, at, content) VALUES (?1, ?2, ?3, ?4)")
        .bind(1, import_)
        .bind(2, bits(key))
        .bind(3, bits(row.number))
        .bind(4, bits(row.content))
        .run();
  }
  for (const auto number : refused_) {
    db_->cached("INSERT OR IGNORE INTO refused(import, number) VALUES (?1, ?2)")
        .bind(1, import_)
        .bind(2, bits(number))
        .run();
  }
  db_->cached("UPDATE import SET checked = ?2, all_checked = ?3, written = ?4 WHERE id = ?1")
      .bind(1, import_)
      .bind(2, bits(progress.checked))
      .bind(3, progress.all_checked ? 1 : 0)
      .bind(4, bits(progress.written))
      .run();
  transaction.commit();
  seen_.clear();
  refused_.clear();
  progress_ = progress;
}

/// Within a transaction.
void ImportNotes::clear() {
  db_->cached("DELETE FROM seen WHERE import = ?1").bind(1, import_).run();
  db_->cached("DELETE FROM refused WHERE import = ?1").bind(1, import_).run();
  seen_.clear();
  refused_.clear();
  progress_ = {};
}

void ImportNotes::begin_anew() {
  Transaction transaction(*db_);
  clear();
  db_->cached("UPDATE import SET checked = 0, all_checked = 0, written = 0 WHERE id = ?1")
      .bind(1, import_)
      .run();
  transaction.commit();
}

void ImportNotes::forget() {
  Transaction transaction(*db_);
  clear();
  db_->cached("DELETE FROM import WHERE id = ?1").bind(1, import_).run();
  transaction.commit();
}

}  // namespace linli::store
