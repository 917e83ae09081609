// Reading statistics (aggregates.h): a term or two (stat_terms.h) become rows and a total.
#include <algorithm>
#include <functional>

#include "node/store/aggregates.h"
#include "node/store/org_tree.h"
#include "node/store/stat_terms.h"

namespace linli::store {
namespace {

using namespace statistics;

/// Is this term left whole where the question splits by a dim?
bool stands_whole(const Term& term, const Split& split) {
  return term.whole && std::any_of(split.by.begin(), split.by.end(), is_dim);
}

Keys without_dims(const Keys& keys, const Split& split) {
  Keys rest;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!is_dim(split.by[i])) rest.push_back(keys[i]);
  }
  return rest;
}

Error not_a_split(const std::string& name, const Statistic& statistic) {
  std::string known = "district, street, community, compound, month, day";
  for (const auto dim : {statistic.dim1, statistic.dim2}) {
    if (!dim.empty()) known += ", " + std::string(dim);
  }
  return {Errc::bad_value, "不能按 " + name + " 分组，可用 can't be split by it, only by: " + known,
          "by"};
}

using Rows = std::map<Keys, StatRow>;

/// Puts a term's figures into the rows: its own, or, where it stands whole, those that are there.
void put(Rows& rows, const Figures& figures, const Term& term, const Split& split,
         const std::function<void(StatRow&, std::int64_t)>& set) {
  if (!stands_whole(term, split)) {
    for (const auto& [keys, figure] : figures.rows) set(rows[keys], figure);
    return;
  }
  const bool only_dims = split.without_dims().by.empty();
  for (auto& [keys, row] : rows) {
    const auto found = figures.rows.find(without_dims(keys, split));
    if (found != figures.rows.end()) set(row, found->second);
    if (only_dims) set(row, figures.total);
  }
}

Result<Figures> figures_of(Database& db, const StatQuery& query, const Term& term,
                           const Split& split, const model::OrgTree* tree) {
  return read_term(db, query, term, stands_whole(term, split) ? split.without_dims() : split, tree);
}

Result<StatAnswer> answer_to(Database& db, const StatQuery& query, const model::OrgTree* tree) {
  ensure(query.statistic != nullptr, "a statistic to read");
  const auto& statistic = *query.statistic;
  if (query.from > query.to)
    return fail(Errc::bad_value, "开始日期晚于结束日期 from lies after to", "from");
  Split split;
  for (const auto& name : query.by) {
    const auto by = by_of(name, statistic);
    if (!by) return fail(not_a_split(name, statistic));
    split.by.push_back(*by);
  }

  const auto numerator = figures_of(db, query, statistic.numerator, split, tree);
  if (!numerator) return fail(numerator.error());
  Rows rows;
  StatAnswer answer;
  answer.total.numerator = numerator->total;
  put(rows, *numerator, statistic.numerator, split,
      [](StatRow& row, std::int64_t figure) { row.numerator = figure; });

  if (statistic.denominator) {
    const auto denominator = figures_of(db, query, *statistic.denominator, split, tree);
    if (!denominator) return fail(denominator.error());
    answer.total.denominator = denominator->total;
    put(rows, *denominator, *statistic.denominator, split,
        [](StatRow& row, std::int64_t figure) { row.denominator = figure; });
  }
  if (rows.size() > kRowsMax) return fail(Errc::too_large, "more than 100,000 rows");
  for (auto& [keys, row] : rows) {
    row.keys = keys;
    if (statistic.denominator && !row.denominator) row.denominator = 0;
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

}  // namespace

Result<StatAnswer> read_statistic(Database& db, const StatQuery& query) {
  return answer_to(db, query, nullptr);
}

Result<StatAnswer> read_statistic(Database& db, const StatQuery& query,
                                  const model::OrgTree& tree) {
  return answer_to(db, query, &tree);
}

}  // namespace linli::store
