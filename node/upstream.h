// node/upstream.h: where a node syncs to, and whether it should now: settings kept in its store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/replica.h"

namespace linli::node {

/// A pause without an end.
inline constexpr sync::Micros kUntilResumed = INT64_MAX;

struct SyncSettings {
  std::vector<std::string> upstreams;          ///< Addresses, the preferred one first.
  bool metered = false;                        ///< The line costs by volume.
  std::optional<sync::Micros> paused_until{};  ///< By this node's clock; it may be over.

  [[nodiscard]] bool paused(sync::Micros now) const { return paused_until && *paused_until > now; }
};

[[nodiscard]] SyncSettings sync_settings(store::Store& store);
[[nodiscard]] inline SyncSettings sync_settings(Replica& replica) {
  return sync_settings(replica.store());
}
/// The preferred address, if this node has one.
[[nodiscard]] std::optional<std::string> upstream(Replica& replica);

/// Replaces all addresses; none: the node syncs by file only. Errors: bad_value (not http:// or
/// https://, twice the same, more than 8); forbidden (the hub has no upstream).
[[nodiscard]] Result<void> set_upstreams(Replica& replica, const std::vector<std::string>& urls);
/// No exchange in the background until then.
[[nodiscard]] Result<void> pause_sync(Replica& replica, sync::Micros until);
[[nodiscard]] Result<void> resume_sync(Replica& replica);
[[nodiscard]] Result<void> set_metered(Replica& replica, bool metered);

/// Whose certificate answered at an address last; nothing: never talked there.
[[nodiscard]] std::optional<Hash> peer_at(Replica& replica, const std::string& url);
[[nodiscard]] Result<void> remember_peer_at(Replica& replica, const std::string& url,
                                            const Hash& certificate);
/// Paths of this node that a peer, by its newest certificate, doesn't cover: what belongs there
/// neither goes to it nor comes from it. Also scopes that this node lost since it wrote there what
/// the hub hasn't confirmed. Empty where the peer isn't known.
[[nodiscard]] std::vector<std::string> paths_elsewhere(Replica& replica, const Hash& peer);
/// What a person is to do about them; empty if there are none.
[[nodiscard]] std::string elsewhere_text(const std::vector<std::string>& paths);

/// How many change sets still have to go up to the holder of that certificate (zero, or never met:
/// all that the hub hasn't confirmed), as store::still_to_send.
[[nodiscard]] std::uint64_t to_send(Replica& replica, const Hash& peer);

/// May this node push to, and pull from, a holder of that certificate? Only the hub, and a node
/// above it or in its own place: whose paths cover all of its own. It need not be who enrolled it.
[[nodiscard]] bool may_be_upstream(const Replica& replica, const crypto::Certificate& candidate);

}  // namespace linli::node
