#include "api/gate.h"

#include <algorithm>
#include <cmath>

namespace linli::api {

Gate::Place::~Place() {
  if (gate_) gate_->leave(Clock::now() - begun_);
}

std::optional<Gate::Place> Gate::enter() {
  const std::lock_guard lock(guard_);
  if (taken_ >= places_) return std::nullopt;
  ++taken_;
  return Place(*this);
}

void Gate::leave(Clock::duration needed) {
  const std::lock_guard lock(guard_);
  --taken_;
  usual_ += (std::chrono::duration<double>(needed) - usual_) / 16;
}

std::chrono::seconds Gate::come_again(Clock::time_point now) {
  constexpr double kLongest = 3600;
  const std::lock_guard lock(guard_);
  booked_until_ = std::max(booked_until_, now);
  const auto longest =
      now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kLongest));
  booked_until_ = std::min(
      booked_until_ + std::chrono::duration_cast<Clock::duration>(usual_ / places_), longest);
  const double queue = std::chrono::duration<double>(booked_until_ - now).count();
  // An office needs several round trips, and those in the queue before it come twice as well.
  std::uniform_real_distribution<double> spread(0, std::max(2.0, queue / 2));
  const double wait = std::clamp(std::ceil(queue + spread(random_)), 1.0, kLongest);
  return std::chrono::seconds(static_cast<std::int64_t>(wait));
}

}  // namespace linli::api
