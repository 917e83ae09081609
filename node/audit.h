// node/audit.h: notes who read personal values and who administered, without slowing reading down.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "node/data_dir.h"
#include "node/model/json.h"
#include "node/store/audit.h"

namespace linli::node {

using store::AuditEntry;

/// The system's user who runs this process: its name, or number if it has none.
[[nodiscard]] std::string system_user();
/// How the audit log names one who ran a command.
[[nodiscard]] std::string system_user_text(const std::string& user);

/// Collects what one answer showed of personal values (pi1, pi2).
class Seen {
 public:
  /// `fields` as records are answered: name → value. Withheld and erased values aren't seen.
  void look(const model::RecordType& type, const sync::RecordId& id, const model::Json& fields);
  /// What a conflict shows of a record's versions: the one that stands, those aside, or the edits
  /// that merged. `conflict` as conflicts are answered.
  void look_at_conflict(const model::Json& conflict);
  /// What the answer to a settlement shows of the record: {type, id, ? writes{fields}}.
  void look_at_writes(const model::Json& settled);
  [[nodiscard]] bool anything() const { return !records_.empty(); }
  [[nodiscard]] std::size_t count() const { return records_.size(); }
  /// What was collected, into the entry; and begins anew.
  void move_into(AuditEntry& entry);

 private:
  std::vector<sync::RecordId> records_;
  std::set<std::string> fields_;
};

/// The audit log of a data folder. Reads are noted in memory and written together by a thread of
/// its own, at most kLag later: what was read in the last moments before a power cut may be
/// missing. Administration is written at once. Thread-safe.
class Audit {
 public:
  static constexpr std::chrono::milliseconds kLag{200};
  /// Errors: io, disk_full, corrupt, newer_version.
  [[nodiscard]] static Result<std::unique_ptr<Audit>> open(const DataDir& dir);
  ~Audit();  ///< Writes what is left.
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// For reads. If the log can't be written any more and too many wait, the read fails instead:
  /// throws store::DatabaseError.
  void note(AuditEntry entry);
  /// Durable when it returns. Throws store::DatabaseError.
  void append(AuditEntry entry);
  void flush();  ///< Writes what waits. Throws store::DatabaseError.

  [[nodiscard]] std::vector<store::AuditRow> list(const store::AuditQuery& query);
  [[nodiscard]] store::AuditVerdict verify(const std::optional<crypto::Hash>& noted = {});

 private:
  explicit Audit(std::unique_ptr<store::Database> db);
  void run();

  std::mutex db_guard_;
  std::unique_ptr<store::Database> db_;  ///< Guarded by db_guard_, which is taken first.
  std::mutex guard_;                     ///< Guards what follows.
  std::vector<AuditEntry> waiting_;
  bool stopping_ = false;
  std::condition_variable ready_;
  std::thread writer_;
};

[[nodiscard]] model::Json audit_row_json(const store::AuditRow& row);

}  // namespace linli::node
