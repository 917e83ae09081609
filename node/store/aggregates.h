// node/store/aggregates.h: keeps what records contribute to measures, and reads statistics (I7).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/model/schema.h"
#include "node/store/database.h"

namespace linli::store {

/// A measure's number in the tables: follows from its name, so that a rebuild gives the same.
[[nodiscard]] std::int64_t measure_id(std::string_view name);
/// Year × 12 + month (0 … 11) of a local day.
[[nodiscard]] std::int64_t month_of_day(std::int64_t day);
/// The years 0001 to 9999. What a peer signed for another day counts on the first or last of these.
[[nodiscard]] std::int64_t bounded_day(std::int64_t day);

/// Collects what a transaction adds and takes away, and writes it once before the commit.
class Aggregates {
 public:
  explicit Aggregates(Database& db) : db_(db) {}
  /// A single contribution is taken as at most ±kContributionMax, so that sums stay integers.
  static constexpr std::int64_t kContributionMax = 1'000'000'000'000'000;
  /// `sign`: +1 adds the contributions, −1 takes them away. Cheap: memory only.
  void apply(std::int64_t scope, const std::vector<model::Contribution>& contributions, int sign);
  void flush();    ///< Upserts the differences; rows that reach 0 are deleted.
  void discard();  ///< After a rollback.

 private:
  using Differences = std::unordered_map<std::string, std::int64_t>;
  void write(const Differences& differences, std::string_view upsert);
  void name_measures();

  Database& db_;
  Differences pending_;  ///< Encoded key → difference.
  std::unordered_map<std::string, std::int64_t> measure_ids_;
};

/// A question to a statistic.
struct StatQuery {
  const model::Statistic* statistic = nullptr;
  /// district, street, community, compound, month, day, or a dim's name.
  std::vector<std::string> by;
  std::int64_t from = 0, to = 0;  ///< Local days, [from, to).
  std::int64_t today = 0;  ///< A parameter, so that as-of figures are reproducible (rule 21).
  std::string scope;       ///< Only at or below this path.
};
struct StatRow {
  /// One for each `by`: a path, a compound's id in hex, "2023-05", a code.
  std::vector<std::string> keys;
  std::int64_t numerator = 0;
  std::optional<std::int64_t> denominator;
};
struct StatAnswer {
  std::vector<StatRow> rows;  ///< Ascending by keys; none if not split by anything.
  StatRow total;  ///< Over everything asked for: not a sum of rows where keys are distinct.
};
/// Errors: bad_value (an unknown `by`, from after to), not more than 100,000 rows (too_large).
/// A numerator without a matching denominator row has denominator 0, and the other way round; rows
/// of nothing but 0 are left out. Stocks, those of `within` too, are taken at `to`, or at the end
/// of each month or day (`to`, if that is earlier) when grouped by one. As-of terms are grouped by
/// the month or day that is due, and their `within` is taken at `to`. `within` looks at all of
/// `scope`, not at one group; but what it looks at stands where the stock's tree has it
/// (org_tree.h). A denominator that is `whole` makes no rows of its own when grouped by a dim.
[[nodiscard]] Result<StatAnswer> read_statistic(Database& db, const StatQuery& query);

}  // namespace linli::store
