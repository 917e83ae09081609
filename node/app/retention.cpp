// snapshot, prune: the hub's snapshots, and an office that lets go of closed years.
#include "node/app/commands.h"
#include "node/app/exchange_now.h"
#include "node/app/noted.h"
#include "node/pruning.h"
#include "node/snapshots.h"

namespace linli::app {
namespace {

std::string count_of(const Json& json, const char* name) {
  return std::to_string(json.value(name, std::int64_t{0}));
}

Result<Json> prune_through(Door& door, int year, bool dry_run) {
  if (door.node) {
    return ask_json(*door.node, "/api/v1/prune", {{"before", year}, {"dry_run", dry_run}});
  }
  const auto before = node::beginning_of_year(year);
  const auto done =
      dry_run ? node::plan_pruning(*door.replica, before) : node::prune(*door.replica, before);
  if (!done) return fail(done.error());
  return node::to_json(*done);
}

Result<void> fetch_snapshots(Door& door) {
  // First what the hub has said so far: a clock that a receipt flags changes what sets add up to.
  if (const auto current = exchange_through(door); !current) return fail(current.error());
  if (door.node) {
    const auto asked = ask_json(*door.node, "/api/v1/snapshots/wanted", Json::object());
    if (!asked) return fail(asked.error());
  } else if (auto asked = node::ask_for_snapshots(*door.replica); !asked) {
    return asked;
  }
  const auto exchanged = exchange_through(door);
  if (!exchanged) return fail(exchanged.error());
  return {};
}

void print_pruned(const Json& json, int year, bool dry_run) {
  const auto before = std::to_string(year) + " 年以前 before " + std::to_string(year);
  const auto bytes = json.value("bytes", std::int64_t{0});
  const auto size = bytes == 0 ? std::string("0 MiB")
                    : bytes < 1 << 20
                        ? "不到 less than 1 MiB"
                        : "约 about " + std::to_string((bytes + (1 << 19)) >> 20) + " MiB";
  print((dry_run ? "可清理 would go now：" : "已清理 gone：") + count_of(json, "sets") +
        " 个变更集 change sets，" + size + "（" + before + "）");
  const bool asks = dry_run && json.value("without_snapshot", std::int64_t{0}) > 0;
  if (asks) {
    print(
        "另有 " + count_of(json, "without_snapshot") +
        " 个，正式运行会先向中心索取快照，快照已覆盖的随即清理 more would go after snapshots have "
        "been asked for, as far as the hub has them (there: `linli snapshot`)");
  }
  const auto stays = [&](const char* name, const std::string& why) {
    if (json.value(name, std::int64_t{0}) > 0)
      print("保留 stay：" + count_of(json, name) + " " + why);
  };
  stays("unconfirmed", "个：中心尚未回执 the hub hasn't confirmed them");
  if (!asks)
    stays(
        "without_snapshot",
        "个：中心的快照尚未覆盖 no snapshot of the hub covers them (at the hub: `linli snapshot`)");
  stays("founding", "个：证书与规则，永久保留 certificates and policies, kept for ever");
  for (const auto& fault : json.value("faults", Json::array())) {
    print("✗ " + harmless(fault.get<std::string>()));
  }
}

}  // namespace

int snapshot(const SnapshotOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto made = [&]() -> Result<Json> {
    if (door->node) return ask_json(*door->node, "/api/v1/snapshots", {{"scope", options.scope}});
    ProgressLine progress("快照 snapshots");
    std::int64_t so_far = 0;
    const auto done = node::make_snapshots(*door->replica, options.scope, 1,
                                           [&](const auto&) { progress.show(++so_far, 0); });
    if (!done) return fail(done.error());
    return node::to_json(*done);
  }();
  if (!made) return refuse(made.error());
  if (options.json) return print_json(*made), 0;
  for (const auto& item : (*made)["items"]) {
    print(harmless(item.value("scope", "")) + "：" + count_of(item, "records") +
          " 条记录 records，" + count_of(item, "parts") + " 份 parts，" + count_of(item, "bytes") +
          " B");
  }
  print("新快照 new snapshots：" + std::to_string((*made)["items"].size()));
  return 0;
}

int prune(const PruneOptions& options) {
  const sync::SystemClock clock;
  const auto year =
      node::closed_year(clock.now(), options.before == 0 ? Json() : Json(options.before));
  if (!year) return refuse(year.error());
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  auto planned = prune_through(*door, *year, true);
  if (!planned) return refuse(planned.error());
  if (!options.dry_run && planned->value("without_snapshot", std::int64_t{0}) > 0) {
    if (auto fetched = fetch_snapshots(*door); !fetched) return refuse(fetched.error());
  }
  const auto done = options.dry_run ? planned : prune_through(*door, *year, false);
  if (!done) return refuse(done.error());
  if (door->replica && !options.dry_run) {  // A running node notes it itself.
    const auto what = "before " + std::to_string(*year);
    if (auto noted = note_act(options.data, {.act = "prune", .what = what}); !noted) {
      return refuse(noted.error());
    }
  }
  if (options.json) {
    print_json(*done);
  } else {
    print_pruned(*done, *year, options.dry_run);
  }
  if (!done->value("faults", Json::array()).empty()) {
    return refuse(Errc::corrupt,
                  "有的序列未能精简，请在此运行 linli verify 并告知市局中心 some feeds stay: run "
                  "`linli verify` here, and tell the hub");
  }
  return 0;
}

}  // namespace linli::app
