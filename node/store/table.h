// node/store/table.h: the typed table of one record type, generated from its declaration.
//
// One row a record: local columns (leading underscore) and one column a field. A value that its
// column can't hold (withheld, of a newer version's field, of the wrong shape) stands in `_extra`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/model/schema.h"
#include "node/store/database.h"

namespace linli::store {

inline constexpr std::int64_t kRowRemoved = 1;   ///< Deleted: a tombstone.
inline constexpr std::int64_t kRowInvalid = 2;   ///< Breaks a rule: see table `invalid`.
inline constexpr std::int64_t kRowStateful = 4;  ///< Its merge state stands in `record_state`.
/// None of its changes counts (they are held back): it is there for nobody, and keeps its number so
/// that nothing moves when one counts again. Such a row is marked removed as well.
inline constexpr std::int64_t kRowHidden = 8;

/// Record numbers are local; they carry the type in their low bits.
inline constexpr std::int64_t kTypesMax = 1024;
[[nodiscard]] constexpr std::uint32_t type_of_rec(std::int64_t rec) {
  return static_cast<std::uint32_t>(rec % kTypesMax);
}

struct Row {
  std::int64_t rec = 0;
  std::int64_t scope = 0;
  std::int64_t arrival = 0, idx = 0;  ///< Of its first change.
  std::int64_t latest = 0;            ///< Arrival of the newest change that touched it.
  std::int64_t flags = 0;
  model::Record record;  ///< `record.scope` is filled by the caller where it is needed.
};

class Table {
 public:
  explicit Table(const model::RecordType& type);

  [[nodiscard]] const model::RecordType& type() const { return type_; }
  [[nodiscard]] const std::string& name() const { return name_; }  ///< "r_inspection"
  /// CREATE TABLE and its indexes.
  [[nodiscard]] std::string ddl() const;

  [[nodiscard]] std::optional<Row> find(Database& db, std::int64_t scope,
                                        const sync::RecordId& id) const;
  [[nodiscard]] std::optional<Row> at(Database& db, std::int64_t rec) const;
  void insert(Database& db, const Row& head, std::span<const sync::FieldValue> fields) const;
  void update(Database& db, const Row& head, std::span<const sync::FieldValue> fields) const;

  /// "SELECT <all columns> FROM r_x": append a WHERE. `read` takes the row under the statement.
  [[nodiscard]] const std::string& select() const { return select_; }
  [[nodiscard]] Row read(const Statement& statement) const;
  /// Column of a field, quoted for SQL.
  [[nodiscard]] static std::string column(const model::Field& field);
  /// Binds a field's CBOR value as its column holds it (for comparisons). False: it can't.
  static bool bind_value(Statement& statement, int at, const model::Field& field,
                         std::string_view value);

 private:
  void bind_fields(Statement& statement, int first, std::span<const sync::FieldValue> fields,
                   std::string& extra) const;

  const model::RecordType& type_;
  std::string name_, select_, find_, at_, insert_, update_;
};

}  // namespace linli::store
