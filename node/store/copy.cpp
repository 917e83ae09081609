#include "node/store/copy.h"

#include <sqlite3.h>

namespace linli::store {
namespace {

/// Page by page through SQLite's own backup, which sees one state of a database in use.
Result<void> copy_pages(Database& from, Database& to) {
  auto* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) {
    return fail(error_of(to.handle(), sqlite3_errcode(to.handle()), "copying"));
  }
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return fail(error_of(to.handle(), code, "copying"));
  return {};
}

void keep_files(Database& db, const std::vector<std::pair<std::string, std::string>>& files) {
  db.execute("CREATE TABLE backup_file (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)");
  auto keep = db.prepare("INSERT INTO backup_file(name, bytes) VALUES (?1, ?2)");
  for (const auto& [name, bytes] : files) keep.bind_text(1, name).bind_blob(2, bytes).run();
}

/// Nothing: it is of an earlier version.
std::vector<std::pair<std::string, std::string>> files_in(Database& db) {
  std::vector<std::pair<std::string, std::string>> files;
  auto there = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'backup_file'");
  there.step();
  if (there.integer(0) == 0) return files;
  auto rows = db.prepare("SELECT name, bytes FROM backup_file ORDER BY name");
  while (rows.step()) files.emplace_back(rows.text(0), rows.blob(1));
  return files;
}

}  // namespace

Result<std::int64_t> copy_out(const std::filesystem::path& database,
                              const std::filesystem::path& file,
                              const std::function<Result<Keys>()>& keys, sync::Micros now) {
  auto from = Database::open(database, Access::read);
  if (!from) return fail(from.error());
  auto to = Database::open(file, Access::write);
  if (!to) return fail(to.error());
  try {
    if (auto copied = copy_pages(**from, **to); !copied) return fail(copied.error());
    const auto with = keys();
    if (!with) return fail(with.error());
    auto& db = **to;
    // One file, without a log beside it that could be left behind.
    db.execute("PRAGMA journal_mode = DELETE");
    db.execute(
        "CREATE TABLE backup (node_key BLOB NOT NULL, made INTEGER NOT NULL, tls_key BLOB NOT "
        "NULL, next_key BLOB NOT NULL)");
    auto keep =
        db.prepare("INSERT INTO backup(node_key, made, tls_key, next_key) VALUES (?1, ?2, ?3, ?4)");
    keep.bind_blob(1, with->node).bind(2, now).bind_blob(3, with->tls).bind_blob(4, with->next);
    keep.run();
    keep_files(db, with->files);
    auto sets = db.prepare("SELECT count(*) FROM log WHERE kind = 1");
    sets.step();
    return sets.integer(0);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Keys> copy_in(const std::filesystem::path& file, const std::filesystem::path& database) {
  auto from = Database::open(file, Access::read);
  if (!from) return fail(Errc::not_a_data_dir, file.string() + " isn't a backup");
  try {
    auto there = (*from)->prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'backup'");
    there.step();
    if (there.integer(0) == 0) {
      return fail(Errc::not_a_data_dir, file.string() + " isn't a backup of `linli backup`");
    }
    there.reset();
    auto whole = (*from)->prepare("PRAGMA integrity_check(1)");
    whole.step();
    if (whole.text(0) != "ok") {
      return fail(Errc::corrupt, file.string() + " is damaged: " + std::string(whole.text(0)));
    }
    whole.reset();
    // One of an earlier version has no TLS key in it, and no next one.
    const auto column = [&](const std::string& name) {
      auto has =
          (*from)->prepare("SELECT count(*) FROM pragma_table_info('backup') WHERE name = ?1");
      has.bind_text(1, name).step();
      return has.integer(0) != 0 ? name : "x''";
    };
    auto kept = (*from)->prepare("SELECT node_key, " + column("tls_key") + ", " +
                                 column("next_key") + " FROM backup");
    if (!kept.step()) return fail(Errc::corrupt, file.string() + " has no key in it");
    Keys keys{std::string(kept.blob(0)), std::string(kept.blob(1)), std::string(kept.blob(2))};
    kept.reset();
    keys.files = files_in(**from);
    auto to = Database::open(database, Access::write);
    if (!to) return fail(to.error());
    if (auto copied = copy_pages(**from, **to); !copied) return fail(copied.error());
    (*to)->execute("PRAGMA journal_mode = WAL");
    (*to)->execute("DROP TABLE backup");
    (*to)->execute("DROP TABLE IF EXISTS backup_file");
    return keys;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
