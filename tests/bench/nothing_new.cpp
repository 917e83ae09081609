// A sync that finds nothing new: its cost must not depend on what is stored (I9).
#include "node/agent.h"
#include "office.h"

namespace linli::bench {
namespace {

void measure(const Settings& settings, Report& report, std::size_t sets) {
  const Folder folder(settings, "nothing_new");
  Below below(folder.path(), sets, 1);
  (void)below.join();

  const sync::SystemClock clock;
  auto replica = must(node::Replica::open(below.office(), clock), "opening the office");
  node::HttpClient client(below.wire().url());
  // The first one says hello on a new connection, the rest are what a node does all day.
  (void)must(node::exchange(*replica, client), "an exchange");
  below.wire().reset();
  const auto times = settings.size(200, 10);
  std::vector<double> took, raw;
  std::uint64_t brought = 0;
  for (std::size_t i = 0; i < times; ++i) {
    const Stopwatch watch;
    const auto exchanged = must(node::exchange(*replica, client), "an exchange");
    took.push_back(watch.seconds() * 1e3);
    brought += exchanged.received + exchanged.sent;
  }
  ensure(brought == 0, "nothing was new");
  const auto passed = below.wire().count();
  below.wire().reset();
  for (std::size_t i = 0; i < times; ++i) {
    const Stopwatch watch;
    ensure(must(client.send("GET", "/healthz"), "a request").status == 200, "it is well");
    raw.push_back(watch.seconds() * 1e3);
  }
  const auto plain = below.wire().count();
  const auto each = [&](std::uint64_t of) {
    return static_cast<double>(of) / static_cast<double>(times);
  };
  const auto name = "nothing_new/" + std::to_string(sets) + " sets stored, ";
  const std::string healthz = "GET /healthz over the same line";
  report.add({.name = name + "round trips",
              .value = each(passed.turns),
              .unit = "",
              .raw = each(plain.turns),
              .raw_means = healthz});
  report.add({.name = name + "bytes up",
              .value = each(passed.up),
              .unit = "B",
              .raw = each(plain.up),
              .raw_means = healthz});
  report.add({.name = name + "bytes down",
              .value = each(passed.down),
              .unit = "B",
              .raw = each(plain.down),
              .raw_means = healthz});
  report.add({.name = name + "time",
              .value = median(took),
              .unit = "ms",
              .raw = median(raw),
              .raw_means = healthz});
}

}  // namespace

void nothing_new(const Settings& settings, Report& report) {
  measure(settings, report, settings.size(1'000, 20));
  measure(settings, report, settings.size(100'000, 200));
  if (settings.large) measure(settings, report, 1'000'000);
}

}  // namespace linli::bench
