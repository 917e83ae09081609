#include "sync/clock.h"

#include <algorithm>
#include <chrono>

namespace linli::sync {

Micros SystemClock::now() const {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

Micros HybridClock::tick(Micros wall) {
  last_ = std::max(wall, last_ + 1);
  return last_;
}

void HybridClock::observe(Micros stamp, Micros wall) {
  // One peer whose clock stands in 2099 must not carry ours there, nor ahead at all.
  if (stamp <= wall + kStampAheadMax) last_ = std::max(last_, stamp);
}

}  // namespace linli::sync
