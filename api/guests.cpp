#include "api/guests.h"

#include <algorithm>

namespace linli::api {

void Guests::welcome(const std::string& network, Clock::time_point now) {
  const std::lock_guard lock(guard_);
  if (seen_.size() >= kMost && !seen_.contains(network)) {
    seen_.erase(std::min_element(seen_.begin(), seen_.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  seen_[network] = now;
}

bool Guests::knows(const std::string& network, Clock::time_point now) const {
  const std::lock_guard lock(guard_);
  const auto found = seen_.find(network);
  return found != seen_.end() && now - found->second < kRemembered;
}

}  // namespace linli::api
