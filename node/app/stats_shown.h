// node/app/stats_shown.h: figures for people in a terminal.
#pragma once

#include "node/model/json.h"

namespace linli::app {

using model::Json;

void print_stat(const Json& stat);                       ///< Of store::read_stat.
void print_provenance(const Json& found, bool records);  ///< Of store::read_provenance.
void print_review(const Json& review);                   ///< Of store::review_figures.
/// "12", "7 / 9" of {numerator, denominator}; with a sign if it is a difference.
[[nodiscard]] std::string parts_text(const Json& parts, bool difference = false);
/// Records that came later, of store::later_records.
void print_later(const Json& later);

}  // namespace linli::app
