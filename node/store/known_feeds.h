// node/store/known_feeds.h: of which feeds a reader may be told how far they have got.
#pragma once

#include <vector>

#include "node/store/log.h"
#include "sync/exchange.h"

namespace linli::store {

/// Leaves those that the reader wrote itself, or may read (I6): how much others write, and the
/// names of their change sets, is nobody else's business.
void leave_what_may_be_known(Database& db, const crypto::Certificate& reader,
                             std::vector<sync::Frontier>& frontiers);

}  // namespace linli::store
