// node/store/public_detail.h: what the public board's files share. Not for others.
#pragma once

#include "node/store/public_board.h"
#include "node/store/reading_detail.h"

namespace linli::store::reading {

/// Reads records and shows of them what everybody may see. A field that is personal or sealed can't
/// be asked for: that is a mistake of ours (std::logic_error), whatever it holds.
class Board {
 public:
  using Fields = std::vector<std::string_view>;

  Board(Store& store, Database& db) : store_(store), db_(db) {}

  /// The record of that id, not removed. Of several in different scopes (somebody gave a record of
  /// theirs the id of another's) the one that came here first: an id is known only once it is
  /// there.
  [[nodiscard]] std::optional<Row> one(std::string_view type, const sync::RecordId& id);
  /// Records of a type whose ref `field` names `target`, not removed; `order` in SQL. `states`: of
  /// these only; empty: any.
  [[nodiscard]] std::vector<Row> all(std::string_view type, std::string_view field,
                                     const Row& target, const Fields& states,
                                     const std::string& order, std::size_t most);
  [[nodiscard]] std::optional<Row> followed(const Row& row, std::string_view field);

  /// {id, ? in_doubt, …}: the fields that it has, by name. Codes with their labels, {code, zh, en};
  /// refs as {id, ? title}; no attachments. `in_doubt`: people who wrote at once contradict each
  /// other, or a rule is broken: the office is to look at it.
  [[nodiscard]] Json show(Row& row, const Fields& fields);
  /// The code of a record's state or choice; empty: none.
  [[nodiscard]] std::string code(const Row& row, std::string_view field) const;

  [[nodiscard]] Database& database() { return db_; }

 private:
  [[nodiscard]] Json value(const model::Field& field, const Json& held, const Row& row);
  Store& store_;
  Database& db_;
};

// What each of the parts may say, in one place.
[[nodiscard]] Json disclosures_of(Board& board, const Row& compound);
[[nodiscard]] Json questions_of(Board& board, const Row& compound);  ///< public_questions.cpp
/// Records that were shown to owners, those that a later version took the place of included.
[[nodiscard]] const Board::Fields& published_states();

}  // namespace linli::store::reading
