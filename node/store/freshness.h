// node/store/freshness.h: who has reported, for a period, and whose data is how old (I7).
//
// A community's data is as fresh as the newest of: its office's last contact with this node, and
// the newest change set of that office that is here, whichever way it came (a street between them,
// a stick).
#pragma once

#include <optional>

#include "node/store/reading.h"

namespace linli::store {

/// [from, to) in local days.
struct ReportingPeriod {
  std::int64_t from = 0, to = 0;
};

/// As freshness() of reading.h, and beside each community `age` (fresh; day: older than a day;
/// week: older than a week; never) and, with a period, `period`: complete (its data reaches to the
/// period's end; of one that isn't over, to within a day of now), partly (into the period), none.
/// Over all: ages{fresh, day, week, never} and, with a period, reporting{numerator: complete,
/// denominator: all, partly, none, from, to}.
[[nodiscard]] Json freshness_for(Database& db, std::string_view scope, sync::Micros now,
                                 const std::optional<ReportingPeriod>& period);

}  // namespace linli::store
