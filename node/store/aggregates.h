// node/store/aggregates.h: keeps what records contribute to the measures, and reads statistics (I7).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/model/schema.h"
#include "node/store/database.h"

namespace linli::store {

/// Collects what a transaction adds and takes away, and writes it once before the commit.
class Aggregates {
 public:
  explicit Aggregates(Database& db) : db_(db) {}
  /// `sign`: +1 adds the contributions, −1 takes them away. Cheap: memory only.
  void apply(std::int64_t scope, const std::vector<model::Contribution>& contributions, int sign);
  void flush();    ///< Upserts the differences; rows that reach 0 are deleted.
  void discard();  ///< After a rollback.

 private:
  Database& db_;
  std::unordered_map<std::string, std::int64_t> pending_;  ///< Encoded key → difference.
  std::unordered_map<std::string, std::int64_t> measure_ids_;
};

/// A question to a statistic.
struct StatQuery {
  const model::Statistic* statistic = nullptr;
  std::vector<std::string> by;  ///< district, street, community, compound, month, day, or a dim's name.
  std::int64_t from = 0, to = 0;  ///< Local days, [from, to).
  std::int64_t today = 0;         ///< A parameter, so that as-of figures are reproducible (rule 21).
  std::string scope;              ///< Only at or below this path.
};
struct StatRow {
  std::vector<std::string> keys;  ///< One for each `by`: a path, a compound's id in hex, "2023-05", a code.
  std::int64_t numerator = 0;
  std::optional<std::int64_t> denominator;
};
struct StatAnswer {
  std::vector<StatRow> rows;  ///< Ascending by keys.
  StatRow total;              ///< Over everything asked for: not a sum of rows where keys are distinct.
};
/// Errors: bad_value (an unknown `by`, from after to), not more than 100,000 rows (too_large).
/// A numerator without a matching denominator row has denominator 0; stocks are taken at `to`, or
/// at the end of each month or day when grouped by one.
[[nodiscard]] Result<StatAnswer> read_statistic(Database& db, const StatQuery& query);

}  // namespace linli::store
