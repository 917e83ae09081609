// nodes list, nodes scopes, revoke; held list, held approve: who works where and until when, and
// what is held back.
#include <set>

#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/said.h"
#include "node/app/writer.h"
#include "node/scopes.h"
#include "node/shown_trust.h"
#include "node/store/reading.h"

namespace linli::app {

using crypto::Hash;
namespace {

/// Who is meant by a name that several machines had one after the other.
enum class Meant {
  the_newest,     ///< The one that works there now.
  any_unrevoked,  ///< Nobody can tell which: the newest, or one whose key still is good.
};

/// "0123abcd4567（接入 joined 2026-05-01）"
std::string told_apart(const Json& node) {
  return node.value("author", "").substr(0, 12) + "（接入 joined " +
         local_time(node.value("joined", "")).substr(0, 10) +
         (node["replaced_by"].is_null() ? "" : "，已被更换 replaced") + "）";
}

/// A node by its id or key, the beginning of either, or its name. Errors: not_found, bad_usage
/// (several: names them).
Result<std::string> author_named(store::Store& store, const std::string& name,
                                 Meant meant = Meant::the_newest) {
  std::vector<Json> found;
  const auto nodes = store::list_nodes(store);
  std::size_t good = 0;
  for (const auto& node : nodes["items"]) {
    const bool by_id = name.size() >= 6 && (node.value("author", "").starts_with(name) ||
                                            node.value("key", "").starts_with(name));
    const bool called = node.value("name", "") == name &&
                        (node["replaced_by"].is_null() || meant == Meant::any_unrevoked);
    if (!by_id && !called) continue;
    found.push_back(node);
    good += node["revoked"].is_null() ? 1U : 0U;
  }
  if (found.empty()) return fail(Errc::not_found, "没有叫这个名字的节点 no node is called " + name);
  if (meant == Meant::any_unrevoked && good > 0) {
    std::erase_if(found, [](const Json& node) { return !node["revoked"].is_null(); });
  }
  if (found.size() == 1) return found.front().value("author", "");
  std::string which;
  for (const auto& node : found) which += (which.empty() ? "" : "，") + told_apart(node);
  return fail(Errc::bad_usage,
              "同名节点不止一个，请用编号 several nodes are called so, give the id: " + which);
}

/// What became of a node that isn't what it was; empty: it works.
std::string state_of(const Json& node) {
  if (node["revoked"].is_string()) return "已吊销：" + harmless(node.value("revoked", ""));
  if (node["replaced_by"].is_string()) {
    return "已更换为 " + node.value("replaced_by", "").substr(0, 12);
  }
  if (node.value("forks", 0) > 0) return "同号双签，见 linli forks list";
  return {};
}

std::string joined(const Json& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : "  ") + item.get<std::string>();
  return text;
}

Result<Json> asked(node::HttpClient& node, const std::string& path, const Json& body) {
  const auto answer =
      ask(node, "POST", path, body.dump(-1, ' ', false, Json::error_handler_t::replace),
          "application/json");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object())
    return fail(Errc::internal, "读不懂运行中节点的答复 the running node's answer can't be read");
  return json;
}

/// As the running node knows them: it writes down whom it last spoke with only now and then. From
/// the folder where none runs.
Result<Json> nodes_of(const std::filesystem::path& data) {
  const node::DataDir dir(data);
  if (const auto url = dir.serving()) {
    node::HttpClient running(*url);
    running.set_bearer(dir.serving_token());
    if (auto answer = ask_json(running, "/api/v1/nodes", {}, "GET")) return answer;
  }
  auto store = open_to_read(data);
  if (!store) return fail(store.error());
  return store::list_nodes(**store);
}

/// What the reasons in a list mean, each once.
void print_reasons(const std::set<std::string>& codes) {
  for (const auto& code : codes) print("原因 reason " + harmless(code_text(code)));
}

}  // namespace

