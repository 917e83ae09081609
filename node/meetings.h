// node/meetings.h: what a disk has met of its own feeds that it never wrote, and whether that can
// be what it lost (sync/EXCHANGE.md, "Two machines with one key"). All of it stands in the
// database, so that a disk that is put back forgets it as well. For the writer, in its transaction.
#pragma once

#include "node/store/log.h"

namespace linli::node::meetings {

/// A change set by our own key came from elsewhere, of an incarnation that this disk never began.
/// `seen`: the newest head of the hub's log that its author knew. Counts it if that head covers
/// what this disk has written since the meeting before: whoever wrote the one had heard of the
/// other. Who is put back once has lost nothing of the kind, however many bring it back, and no
/// clock is asked. `ours`: the number of the incarnation of now.
void count(store::Log& log, const crypto::AuthorId& self, const std::optional<sync::Seen>& seen,
           std::uint64_t ours, sync::Micros now);

enum class Alone { yes, no, surely_not };
/// Three within an hour would take three restores within it, each from a copy made since the one
/// before: another machine writes with this key. Twice as many: and there is no quiet moment in
/// which what was set aside could be handed over first.
[[nodiscard]] Alone alone(store::Log& log);

/// A person says that there is no other machine, or the node has stopped.
void forget(store::Log& log);

}  // namespace linli::node::meetings
