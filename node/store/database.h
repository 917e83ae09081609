// node/store/database.h: SQLite with owners: a connection, a statement, a transaction.
//
// Errors of SQLite become Result where they can happen in ordinary life (opening, a full disk, a
// busy file); a statement that can't be prepared or bound is a bug and throws (ensure). A step that
// fails throws DatabaseError, which rolls the transaction back; Store turns it into a Result.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::store {

/// A step failed: disk full, I/O, corruption. `error()` says which.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(Error error) : std::runtime_error(describe(error)), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// A prepared statement. Views that columns answer with live until the next step or reset.
class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql, unsigned prepare_flags = 0);
  Statement(Statement&& other) noexcept : stmt_(std::exchange(other.stmt_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Positions from 1. Text and blobs are not copied: keep them until the step.
  Statement& bind(int at, std::int64_t v);
  Statement& bind_text(int at, std::string_view v);
  Statement& bind_blob(int at, std::string_view v);
  Statement& bind_null(int at);

  /// True: a row is there. False: done (and reset). Throws DatabaseError.
  bool step();
  /// Runs to the end, expecting no row.
  void run();
  void reset();
  void clear();  ///< Resets, and binds null everywhere.

  // Columns from 0.
  [[nodiscard]] bool is_null(int at) const;
  [[nodiscard]] std::int64_t integer(int at) const;
  [[nodiscard]] std::string_view text(int at) const;
  [[nodiscard]] std::string_view blob(int at) const;
  [[nodiscard]] int columns() const;

 private:
  sqlite3_stmt* stmt_ = nullptr;
};

enum class Access { write, read };

/// Is a database's file there (one without a byte isn't), as SQLite itself sees its files? The
/// simulator puts a disk of its own under SQLite (sqlite3_vfs_register), which the file system
/// doesn't know.
[[nodiscard]] bool file_exists(const std::filesystem::path& file);
/// Takes a database away, with what SQLite keeps beside it. One that isn't there: nothing happens.
void remove_files(const std::filesystem::path& file);

/// One connection; used by one thread at a time.
class Database {
 public:
  /// Opens or (for writing) creates; WAL, synchronous=FULL, foreign keys off, the tokenizer `linli`
  /// registered. Errors: io, disk_full, corrupt, not_a_data_dir (reading a file that isn't there).
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                              Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// The same file through a new connection; nothing prepared before may still be in use. Not
  /// within a transaction. After a failed step: what the full-text tables keep in memory may be of
  /// what was rolled back, and they would refuse as `corrupt` from then on. Errors: as open(); then
  /// the old connection stays.
  [[nodiscard]] Result<void> reconnect();

  void execute(std::string_view sql);  ///< One or more statements without rows.
  /// Prepared once per text and kept; cleared before it is handed out. Not re-entrant per text:
  /// don't use the same text again while its rows are being read.
  [[nodiscard]] Statement& cached(std::string_view sql);
  /// Ends the reading of every cached statement. Each transaction does it at its end: a statement
  /// left on a row would hold the old snapshot. Rows read across transactions need prepare(); who
  /// reads without a transaction steps to the end, or resets.
  void reset_cached();
  [[nodiscard]] Statement prepare(std::string_view sql) { return {db_, sql}; }
  [[nodiscard]] sqlite3* handle() { return db_; }
  [[nodiscard]] std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(db_); }
  [[nodiscard]] int changes() const { return sqlite3_changes(db_); }

 private:
  Database(std::filesystem::path file, Access access);
  [[nodiscard]] Result<void> connect();

  std::filesystem::path file_;
  Access access_;
  sqlite3* db_ = nullptr;
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& db, bool read_only = false);
  ~Transaction();
  void commit();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  Database& db_;
  bool open_ = true;
};

/// A transaction inside one: undoes a part and keeps the rest.
class Savepoint {
 public:
  explicit Savepoint(Database& db);
  ~Savepoint();
  void release();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

 private:
  Database& db_;
  bool open_ = true;
};

/// What a result code of SQLite means here.
[[nodiscard]] Error error_of(sqlite3* db, int code, std::string_view doing);

}  // namespace linli::store