int list_nodes(const NodesOptions& options) {
  const auto found = nodes_of(options.data);
  if (!found) return refuse(found.error());
  const auto& nodes = *found;
  if (options.json) {
    print_json(nodes);
    return 0;
  }
  Table table({"编号", "名称", "角色", "范围", "最近联系", "状态"});
  for (const auto& node : nodes["items"]) {
    const auto seen = node["last_contact"].is_string()
                          ? local_time(node["last_contact"].get<std::string>())
                          : std::string("—");
    table.add({node.value("author", "").substr(0, 12), harmless(node.value("name", "")),
               node.value("role", ""), node.value("scope", ""), seen, state_of(node)});
    const auto paths = node.value("scopes", Json::array());
    for (std::size_t i = 1; i < paths.size(); ++i) {
      table.add({"", "", "", paths[i].get<std::string>(), "", ""});
    }
  }
  table.print(44);
  return 0;
}

int change_scopes(const ScopesOptions& options) {
  if (options.add.empty() && options.remove.empty()) {
    return refuse(Errc::bad_usage, "请写明要改什么 name what to change: --add PATH, --remove PATH");
  }
  const sync::SystemClock clock;
  auto reader = open_to_read(options.data);
  if (!reader) return refuse(reader.error());
  const auto author = author_named(**reader, options.node);
  if (!author) return refuse(author.error());
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  Json paths;
  if (door->replica) {
    const auto done =
        node::change_scopes(*door->replica, crypto::AuthorId::of(*crypto::from_hex(*author)),
                            {options.add, options.remove}, options.dry_run);
    if (!done) return refuse(done.error());
    paths = *done;
    if (!options.dry_run) {
      const auto what = *author + ": " + joined(paths);
      if (auto noted = note_act(options.data, {.act = "scopes", .what = what}); !noted) {
        return refuse(noted.error());
      }
    }
  } else {
    const auto answer = asked(
        *door->node, "/api/v1/nodes/" + *author + "/scopes" + (options.dry_run ? "?dry_run=1" : ""),
        {{"add", options.add}, {"remove", options.remove}});
    if (!answer) return refuse(answer.error());
    paths = answer->value("paths", Json::array());
  }
  if (options.json) {
    print_json({{"author", *author}, {"paths", paths}, {"dry_run", options.dry_run}});
  } else {
    print((options.dry_run ? "将成为（未改动）would be: " : "现为 now: ") + joined(paths));
  }
  return 0;
}

namespace {

/// A thief has this node's own key: who looks for the way out comes here first.
Error not_above(Error why) {
  if (why.code == Errc::forbidden) {
    why.detail =
        "只有为它发证的单位或其上级才能吊销；本节点自己的密钥用 linli keys rotate --stolen 更换 " +
        why.detail + "; a node's own key is changed with `linli keys rotate --stolen`";
  }
  return why;
}

}  // namespace

int revoke_node(const RevokeOptions& options) {
  const sync::SystemClock clock;
  auto reader = open_to_read(options.data);
  if (!reader) return refuse(reader.error());
  const auto author = author_named(**reader, options.node, Meant::any_unrevoked);
  if (!author) return refuse(author.error());
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  Json said;
  if (door->replica) {
    const auto done = door->replica->revoke(crypto::AuthorId::of(*crypto::from_hex(*author)),
                                            options.reason, options.dry_run);
    if (!done) return refuse(not_above(done.error()));
    said = node::revocation_json(*done);
    const Noted act{.act = "revoke", .what = *author, .why = options.reason};
    if (!options.dry_run) {
      if (auto noted = note_act(options.data, act); !noted) return refuse(noted.error());
    }
  } else {
    const auto answer = asked(
        *door->node, "/api/v1/nodes/" + *author + "/revoke" + (options.dry_run ? "?dry_run=1" : ""),
        {{"reason", options.reason}});
    if (!answer) return refuse(not_above(answer.error()));
    said = *answer;
  }
  if (options.json) {
    said["dry_run"] = options.dry_run;
    print_json(said);
    return 0;
  }
  print((options.dry_run ? "将吊销（未改动）would be revoked: " : "已吊销 revoked: ") +
        said.value("key", ""));
  print("节点 node: " + *author);
  print("此前收到的 " + said["stands"].dump() + " 组数据有效，此后的暂缓采信。 " +
        said["stands"].dump() + " change sets stand; what comes later is held back.");
  if (!options.dry_run) {
    print(
        "机器找回后请重新登记；确属正常的数据可用 linli held approve 批准。 To go on, enrol anew; "
        "what was in order can be approved.");
  }
  return 0;
}

