#include "api/gate.h"

#include <algorithm>
#include <cmath>

namespace linli::api {
namespace {

constexpr std::size_t kCallersMax = 10'000;
constexpr std::chrono::duration<double> kLongest{3600};

}  // namespace

Gate::Place::~Place() {
  if (gate_) gate_->leave(caller_, known_, Clock::now() - begun_);
}

Gate::Caller& Gate::Side::named(const std::string& caller, Clock::time_point now) {
  if (callers.size() >= kCallersMax && !callers.contains(caller)) {
    std::erase_if(callers, [&](const auto& one) {
      return one.second.places == 0 && one.second.booked_until <= now;
    });
    // A flood from that many networks: those that aren't here yet are one caller together.
    if (callers.size() >= kCallersMax) return callers[{}];
  }
  return callers[caller];
}

std::optional<Gate::Place> Gate::enter(const std::string& caller, bool known) {
  const std::lock_guard lock(guard_);
  auto& own_side = side(known);
  auto& own = own_side.named(caller, Clock::now());
  const int open = own.places < quarter_ ? places_ : places_ - quarter_;
  if (known_.taken + strangers_.taken >= open) return std::nullopt;
  if (!known && strangers_.taken >= places_ - quarter_) return std::nullopt;
  ++own_side.taken;
  ++own.places;
  return Place(*this, own_side.callers.contains(caller) ? caller : std::string(), known);
}

void Gate::leave(const std::string& caller, bool known, Clock::duration needed) {
  const std::lock_guard lock(guard_);
  auto& own_side = side(known);
  --own_side.taken;
  usual_ += (std::chrono::duration<double>(needed) - usual_) / 16;
  const auto own = own_side.callers.find(caller);
  if (--own->second.places == 0 && own->second.booked_until <= Clock::now()) {
    own_side.callers.erase(own);
  }
}

std::chrono::seconds Gate::come_again(const std::string& caller, bool known,
                                      Clock::time_point now) {
  using Seconds = std::chrono::duration<double>;
  const std::lock_guard lock(guard_);
  const auto turn = std::chrono::duration_cast<Clock::duration>(usual_ / places_);
  const auto book = [&](Clock::time_point& until) {
    const auto longest = now + std::chrono::duration_cast<Clock::duration>(kLongest);
    until = std::min(std::max(until, now) + turn, longest);
  };
  // The queue of all grows by those who aren't far back in their own: whoever comes over and over
  // stands in it as often as there are places, and no more.
  auto& all = side(known);
  auto& own = all.named(caller, now);
  if (own.booked_until < now + turn * places_) book(all.booked_until);
  book(own.booked_until);
  const double queue = Seconds(std::max(all.booked_until, own.booked_until) - now).count();
  // An office needs several round trips, and those in the queue before it come twice as well.
  std::uniform_real_distribution<double> spread(0, std::max(2.0, queue / 2));
  const double wait = std::clamp(std::ceil(queue + spread(random_)), 1.0, kLongest.count());
  return std::chrono::seconds(static_cast<std::int64_t>(wait));
}

}  // namespace linli::api
