// sync/feed.h: what may follow in a feed.
#pragma once

#include <optional>

#include "sync/names.h"

namespace linli::sync {

/// Where a feed ends. The next change set carries `seq + 1`, and `hash` as its `prev`.
struct FeedTip {
  std::uint64_t seq = 0;  ///< Of the last accepted change set; 0: none yet (numbers start at 1).
  Hash hash{};            ///< Of that change set; all zero while empty.
  Micros stamp = 0;       ///< Its last stamp; the next set's first must be greater.
};

/// A change set's place in its feed.
struct Link {
  std::uint64_t seq;   ///< At least 1; the decoder refuses 0.
  Hash prev;           ///< `hash` of number `seq - 1`; all zero for number 1.
  Hash hash;           ///< Computed here from the bytes received, never taken from the peer.
  Micros first_stamp;  ///< Of its first change (its time base, if it has none).
  Micros last_stamp;
};

/// Decides whether `next` extends the feed that ends at `tip`, and answers with the new tip.
/// `held`: hash of the change set stored under `next.seq`; present exactly if `seq <= tip.seq`.
/// Pure: no clock, no I/O, so every node answers alike.
/// Errors: replay     this very change set is stored already; nothing is left to do.
///         fork       the number is taken, or `prev` is not our tip: keep both as evidence.
///         gap        numbers before it are missing: it waits for them.
///         malformed  its stamps don't come after those before it.
[[nodiscard]] Result<FeedTip> extend(const FeedTip& tip, const Link& next,
                                     const std::optional<Hash>& held);

}  // namespace linli::sync
