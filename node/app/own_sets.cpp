// sync status --sets: where every change set of this node is, and what became of it.
#include "node/store/own_sets.h"

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/said.h"

namespace linli::app {
namespace {

struct StateText {
  const char *state, *text;
};
constexpr StateText kStates[] = {{"waiting", "等待发送 waiting"},
                                 {"on_way", "已发出，等待市局回执 on its way"},
                                 {"confined", "只留在社区和街道 stays in community and street"},
                                 {"safe", "市局已存 safe"},
                                 {"held", "暂缓，待批准 held back"},
                                 {"let_go", "已移出本机范围，市局保存 let go of, kept by the hub"},
                                 {"upgrade", "待升级后处理 waits for an upgrade"},
                                 {"refused", "被拒收 refused"}};

std::string state_text(const std::string& state) {
  for (const auto& known : kStates) {
    if (state == known.state) return known.text;
  }
  return state;
}

std::string became_text(const Json& change) {
  const auto became = change.value("became", "");
  std::string text = became == "stands"       ? "有效 stands"
                     : became == "lost"       ? "冲突中搁置 lost in a conflict"
                     : became == "superseded" ? "后被修改 superseded"
                     : became == "partly"     ? "部分后被修改 partly superseded (" +
                                                change.value("superseded", Json()).dump() + "/" +
                                                change.value("written", Json()).dump() + ")"
                     : became == "ended" ? "随删除结束 ended by a delete"
                     : became == "waits" ? "等待之前的改动 waits"
                                         : "";
  if (change.contains("by")) {
    text += "：" + change["by"].value("node", "") + " " + local_time(change["by"].value("at", ""));
  }
  if (change.contains("conflict")) text += "  linli conflicts show " + change.value("conflict", "");
  return text;
}

/// Of a scope that this node may not read any more.
void print_let_go(const Json& item) {
  print(
      "    " + harmless(item.value("scope", "")) + "：" +
      local_time(item.value("let_go", std::string())) +
      " 起不在本机范围，内容由市局保存 out of this node's scope since, the hub keeps what it says");
}

/// Why it counts nowhere yet, who says so, and what to do.
void print_held(const Json& item, const std::string& why) {
  std::string line = "    " + harmless(code_text(why));
  if (const auto by = item.find("held_by"); by != item.end()) {
    line += "  " + harmless(by->value("node", "")) + " " + local_time(by->value("at", "")) + "  " +
            harmless(by->value("detail", ""));
  }
  print(line);
  print(why == info(Errc::revoked).name
            ? "    本节点密钥已被吊销：数据仍在；请上级核实后运行 linli held approve 批准，本机重新"
              "接入。 this node's key was revoked: have it approved above, and join anew"
            : "    请市局核实后运行 linli held approve 批准。 the hub can approve it");
}

void print_set(const Json& item) {
  std::string line = local_time(item.value("at", "")) + "  #" +
                     std::to_string(item.value("seq", std::uint64_t{0})) + "  " +
                     state_text(item.value("state", ""));
  if (item["safe_since"].is_string()) {
    line += "  自 since " + local_time(item["safe_since"].get<std::string>());
  }
  print(line + "  " + item.value("set", "").substr(0, 16));
  if (item["refused"].is_object() && item["state"] == "refused") {
    const auto& why = item["refused"];
    print("    " + harmless(why.value("by", "") + "：" + code_text(why.value("code", "")) + "  " +
                            why.value("detail", "")));
  }
  if (item.contains("let_go")) print_let_go(item);
  if (const auto why = item.value("held", std::string()); !why.empty()) print_held(item, why);
  if (const auto approved = item.find("approved"); approved != item.end()) {
    const auto actor = approved->value("actor", "");
    print("    已于 " + local_time(approved->value("at", "")) + " 由 " +
          harmless(approved->value("node", "")) +
          (actor.empty() ? "" : " 账号 " + actor.substr(0, 12)) +
          " 批准 approved: " + harmless(approved->value("reason", "")));
  }
  for (const auto& change : item["changes"]) {
    const auto* type = change["type"].is_string()
                           ? model::schema().type(change["type"].get<std::string>())
                           : nullptr;
    print("    " + (type ? std::string(type->label.zh) : change["type"].dump()) + " " +
          harmless(change.value("title", "")) + "  " + harmless(became_text(change)));
  }
  if (const auto more = item.value("more", 0); more > 0) {
    print("    另有 " + std::to_string(more) + " 项 more changes");
  }
}

}  // namespace

int own_sets(const SyncStatusOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto self = store::own_author(**store);
  if (!self) return refuse(self.error());
  auto found = store::own_sets(
      **store,
      {.self = *self, .state = options.state, .cursor = options.cursor, .limit = options.limit});
  if (!found) return refuse(found.error());
  const auto summary = store::own_sets_summary(**store, *self);
  if (options.json) {
    (*found)["summary"] = summary;
    print_json(*found);
    return 0;
  }
  for (const auto& known : kStates) {
    const auto n = summary.value(known.state, std::int64_t{0});
    if (n > 0) print(fitted(known.text, 36) + std::to_string(n));
  }
  if (const auto lost = summary.value("lost", std::int64_t{0}); lost > 0) {
    print(fitted("冲突中搁置的改动 lost in conflicts", 36) + std::to_string(lost) +
          "  linli conflicts list");
  }
  if ((*found)["items"].empty()) {
    print(options.state.empty() ? "本机还没有写过内容。 This node hasn't written anything yet."
                                : "没有这种状态的改动集。 No change sets are in that state.");
  }
  for (const auto& item : (*found)["items"]) print_set(item);
  if (const auto& next = (*found)["next_cursor"]; next.is_string()) {
    print("还有更多 more: --cursor " + next.get<std::string>());
  }
  return 0;
}

}  // namespace linli::app
