#include "node/store/database.h"

#include <array>
#include <cerrno>
#include <functional>
#include <unordered_map>

#include "node/store/grams.h"

namespace linli::store {
namespace {

constexpr int kBusyMilliseconds = 5000;

/// Lets the cache be asked with a view: no string is made for a look-up.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

[[noreturn]] void refuse(sqlite3* db, int code, std::string_view doing) {
  throw DatabaseError(error_of(db, code, doing));
}

/// SQLite takes a null pointer for NULL, but an empty view stands for an empty value.
const char* data_of(std::string_view v) { return v.data() == nullptr ? "" : v.data(); }

bool is_out_of_room(int system_errno) { return system_errno == ENOSPC || system_errno == EDQUOT; }

Errc errc_of(int code, int system_errno) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Errc::disk_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::data_dir_in_use;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      // A shared-memory file that can't grow comes as an I/O error; only errno tells why.
      return is_out_of_room(system_errno) ? Errc::disk_full : Errc::io;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return Errc::internal;
    default:
      return Errc::io;
  }
}

/// What a connection is for decides how it is set up. The caches are small: a community's old PC
/// runs the whole node in 40 MB.
constexpr std::array kWriterPragmas = {
    "PRAGMA page_size=4096",  // Before the file gets its first page; without effect later.
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",          // An answered write survives a power cut (I1).
    "PRAGMA wal_autocheckpoint=20000",  // At the default, copying back halves bulk writing.
    "PRAGMA cache_size=-8000",
    "PRAGMA secure_delete=ON",  // What was erased doesn't stay in free pages (I10).
};
constexpr std::array kReaderPragmas = {
    "PRAGMA query_only=1",
    "PRAGMA cache_size=-4000",
};
constexpr std::array kCommonPragmas = {
    "PRAGMA foreign_keys=0",  // References may dangle for a while.
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=0",  // An I/O error is an answer, not a signal.
    "PRAGMA trusted_schema=0",
};

}  // namespace

Error error_of(sqlite3* db, int code, std::string_view doing) {
  const char* text = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  const int system_errno = db != nullptr ? sqlite3_system_errno(db) : 0;
  return Error{errc_of(code, system_errno),
               std::string(doing) + ": " + text + " (" + std::to_string(code) + ")",
               {}};
}

bool file_exists(const std::filesystem::path& file) {
  auto* vfs = sqlite3_vfs_find(nullptr);
  int there = 0;
  return vfs->xAccess(vfs, file.c_str(), SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there != 0;
}

void remove_files(const std::filesystem::path& file) {
  auto* vfs = sqlite3_vfs_find(nullptr);
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
    const auto name = file.string() + suffix;
    (void)vfs->xDelete(vfs, name.c_str(), 0);
  }
}

// ---- Statement --------------------------------------------------------------------------------

Statement::Statement(sqlite3* db, std::string_view sql, unsigned prepare_flags) {
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), prepare_flags,
                                      &stmt_, nullptr);
  // Preparing reads the schema, so a broken file can be found here; anything else is our mistake.
  if (code != SQLITE_OK) {
    const auto error = error_of(db, code, "preparing " + std::string(sql.substr(0, 200)));
    ensure(error.code != Errc::internal, error.detail);
    throw DatabaseError(error);
  }
  ensure(stmt_ != nullptr, "a statement, not only space");
}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    sqlite3_finalize(stmt_);
    stmt_ = std::exchange(other.stmt_, nullptr);
  }
  return *this;
}

Statement::~Statement() { sqlite3_finalize(stmt_); }

Statement& Statement::bind(int at, std::int64_t v) {
  ensure(sqlite3_bind_int64(stmt_, at, v) == SQLITE_OK, "binding an integer");
  return *this;
}

Statement& Statement::bind_text(int at, std::string_view v) {
  ensure(
      sqlite3_bind_text64(stmt_, at, data_of(v), v.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK,
      "binding text");
  return *this;
}

Statement& Statement::bind_blob(int at, std::string_view v) {
  ensure(sqlite3_bind_blob64(stmt_, at, data_of(v), v.size(), SQLITE_STATIC) == SQLITE_OK,
         "binding a blob");
  return *this;
}

Statement& Statement::bind_null(int at) {
  ensure(sqlite3_bind_null(stmt_, at) == SQLITE_OK, "binding null");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(stmt_);
    return false;
  }
  // The message goes with the reset, so it is taken before.
  auto error = error_of(sqlite3_db_handle(stmt_), code, sqlite3_sql(stmt_));
  sqlite3_reset(stmt_);
  throw DatabaseError(std::move(error));
}

