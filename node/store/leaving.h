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
/// is cut; of a scope and audience only when the hub has confirmed all that `self` wrote there. The
/// projections must be made anew when entries went. For the writer, in its transaction.
[[nodiscard]] Left leave_unreadable(Log& log, const crypto::Certificate& certificate,
                                    const crypto::AuthorId& self);

/// Takes what the hub hasn't confirmed out of a feed of this node, and keeps it aside. Answers how
/// many sets. The projections must be made anew then. For the writer, in its transaction.
[[nodiscard]] std::int64_t set_own_aside(Log& log, const sync::FeedId& feed);
struct Aside {
  sync::FeedId feed{};
  std::uint64_t seq = 0;
  std::string bytes;  ///< The parcel.
};
[[nodiscard]] bool has_own_aside(Log& log);
[[nodiscard]] std::vector<Aside> take_own_aside(Log& log);  ///< In the order they were written.

}  // namespace linli::store
