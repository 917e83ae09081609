// sync/clock.h: the hybrid logical clock that stamps changes (Kulkarni et al. 2014, in
// microseconds).
#pragma once

#include "sync/names.h"

namespace linli::sync {

/// A received stamp moves our clock at most this far past the wall clock (rule 12, DESIGN §7).
inline constexpr Micros kStampAheadMax = 10LL * 60 * 1'000'000;

/// The time source of a node: the system's, or a simulator's.
class WallClock {
 public:
  virtual ~WallClock() = default;
  [[nodiscard]] virtual Micros now() const = 0;
};
class SystemClock final : public WallClock {
 public:
  [[nodiscard]] Micros now() const override;
};

/// Not thread-safe: it belongs to the one writer.
class HybridClock {
 public:
  /// `last`: the greatest stamp that this node has given or observed before (from its store).
  explicit HybridClock(Micros last = 0) : last_(last) {}
  /// A stamp greater than every one before: the wall clock's, or one microsecond past the last.
  Micros tick(Micros wall);
  /// Follows a stamp seen from elsewhere, but not one beyond wall + kStampAheadMax.
  void observe(Micros stamp, Micros wall);
  [[nodiscard]] Micros last() const { return last_; }

 private:
  Micros last_;
};

}  // namespace linli::sync
