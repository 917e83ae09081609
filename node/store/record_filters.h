// node/store/record_filters.h: FIELD=VALUE conditions on the records of one type, as SQL.
#pragma once

#include "node/store/table.h"

namespace linli::store {

class RecordFilters {
 public:
  using Where = std::vector<std::pair<std::string, std::string>>;
  /// `first`: the number of the first parameter that they may use. Errors, each with its field:
  /// unknown_field, forbidden (is counted, never looked for), bad_value.
  [[nodiscard]] static Result<RecordFilters> of(const model::RecordType& type, const Where& where,
                                                int first);
  [[nodiscard]] const std::string& sql() const { return sql_; }  ///< " AND …" or nothing.
  /// Errors: bad_value.
  [[nodiscard]] Result<void> bind(Statement& statement) const;

 private:
  int first_ = 1;
  std::string sql_;
  std::vector<std::pair<const model::Field*, std::string>> values_;
};

}  // namespace linli::store
