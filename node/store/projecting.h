// node/store/projecting.h: the whole log through a projector: for a rebuild, and to compare with.
#pragma once

#include <functional>

#include "node/store/store.h"

namespace linli::store {

/// Projects every change set and every part of a snapshot behind arrival number `after` into `db`,
/// in transactions of its own. `step_done`: told in each of them how far it is.
void project_log(Database& db, Log& log, Projector& projector, std::int64_t after,
                 const Progress& progress, const std::function<void(std::int64_t)>& step_done);

}  // namespace linli::store