int list_held(const HeldOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto list = store::list_held(**store);
  if (options.json) {
    print_json(list);
    return 0;
  }
  if (list["held"].empty() && list["evidence"].empty()) {
    print("没有暂缓采信的数据。 Nothing is held back.");
    return 0;
  }
  Table table({"数据", "来自", "范围", "原因", "改动数", "收到"});
  bool above = false;
  std::set<std::string> reasons;
  for (const auto& item : list["held"]) {
    const bool is_above = item.contains("above");
    above = above || is_above;
    const auto why = is_above ? harmless(item.value("above", "") + "：" + item.value("detail", ""))
                              : item.value("reason", "");
    const auto reason =
        is_above ? code_in_detail(item.value("detail", "")) : item.value("reason", "");
    if (!reason.empty()) reasons.insert(reason);
    table.add({item.value("set", "").substr(0, 16), harmless(item.value("node", "")),
               item.value("scope", ""), why, item["changes"].dump(),
               local_time(item.value("since", ""))});
  }
  if (!list["held"].empty()) table.print(44);
  print_reasons(reasons);
  for (const auto& item : list["held"]) {
    for (const auto& appeal : item.value("appeals", Json::array())) {
      print("申诉 appeal " + item.value("set", "").substr(0, 16) + "  " +
            harmless(appeal.value("by", "")) + " " + local_time(appeal.value("at", "")) + "：" +
            harmless(appeal.value("reason", "")));
    }
  }
  if (above) {
    print(
        "原因前有单位名的，由该上级暂缓：请其核实后批准（那里运行 linli held approve）；密钥已被"
        "吊销的请重新接入。 Where a node is named, that upstream holds it back: have it approved "
        "there; if this node's key was revoked, join anew.");
  }
  if (!list["evidence"].empty()) {
    print("拒收并留存备查 refused, kept as evidence:");
    Table refused({"数据", "来自", "原因", "说明", "收到"});
    std::set<std::string> why;
    for (const auto& item : list["evidence"]) {
      why.insert(item.value("reason", ""));
      refused.add({item.value("set", "").substr(0, 16), harmless(item.value("node", "")),
                   item.value("reason", ""), harmless(item.value("detail", "")),
                   local_time(item.value("since", ""))});
    }
    refused.print(44);
    print_reasons(why);
  }
  return 0;
}

int approve_held(const ApproveOptions& options) {
  if (options.reason.empty()) {
    return refuse(Errc::bad_usage,
                  "请用 --reason 写明理由，它会一并签名 say why with --reason: it is signed along");
  }
  std::vector<std::string> sets;
  {
    auto store = open_to_read(options.data);
    if (!store) return refuse(store.error());
    const auto list = store::list_held(**store, 10'000);
    for (const auto& item : list["held"]) {
      const auto set = item.value("set", "");
      const bool meant = options.all || (options.set.size() >= 8 && set.starts_with(options.set));
      if (meant && item.value("approvable", false)) sets.push_back(set);
    }
  }
  if (sets.empty())
    return refuse(Errc::not_found,
                  "没有这样的暂缓数据，linli held list 可查看 nothing held back here is called so: "
                  "see `linli held list`");
  if (!options.all && sets.size() > 1) {
    return refuse(Errc::bad_usage,
                  "这样开头的不止一份，请多写几位 several begin so: give more of it");
  }
  if (!options.dry_run) {
    const sync::SystemClock clock;
    auto door = open_door(options.data, clock);
    if (!door) return refuse(door.error());
    for (const auto& set : sets) {
      if (door->replica) {
        const auto done = door->replica->approve(Hash::of(*crypto::from_hex(set)), options.reason);
        if (!done) return refuse(done.error());
        const Noted act{.act = "approve", .what = set, .why = options.reason};
        if (auto noted = note_act(options.data, act); !noted) return refuse(noted.error());
      } else {
        const auto done = asked(*door->node, "/api/v1/held/" + set, {{"reason", options.reason}});
        if (!done) return refuse(done.error());
      }
    }
  }
  if (options.json) {
    print_json({{"approved", sets}, {"dry_run", options.dry_run}});
  } else {
    print((options.dry_run ? "将批准（未改动）would approve: " : "已批准 approved: ") +
          std::to_string(sets.size()));
  }
  return 0;
}

}  // namespace linli::app
