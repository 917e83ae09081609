#include "tests/simulation/runs.h"

#include <unistd.h>

#include <chrono>
#include <iostream>

namespace linli::simulation {
namespace {

/// A new folder, in memory if the machine has such a place: only keys, locks and marks are in it.
std::filesystem::path scratch() {
  const auto* base = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  auto name = std::string(base) + "/linli-simulate-XXXXXX";
  ensure(::mkdtemp(name.data()), "a scratch folder");
  return name;
}

/// "I3" of "I3, node 4: …".
std::string invariant(const std::string& failure) { return failure.substr(0, failure.find(',')); }

}  // namespace

Runs::Runs(const Setting& setting) : setting_(setting), folder_(scratch()) {
  take_shortcuts();
  mount_disks();
  World world(folder_, setting_.nodes);
  beginning_ = world.found();
}

Runs::~Runs() {
  std::error_code ec;
  std::filesystem::remove_all(folder_, ec);
}

Runs::Outcome Runs::run(std::uint64_t seed, const std::vector<std::size_t>& only, bool verbose) {
  auto plan = make_plan(seed, setting_);
  if (!only.empty()) {
    const std::set<std::size_t> kept(only.begin(), only.end());
    std::erase_if(plan, [&](const auto& event) { return !kept.contains(event.number); });
  }
  return run(seed, plan, verbose);
}

Runs::Outcome Runs::run(std::uint64_t seed, const std::vector<Event>& plan, bool verbose) {
  World world(folder_, setting_.nodes);
  if (verbose) world.on_trace([](const std::string& line) { std::cout << line << "\n"; });
  Outcome outcome;
  try {
    world.begin(beginning_, seed);
    world.run(plan, setting_);
    world.settle();
  } catch (const std::exception& e) {
    outcome.failure = e.what();
  }
  outcome.trace = world.trace();
  outcome.counts = world.counts;
  return outcome;
}

void Runs::print_shrunk(std::uint64_t seed, const std::string& failure, std::ostream& out) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::minutes(3);
  auto plan = make_plan(seed, setting_);
  const auto before = plan.size();
  auto last = failure;
  // Delta debugging: ever smaller parts, as long as leaving one out still fails.
  for (auto part = plan.size() / 2; part > 0 && Clock::now() < until;) {
    bool shorter = false;
    for (std::size_t from = 0; from < plan.size() && Clock::now() < until;) {
      auto less = plan;
      const auto to = std::min(plan.size(), from + part);
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(from),
                 less.begin() + static_cast<std::ptrdiff_t>(to));
      const auto outcome = run(seed, less, false);
      if (outcome.failure && invariant(*outcome.failure) == invariant(failure)) {
        plan = std::move(less);
        last = *outcome.failure;
        shorter = true;
      } else {
        from = to;
      }
    }
    if (part == 1 && !shorter) break;
    if (!shorter || part > plan.size())
      part = std::max<std::size_t>(1, std::min(part, plan.size()) / 2);
    if (plan.empty()) break;
  }
  out << "its history, from " << before << " events down to " << plan.size() << ":\n";
  for (const auto& event : plan) out << "  " << to_text(event) << "\n";
  out << "  → " << last << "\nplay it: --seed " << seed << " -v --only ";
  for (const auto& event : plan)
    out << (event.number == plan.front().number ? "" : ",") << event.number;
  out << std::endl;
}

}  // namespace linli::simulation
