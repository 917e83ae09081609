// node/intake.h: a change set on its way into the log.
#pragma once

#include <memory>

#include "node/replica.h"

namespace linli::node {

/// What a set waits for that uses something this version doesn't know.
inline constexpr std::string_view kNeedsUpgrade = "upgrade";

/// What waits for a number of a feed needs this.
[[nodiscard]] std::string place(const sync::FeedId& feed, std::uint64_t seq);
/// It can't wait here now: its carrier keeps it and offers it again.
[[nodiscard]] Error no_room();
/// Nothing is written from here on, until a person decides.
void note_other_machine(store::Log& log, sync::Micros now);
/// Does it hold certificates, revocations or policies?
[[nodiscard]] bool founds_trust(const sync::ChangeSet& set);

/// What the calling thread finds out before the writer's turn.
struct Replica::Prepared {
  std::string bytes;                         ///< The parcel as it came.
  std::shared_ptr<store::LoadedSet> loaded;  ///< Null if it can't be decoded.
  std::vector<sync::Opening> openings;
  std::vector<sync::Committed> committed;
  std::vector<std::optional<store::Preview>> previews;
  Hash hash{};
  std::string stored;            ///< The body as the log keeps it.
  std::optional<Error> problem;  ///< So far; a missing certificate or policy is judged again.
  bool waited = false;           ///< It stood on this disk before, among what waits.
};

}  // namespace linli::node
