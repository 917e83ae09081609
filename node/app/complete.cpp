// sync complete: does this node hold everything that it may read?
#include "node/app/commands.h"
#include "node/app/writer.h"
#include "node/holdings.h"
#include "node/pinning.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

Result<void> ask_here(node::Replica& replica) {
  const auto url = node::upstream(replica);
  if (!url)
    return fail(Errc::not_found,
                "本节点没有上级 this node has no upstream (`linli upstream set URL`)");
  node::HttpClient upstream(*url);
  node::pin_to_known(replica, upstream);
  return node::ask_holdings(replica, upstream);
}

Result<void> ask_hub(const std::filesystem::path& data) {
  const sync::SystemClock clock;
  auto door = open_door(data, clock);
  if (!door) return fail(door.error());
  if (door->replica) return ask_here(*door->replica);
  const auto answer = ask(*door->node, "POST", "/api/v1/agent/completeness");
  if (!answer) return fail(answer.error());
  return {};
}

std::string lack_text(const Json& lack) {
  const auto kind = lack.value("kind", "");
  const auto numbers = std::to_string(lack.value("from", std::uint64_t{0})) + "–" +
                       std::to_string(lack.value("to", std::uint64_t{0}));
  const auto where = "  " + lack.value("scope", "") + "  " + lack.value("feed", "").substr(0, 16) +
                     "  " + numbers + "：";
  if (kind == "missing") return where + "本节点缺少 missing here";
  if (kind == "other") return where + "内容与市局的不同 another change set than the hub's";
  return where + "市局给过回执，却未列出 the hub gave a receipt, and doesn't list it";
}

void print_answer(const Json& answer) {
  const auto& head = answer["checkpoint"];
  print("依据 by the word of " + harmless(answer.value("by", "")) + "，" +
        local_time(head.value("time", "")) + "，历史 history " +
        std::to_string(head.value("size", std::uint64_t{0})) + " 项");
  for (const auto& lack : answer["lacks"]) print(harmless(lack_text(lack)));
  if (answer.value("complete", false)) {
    print("完整：有权读取的 " + std::to_string(answer.value("feeds", std::uint64_t{0})) +
          " 个来源、" + std::to_string(answer.value("sets", std::uint64_t{0})) +
          " 个变更集都在这里。 Complete: everything that this node may read is here.");
  }
}

}  // namespace

int sync_complete(const SyncCompleteOptions& options) {
  if (options.ask) {
    if (auto asked = ask_hub(options.data); !asked) return refuse(asked.error());
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto answer = node::completeness(**store);
  if (!answer) return refuse(answer.error());
  if (options.json) {
    print_json({{"completeness", *answer}});
  } else if (answer->is_object()) {
    print_answer(*answer);
  }
  if (answer->is_null()) {
    return refuse(Errc::not_found,
                  "尚未询问市局中心 the hub wasn't asked yet: `linli sync complete --ask`, or wait "
                  "for the next exchange");
  }
  if ((*answer)["complete"].get<bool>()) return 0;
  return refuse(Errc::gap,
                "有内容不在本机：先同步，再用 --ask 询问；仍然缺少的，是有人扣下了，请告知市局 not "
                "everything is here: `linli sync`, then `linli sync complete --ask`; "
                "what stays is being kept from this node: show it to the bureau");
}

}  // namespace linli::app
