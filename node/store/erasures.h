// node/store/erasures.h: values that were erased (I10): which commitments, and destroying what
// opens them.
//
// The table only grows (rule 13): an opening of a commitment that stands in it is never kept,
// however late and by whatever road it comes. Functions that take a Log write: for the writer, in
// its transaction. All throw DatabaseError.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/store/projector.h"
#include "sync/snapshot_parcel.h"

namespace linli::store {

using crypto::Hash;

/// Which record; its scope by local number.
struct RecordPlace {
  std::int64_t scope = 0;
  std::uint32_t type = 0;
  sync::RecordId id{};
  auto operator<=>(const RecordPlace&) const = default;
};
/// Commitments by field.
using Commitments = std::map<std::uint32_t, std::set<Hash>>;

/// Does this store know of any erasure? Most don't, and pay nothing more.
[[nodiscard]] bool any_erased(Database& db);
/// A commitment counts as erased in its own place only: one that is listed under another record,
/// which its writer may write, destroys nothing.
[[nodiscard]] bool is_erased(Database& db, const RecordPlace& record, std::uint32_t field,
                             const Hash& commitment);
[[nodiscard]] Commitments erased_of(Database& db, const RecordPlace& record);
/// `arrival`: of the log entry that says so; 0: known from elsewhere (a folder before this one).
/// Answers with those that are new.
[[nodiscard]] Commitments remember_erased(Log& log, const RecordPlace& record,
                                          const Commitments& commitments, std::int64_t arrival);

/// Every commitment that any change of the record holds in these fields, losing and old ones too.
[[nodiscard]] Commitments committed_in(Log& log, Projector& projector, const Row& row,
                                       const std::set<std::uint32_t>& fields);
/// What the change lists; empty unless it is an erasure.
[[nodiscard]] Commitments listed_in(const sync::Change& change);

/// What was destroyed.
struct Destroyed {
  bool news = false;  ///< Something was erased that hadn't been before, whether or not it was here.
  std::int64_t values = 0;
  std::vector<std::pair<std::uint32_t, std::string>> by_field;  ///< Field, CBOR item.
  std::vector<crypto::Salt> salts;
};
/// Deletes the openings of these commitments of one record wherever the log holds them: in sets and
/// in parts of snapshots. The record is to be folded anew.
[[nodiscard]] Destroyed destroy(Log& log, Projector& projector, const RecordPlace& record,
                                const Commitments& commitments);
/// The attachments that such values named.
[[nodiscard]] std::vector<Hash> blobs_of(const model::RecordType& type, const Destroyed& values);

/// What is still to be done on the disk (a meta value, 0: nothing): see Store::scrub.
inline constexpr std::string_view kMetaErasing = "erasing";
/// kErasingLog: nothing was destroyed, but what is no longer anywhere may have stood here for a
/// while, and be left in the write-ahead log.
inline constexpr std::int64_t kErasingPages = 1, kErasingSearch = 2, kErasingLog = 4;

/// Carries erasures out: remembers them, destroys what opens them, folds the records anew, gives up
/// attachments that nothing else refers to, and strips what is kept beside the log. Of one record;
/// of a set that counts (call it behind `project`); of a part of a snapshot, which says so by
/// itself.
[[nodiscard]] Destroyed carry_out(Log& log, Projector& projector, const RecordPlace& record,
                                  const Commitments& commitments, std::int64_t arrival);
[[nodiscard]] Destroyed carry_out(Log& log, Projector& projector, const LoadedSet& loaded);
[[nodiscard]] Destroyed carry_out(Log& log, Projector& projector, const sync::SnapshotPart& part,
                                  std::int64_t arrival);
/// Those of the whole log: after a version that took them without carrying them out.
void carry_out_all(Log& log, Projector& projector);

/// Does the log hold what opens one of them? How many values of it.
[[nodiscard]] std::int64_t count_held(Log& log, Projector& projector, const RecordPlace& record,
                                      const Commitments& commitments);

/// The attachments that the held values name; and whether other records refer to one, too.
[[nodiscard]] std::vector<Hash> blobs_held(Log& log, Projector& projector,
                                           const RecordPlace& record, const model::RecordType& type,
                                           const Commitments& commitments);
[[nodiscard]] bool is_shared(Database& db, const Hash& blob, std::int64_t rec);

/// Takes out the openings of what was erased; `dropped` gets the places of their changes. Answers
/// with what went.
[[nodiscard]] Destroyed leave_out_erased(Log& log, const sync::ChangeSet& set,
                                         const std::vector<sync::Committed>& committed,
                                         std::vector<sync::Opening>& openings,
                                         std::set<std::uint32_t>& dropped);
/// True: some went.
bool leave_out_erased(Log& log, const sync::SnapshotPart& part,
                      std::vector<sync::PartValue>& values, std::set<std::size_t>& dropped);
/// The same of parcels that aren't in the log: those that wait, evidence, and own ones set aside.
/// Answers with what went: it is to be cleared from the disk like what stood in the log.
[[nodiscard]] Destroyed strip_what_is_held(Log& log);
/// Something that was left out stood on this disk: what the write-ahead log and freed pages have of
/// it is to go (Store::scrub).
void clear_later(Log& log);

/// All erasures as (path, record without its scope, field, commitment), for another folder.
struct ErasedValue {
  std::string path;
  std::uint32_t type = 0;
  sync::RecordId id{};
  std::uint32_t field = 0;
  Hash commitment{};
};
[[nodiscard]] std::vector<ErasedValue> all_erased(Database& db);

}  // namespace linli::store
