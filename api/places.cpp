#include "api/places.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace linli::api {
namespace {

constexpr std::chrono::seconds kMoment{2};

}  // namespace

std::size_t unread_bytes_max() {
  constexpr std::size_t kMost = 192u << 20, kLeast = 32u << 20;
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return kLeast;
  const auto memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  return std::clamp(static_cast<std::size_t>(memory / 16), kLeast, kMost);
}

Places::Place::Place(Places& places, int socket, std::string network, bool known)
    : places_(places) {
  const std::lock_guard lock(places_.guard_);
  at_ = places_.taken_.insert(places_.taken_.end(),
                              Taken{socket, std::move(network), known, Clock::now()});
}

Places::Place::~Place() {
  const std::lock_guard lock(places_.guard_);
  places_.bytes_ -= at_->bytes;
  places_.taken_.erase(at_);
}

void Places::Place::begin() {
  const std::lock_guard lock(places_.guard_);
  places_.bytes_ -= at_->bytes;
  at_->bytes = 0;
  at_->since = Clock::now();
}

void Places::Place::set_waits(bool waits) {
  const std::lock_guard lock(places_.guard_);
  at_->waits = waits;
  if (!waits) at_->works_since = Clock::now();
  // Those who came while nobody kept a place waiting.
  if (waits && places_.callers_ != CallersWaiting{}) places_.give_up_for_callers();
}

void Places::Place::came(std::size_t bytes) {
  const std::lock_guard lock(places_.guard_);
  at_->bytes += bytes;
  places_.bytes_ += bytes;
  if (places_.bytes_ <= places_.bytes_max_) return;
  std::size_t going = 0;
  for (const auto& one : places_.taken_) going += one.given_up ? one.bytes : 0;
  if (places_.bytes_ - going <= places_.bytes_max_) return;
  (void)places_.give_up_one(
      [](const Taken& one) { return one.given_up ? std::size_t{0} : one.bytes; },
      [](const Taken&) { return true; });
}

void Places::make_room(CallersWaiting callers) {
  const std::lock_guard lock(guard_);
  callers_ = callers;
  give_up_for_callers();
}

void Places::give_up_for_callers() {
  // A thread that is about to begin with its connection isn't here yet: whoever is would be taken
  // for the one with the most.
  const auto count = [&](const auto& fits) {
    return static_cast<std::size_t>(std::count_if(taken_.begin(), taken_.end(), fits));
  };
  const bool full = taken_.size() >= places_;
  const auto strangers = count([](const Taken& one) { return !one.came_known; });
  if (!full && strangers < Workers::strangers_of(places_)) return;
  // What works for long is a stream, which was let in by name. What works for a moment counts: who
  // happens to wait just then isn't who takes the places.
  const auto now = Clock::now();
  const auto counts = [&](const Taken& one) -> std::size_t {
    return one.given_up || one.waits || now - one.works_since < kMoment ? 1 : 0;
  };
  // Where strangers have what they may have, and there are places, only theirs are to be had for
  // others of them.
  const auto may = [&](const Taken& one) { return one.waits && (full || !one.came_known); };
  auto coming = count([&](const Taken& one) { return one.given_up && (full || !one.came_known); });
  const auto wanted = callers_.strangers + (full ? callers_.known : 0);
  while (coming < wanted && give_up_one(counts, may)) ++coming;
}

/// Its thread finds the line dead and ends with it.
template <class Weight, class May>
bool Places::give_up_one(Weight weight, May may) {
  std::map<std::string_view, std::size_t> known, strangers;
  std::size_t by_strangers = 0;
  for (const auto& one : taken_) {
    const bool is_known = known.contains(one.network) ||
                          (!strangers.contains(one.network) && guests_.knows(one.network));
    (is_known ? known : strangers)[one.network] += weight(one);
    if (!is_known) by_strangers += weight(one);
  }
  const auto most_of = [](const auto& all) {
    return std::max_element(all.begin(), all.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });
  };
  auto most = most_of(known);
  // Together: a flood from ten thousand addresses has hardly more than one place for each.
  if (most == known.end() || by_strangers >= most->second) {
    most = most_of(strangers);
    if (most == strangers.end()) return false;
  }
  if (most->second == 0) return false;
  Taken* victim = nullptr;
  for (auto& one : taken_) {
    if (one.given_up || one.network != most->first || !may(one)) continue;
    const auto w = weight(one);
    if (!victim || w > weight(*victim) || (w == weight(*victim) && one.since < victim->since)) {
      victim = &one;
    }
  }
  if (!victim) return false;
  victim->given_up = true;
  ::shutdown(victim->socket, SHUT_RDWR);
  return true;
}

}  // namespace linli::api
