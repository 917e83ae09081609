// node/portions.h: how much of an exchange to put into one request, by the line's pace.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "sync/exchange.h"

namespace linli::node {

/// A portion that is under way when a line breaks is lost whole, and each one costs a round trip:
/// so it should take much longer than a round trip, and much less than from one cut to the next.
///
/// Begins small, goes to what the line carries in `kAim`, or, where it was cut lately, in
/// `kAimCut`. Pure: told what happened, never asks a clock. One for each line; not thread-safe.
class Portions {
 public:
  using Took = std::chrono::milliseconds;
  static constexpr std::size_t kFirst = 64u << 10, kLeast = 8u << 10;
  static constexpr Took kAim{20'000}, kAimCut{5'000};
  static constexpr unsigned kTrustAfter = 30;  ///< Portions in a row that make a line whole again.
  static constexpr std::size_t kGrowthMax = 8;

  /// Bytes of objects for the next request, each way; before compression.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// A request with `bytes` of objects to and fro was answered after `took`.
  void arrived(std::size_t bytes, Took took) {
    if (careful_ > 0) --careful_;
    const auto aim = careful_ > 0 ? kAimCut : kAim;
    const auto fits = [&](std::size_t of) {
      const auto most = of * kGrowthMax;
      if (took.count() * static_cast<Took::rep>(kGrowthMax) <= aim.count()) return most;
      return std::min(most, of * static_cast<std::size_t>(aim.count()) /
                                static_cast<std::size_t>(took.count()));
    };
    // A request with next to nothing in it says what a round trip costs, not what the line carries.
    if (bytes >= size_ / 2) size_ = clamp(fits(std::min(bytes, 2 * size_)));
  }
  /// The line broke with a request under way.
  void cut() {
    careful_ = kTrustAfter;
    size_ = clamp(size_ / 2);
  }

 private:
  static std::size_t clamp(std::size_t bytes) {
    return std::clamp(bytes, kLeast, sync::kBatchBytesAim);
  }
  std::size_t size_ = kFirst;
  unsigned careful_ = 0;
};

}  // namespace linli::node
