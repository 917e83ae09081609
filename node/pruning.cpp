#include "node/pruning.h"

#include <spdlog/spdlog.h>

#include "node/store/peer_memory.h"
#include "node/store/pruning.h"

namespace linli::node {
namespace {

void add(Pruned& all, const store::Prunable& feed) {
  all.sets += feed.sets;
  all.bytes += feed.bytes;
  all.unconfirmed += feed.unconfirmed;
  all.without_snapshot += feed.without_snapshot;
  all.founding += feed.founding;
}

Result<void> may_prune(const Replica& replica) {
  const auto known = replica.trust();
  const auto* own = known->book.find(replica.identity().certificate);
  if ((own->rights & crypto::kRightReceipt) == 0) return {};
  return fail(Errc::forbidden,
              "市局中心保留全部变更集，全市靠它们自证，不能精简 the hub keeps every change set: "
              "the city proves itself by them");
}

}  // namespace

sync::Micros beginning_of_year(int year) {
  constexpr sync::Micros kHour = 3'600'000'000;
  return model::day_from_civil(year, 1, 1) * 24 * kHour - 8 * kHour;
}

int year_of(sync::Micros at) {
  return static_cast<int>(model::civil_from_day(model::local_day_of_ms(at / 1000)).year);
}

Result<int> closed_year(sync::Micros now, const Json& named) {
  const auto this_year = year_of(now);
  if (named.is_null()) return this_year;
  if (!named.is_number_integer() || named < 2000 || named > this_year) {
    return fail(Errc::bad_value,
                "请写 2000 至 " + std::to_string(this_year) +
                    " 的年份，只能精简已结束的年份 a year from 2000 to " +
                    std::to_string(this_year) + ": only closed ones can go",
                "before");
  }
  return named.get<int>();
}

Json to_json(const Pruned& pruned) {
  return {{"sets", pruned.sets},
          {"bytes", pruned.bytes},
          {"unconfirmed", pruned.unconfirmed},
          {"without_snapshot", pruned.without_snapshot},
          {"founding", pruned.founding},
          {"faults", pruned.faults}};
}

Result<Pruned> plan_pruning(Replica& replica, sync::Micros before) {
  if (auto may = may_prune(replica); !may) return fail(may.error());
  try {
    auto lease = replica.store().read();
    const store::Transaction snapshot(*lease, true);
    store::Log log(*lease);
    Pruned all;
    for (const auto& feed : store::prunable(log, before)) add(all, feed);
    return all;
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Pruned> prune(Replica& replica, sync::Micros before) {
  if (auto may = may_prune(replica); !may) return fail(may.error());
  Pruned all;
  auto done = replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    log.keep_numbers();
    for (auto feed : store::prunable(log, before)) {
      if (feed.sets > 0) {
        const auto missing = store::hand_values_on(log, replica.store().projector(), feed);
        if (missing.empty()) {
          store::prune(log, feed);
        } else {
          all.faults.push_back(feed.path + ": the snapshot lacks record " + missing);
          feed.sets = feed.bytes = 0;
        }
      }
      add(all, feed);
    }
    log.set_meta_int("snapshots_wanted", 0);
    if (all.sets == 0) return {};
    log.forget();
    replica.store().rebuild_within();
    return {};
  });
  if (!done) return fail(done.error());
  if (all.sets > 0) {
    spdlog::info("let go of {} change sets of closed years", all.sets);
    replica.store().give_back_room();
  }
  return all;
}

Result<void> ask_for_snapshots(Replica& replica) {
  if (auto may = may_prune(replica); !may) return may;
  return replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    log.set_meta_int("snapshots_wanted", 1);
    store::forget_pulled(log);
    return {};
  });
}

}  // namespace linli::node
