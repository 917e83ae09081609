// node/store/worklist.h: an inspector's day: what is to be inspected and with which checklists,
// where, and what is open there. Small enough for a phone's line.
#pragma once

#include "node/store/reading.h"

namespace linli::store {

struct WorklistRequest {
  std::string scope = {};      ///< At or below.
  std::string inspector = {};  ///< A duty number: inspections that name it come first.
  std::int64_t today = 0;      ///< Local day; campaigns that ended before it are left out.
  std::string since = {};      ///< A position (changes.h): only what is new. Empty: all.
};

// What a day holds at most; what is beyond is counted in `left_out`. A community has 6 to 10
// compounds, a street some fifty.
inline constexpr std::size_t kWorkInspectionsMax = 100, kWorkFindingsMax = 300,
                             kWorkNoticesMax = 100, kWorkCompoundsMax = 200, kWorkTemplatesMax = 20,
                             kWorkCampaignsMax = 20;

/// {inspections, findings, notices, compounds, contracts, templates, campaigns, left_out{…}, since,
/// whole, gone}: records with the fields that a day's work needs, no personal ones. Inspections
/// that are planned, begun or returned; findings that aren't closed, the earliest due first;
/// notices that wait for an answer; contracts say who manages a compound now. `whole`: it is all;
/// else only what may look otherwise than at `since`, and `gone` what isn't on the list (any more).
/// Errors: bad_cursor.
[[nodiscard]] Result<Json> read_worklist(Store& store, const WorklistRequest& request);

}  // namespace linli::store
