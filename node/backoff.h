// node/backoff.h: how long to wait before trying again.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace linli::node {

/// Exponential, with full jitter (AWS, "Exponential backoff and jitter"): anything between nothing
/// and a bound that doubles, so that a whole city doesn't come back in one second.
class Backoff {
 public:
  using Wait = std::chrono::milliseconds;
  Backoff(Wait first, Wait longest) : first_(first), longest_(longest), bound_(first) {}

  template <class Random>
  [[nodiscard]] Wait next(Random& random) {
    const Wait wait{std::uniform_int_distribution<Wait::rep>(0, bound_.count())(random)};
    bound_ = std::min(bound_ * 2, longest_);
    return wait;
  }
  void reset() { bound_ = first_; }
  [[nodiscard]] Wait bound() const { return bound_; }  ///< Of the next wait.

 private:
  Wait first_, longest_, bound_;
};

}  // namespace linli::node
