// history: the signed history that this node keeps, what it has seen of the hub's, and what a
// person here found out of contradictions.
#include "node/history.h"

#include <algorithm>

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/noted.h"
#include "node/app/writer.h"

namespace linli::app {
namespace {

/// At the folder, or at the node that runs there.
Result<std::size_t> say_acknowledged(const HistoryOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return fail(door.error());
  if (door->node) {
    Json wish{{"note", options.acknowledge}};
    if (options.fault != 0) wish["fault"] = options.fault;
    const auto answer = ask_json(*door->node, "/api/v1/history/acknowledge", wish);
    if (!answer) return fail(answer.error());
    return answer->value("acknowledged", std::size_t{0});
  }
  auto done = node::acknowledge_history(
      *door->replica,
      {options.acknowledge, node::system_user_text(node::system_user()), options.fault});
  if (!done) return done;
  const Noted act{.act = "acknowledge_history",
                  .what = options.fault == 0 ? "all" : std::to_string(options.fault),
                  .why = options.acknowledge};
  if (auto noted = note_act(options.data, act); !noted) return fail(noted.error());
  return done;
}

int acknowledge(const HistoryOptions& options) {
  const auto done = say_acknowledged(options);
  if (!done) return refuse(done.error());
  if (options.json) {
    print_json({{"acknowledged", *done}});
  } else {
    print("已确认 " + std::to_string(*done) +
          " 处，证据仍然保留；有新的不一致会再次告警。 Acknowledged, the evidence stays; a new "
          "contradiction is told again.");
  }
  return 0;
}

bool is_open(const Json& fault) {
  return !fault.value("over", false) && fault["acknowledged"].is_null();
}

void print_fault(const Json& fault) {
  const auto line = local_time(fault.value("at", "")) + "  " + fault.value("zh", "") + " " +
                    harmless(fault.value("detail", ""));
  if (const auto& said = fault["acknowledged"]; said.is_object()) {
    print("已确认的不一致 acknowledged contradiction " + fault["number"].dump() + "：" + line);
    print("  " + harmless(said.value("note", "")) + "（" + harmless(said.value("by", "")) + "，" +
          local_time(said.value("at", "")) + "）");
  } else if (fault.value("over", false)) {
    print("历史曾未出示，后已补上 not shown for a time, and proven since：" + line);
    return;
  } else {
    print("历史不一致 contradiction " + fault["number"].dump() + "：" + line);
  }
  print(fault.value("kept", ""));
  print(fault.value("shown", ""));
}

}  // namespace

int history(const HistoryOptions& options) {
  if (!options.acknowledge.empty()) return acknowledge(options);
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto json = node::history_json(**store);
  if (!json) return refuse(json.error());
  const auto& faults = (*json)["faults"];
  if (options.json) {
    print_json(*json);
  } else {
    if (const auto& own = (*json)["own"]; own.is_object()) {
      print("本节点的历史 kept here：" + own.value("origin", "") + "，共 " +
            std::to_string(own.value("size", std::uint64_t{0})) + " 项");
      print("公钥 verifier key：" + own.value("key", ""));
    }
    for (const auto& seen : (*json)["seen"]) {
      print("已核对 checked：" + seen.value("origin", "") + "，共 " +
            std::to_string(seen.value("size", std::uint64_t{0})) + " 项，" +
            local_time(seen.value("checked", "")));
    }
    if (const auto& owed = (*json)["owed_since"]; owed.is_string()) {
      print("尚未得到证明 not proven since：" + local_time(owed.get<std::string>()));
    }
    for (const auto& fault : faults) print_fault(fault);
  }
  const auto open = std::count_if(faults.begin(), faults.end(), is_open);
  if (open == 0) return 0;
  return refuse(Errc::fork,
                "历史有 " + std::to_string(open) +
                    " 处不一致：请询问市局是否从备份恢复过；是的，运行 linli history --acknowledge "
                    "\"说明\"；不是的，保留证据并出示给其他节点和监督者 contradictions: ask the "
                    "hub's people whether they restored a backup; if so, `linli history "
                    "--acknowledge NOTE`; if not, keep the signed heads and show them to other "
                    "offices and to whoever watches the city's hub");
}

}  // namespace linli::app
