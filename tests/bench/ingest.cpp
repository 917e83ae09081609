// Taking change sets in, against inserting the same rows.
#include <atomic>
#include <thread>

#include "plain.h"

namespace linli::bench {
namespace {

struct Case {
  const char* name;
  Mix mix;
  std::size_t changes;  ///< A set.
  std::size_t records;
  std::size_t pushers;  ///< Peers at once, one set a push; 0: one peer with full batches.
};

struct Measured {
  double seconds = 0;
  double per_commit = 0;
};

int count_commit(void* counter) {
  ++*static_cast<std::atomic<std::int64_t>*>(counter);
  return 0;
}

/// Each peer sends a set and waits for the answer before it sends the next: who shares a commit is
/// up to the writer.
void push_from_many(node::Replica& hub, std::vector<std::vector<sync::Object>> by_peer,
                    const Hash& from) {
  std::atomic<bool> refused = false;
  std::vector<std::thread> peers;
  for (auto& sets : by_peer) {
    peers.emplace_back([&hub, &from, &refused, &sets] {
      for (auto& set : sets) {
        std::vector<sync::Object> one;
        one.push_back(std::move(set));
        const auto verdicts = hub.take(std::move(one), from);
        if (!verdicts || !verdicts->empty()) refused = true;
      }
    });
  }
  for (auto& peer : peers) peer.join();
  ensure(!refused, "every set was accepted");
}

Measured take_in(const Settings& settings, const Case& c, std::vector<Plain>& kept) {
  const Folder folder(settings, "ingest");
  City city(folder.path());
  // A hub's load: what comes is of many communities.
  Records source(c.mix, 100, c.records);
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::size_t i = 0; i < std::max<std::size_t>(c.pushers, 1); ++i) {
    writers.push_back(std::make_unique<Writer>(city.hub(), kDistrict));
  }
  std::vector<std::vector<sync::Object>> objects(writers.size());
  for (std::size_t done = 0, turn = 0; done < c.records; done += c.changes, ++turn) {
    auto records = source.next(std::min(c.changes, c.records - done));
    objects[turn % writers.size()].push_back(writers[turn % writers.size()]->sign(records));
    for (auto& record : records) kept.push_back(std::move(record));
  }
  std::atomic<std::int64_t> commits = 0;
  sqlite3_commit_hook(city.hub().store().database().handle(), count_commit, &commits);
  Measured measured;
  if (c.pushers == 0) {
    const Stopwatch watch;
    push(city.hub(), std::move(objects.front()), writers.front()->certificate());
    measured.seconds = watch.seconds();
  } else {
    const auto from = writers.front()->certificate();
    const Stopwatch watch;
    push_from_many(city.hub(), std::move(objects), from);
    measured.seconds = watch.seconds();
  }
  measured.per_commit = static_cast<double>(c.records) / static_cast<double>(commits.load());
  sqlite3_commit_hook(city.hub().store().database().handle(), nullptr, nullptr);
  return measured;
}

void measure(const Settings& settings, Report& report, const Case& c) {
  std::vector<double> rates, raw_rates, ratios, sizes;
  for (int round = 0; round < settings.rounds; ++round) {
    std::vector<Plain> records;
    records.reserve(c.records);
    const auto taken = take_in(settings, c, records);
    const Folder folder(settings, "plain");
    const auto plain = insert_plainly(folder.path(), records, taken.per_commit, true);
    const auto n = static_cast<double>(records.size());
    rates.push_back(n / taken.seconds);
    raw_rates.push_back(n / plain.seconds);
    ratios.push_back(plain.seconds / taken.seconds);
    sizes.push_back(taken.per_commit);
  }
  report.add({.name = c.name,
              .value = median(rates),
              .unit = "records/s",
              .raw = median(raw_rates),
              .raw_means = "prepared INSERTs, same tables, indexes and search",
              .ratio = median(ratios),
              .note = "records a commit, both: " +
                      std::to_string(static_cast<std::int64_t>(median(sizes)))});
}

}  // namespace

void ingest(const Settings& settings, Report& report) {
  const auto many = settings.size(50'000, 1'200);
  const auto few = settings.size(15'000, 240);
  const Case cases[] = {
      {"ingest/inspections, 500 a set", Mix::inspections, 500, many, 0},
      {"ingest/findings, 500 a set", Mix::findings, 500, many, 0},
      {"ingest/mixed, 500 a set", Mix::mixed, 500, many, 0},
      {"ingest/inspections, 3 a set, full batches", Mix::inspections, 3, few, 0},
      {"ingest/mixed, 3 a set, full batches", Mix::mixed, 3, few, 0},
      {"ingest/inspections, 3 a set, 16 peers", Mix::inspections, 3, few, 16},
  };
  for (const auto& c : cases) measure(settings, report, c);
}

}  // namespace linli::bench
