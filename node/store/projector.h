// node/store/projector.h: from change sets to records, search and figures. The only way in (I2).
#pragma once

#include <map>
#include <memory>

#include "node/store/aggregates.h"
#include "node/store/log.h"
#include "node/store/search.h"
#include "node/store/table.h"
#include "sync/merge.h"
#include "sync/snapshot_parcel.h"

namespace linli::store {

/// What a new record by one change shows, breaks, counts for and is found by. Values point into the
/// set's bytes or its openings.
struct Preview {
  std::vector<sync::FieldValue> values;
  std::vector<model::Fault> faults;
  std::vector<model::Contribution> contributions;  ///< Empty for a type with peers.
  SearchText text;
};
/// Of every put of a known type; whether it makes a new record the writer finds out. Pure, so that
/// it can be done beside the writer.
[[nodiscard]] std::vector<std::optional<Preview>> preview(
    const LoadedSet& loaded, const std::vector<sync::Opening>& openings);

/// The same of a record that a snapshot speaks of, with the memory that its values point into.
struct RecordPreview {
  sync::Merged merged;
  std::vector<std::string> opened;
  Preview preview;
};
/// Of every record of a known type that stands without conflict; `values` open its commitments.
[[nodiscard]] std::vector<std::optional<RecordPreview>> preview(
    const sync::SnapshotPart& part, const std::vector<sync::PartValue>& values);

/// Writes the projections in `target`; reads the log through `log`, which may be of another file
/// (`verify` projects the log anew beside the real thing and compares). Call within a transaction.
class Projector {
 public:
  Projector(Database& target, Log& log, const model::Schema& schema);

  /// Creates the tables of projection.sql and of every record type.
  void create();
  /// Drops whatever `create` made, of this or an older version.
  void drop();

  /// Projects one accepted set, whose openings the log holds. `previews`: of its changes, if they
  /// were made already.
  void project(const LoadedSet& loaded, std::vector<std::optional<Preview>> previews = {});
  /// Likewise a part of a snapshot, which stands in the log under that number. What is known of its
  /// records from elsewhere goes on counting beside it.
  void project_part(std::int64_t arrival, std::vector<std::optional<RecordPreview>> previews = {});
  /// Folds anew every record that a set touched, after its clock was flagged, or it began or ceased
  /// to count.
  void refold(const LoadedSet& loaded);
  /// One record, after values of it came or went. One that isn't here: nothing happens.
  void refold(std::uint32_t type, std::int64_t scope, const sync::RecordId& id);
  /// Leaves nothing in the index of erasable text but what is indexed now.
  void compact_search() { search_.compact_erasable(); }
  /// Writes what was collected; before every commit.
  void flush();
  /// After a rollback.
  void discard();

  [[nodiscard]] const Table* table(std::uint32_t type) const;
  [[nodiscard]] const std::map<std::uint32_t, Table>& tables() const { return tables_; }
  /// A record's merge state, from its row (and the log).
  [[nodiscard]] sync::RecordState state_of(const Row& row);
  /// What those of its changes add up to that count and stand in a set that is `wanted`; nothing:
  /// none does.
  [[nodiscard]] std::optional<sync::RecordState> state_of(
      const Row& row, const std::function<bool(const LoadedSet&)>& wanted);
  /// Every change to a record that the log has, as (arrival, place), in the order of arrival; the
  /// first may be a part of a snapshot.
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> changes_of(const Row& row);
  [[nodiscard]] const sync::MergeRules& rules(std::uint32_t type) const { return rules_.at(type); }

 private:
  [[nodiscard]] bool says_it_all(const LoadedSet& loaded, const sync::Change& change) const;
  [[nodiscard]] bool row_says_it_all(const Row& row);
  void apply(const LoadedSet& loaded, std::uint32_t index, std::optional<Preview> preview);
  void set_aside(const LoadedSet& loaded, std::uint32_t index, const Table& table,
                 std::optional<Row> row);
  void create_record(const LoadedSet& loaded, std::uint32_t index, const Table& table,
                     const Preview& preview);
  void insert_record(Row row, const Table& table, const Preview& preview);
  void project_record(std::int64_t arrival, std::int64_t place, std::int64_t scope,
                      const sync::SnapshotRecord& record, std::optional<RecordPreview> preview);
  void write_state(const Table& table, std::optional<Row> old, Row head,
                   const sync::RecordState& state);
  void count(const Table& table, const Row& row, int sign);
  void count_peers(const Table& table, const std::vector<const Row*>& rows, int sign);
  [[nodiscard]] std::map<std::int64_t, Row> group_of(const Table& table,
                                                     const std::vector<const Row*>& rows);
  void count_group(const Table& table, const std::map<std::int64_t, Row>& group, int sign);
  [[nodiscard]] std::vector<Row> peers_of(const Table& table, const Row& row);
  void index(const Table& table, const Row* old, const Row& head);
  void mark(const Row& row, std::size_t conflicts, const std::vector<model::Fault>& faults);
  void refer(const Table& table, const Row& head, const sync::Merged& merged);
  [[nodiscard]] std::int64_t next_rec(std::uint32_t type);
  [[nodiscard]] std::string opened_value(const sync::VersionId& version, std::int64_t rec,
                                         std::string value);
  /// Where a version's values and attachments hang: its set, or the part that stands for it.
  [[nodiscard]] std::optional<std::int64_t> place_of(const sync::VersionId& version,
                                                     std::int64_t rec);
  /// Who wrote a version of that record (a local number); 0: nobody knows.
  [[nodiscard]] std::int64_t author_of(const sync::VersionId& version, std::int64_t rec);
  /// What the changes that count add up to, on top of what a snapshot says; nothing: none does.
  std::optional<sync::RecordState> fold(const Row& row);
  void add_change(const Row& row, std::int64_t arrival, std::uint32_t index);

  Database& db_;
  Log& log_;
  const model::Schema& schema_;
  Aggregates aggregates_;
  SearchIndex search_;
  std::map<std::uint32_t, Table> tables_;
  std::map<std::uint32_t, sync::MergeRules> rules_;
  sync::Policy policy_;  ///< For the ranks of moves.
  std::int64_t last_rec_ = -1;
};

}  // namespace linli::store
