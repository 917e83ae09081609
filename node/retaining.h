// node/retaining.h: how long personal values stay, and letting go of them by itself (domain 2.8).
//
// The rules are data: records of type retention_rule, which the bureau writes and every node has.
// For what no such record speaks of, the defaults below count.
#pragma once

#include "node/erasing.h"

namespace linli::node {

struct RetentionRule {
  std::string type, field;
  std::string state;  ///< Only records in this state; empty: in any.
  std::string after;  ///< A date or time field, or "changed".
  std::int64_t period = 0;
  std::string unit;  ///< days, months, years
  bool suspended = false;
  bool is_default = false;
};
/// In force here, by type and field. Errors: io.
[[nodiscard]] Result<std::vector<RetentionRule>> retention_rules(store::Store& store);
/// The last day that a value stays whose period began on `day` (local days): periods of months and
/// years end on the corresponding day, or on the last one of a shorter month.
[[nodiscard]] std::int64_t last_day(const RetentionRule& rule, std::int64_t day);

/// The day that periods are counted to: by this node's clock, but no later than the newest day that
/// somebody else has signed (the hub; at the hub, its nodes). What a clock that runs years ahead
/// would erase, nobody could bring back. A hub without nodes goes by its clock; a node that the hub
/// hasn't confirmed anything to counts to the beginning of time: nothing is due. Errors: io.
[[nodiscard]] Result<std::int64_t> retention_day(Replica& replica);
/// Erases what is due on `today`, of the records that this node answers for: those of its own scope
/// that its role may write, and at the hub those that no office may. With `dry_run` it only says
/// what would go. {at, today, dry_run, items: [{type, field, due, erased, refused}], cleared}:
/// counts, no value. A run that isn't dry is kept for retention_report(). Errors: disk_full, io.
[[nodiscard]] Result<Json> run_retention(Replica& replica, std::int64_t today, bool dry_run);
/// {rules: [{type, field, state, after, period, unit, suspended, default}], runs: […]}: the last
/// kRunsKept runs, newest first.
inline constexpr std::size_t kRunsKept = 60;
[[nodiscard]] Result<Json> retention_report(store::Store& store);
/// Once a day, as duties.h has it: runs unless this day has had its run.
void retain_daily(Replica& replica);

}  // namespace linli::node
