// node/data_dir.h: the folder that is a node: its files, its lock, its mark against rolled-back
// disks.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "crypto/result.h"

namespace linli::node {

/// linli.db   the log and its projections (SQLite)
/// node.key   the node's signing key, 0600;  root.key  the city's, on the hub only: keep it offline
/// tls.key    the node's TLS key, 0600 (node/tls_key.h);  tls/  certificates (node/tls_shown.h)
/// lock       held by the one process that may write
/// mark       the newest epoch and arrival number: greater than the database's after a restore
/// blobs/     attachments (node/blobs.h)
/// serve      address and token of the running `linli serve`, so that commands find it
/// accounts.db the people at this node, and the audit log (node/store/accounts.sql)
class DataDir {
 public:
  explicit DataDir(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path database() const { return root_ / "linli.db"; }
  [[nodiscard]] std::filesystem::path node_key() const { return root_ / "node.key"; }
  [[nodiscard]] std::filesystem::path root_key() const { return root_ / "root.key"; }

  /// Makes the folder (0700). Errors: bad_usage if it holds a node or other files already, io.
  [[nodiscard]] Result<void> create() const;
  /// Errors: not_a_data_dir.
  [[nodiscard]] Result<void> check() const;

  /// Where the running node listens ("http://127.0.0.1:8080"), if one runs.
  [[nodiscard]] std::optional<std::string> serving() const;
  /// What the running node takes for proof that a caller may read this folder: its commands show it
  /// as a bearer token. Another with each run; empty: none runs.
  [[nodiscard]] std::string serving_token() const;
  void set_serving(const std::string& url, const std::string& token = {}) const;
  void clear_serving() const;

 private:
  std::filesystem::path root_;
};

/// Held while a process may write to the folder; released by the system if it dies.
class Lock {
 public:
  /// Errors: data_dir_in_use (says by which process), io.
  [[nodiscard]] static Result<std::unique_ptr<Lock>> take(const DataDir& dir);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Lock() = default;
  int fd_ = -1;
};

/// The mark: written after each commit without waiting for the disk, so it never runs ahead of what
/// was durable, and a database that is behind it was put back from a copy. The epoch is in it,
/// since the same copy may be put back twice.
class Mark {
 public:
  struct Place {
    std::uint64_t epoch = 0;
    std::int64_t arrival = 0;
    std::int64_t let_go = 0;  ///< How often entries left the log with a scope.
    auto operator<=>(const Place&) const = default;
  };
  /// Errors: io.
  [[nodiscard]] static Result<std::unique_ptr<Mark>> open(const DataDir& dir);
  ~Mark();
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  [[nodiscard]] Place read() const;  ///< Zeros: none yet.
  void write(Place place) const;

 private:
  Mark() = default;
  int fd_ = -1;
};

}  // namespace linli::node
