#include "tests/simulation/plan.h"

#include <algorithm>
#include <cstdio>

#include "tests/simulation/city_map.h"
#include "tests/simulation/randomness.h"

namespace linli::simulation {

const char* name_of(Kind kind) {
  constexpr const char* kNames[] = {
      "write",  "sync",    "stick",       "restart", "kill",   "cut",   "off",
      "full",   "trouble", "unreadable",  "cure",    "clock",  "drift", "line",
      "backup", "restore", "rollback",    "join",    "verify", "rot",   "snapshot",
      "prune",  "settle",  "certificate", "approve", "revoke", "erase"};
  return kNames[static_cast<int>(kind)];
}

std::string to_text(const Event& event) {
  char text[96];
  const auto minutes = event.at / kMinute;
  std::snprintf(text, sizeof text, "day %d %02d:%02d  node %2d  %s",
                static_cast<int>(event.at / kDay) + 1, static_cast<int>(minutes / 60 % 24),
                static_cast<int>(minutes % 60), event.node, name_of(event.kind));
  return event.amount == 0 ? text : std::string(text) + " " + std::to_string(event.amount);
}

namespace {

class Planner {
 public:
  Planner(std::uint64_t seed, const Setting& setting) : chance_(mix(seed)), setting_(setting) {}

  std::vector<Event> make() {
    for (int node = 0; node < setting_.nodes; ++node) usual(node);
    mishaps();
    long_running();
    if (below(3) == 0) revoke();
    for (auto n = 1 + below(6); n > 0; --n) add(working_time(), Kind::erase, any_node());
    std::erase_if(events_, [&](const auto& event) {
      const auto& without = setting_.without;
      return std::find(without.begin(), without.end(), name_of(event.kind)) != without.end();
    });
    std::stable_sort(events_.begin(), events_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < events_.size(); ++i) events_[i].number = i;
    return std::move(events_);
  }

 private:
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(chance_.below(static_cast<std::size_t>(n)));
  }
  Micros week() const { return setting_.days * kDay; }
  Micros any_time() { return below(week()); }
  int any_node() { return static_cast<int>(below(setting_.nodes)); }
  void add(Micros at, Kind kind, int node, std::int64_t amount = 0) {
    if (at < week()) events_.push_back({at, kind, node, amount, chance_.below(SIZE_MAX), 0});
  }

  /// Office hours, as a rule.
  Micros working_time() {
    const auto day = below(setting_.days) * kDay;
    return day + (chance_.percent(85) ? 8 * kHour + below(10 * kHour) : below(kDay));
  }

  void usual(int node) {
    const auto& place = kCityMap[node];
    const bool upper = place.role == crypto::Role::hub || place.role == crypto::Role::district ||
                       place.role == crypto::Role::street;
    if (place.late) join(node);
    const auto writes = (upper ? 1 : 3) * setting_.days / 4 + below(upper ? 3 : 6);
    for (std::int64_t i = 0; i < writes; ++i) {
      // People come back to what they have begun: writes stand close together.
      const auto at = working_time();
      for (auto more = 1 + below(3); more > 0; --more) {
        add(at + below(20 * kMinute), Kind::write, node);
      }
    }
    if (place.upstream >= 0) {
      // Some lines are good, others see a few minutes a day.
      const auto polls = setting_.days * (1 + below(upper ? 5 : 3));
      for (std::int64_t i = 0; i < polls; ++i) add(working_time(), Kind::sync, node);
    }
    if (chance_.percent(40)) add(any_time(), Kind::restart, node);
    if (chance_.percent(25)) add(any_time(), Kind::off, node, kHour + below(2 * kDay));
  }

  /// Who joins at the hub does so later, when there is something to begin with.
  void join(int node) {
    const bool at_hub = kCityMap[node].upstream == 0;
    const auto at = (at_hub ? week() / 4 : 0) + below(week() / 2);
    add(at, Kind::join, node);
    if (at_hub) add(std::max<Micros>(0, at - below(kDay)), Kind::snapshot, 0, 1);
  }

