#include "sync/feed.h"

namespace linli::sync {

Result<FeedTip> extend(const FeedTip& tip, const Link& next, const std::optional<Hash>& held) {
  ensure(next.seq >= 1, "extend: numbers start at 1");
  ensure(next.first_stamp <= next.last_stamp, "extend: the decoder checked the set's own stamps");
  ensure(held.has_value() == (next.seq <= tip.seq), "extend: a stored feed has no holes");
  // Replay first: an office that sends again after a lost answer must not look like a forger.
  if (held && *held == next.hash) return fail(Errc::replay);
  if (held) return fail(Errc::fork, "number " + std::to_string(next.seq) + " is taken");
  if (next.seq > tip.seq + 1) return fail(Errc::gap, "we end at " + std::to_string(tip.seq));
  if (next.prev != tip.hash) return fail(Errc::fork, "prev is not our tip");
  const bool is_first = tip.seq == 0;
  if (!is_first && next.first_stamp <= tip.stamp)
    return fail(Errc::malformed, "its stamps don't come after number " + std::to_string(tip.seq));
  return FeedTip{next.seq, next.hash, next.last_stamp};
}

}  // namespace linli::sync
