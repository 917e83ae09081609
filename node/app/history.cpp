// history: the signed history that this node keeps, and what it has seen of the hub's.
#include "node/history.h"

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
    for (const auto& fault : faults) {
      print("历史不一致 contradiction：" + local_time(fault.value("at", "")) + "  " +
            harmless(fault.value("detail", "")));
      print(fault.value("kept", ""));
      print(fault.value("shown", ""));
    }
  }
  if (faults.empty()) return 0;
  return refuse(Errc::fork, std::to_string(faults.size()) +
                                " contradictions: keep them, and show both signed heads to other "
                                "offices and to whoever watches the city's hub");
}

}  // namespace linli::app