  void mishaps() {
    const auto some = [&](std::int64_t most, auto make) {
      for (auto n = below(most + 1); n > 0; --n) make();
    };
    some(6, [&] { add(any_time(), Kind::kill, any_node(), 1 + below(60)); });
    some(8, [&] { add(any_time(), Kind::cut, any_node(), 1 + below(60)); });
    some(3, [&] {
      const auto node = any_node();
      const auto at = any_time();
      add(at, Kind::full, node, below(200'000));
      add(at + below(kDay), Kind::cure, node);
    });
    some(3, [&] {
      const auto node = any_node();
      const auto at = any_time();
      add(at, Kind::unreadable, node, below(60));
      add(at + below(kDay), Kind::cure, node);
    });
    some(3, [&] { add(any_time(), Kind::trouble, any_node(), 1 + below(40)); });
    some(8, [&] {
      const auto node = any_node();
      const auto at = any_time();
      add(at, Kind::line, node, 1 + below(kLines - 1));
      add(at + kHour + below(3 * kDay), Kind::line, node, kGood);
    });
    some(4, [&] {
      // A dead battery, a wrong time zone, a wrong year.
      const Micros steps[] = {365 * kDay,  -365 * kDay,  8 * kHour, -8 * kHour,
                              5 * kMinute, 20 * kMinute, 0};
      add(any_time(), Kind::clock, 1 + static_cast<int>(below(setting_.nodes - 1)),
          steps[below(7)]);
    });
    some(6, [&] { add(any_time(), Kind::stick, any_node(), any_node()); });
    some(3, [&] { add(any_time(), Kind::drift, any_node(), below(400) - 200); });
    some(4, [&] {
      const auto node = any_node();
      const auto at = any_time();
      add(at, Kind::backup, node);
      const auto later = at + below(3 * kDay);
      const auto what = below(3);
      if (what == 0) add(later, Kind::restore, node);
      if (what == 1) add(later, Kind::rollback, node);
    });
    some(1, [&] { add(any_time(), Kind::verify, any_node()); });
    some(1, [&] { add(any_time(), Kind::rot, any_node()); });
  }

  /// What a city does about its log over the years, in a week.
  void long_running() {
    for (auto n = 1 + below(4); n > 0; --n) add(any_time(), Kind::snapshot, 0, 1 + below(4));
    for (auto n = below(6); n > 0; --n) prune();
    certificates();
    for (auto n = 2 + below(8); n > 0; --n) {
      // Others see the same conflict, and settle it their way.
      const auto at = working_time();
      for (auto more = 1 + below(3); more > 0; --more) {
        add(at + below(3 * kHour), Kind::settle, any_node());
      }
    }
  }
  void certificates() {
    for (auto n = below(4); n > 0; --n) {
      const auto node = 1 + static_cast<int>(below(setting_.nodes - 1));
      const auto at = any_time();
      add(at, Kind::certificate, node, 1 + below(3));
      add(at + kHour + below(3 * kDay), Kind::certificate, node, 0);
      add(at + kHour + below(3 * kDay), Kind::approve, 0, below(2));
    }
  }
  /// Of one that nobody is below: a phone, a desk.
  void revoke() {
    const auto node = 1 + static_cast<int>(below(setting_.nodes - 1));
    for (const auto& place : kCityMap) {
      if (place.upstream == node) return;
    }
    add(any_time(), Kind::revoke, node, below(2));
  }
  /// Below the hub first: from there on those below get snapshots, too.
  void prune() {
    const int first[] = {1, 2, 18};
    const auto node =
        chance_.percent(50) ? first[below(3)] : 1 + static_cast<int>(below(setting_.nodes - 1));
    const auto at = any_time();
    if (chance_.percent(70)) add(std::max<Micros>(0, at - kHour), Kind::snapshot, 0, 1);
    if (node < setting_.nodes) add(at, Kind::prune, node, below(2 * kDay));
  }

  Chance chance_;
  Setting setting_;
  std::vector<Event> events_;
};

}  // namespace

std::vector<Event> make_plan(std::uint64_t seed, const Setting& setting) {
  return Planner(seed, setting).make();
}

}  // namespace linli::simulation
