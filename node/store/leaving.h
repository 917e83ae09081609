// node/store/leaving.h: letting go of what this node's certificate no longer covers (I6).
#pragma once

#include "node/store/log.h"

namespace linli::store {

struct Left {
  std::int64_t entries = 0;  ///< Taken out of the log.
  bool own = false;          ///< Some were of feeds of this node.
  bool all = true;  ///< False: own sets there aren't confirmed by the hub yet; those scopes stay.
};
/// Takes out of the log what a holder of `certificate` may not read: whole feeds, so that no chain
/// is cut; of a scope and audience only when the hub has confirmed all that `self` wrote there, of
/// which a note stays (left_sets.h). The projections must be made anew when entries went. `now`: by
/// our clock. For the writer, in its transaction.
[[nodiscard]] Left leave_unreadable(Log& log, const crypto::Certificate& certificate,
                                    const crypto::AuthorId& self, sync::Micros now);

}  // namespace linli::store
