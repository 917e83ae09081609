#include "node/meetings.h"

#include "node/store/made_here.h"

namespace linli::node::meetings {
namespace {

constexpr std::int64_t kCountMax = 3;
constexpr sync::Micros kWithin = 3600LL * 1'000'000;

constexpr const char* kCount = "met_own";               // How many, …
constexpr const char* kSince = "met_own_since";         // … since when, by our clock, µs.
constexpr const char* kArrival = "met_own_arrival";     // The newest when the last one came, …
constexpr const char* kNumber = "met_own_incarnation";  // … and our incarnation of then.

}  // namespace

void count(store::Log& log, const crypto::AuthorId& self, const std::optional<sync::Seen>& seen,
           std::uint64_t ours, sync::Micros now) {
  const auto before = log.meta_int(kArrival, 0);
  if (before != 0) {
    const auto number = static_cast<std::uint64_t>(log.meta_int(kNumber, 0));
    const auto head = seen ? store::first_confirmed_since(log, self, number, before) : std::nullopt;
    if (!head || seen->epoch != head->epoch || seen->size < head->size) return;
    const auto since = log.meta_int(kSince, 0);
    const bool goes_on = since <= now && now - since <= kWithin;
    log.set_meta_int(kCount, goes_on ? log.meta_int(kCount, 0) + 1 : 1);
    if (!goes_on) log.set_meta_int(kSince, now);
  }
  log.set_meta_int(kArrival, log.last_arrival());
  log.set_meta_int(kNumber, static_cast<std::int64_t>(ours));
}

Alone alone(store::Log& log) {
  const auto met = log.meta_int(kCount, 0);
  return met >= 2 * kCountMax ? Alone::surely_not : met >= kCountMax ? Alone::no : Alone::yes;
}

void forget(store::Log& log) { log.set_meta_int(kCount, 0); }

}  // namespace linli::node::meetings
