// node/store/period_figures.h: figures of a period as they are submitted, and what has become of
// them since: approved ones stay, and what came later is shown beside them as a correction.
#pragma once

#include "node/model/period_figures.h"
#include "node/store/past_state.h"
#include "node/store/reading.h"
#include "node/store/stat_question.h"

namespace linli::store {

/// As of the day behind the period's end: what is due by a day is compared with that day.
struct PeriodQuestion {
  std::string set;
  std::string scope;  ///< Empty: where this node's own records live.
  std::string period;
  sync::Micros now = 0;
};
/// The record to submit, as model::read_draft takes it, counted from what is here now: {scope, set,
/// period, as_of, figures, digest, node, arrival, chain, records, included, communities, reported,
/// status: submitted}. Errors: bad_value (period), not_found (no such set), corrupt.
[[nodiscard]] Result<Json> figures_to_submit(Store& store, const PeriodQuestion& question);

/// A record of the type, found by its id, or by scope, set and period: {record (as get_record),
/// figures[{statistic, label, figure, submitted{numerator, denominator}, here{…}, correction{…}}],
/// same (this node counts the same today), digest_here, later{items[{type, id, scope, title,
/// arrival, at, node, before[…], now[…]}], more}, ? recomputed{same, digest}}. `correction`: what
/// is counted here today minus what was submitted. `later`: records whose contributions differ by
/// change sets that the submission didn't include; null if it doesn't say which it did.
/// `recompute`: counts anew from exactly the change sets that were included. Errors: not_found.
[[nodiscard]] Result<Json> review_figures(Store& store, const std::string& scope,
                                          const sync::RecordId& id, bool recompute,
                                          const Progress& progress = {});
/// Where the figures of that set and period of a scope are. Errors: not_found.
[[nodiscard]] Result<sync::RecordId> find_figures(Store& store, const PeriodQuestion& question);

/// What is approved of one statistic for exactly these days, by scope.
struct ApprovedFigure {
  sync::RecordId id{};
  std::string scope, set, period;
  std::int64_t as_of = 0;
  model::PeriodFigure figure;
  std::string included;
};
[[nodiscard]] std::map<std::string, ApprovedFigure> approved_figures(
    Database& db, const model::Statistic& statistic, std::int64_t from, std::int64_t to);
/// Beside an approved figure: {id, set, period, as_of, numerator, denominator, now{…},
/// correction{…}}, by what is here.
[[nodiscard]] Result<Json> correction_of(Database& db, const model::Statistic& statistic,
                                         const ApprovedFigure& approved, std::int64_t from,
                                         std::int64_t to);
/// The records that make the correction, at most `limit`, and how many change sets came since.
[[nodiscard]] Json later_records(Store& store, Database& db,
                                 const std::vector<const model::Statistic*>& statistics,
                                 const std::string& scope, std::int64_t from, std::int64_t to,
                                 std::int64_t as_of, const Included& included, std::size_t limit);

}  // namespace linli::store
