// Starting an office's node, and what it takes while nobody asks it anything.
#include <thread>

#include "node/http_client.h"
#include "office.h"

namespace linli::bench {
namespace {

struct Started {
  double seconds = 0;  ///< From exec to the first good answer.
  double own_mb = 0;   ///< A while later.
  double peak_mb = 0;
};

Started start_once(const std::filesystem::path& data, std::chrono::milliseconds idle) {
  const Stopwatch watch;
  Served node(data);
  node::HttpClient client(node.url());
  ensure(must(client.send("GET", "/healthz"), "asking /healthz").status == 200, "it is well");
  Started started{watch.seconds(), 0, 0};
  std::this_thread::sleep_for(idle);
  started.own_mb = node.child().own_mb();
  started.peak_mb = node.child().peak_mb();
  return started;
}

}  // namespace

void start(const Settings& settings, Report& report) {
  const auto n = settings.size(100'000, 1'000);
  const Folder folder(settings, "start");
  const Folder fresh(settings, "fresh");
  std::filesystem::path office;
  {
    Below below(folder.path(), n, 500);
    office = below.office();
    (void)below.join();
  }
  // An empty city beside it shows what is the program's own.
  { City(fresh.path() / "other").close_hub(); }
  const auto nothing = fresh.path() / "other" / "hub";
  const auto idle = std::chrono::milliseconds(settings.tiny ? 50 : 3000);
  std::vector<double> times, raw_times, own, raw_own, peak;
  for (int round = 0; round < settings.rounds; ++round) {
    const auto full = start_once(office, idle);
    const auto bare = start_once(nothing, idle);
    times.push_back(full.seconds);
    raw_times.push_back(bare.seconds);
    own.push_back(full.own_mb);
    raw_own.push_back(bare.own_mb);
    peak.push_back(full.peak_mb);
  }
  const std::string means = "the same with no records";
  report.add({.name = "start/exec to the first answer",
              .value = median(times),
              .unit = "s",
              .raw = median(raw_times),
              .raw_means = means,
              .note = std::to_string(n) + " records; the slowest " +
                      std::to_string(quantile(times, 1.0)) + " s"});
  report.add({.name = "start/memory when idle (PSS)",
              .value = median(own),
              .unit = "MB",
              .raw = median(raw_own),
              .raw_means = means});
  report.add({.name = "start/peak memory until then", .value = median(peak), .unit = "MB"});
}

}  // namespace linli::bench
