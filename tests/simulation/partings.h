// tests/simulation/partings.h: where feeds that somebody holds leave the branches that count.
#pragma once

#include <map>

#include "sync/change_set.h"

namespace linli::simulation {

using SetsByPlace = std::map<std::pair<sync::FeedId, std::uint64_t>, crypto::Hash>;

/// Of each feed in `held` the first number that is another set in `counts`: from there on it is
/// another branch. A number that `counts` hasn't got parts nothing.
inline std::map<sync::FeedId, std::uint64_t> partings(const SetsByPlace& held,
                                                      const SetsByPlace& counts) {
  std::map<sync::FeedId, std::uint64_t> parted;
  for (const auto& [place, hash] : held) {
    const auto there = counts.find(place);
    // Ascending by number: the first one stays.
    if (there != counts.end() && there->second != hash) parted.emplace(place);
  }
  return parted;
}

}  // namespace linli::simulation