void Statement::run() { ensure(!step(), "a statement without rows"); }

void Statement::reset() { sqlite3_reset(stmt_); }

void Statement::clear() {
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

bool Statement::is_null(int at) const { return sqlite3_column_type(stmt_, at) == SQLITE_NULL; }

std::int64_t Statement::integer(int at) const { return sqlite3_column_int64(stmt_, at); }

std::string_view Statement::text(int at) const {
  // The text first: asking for it may convert, which changes the length.
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, at));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, at))};
}

std::string_view Statement::blob(int at) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(stmt_, at));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, at))};
}

int Statement::columns() const { return sqlite3_column_count(stmt_); }

// ---- Database ---------------------------------------------------------------------------------

struct Database::Cache {
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements;
};

Database::Database(std::filesystem::path file, Access access)
    : file_(std::move(file)), access_(access), cache_(std::make_unique<Cache>()) {}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, Access access) {
  if (access == Access::read && !file_exists(file)) {
    return fail(Errc::not_a_data_dir, "no " + file.string());
  }
  std::unique_ptr<Database> database(new Database(file, access));
  if (auto connected = database->connect(); !connected) return fail(connected.error());
  return database;
}

Result<void> Database::connect() {
  const int flags =
      access_ == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(file_.c_str(), &db_,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) return fail(error_of(db_, code, "opening " + file_.string()));
  sqlite3_busy_timeout(db_, kBusyMilliseconds);
  try {
    for (const char* pragma : kCommonPragmas) execute(pragma);
    if (access_ == Access::write) {
      for (const char* pragma : kWriterPragmas) execute(pragma);
    } else {
      for (const char* pragma : kReaderPragmas) execute(pragma);
    }
    // Nothing above need have touched the file; this shows one that isn't a database.
    execute("SELECT count(*) FROM sqlite_schema");
    register_tokenizer(db_);
  } catch (const DatabaseError& refused) {
    return fail(refused.error());
  }
  return {};
}

Result<void> Database::reconnect() {
  // Opening would make a new, empty one.
  if (!file_exists(file_)) return fail(Errc::io, "no " + file_.string() + " any more");
  auto fresh = open(file_, access_);
  if (!fresh) return fail(fresh.error());
  std::swap(db_, (*fresh)->db_);
  std::swap(cache_, (*fresh)->cache_);
  return {};
}

Database::~Database() {
  cache_.reset();  // Statements end before their connection.
  sqlite3_close_v2(db_);
}

void Database::execute(std::string_view sql) {
  const int code = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) refuse(db_, code, sql.substr(0, 200));
}

Statement& Database::cached(std::string_view sql) {
  auto& statements = cache_->statements;
  auto found = statements.find(sql);
  if (found == statements.end()) {
    found =
        statements.emplace(std::string(sql), Statement(db_, sql, SQLITE_PREPARE_PERSISTENT)).first;
    return found->second;
  }
  found->second.clear();
  return found->second;
}

void Database::reset_cached() {
  for (auto& [sql, statement] : cache_->statements) statement.reset();
}

// ---- Transaction, Savepoint -------------------------------------------------------------------

Transaction::Transaction(Database& db, bool read_only) : db_(db) {
  // A writer takes the lock now: asking for it after reading could fail half-way.
  db_.cached(read_only ? "BEGIN" : "BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
  if (!open_) return;
  db_.reset_cached();
  // A full disk makes SQLite roll back by itself; then there is nothing left to undo.
  if (sqlite3_get_autocommit(db_.handle()) != 0) return;
  sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  ensure(open_, "a transaction commits once");
  db_.reset_cached();
  db_.cached("COMMIT").run();
  open_ = false;
}

// One name is enough: SQLite means the innermost.
Savepoint::Savepoint(Database& db) : db_(db) { db_.cached("SAVEPOINT part").run(); }

Savepoint::~Savepoint() {
  if (!open_ || sqlite3_get_autocommit(db_.handle()) != 0) return;
  sqlite3_exec(db_.handle(), "ROLLBACK TO part; RELEASE part", nullptr, nullptr, nullptr);
}

void Savepoint::release() {
  ensure(open_, "a savepoint is released once");
  db_.cached("RELEASE part").run();
  open_ = false;
}

}  // namespace linli::store
