// history: the signed history that this node keeps, and what it has seen of the hub's.
#include "node/history.h"

#include <algorithm>

#include "node/app/commands.h"
#include "node/app/console.h"

namespace linli::app {

int history(const HistoryOptions& options) {
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
    for (const auto& fault : faults) {
      if (fault.value("over", false)) {
        print("历史曾未出示，后已补上 not shown for a time, and proven since：" +
              local_time(fault.value("at", "")) + "  " + harmless(fault.value("detail", "")));
        continue;
      }
      print("历史不一致 contradiction：" + local_time(fault.value("at", "")) + "  " +
            harmless(fault.value("detail", "")));
      print(fault.value("kept", ""));
      print(fault.value("shown", ""));
    }
  }
  const auto open = std::count_if(faults.begin(), faults.end(),
                                  [](const Json& fault) { return !fault.value("over", false); });
  if (open == 0) return 0;
  return refuse(Errc::fork, std::to_string(open) +
                                " contradictions: keep them, and show the signed heads to other "
                                "offices and to whoever watches the city's hub");
}

}  // namespace linli::app
