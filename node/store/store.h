// node/store/store.h: one data directory's database: the one writer, and any number of readers.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "node/store/log.h"
#include "node/store/projector.h"

namespace linli::store {

/// Of log.sql. A greater one is refused; a smaller one is brought up to it, step by step, by
/// migration_<format>.sql (what can be rebuilt needs none: see projection_version in store.cpp).
inline constexpr std::int64_t kFormatVersion = 9;

/// Done / total change sets, for a progress line.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

class Store {
 public:
  /// Creates a new database in an existing folder. Errors: io, disk_full; bad_usage (one is there).
  [[nodiscard]] static Result<std::unique_ptr<Store>> create(const std::filesystem::path& file);
  /// Opens an existing one. If another version made it (I8), or a rebuild was cut off,
  /// Access::write puts that right; Access::read: data_dir_in_use. Errors: not_a_data_dir,
  /// newer_version, corrupt, io, disk_full.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                                           Access access,
                                                           const Progress& progress = {});

  /// The writing connection and what stands on it: one thread at a time. With Access::read it only
  /// reads.
  [[nodiscard]] Database& database() { return *db_; }
  [[nodiscard]] Log& log() { return *log_; }
  [[nodiscard]] Projector& projector() { return *projector_; }

  /// A connection for reading, given back when the lease ends. Sees the last commit. Thread-safe.
  class Lease {
   public:
    Lease(Store& store, std::unique_ptr<Database> db) : store_(store), db_(std::move(db)) {}
    ~Lease();
    Lease(Lease&&) = default;
    [[nodiscard]] Database& operator*() const { return *db_; }
    [[nodiscard]] Database* operator->() const { return db_.get(); }

   private:
    Store& store_;
    std::unique_ptr<Database> db_;
  };
  [[nodiscard]] Lease read();

  /// Makes the projections anew from the log, in steps that survive being cut off.
  void rebuild(const Progress& progress);
  /// The same within the writer's running transaction: after entries of the log went.
  void rebuild_within();
  /// Moves what the write-ahead log holds into the file and empties it, as far as readers allow:
  /// what was deleted shall not stay there. Not within a transaction.
  void clear_write_ahead_log();
  /// After values were destroyed: empties the write-ahead log, then looks for `traces` of them in
  /// the file, and writes it anew if some are left, or if none are given (nobody knows what to look
  /// for). True: nothing of them is in it. False: somebody reads an older state, or the disk is too
  /// full: call it again. Not within a transaction.
  [[nodiscard]] bool scrub(const std::vector<std::string>& traces);
  /// The first half of that alone. True: the write-ahead log is empty.
  [[nodiscard]] bool scrub_write_ahead_log();
  /// Makes the file as small as what it holds, as far as readers allow; not within a transaction.
  /// Needs room for a second copy meanwhile; without that the file stays as it is.
  void give_back_room();
  /// Projects the log into a fresh database beside this one and compares every table: the names of
  /// those that differ, with how. Needs room for a second copy of the projections.
  [[nodiscard]] Result<std::vector<std::string>> compare_projections(const Progress& progress);

 private:
  Store() = default;
  std::filesystem::path file_;
  std::unique_ptr<Database> db_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Projector> projector_;
  std::mutex readers_guard_;
  std::vector<std::unique_ptr<Database>> readers_;  ///< Idle ones; guarded by readers_guard_.
};

}  // namespace linli::store
