#include "node/store/store.h"

#include "node/store/differences.h"
#include "node/store/erasures.h"
#include "node/store/history.h"
#include "node/store/mending.h"
#include "node/store/projecting.h"
#include "node/store/snapshots.h"
#include "node/store/touched.h"
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
  std::string text = "5";  // Raise when projecting itself changes.
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

}  // namespace

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
    mend(*log_);
    projector_->drop();
    projector_->create();
    note_all_touched(*db_);
    transaction.commit();
  }
  project_log(*db_, *log_, *projector_, 0, progress, {});
  Transaction transaction(*db_);
  for (const auto& one : missing_erasures(*log_)) {
    (void)carry_out(*log_, *projector_, one.record, {{one.field, {one.commitment}}}, one.arrival);
  }
  projector_->flush();
  log_->set_meta("projection", projection_version(*projector_));
  transaction.commit();
}

void Store::rebuild_within() {
  db_->reset_cached();
  projector_->discard();
  projector_->drop();
  projector_->create();
  note_all_touched(*db_);
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
  const auto found = differences(*this, progress);
  if (!found) return fail(found.error());
  std::vector<std::string> texts;
  for (const auto& fault : *found) texts.push_back(fault.what);
  return texts;
}

}  // namespace linli::store
