// node/store/record_past.h: all changes of one record, and what became of each.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "node/store/projector.h"

namespace linli::store {

/// What a committed value opens to; nothing: it is no commitment, or its opening isn't here.
[[nodiscard]] std::optional<std::string> opened(Log& log, std::int64_t arrival,
                                                std::string_view value);

/// One change of a record, where the log has it.
struct PastChange {
  std::shared_ptr<const LoadedSet> loaded;
  std::uint32_t index = 0;
  [[nodiscard]] const sync::Change& change() const { return loaded->set.changes[index]; }
  [[nodiscard]] sync::VersionId version() const { return {loaded->feed, loaded->set.seq, index}; }
  /// Its place among others: max(stamp, seen.time).
  [[nodiscard]] sync::Micros time() const;
};

/// What became of what a change wrote in one cell.
struct Fate {
  enum class Became {
    stands,      ///< It is what the record shows; several may have said so at once.
    lost,        ///< A leaf that says something else than the winning one: an open conflict.
    superseded,  ///< A later change was made on it.
    ended,       ///< The record was deleted after it.
    waits,       ///< Of a life that hasn't begun here.
  } became = Became::stands;
  std::optional<sync::VersionId> by;  ///< The winner, the later change, the delete.
};
[[nodiscard]] std::string_view name_of(Fate::Became became);

/// Reads all that is held of one record. Cost grows with the record's own past only.
class RecordPast {
 public:
  static constexpr std::uint32_t kLifeCell = 0;

  /// At most `newest` changes, the newest that arrived (and always the first).
  RecordPast(Database& db, Log& log, Projector& projector, const Row& row,
             std::size_t newest = SIZE_MAX);

  /// Oldest first, in the order that all nodes share: by time, feed, number, place.
  [[nodiscard]] const std::vector<PastChange>& changes() const { return changes_; }
  /// The snapshot that stands for what came before, if one does; changes that it covers may be
  /// missing.
  [[nodiscard]] std::shared_ptr<const sync::SnapshotPart> snapshot() const { return snapshot_; }
  [[nodiscard]] const PastChange* find(const sync::VersionId& version) const;
  [[nodiscard]] const sync::Merged& merged() const { return merged_; }
  /// The cells that a change writes, ascending; a delete writes kLifeCell.
  [[nodiscard]] std::vector<std::uint32_t> cells_of(const sync::Change& change) const;
  [[nodiscard]] Fate fate(const PastChange& change, std::uint32_t cell) const;
  /// The versions of this cell that were open side by side until this change named them all; empty:
  /// it settled no conflict.
  [[nodiscard]] std::vector<sync::VersionId> settled_by(const PastChange& change,
                                                        std::uint32_t cell) const;

 private:
  /// What a change writes in a cell.
  [[nodiscard]] sync::Leaf written(const PastChange& change, std::uint32_t cell) const;
  [[nodiscard]] std::set<sync::VersionId> beneath(const std::vector<sync::VersionId>& named,
                                                  std::uint32_t cell) const;
  [[nodiscard]] bool is_leaf(const sync::VersionId& version, std::uint32_t cell) const;
  [[nodiscard]] Fate fate_of_delete(const PastChange& change) const;
  [[nodiscard]] std::optional<sync::VersionId> later(const PastChange& change,
                                                     std::uint32_t cell) const;
  [[nodiscard]] std::optional<sync::VersionId> delete_of(std::uint64_t life) const;

  const model::RecordType& type_;
  std::vector<PastChange> changes_;
  std::shared_ptr<const sync::SnapshotPart> snapshot_;
  sync::RecordState state_;
  sync::Merged merged_;
};

}  // namespace linli::store
