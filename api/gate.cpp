#include "api/gate.h"

#include <algorithm>
#include <cmath>

namespace linli::api {
namespace {

constexpr std::size_t kCallersMax = 10'000;
constexpr std::chrono::duration<double> kLongest{3600};

}  // namespace

Gate::Place::~Place() {
  if (gate_) gate_->leave(caller_, Clock::now() - begun_);
}

Gate::Caller& Gate::known(const std::string& caller, Clock::time_point now) {
  if (callers_.size() >= kCallersMax && !callers_.contains(caller)) {
    std::erase_if(callers_, [&](const auto& one) {
      return one.second.places == 0 && one.second.booked_until <= now;
    });
    // A flood from that many networks: those that aren't known yet are one caller together.
    if (callers_.size() >= kCallersMax) return callers_[{}];
  }
  return callers_[caller];
}

std::optional<Gate::Place> Gate::enter(const std::string& caller) {
  const std::lock_guard lock(guard_);
  auto& own = known(caller, Clock::now());
  const int open = own.places < quarter_ ? places_ : places_ - quarter_;
  if (taken_ >= open) return std::nullopt;
  ++taken_;
  ++own.places;
  return Place(*this, callers_.contains(caller) ? caller : std::string());
}

void Gate::leave(const std::string& caller, Clock::duration needed) {
  const std::lock_guard lock(guard_);
  --taken_;
  usual_ += (std::chrono::duration<double>(needed) - usual_) / 16;
  const auto own = callers_.find(caller);
  if (--own->second.places == 0 && own->second.booked_until <= Clock::now()) callers_.erase(own);
}

std::chrono::seconds Gate::come_again(const std::string& caller, Clock::time_point now) {
  using Seconds = std::chrono::duration<double>;
  const std::lock_guard lock(guard_);
  const auto turn = std::chrono::duration_cast<Clock::duration>(usual_ / places_);
  const auto book = [&](Clock::time_point& until) {
    const auto longest = now + std::chrono::duration_cast<Clock::duration>(kLongest);
    until = std::min(std::max(until, now) + turn, longest);
  };
  // The queue of all grows by those who aren't far back in their own: whoever comes over and over
  // stands in it as often as there are places, and no more.
  auto& own = known(caller, now);
  if (own.booked_until < now + turn * places_) book(booked_until_);
  book(own.booked_until);
  const double queue = Seconds(std::max(booked_until_, own.booked_until) - now).count();
  // An office needs several round trips, and those in the queue before it come twice as well.
  std::uniform_real_distribution<double> spread(0, std::max(2.0, queue / 2));
  const double wait = std::clamp(std::ceil(queue + spread(random_)), 1.0, kLongest.count());
  return std::chrono::seconds(static_cast<std::int64_t>(wait));
}

}  // namespace linli::api
