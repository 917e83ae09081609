#include "node/portions.h"

#include <algorithm>

#include "sync/exchange.h"

namespace linli::node {
namespace {

using Took = Portions::Took;

constexpr int kOfWhole = 8;            ///< A portion takes so much of the time between two cuts.
constexpr std::size_t kGrowthMax = 8;  ///< From one portion to the next.

std::size_t clamp(std::size_t bytes) {
  return std::clamp(bytes, Portions::kLeast, sync::kBatchBytesAim);
}

Took aim_for(Took whole) {
  return std::clamp(whole / kOfWhole, Portions::kAimLeast, Portions::kAimMost);
}

/// A clock may be set meanwhile.
Took sound(Took took) { return std::clamp(took, Took(1), Took(std::chrono::hours(1))); }

std::size_t pace_of(std::size_t bytes, Took took) {
  return std::max<std::size_t>(1, bytes * 1000 / static_cast<std::size_t>(took.count()));
}

}  // namespace

std::size_t Portions::fitting() const {
  return clamp(pace_ * static_cast<std::size_t>(aim_.count()) / 1000);
}

void Portions::arrived(std::size_t bytes, Took took) {
  took = sound(took);
  whole_ += took;
  aim_ = std::max(aim_, aim_for(whole_));
  // A request with next to nothing in it says what a round trip costs, not what the line carries.
  if (bytes < size_ / 2) return;
  pace_ = pace_of(bytes, took);
  size_ = std::min(fitting(), clamp(size_ * kGrowthMax));
}

void Portions::cut(std::size_t bytes, Took took) {
  const bool in_vain = whole_ == Took(0);
  aim_ = in_vain ? std::max(aim_ / 2, kAimLeast) : aim_for(whole_);
  whole_ = Took(0);
  // Faster than this it can't be: the line may be another one than before.
  const auto most = bytes >= size_ / 2 ? pace_of(bytes, sound(took)) : 0;
  if (most > 0) pace_ = pace_ > 0 ? std::min(pace_, most) : most;
  if (in_vain) size_ = clamp(size_ / 4);
  if (pace_ > 0) size_ = std::min(size_, fitting());
}

}  // namespace linli::node
