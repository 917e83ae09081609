// An exchange that brings N new change sets: what it costs must not depend on what is stored (I9).
#include <map>

#include "node/exchange.h"
#include "node/http_client.h"
#include "office.h"

namespace linli::bench {
namespace {

/// Of the smallest store, by name: what the others are compared with.
using Costs = std::map<std::string, double>;

struct Cost {
  double ms = 0, bytes = 0;
};

Cost exchanged(Below& below, node::Replica& office, node::HttpClient& client, std::size_t sets) {
  below.wire().reset();
  const Stopwatch watch;
  const auto told = must(node::exchange(office, client), "an exchange");
  const auto ms = watch.seconds() * 1e3;
  ensure(told.sent + told.received >= sets, "they went over");
  const auto passed = below.wire().count();
  return {ms, static_cast<double>(passed.up + passed.down)};
}

void tell(Report& report, Costs& least, const std::string& what, std::size_t stored, double value,
          const char* unit) {
  const auto first = least.try_emplace(what, value).first->second;
  report.add({.name = "some_new/" + what + ", " + std::to_string(stored) + " sets stored",
              .value = value,
              .unit = unit,
              .raw = first,
              .raw_means = "the same with the smallest store"});
}

void measure(const Settings& settings, Report& report, Costs& least, std::size_t stored) {
  const Folder folder(settings, "some_new");
  Below below(folder.path(), stored, 1);
  (void)below.join(0);
  (void)below.join(1);
  const sync::SystemClock clock;
  auto one = must(node::Replica::open(below.office(0), clock), "opening an office");
  auto other = must(node::Replica::open(below.office(1), clock), "opening the other office");
  node::HttpClient up(below.wire().url()), down(below.wire().url());
  for (int i = 0; i < 2; ++i) {  // Sessions begin, and what the joining left is fetched.
    (void)must(node::exchange(*one, up), "an exchange");
    (void)must(node::exchange(*other, down), "an exchange");
  }
  const auto rounds = std::max(3, settings.rounds);
  for (const auto n : {std::size_t{1}, settings.size(30, 3), settings.size(1'000, 10)}) {
    std::vector<double> push_ms, push_bytes, pull_ms, pull_bytes;
    for (int round = 0; round < rounds; ++round) {
      push(*one, below.more(n), below.writer());
      const auto pushed = exchanged(below, *one, up, n);
      const auto pulled = exchanged(below, *other, down, n);
      push_ms.push_back(pushed.ms);
      push_bytes.push_back(pushed.bytes);
      pull_ms.push_back(pulled.ms);
      pull_bytes.push_back(pulled.bytes);
    }
    const auto sets = std::to_string(n) + " new, ";
    tell(report, least, sets + "handed over", stored, median(push_ms), "ms");
    tell(report, least, sets + "handed over, bytes", stored, median(push_bytes), "B");
    tell(report, least, sets + "fetched", stored, median(pull_ms), "ms");
    tell(report, least, sets + "fetched, bytes", stored, median(pull_bytes), "B");
  }
}

}  // namespace

void some_new(const Settings& settings, Report& report) {
  Costs least;
  measure(settings, report, least, settings.size(1'000, 20));
  measure(settings, report, least, settings.size(100'000, 200));
  if (settings.large) measure(settings, report, least, 1'000'000);
}

}  // namespace linli::bench
