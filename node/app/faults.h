// node/app/faults.h: what verify found wrong, as verify and restore show it.
#pragma once

#include <vector>

#include "node/app/console.h"
#include "node/store/faults.h"

namespace linli::app {

/// Each fault with whom and what it concerns; what to do, once behind those that it helps. In the
/// language of the setting (chinese()).
void print_faults(const std::vector<store::VerifyFault>& faults);
/// [{what (a line for logs), code, place, name, parts, zh, en, do, advice, ? reason, ? arrival,
/// ? author, ? change_set, ? number, ? records}].
[[nodiscard]] Json to_json(const std::vector<store::VerifyFault>& faults);

}  // namespace linli::app
