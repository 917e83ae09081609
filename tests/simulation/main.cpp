// linli-simulate: runs virtual weeks of a city, one for each seed, until one breaks a promise.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "tests/simulation/runs.h"

namespace {

using namespace linli::simulation;

struct Options {
  std::uint64_t from = 1, seeds = 1, seed = 0;
  std::vector<std::size_t> only;
  Setting setting;
  bool verbose = false, twice = false, keep_going = false, shrink = true;
};

void report(const Runs::Outcome& outcome, std::uint64_t seed, const Options& options) {
  std::cout << "seed " << seed << " FAILED: " << *outcome.failure << "\n"
            << "play it again: linli-simulate --seed " << seed << " -v";
  if (options.setting.nodes != 20) std::cout << " --nodes " << options.setting.nodes;
  if (options.setting.days != 7) std::cout << " --days " << options.setting.days;
  std::cout << std::endl;
}

int run(const Options& options) {
  Runs runs(options.setting);
  const auto began = std::chrono::steady_clock::now();
  World::Counts sum;
  std::uint64_t failed = 0;
  const auto first = options.seed ? options.seed : options.from;
  const auto last = options.seed ? options.seed : options.from + options.seeds - 1;
  for (auto seed = first; seed <= last; ++seed) {
    const auto outcome = runs.run(seed, options.only, options.verbose);
    sum.events += outcome.counts.events;
    sum.writes += outcome.counts.writes;
    sum.exchanges += outcome.counts.exchanges;
    sum.failed_exchanges += outcome.counts.failed_exchanges;
    sum.objects += outcome.counts.objects;
    sum.stops += outcome.counts.stops;
    sum.rollbacks += outcome.counts.rollbacks;
    sum.late += outcome.counts.late;
    sum.snapshots += outcome.counts.snapshots;
    sum.condensed += outcome.counts.condensed;
    sum.pruned += outcome.counts.pruned;
    sum.settled += outcome.counts.settled;
    sum.erased += outcome.counts.erased;
    sum.certificates += outcome.counts.certificates;
    sum.approved += outcome.counts.approved;
    sum.revoked += outcome.counts.revoked;
    if (options.verbose)
      std::cout << "trace " << linli::crypto::to_hex(outcome.trace.view()) << "\n";
    if (options.twice && runs.run(seed, options.only, false).trace != outcome.trace) {
      std::cout << "seed " << seed << " isn't one exact run: its second run went another way\n";
      return 1;
    }
    const auto done = seed - first + 1;
    if (done % 100 == 0) std::cerr << done << " seeds done, " << failed << " failed\n";
    if (!outcome.failure) continue;
    ++failed;
    report(outcome, seed, options);
    if (options.shrink && options.only.empty())
      runs.print_shrunk(seed, *outcome.failure, std::cout);
    if (!options.keep_going) break;
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::cout << (last - first + 1) << " seeds of " << options.setting.nodes << " nodes and "
            << options.setting.days << " days: " << failed << " failed; " << sum.writes
            << " writes, " << sum.exchanges << " exchanges (" << sum.failed_exchanges
            << " cut off), " << sum.objects << " objects moved, " << sum.stops
            << " machines stopped, " << sum.rollbacks << " put back, " << sum.late
            << " late requests, " << sum.snapshots << " snapshots, " << sum.condensed
            << " nodes with one instead of change sets, " << sum.pruned << " sets pruned, "
            << sum.settled << " conflicts settled, " << sum.erased << " erasures, "
            << sum.certificates << " certificates changed, " << sum.revoked << " keys ended, "
            << sum.approved << " sets approved; " << took << " s ("
            << static_cast<double>(last - first + 1) * 60 / took << " seeds a minute)\n";
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs virtual weeks of a city; a seed that breaks a promise prints itself.");
  app.add_option("--seeds", options.seeds, "how many seeds");
  app.add_option("--from", options.from, "the first one");
  app.add_option("--seed", options.seed, "this one only");
  app.add_option("--only", options.only, "these events of its plan only, by number")
      ->delimiter(',');
  app.add_option("--nodes", options.setting.nodes, "the first so many nodes of the city")
      ->check(CLI::Range(2, kNodesMax));
  app.add_option("--days", options.setting.days, "length of the week")->check(CLI::Range(1, 60));
  app.add_option("--without", options.setting.without, "kinds of events to leave out")
      ->delimiter(',');
  app.add_flag("-v,--verbose", options.verbose, "tell everything that happens");
  app.add_flag("--twice", options.twice, "run each seed twice, and compare the traces");
  app.add_flag("--keep-going", options.keep_going, "don't stop at the first seed that fails");
  app.add_flag("!--no-shrink", options.shrink, "don't look for a shorter history of a failure");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(options.verbose ? spdlog::level::debug : spdlog::level::off);
  return run(options);
}
