// A new office that begins with the hub's snapshot, against one that replays the log, in turn.
#include "office.h"

namespace linli::bench {

void beginning(const Settings& settings, Report& report) {
  const auto n = settings.size(100'000, 1'000);
  const auto records = static_cast<double>(n);
  for (const std::size_t changes : {std::size_t{500}, std::size_t{3}}) {
    std::vector<double> seconds, replay_seconds, ratios, bytes, replay_bytes;
    for (int round = 0; round < std::min(settings.rounds, 3); ++round) {
      const auto join = [&](bool snapshot, std::vector<double>& times, std::vector<double>& sizes) {
        const Folder folder(settings, "beginning");
        Below below(folder.path(), n, changes, snapshot);
        const Stopwatch watch;
        (void)below.join();
        times.push_back(watch.seconds());
        const auto passed = below.wire().count();
        ensure(passed.down > 10 * n, "the records came");
        sizes.push_back(static_cast<double>(passed.down + passed.up) / records);
      };
      join(true, seconds, bytes);
      join(false, replay_seconds, replay_bytes);
      ratios.push_back(replay_seconds.back() / seconds.back());
    }
    const auto each = std::to_string(changes) + " a set";
    report.add({.name = "beginning/time, " + each,
                .value = median(seconds),
                .unit = "s",
                .raw = median(replay_seconds),
                .raw_means = "the same office without a snapshot: the log is replayed",
                .ratio = median(ratios),
                .note = std::to_string(n) + " inspections; `linli join` from start to end; the "
                                            "ratio is how many times faster"});
    report.add({.name = "beginning/bytes, " + each,
                .value = median(bytes),
                .unit = "B/record",
                .raw = median(replay_bytes),
                .raw_means = "replaying the log; both directions, headers and all"});
  }
}

}  // namespace linli::bench
