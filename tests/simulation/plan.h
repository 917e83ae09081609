// tests/simulation/plan.h: what befalls a city in its virtual week, drawn from one seed.
//
// A plan is a plain list: any part of it can be left out and the rest played again, which is how a
// failing seed is made short. So an event carries all the chance that it needs in a seed of its
// own.
#pragma once

#include <string>
#include <vector>

#include "sync/names.h"
#include "tests/support/seed.h"

namespace linli::simulation {

using sync::Micros;
using test::Chance;

inline constexpr Micros kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                        kDay = 24 * kHour;

enum class Kind {
  write,        ///< Somebody at the node types something.
  sync,         ///< Its agent polls.
  stick,        ///< Somebody carries some of what node `amount` has for it, in any order.
  restart,      ///< In good order.
  kill,         ///< kill -9 at the `amount`th change of its disk from now.
  cut,          ///< Power lost at that change.
  off,          ///< Switched off in good order for `amount` µs.
  full,         ///< Its disk has `amount` bytes left, for some hours.
  trouble,      ///< The `amount`th change of its disk from now on fails, and some after it.
  unreadable,   ///< Some reads of its disk fail, after `amount` that don't.
  cure,         ///< Room again, no more trouble.
  clock,        ///< Its clock jumps to `amount` µs off.
  drift,        ///< Its clock runs `amount` ppm fast.
  line,         ///< Its line to its upstream changes: `amount` says how (see Line).
  backup,       ///< A copy of its whole disk.
  restore,      ///< That copy comes back; the mark stays and tells of it.
  rollback,     ///< That copy comes back with the mark: only peers can tell.
  join,         ///< The node enrols.
  verify,       ///< `linli verify` in the middle of everything.
  rot,          ///< A bit of a copy of its disk turns; verify must name it.
  snapshot,     ///< The hub makes snapshots of scopes with at least `amount` new change sets.
  prune,        ///< It lets go of what is older than `amount` µs and stands in a snapshot.
  settle,       ///< Somebody settles a conflict that the node lists.
  certificate,  ///< The hub gives it another one: `amount` 0 back, 1 wider, 2 elsewhere, 3
                ///< narrower.
  approve,      ///< The hub lets something count that it held back; `amount` 1: everything.
  revoke,       ///< Its key is ended: by the hub, or (`amount` 1) by the node above it.
  erase,        ///< Somebody has values of a record destroyed, everywhere.
};
[[nodiscard]] const char* name_of(Kind kind);

struct Event {
  Micros at = 0;  ///< Since the week began.
  Kind kind = Kind::sync;
  int node = 0;
  std::int64_t amount = 0;
  std::uint64_t seed = 0;
  std::size_t number = 0;  ///< In the whole plan.
};
[[nodiscard]] std::string to_text(const Event& event);

struct Setting {
  int nodes = 20, days = 7;
  std::vector<std::string> without;  ///< Names of kinds that are left out.
};
[[nodiscard]] std::vector<Event> make_plan(std::uint64_t seed, const Setting& setting);

/// The quality of a line, by number.
enum Line : std::int64_t {
  kGood = 0,
  kDown,
  kLossy,
  kHalfOpen,
  kSlow,
  kRepeating,
  kDamaging,
  kLines
};

}  // namespace linli::simulation
