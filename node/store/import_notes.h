// node/store/import_notes.h: what an import remembers of a long file, on the disk instead of in
// memory; and, of one that was cut off, how far it got.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "crypto/hash.h"
#include "node/store/database.h"
#include "sync/clock.h"

namespace linli::store {

/// Of one import. One thread. Throws DatabaseError.
class ImportNotes {
 public:
  struct Row {
    std::uint64_t number, content;  ///< `content`: 64 bits of a hash.
  };
  struct Progress {
    std::uint64_t checked = 0;  ///< Records from the file's beginning.
    bool all_checked = false;
    std::uint64_t written = 0;  ///< Likewise; durable or refused.
    auto operator<=>(const Progress&) const = default;
  };

  /// A file without a name in the folder for temporary files: gone with this object. Errors: io.
  [[nodiscard]] static Result<std::unique_ptr<ImportNotes>> temporary();
  /// Made when it is missing, and anew when it can't be read: it only spares work. `what` names the
  /// file and how it is read; what another run left under that name is found again. Runs that
  /// nobody went on with for 30 days are forgotten. Errors: io, disk_full, data_dir_in_use.
  [[nodiscard]] static Result<std::unique_ptr<ImportNotes>> open(const std::filesystem::path& file,
                                                                 const crypto::Hash& what,
                                                                 sync::Micros now);

  /// As it was when this was opened, or as saved since.
  [[nodiscard]] const Progress& progress() const { return progress_; }
  /// When the first run of it began.
  [[nodiscard]] sync::Micros begun() const { return begun_; }

  /// The row that was first noted under this key, if there was one; else `here` is noted.
  [[nodiscard]] std::optional<Row> note(std::uint64_t key, const Row& here);
  void note_refused(std::uint64_t number) { refused_.insert(number); }
  [[nodiscard]] bool was_refused(std::uint64_t number);
  /// With all that was noted since, at once and durable.
  void save(const Progress& progress);
  /// What was saved isn't so (the folder's database was put back): from the file's beginning.
  void begin_anew();
  /// It came to its end: nothing of it is left.
  void forget();

 private:
  explicit ImportNotes(std::unique_ptr<Database> db) : db_(std::move(db)) {}
  void find(const crypto::Hash& what, sync::Micros now);
  void clear();

  std::unique_ptr<Database> db_;
  std::int64_t import_ = 0;
  sync::Micros begun_ = 0;
  Progress progress_;
  std::map<std::uint64_t, Row> seen_;  ///< Not saved yet: of one piece of the file.
  std::set<std::uint64_t> refused_;    ///< Likewise.
};

}  // namespace linli::store
