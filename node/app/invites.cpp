// invites list, invites withdraw: what was offered to whom, and taking it back.
#include "node/accounts.h"
#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/writer.h"
#include "node/inviting.h"

namespace linli::app {
namespace {

std::string state_text(const Json& invite) {
  const auto state = invite.value("state", "");
  if (state == "open") return "未用 open";
  if (state == "expired") return "已过期 expired";
  const auto node = invite["node"].is_string() ? invite["node"].get<std::string>() : "";
  return "已用 used: " + node.substr(0, 12);
}

}  // namespace

int list_invites(const InvitesOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  Json list;
  if (door->replica) {
    list = node::invites_json(*door->replica);
    const auto people = node::Accounts::open(node::DataDir(options.data));
    if (!people) return refuse(people.error());
    for (auto& invite : list["items"]) node::name_actor(**people, invite);
  } else {
    const auto answer = ask(*door->node, "GET", "/api/v1/invites");
    if (!answer) return refuse(answer.error());
    list = Json::parse(*answer, nullptr, false);
    if (!list.is_object() || !list["items"].is_array()) {
      return refuse(Errc::internal,
                    "读不懂运行中节点的答复 the running node's answer can't be read");
    }
  }
  if (options.json) {
    print_json(list);
    return 0;
  }
  if (list["items"].empty()) {
    print("没有发出过邀请。 No invitations.");
    return 0;
  }
  Table table({"编号", "名称", "角色", "范围", "有效至", "状态", "账号"});
  for (const auto& invite : list["items"]) {
    table.add({invite.value("id", "").substr(0, 12), harmless(invite.value("name", "")),
               invite.value("role", ""), invite.value("scope", ""),
               local_time(invite.value("expires", "")), state_text(invite),
               harmless(invite.value("account", "—"))});
  }
  table.print(44);
  return 0;
}

int withdraw_invite(const InvitesOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  auto gone = [&]() -> Result<Json> {
    if (door->replica) return node::withdraw_invite(*door->replica, options.id);
    return ask_json(*door->node, "/api/v1/invites/" + percent_encoded(options.id), Json::object(),
                    "DELETE");
  }();
  if (!gone) return refuse(gone.error());
  const auto what = gone->value("name", "") + ", " + gone->value("role", "") + ", " +
                    gone->value("scope", "") + ", " + gone->value("id", "").substr(0, 12);
  if (door->replica) {
    if (auto noted = note_act(options.data, {.act = "withdraw", .what = what}); !noted) {
      return refuse(noted.error());
    }
  }
  if (options.json) {
    print_json(*gone);
  } else {
    print("已收回 withdrawn: " + harmless(what));
  }
  return 0;
}

}  // namespace linli::app
