#include "node/store/store.h"

#include "node/store/erasures.h"
#include "node/store/history.h"
#include "node/store/snapshots.h"
#include "sql_files.h"

namespace linli::store {
namespace {

constexpr std::size_t kIdleReadersMax = 8;
constexpr std::int64_t kRebuildStep = 200;  ///< Change sets a transaction.

std::string_view sql_file(const std::string& name) {
  for (const auto& file : embedded::sql_files()) {
    if (file.name == name) return file.bytes;
  }
  ensure(false, "the SQL is built in");
  return {};
}

/// Brings an older format's tables up to this one; cut off, it goes on where it was.
void migrate(Database& db, Log& log, std::int64_t format) {
  while (format < kFormatVersion) {
    ++format;
    Transaction transaction(db);
    db.execute(sql_file("migration_" + std::to_string(format) + ".sql"));
    if (format == 6) complete_history(log);
    if (format == 7) log.set_meta_int("erasures_due", 1);
    log.set_meta_int("format", format);
    transaction.commit();
  }
}

/// Names everything that decides what the projections look like, so that a new version notices.
std::string projection_version(const Projector& projector) {
  std::string text = "4";  // Raise when projecting itself changes.
  for (const auto& file : embedded::sql_files()) {
    if (file.name == "projection.sql") text += file.bytes;
  }
  for (const auto& [number, table] : projector.tables()) {
    text += table.ddl();
    for (const auto name : table.type().peers) text += name;
  }
  text += std::to_string(model::schema().version);
  text += pinyin_version();
  return crypto::to_hex(crypto::hash({text}).view());
}

void project_entry(Log& log, Projector& projector, std::int64_t arrival, bool is_set) {
  if (is_set) {
    projector.project(*log.load(arrival));
  } else {
    projector.project_part(arrival);
  }
}

void project_log(Database& db, Log& log, Projector& projector, std::int64_t after,
                 const Progress& progress, const std::function<void(std::int64_t)>& step_done) {
  auto count = log.database().prepare("SELECT count(*) FROM log WHERE kind IN (1, 4)");
  count.step();
  const auto total = count.integer(0);
  count.reset();
  std::int64_t done = 0;
  for (bool more = true; more;) {
    std::vector<std::pair<std::int64_t, bool>> arrivals;
    auto next = log.database().prepare(
        "SELECT arrival, kind = 1 FROM log WHERE kind IN (1, 4) AND arrival > ?1 ORDER BY arrival "
        "LIMIT ?2");
    next.bind(1, after).bind(2, kRebuildStep);
    while (next.step()) arrivals.emplace_back(next.integer(0), next.integer(1) != 0);
    more = !arrivals.empty();
    if (!more) break;
    Transaction transaction(db);
    for (const auto& [arrival, is_set] : arrivals) project_entry(log, projector, arrival, is_set);
    projector.flush();
    after = arrivals.back().first;
    if (step_done) step_done(after);
    transaction.commit();
    done += static_cast<std::int64_t>(arrivals.size());
    if (progress) progress(done, total);
  }
}

/// A digest of a table's rows in key order, and how many there are.
std::pair<crypto::Hash, std::int64_t> digest(Database& db, const std::string& table) {
  const auto select = "SELECT * FROM \"" + table + "\"";
  // By every column: a key may be any number of them.
  std::string order = " ORDER BY 1";
  const auto width = db.prepare(select).columns();
  for (int column = 2; column <= width; ++column) order += ", " + std::to_string(column);
  auto rows = db.prepare(select + order);
  crypto::Hash sum{};
  std::int64_t n = 0;
  while (rows.step()) {
    std::string line;
    for (int i = 0; i < rows.columns(); ++i) {
      line += rows.is_null(i) ? "-" : std::string(rows.blob(i));
      line += '\x1f';
    }
    sum = crypto::hash({sum.view(), line});
    ++n;
  }
  return {sum, n};
}

/// Likewise of a full-text index: which term stands where in which record.
std::pair<crypto::Hash, std::int64_t> digest_index(Database& db, const std::string& index) {
  db.execute("PRAGMA query_only = 0");  // For the temporary table that shows it; files stay as is.
  db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', '" + index +
             "', 'instance')");
  crypto::Hash sum{};
  std::int64_t n = 0;
  {
    auto rows = db.prepare("SELECT term, doc, offset FROM temp.vocabulary");
    std::string block;
    while (rows.step()) {
      block += rows.text(0);
      block += '\x1f' + std::to_string(rows.integer(1)) + '\x1f' + std::to_string(rows.integer(2)) +
               '\x1e';
      if (++n % 1024 == 0) {
        sum = crypto::hash({sum.view(), block});
        block.clear();
      }
    }
    sum = crypto::hash({sum.view(), block});
  }
  db.execute("DROP TABLE temp.vocabulary");
  return {sum, n};
}

std::vector<std::string> projected_tables(const Projector& projector) {
  std::vector<std::string> names{"record_change", "record_state",  "condensed",
                                 "conflict",      "rival",         "invalid",
                                 "measure",       "aggregate",     "aggregate_month",
                                 "blob_ref",      "search_pinyin", "search_pinyin_erasable"};
  for (const auto& [number, table] : projector.tables()) names.push_back(table.name());
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::create(const std::filesystem::path& file) {
  if (file_exists(file)) {
    return fail(Errc::bad_usage, file.string() + " is there already");
  }
  auto db = Database::open(file, Access::write);
  if (!db) return fail(db.error());
  std::unique_ptr<Store> store(new Store);
  store->file_ = file;
  store->db_ = std::move(*db);
  store->log_ = std::make_unique<Log>(*store->db_);
  store->projector_ = std::make_unique<Projector>(*store->db_, *store->log_, model::schema());
  try {
    Transaction transaction(*store->db_);
    store->db_->execute(sql_file("log.sql"));
    store->projector_->create();
    store->log_->set_meta_int("format", kFormatVersion);
    store->log_->set_meta("projection", projection_version(*store->projector_));
    transaction.commit();
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return store;
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, Access access,
                                           const Progress& progress) {
  if (!file_exists(file)) {
    return fail(Errc::not_a_data_dir, file.string() + " isn't there; `linli init` makes one");
  }
  auto db = Database::open(file, access);
  if (!db) return fail(db.error());
  std::unique_ptr<Store> store(new Store);
  store->file_ = file;
  store->db_ = std::move(*db);
  store->log_ = std::make_unique<Log>(*store->db_);
  store->projector_ = std::make_unique<Projector>(*store->db_, *store->log_, model::schema());
  try {
    auto tables = store->db_->prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'");
    tables.step();
    if (tables.integer(0) == 0) {
      return fail(Errc::not_a_data_dir, file.string() + " holds no Linli data");
    }
    tables.reset();
    const auto format = store->log_->meta_int("format", 0);
    if (format > kFormatVersion) {
      return fail(Errc::newer_version, file.string() + " was written by a newer version (format " +
                                           std::to_string(format) + "; this one knows " +
                                           std::to_string(kFormatVersion) +
                                           "): install that version");
    }
    if (format < 1) return fail(Errc::not_a_data_dir, file.string() + " holds no Linli data");
    if (access == Access::write) migrate(*store->db_, *store->log_, format);
    const auto made_by = store->log_->meta("projection");
    const bool stands = made_by == projection_version(*store->projector_);
    if (access == Access::read && (!stands || format < kFormatVersion)) {
      // Half of the records would be shown as all of them.
      return fail(Errc::data_dir_in_use,
                  file.string() + ": the records are being made anew from the log");
    }
    if (!stands) {
      // What snapshots say was put together by the schema of then.
      Transaction transaction(*store->db_);
      drop_snapshots(*store->log_, true);
      transaction.commit();
      store->rebuild(progress);
    }
    if (access == Access::write && store->log_->meta_int("erasures_due", 0) != 0) {
      Transaction transaction(*store->db_);
      carry_out_all(*store->log_, *store->projector_);
      store->projector_->flush();
      store->log_->set_meta_int("erasures_due", 0);
      transaction.commit();
    }
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return store;
}

Store::Lease::~Lease() {
  if (!db_) return;
  const std::lock_guard lock(store_.readers_guard_);
  if (store_.readers_.size() < kIdleReadersMax) store_.readers_.push_back(std::move(db_));
}

Store::Lease Store::read() {
  {
    const std::lock_guard lock(readers_guard_);
    if (!readers_.empty()) {
      auto db = std::move(readers_.back());
      readers_.pop_back();
      return {*this, std::move(db)};
    }
  }
  auto db = Database::open(file_, Access::read);
  if (!db) throw DatabaseError(db.error());
  return {*this, std::move(*db)};
}

void Store::rebuild(const Progress& progress) {
  // Marked as unfinished first: a rebuild that is cut off starts over at the next opening.
  {
    Transaction transaction(*db_);
    log_->set_meta("projection", "rebuilding");
    projector_->drop();
    projector_->create();
    transaction.commit();
  }
  project_log(*db_, *log_, *projector_, 0, progress, {});
  Transaction transaction(*db_);
  log_->set_meta("projection", projection_version(*projector_));
  transaction.commit();
}

void Store::rebuild_within() {
  db_->reset_cached();
  projector_->discard();
  projector_->drop();
  projector_->create();
  auto sets =
      db_->prepare("SELECT arrival, kind = 1 FROM log WHERE kind IN (1, 4) ORDER BY arrival");
  std::int64_t done = 0;
  while (sets.step()) {
    project_entry(*log_, *projector_, sets.integer(0), sets.integer(1) != 0);
    if (++done % kRebuildStep == 0) projector_->flush();
  }
  projector_->flush();
}

void Store::clear_write_ahead_log() {
  const auto beside = Database::open(file_, Access::write);
  if (!beside) return;
  try {
    (*beside)->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const DatabaseError&) {
    // Somebody reads; the next checkpoint does it.
  }
}

void Store::give_back_room() {
  const auto beside = Database::open(file_, Access::write);
  if (!beside) return;
  try {
    (*beside)->execute("VACUUM");
    (*beside)->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const DatabaseError&) {
    // Somebody writes, or the disk is too full: the room is used again by what comes.
  }
}

Result<std::vector<std::string>> Store::compare_projections(const Progress& progress) {
  auto beside = file_;
  beside += ".verify";
  remove_files(beside);
  std::vector<std::string> differences;
  try {
    auto made = Database::open(beside, Access::write);
    if (!made) return fail(made.error());
    auto& fresh = **made;
    fresh.execute("PRAGMA synchronous = OFF");
    auto source = read();
    Log log(*source);
    Projector projector(fresh, log, model::schema());
    Transaction snapshot(*source, true);  // One state of the log, whatever is written meanwhile.
    projector.create();
    project_log(fresh, log, projector, 0, progress, {});
    const auto compare = [&](const std::string& table, auto digest_of) {
      const auto [want, want_rows] = digest_of(fresh, table);
      const auto [have, have_rows] = digest_of(*source, table);
      if (want != have) {
        differences.push_back(table + ": " + std::to_string(have_rows) + " rows stored, " +
                              std::to_string(want_rows) + " by the log; contents differ");
      }
    };
    for (const auto& table : projected_tables(projector)) compare(table, digest);
    for (const auto* index : {"search", "search_erasable"}) compare(index, digest_index);
    source->execute("PRAGMA query_only = 1");
  } catch (const DatabaseError& e) {
    remove_files(beside);
    return fail(e.error());
  }
  remove_files(beside);
  return differences;
}

}  // namespace linli::store
