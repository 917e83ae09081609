// node/tables/importing.h: a table's records go in, or all that is wrong with them is named.
//
// By default everything or nothing: a table of at most `together_records` goes in as one; a larger
// one is checked from its first row to its last, and only if nothing is wrong it is read again and
// goes in piece by piece. With `skip_bad` what is good goes in as it comes. A long import that was
// cut off goes on where it was, if its notes were kept.
#pragma once

#include <functional>

#include "node/tables/import_notes.h"
#include "node/tables/records.h"

namespace linli::tables {

/// What became of one record. `done`: created, changed, unchanged, refused.
struct Landed {
  std::string done, id, scope;
  std::vector<model::Fault> faults;
  std::size_t settled = 0;  ///< Conflicts of the record that were open before.
};
struct LandHow {
  bool dry_run = false;   ///< Nothing is kept.
  bool together = false;  ///< All of them or none.
};
/// Where records go: the replica's one road. Outcomes in the order of the records; what isn't
/// refused is durable.
using Land = std::function<Result<std::vector<Landed>>(const std::vector<Json>& records,
                                                       const LandHow& how)>;

struct ImportOptions {
  bool dry_run = false, skip_bad = false;
  bool update = false;  ///< As Land understands it: a key that is there already is no mistake.
  /// Records without a natural key get an id that follows from what stands in their row and where:
  /// the same table, imported again after a power cut, makes none of them twice.
  bool name_rows = false;
  std::size_t piece_records = 500;
  std::size_t together_records = 10'000, together_bytes = 4u << 20;
  std::size_t save_records = 5'000;  ///< How often the notes are saved: each waits for the disk.
};

struct ImportReport {
  std::map<std::string, std::size_t> done;  ///< How many were created, …; of a dry run: would be.
  std::size_t records = 0, refused = 0;
  std::size_t settled = 0;   ///< Conflicts that were open before; of a dry run: would be settled.
  std::size_t withheld = 0;  ///< Cells that only say that a value isn't shown: left as it was.
  /// Of `records`: what a run before that was cut off had dealt with, and this one didn't read
  /// again.
  std::size_t earlier = 0;
  bool nothing_went_in = false;  ///< Because of a problem, or it was a dry run.
  /// Reading or writing broke off here: what is in `done` is in, the rest isn't known.
  std::optional<Error> broke_off = {};

  [[nodiscard]] std::size_t accepted() const;
};
/// {records, accepted, refused, done, ? earlier, ? withheld, ? settled, dry_run, nothing_went_in}
[[nodiscard]] Json report_json(const ImportReport& report, const ImportOptions& options);

/// Hears of everything as it happens, in the table's order.
class ImportListener {
 public:
  virtual ~ImportListener() = default;
  /// A record that was refused, with all its problems.
  virtual void refused(const TableRecord& record, const std::vector<Problem>& problems) = 0;
  virtual void landed(const TableRecord& record, const Landed& landed) = 0;
  virtual void progress(std::uint64_t done, std::uint64_t total) = 0;
  /// A run before was cut off there; this one goes on from it.
  virtual void resumed(const ImportNotes::Progress& from) = 0;
};

[[nodiscard]] ImportReport import_table(RecordSource& records, const Land& land,
                                        const ImportOptions& options, ImportNotes& notes,
                                        ImportListener& listener);

}  // namespace linli::tables
