// node/tables/import_notes.h: what an import remembers of a file however long it is, and how far it
// got. Kept by who has a database (api/import_notes.h).
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/result.h"

namespace linli::tables {

class ImportNotes {
 public:
  struct Row {
    std::uint64_t number, content;  ///< `content`: 64 bits of a hash.
  };
  /// Records are counted from the file's beginning.
  struct Progress {
    std::uint64_t checked = 0;
    bool all_checked = false;
    std::uint64_t written = 0;  ///< Durable, or refused.
  };

  virtual ~ImportNotes() = default;
  /// How far a run got that was cut off; zeros: this is the first. Errors: the store's, as below.
  [[nodiscard]] virtual Result<Progress> begin() = 0;
  /// The row that was first noted under this key, if there was one; else `here` is noted.
  [[nodiscard]] virtual Result<std::optional<Row>> note(std::uint64_t key, const Row& here) = 0;
  virtual void note_refused(std::uint64_t record) = 0;
  [[nodiscard]] virtual Result<bool> was_refused(std::uint64_t record) = 0;
  /// With all that was noted since.
  [[nodiscard]] virtual Result<void> save(const Progress& progress) = 0;
  /// What was saved turned out not to be so: from the beginning.
  [[nodiscard]] virtual Result<void> begin_anew() = 0;
  /// The import came to its end, with or without faults.
  [[nodiscard]] virtual Result<void> end() = 0;
};

}  // namespace linli::tables
