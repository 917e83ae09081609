// conflicts list, show, resolve: what two people changed at once, and which of it stands.
#include "node/store/conflicts.h"

#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/said.h"
#include "node/app/writer.h"
#include "node/settling.h"
#include "node/store/own_sets.h"

namespace linli::app {
namespace {

const model::RecordType* type_in(const Json& item) {
  return model::schema().type(std::string_view(item["type"].get_ref<const std::string&>()));
}

std::string severity_text(const std::string& severity) {
  if (severity == "delete") return "删除时另有修改 edits met a delete";
  if (severity == "void_move") return "无效的状态变更 a move from a state that wasn't current";
  if (severity == "rivals") return "不能同时成立，待核实 can't all hold: say which counts";
  if (severity == "parallel") return "并行修改，已自动合并 merged by themselves";
  return "同一项被同时修改 one field, changed at once";
}

std::string fields_text(const model::RecordType* type, const Json& fields) {
  std::string text;
  for (const auto& [name, value] : fields.items()) {
    const auto* field = type ? type->field(std::string_view(name)) : nullptr;
    text += "  " + (field ? std::string(field->label.zh) + " = " +
                                (value.is_null() ? "（空）" : shown(*field, value))
                          : name + " = " + value.dump());
  }
  return harmless(text);
}

void print_version(const std::string& what, const model::RecordType* type, const Json& version) {
  std::string move;
  const auto* state = type && !type->state.empty() ? type->field(type->state) : nullptr;
  if (state && version.contains("move")) {
    const auto& from = version["move"]["from"];
    move = "  （" + (from.is_null() ? std::string("新建") : shown(*state, from)) + " → " +
           shown(*state, version["move"]["to"]) + "）";
  }
  print("  " + what + local_time(version.value("at", "")) + unsure_time(version) + "  " +
        harmless(version.value("node", "")) +
        (version.value("removal", false) ? "  删除 deleted" : "") +
        fields_text(type, version.value("fields", Json::object())) + harmless(move));
}

void print_head(const Json& item) {
  const auto* type = type_in(item);
  print((type ? std::string(type->label.zh) : item.value("type", "")) + " " +
        harmless(item.value("title", "")) + "  " + item.value("id", "") + "  " +
        item.value("scope", ""));
  print("  " + severity_text(item.value("severity", "")));
}

void print_short(const Json& item) {
  const auto* type = type_in(item);
  print_head(item);
  if (item.value("severity", "") == "rivals") {
    return print("  " + (type ? shown(*type->field(type->state), item["state"]) : std::string()) +
                 fields_text(type, item["key"]));
  }
  if (item.contains("edits")) {
    for (const auto& edit : item["edits"]) print_version("", type, edit);
    return;
  }
  print("  冲突编号 " + item.value("conflict", ""));
  print_version("现值 stands ", type, item["winner"]);
  for (const auto& loser : item["losers"]) print_version("搁置 aside  ", type, loser);
}

/// Where a version stands, so that anybody can find its signature.
void print_place(const Json& version) {
  print("      版本 version " + version.value("version", "") + "  角色 " +
        version.value("role", ""));
  print("      变更集 set " + version.value("set", "").substr(0, 16) + " #" +
        std::to_string(version.value("seq", std::uint64_t{0})) + "  证书 certificate " +
        version.value("certificate", "").substr(0, 16));
}

/// Whoever keeps a delete deletes once more, with the rights of that.
bool may_keep(const Json& item, const model::RecordType* type, store::Store& store) {
  if (item.value("severity", "") != "delete" || !type) return true;
  const auto own = store::own_certificate(store);
  return own && (type->removers & sync::mask(own->role)) != 0 &&
         own->covers(item.value("scope", ""));
}

void print_whole(const Json& item, const std::string& data, store::Store& store) {
  const auto* type = type_in(item);
  print_head(item);
  print_version("现值 stands ", type, item["winner"]);
  print_place(item["winner"]);
  for (const auto& loser : item["losers"]) {
    print_version("搁置 aside  ", type, loser);
    print_place(loser);
  }
  const auto command = "  linli conflicts resolve --data " + data + " " +
                       item.value("conflict", "") + " --seen " + item.value("seen", "");
  if (may_keep(item, type, store)) {
    print("保留现值 keep:");
    print(command + " --keep");
  } else {
    print(
        "本节点不能删除这类记录：要保留删除，请由有权删除的上级处理 to keep the delete is for a "
        "node "
        "that may delete it, above this one");
  }
  for (const auto& loser : item["losers"]) {
    print("改用搁置的 take the other:");
    print(command + " --take " + loser.value("version", ""));
  }
}

struct Request {
  std::string conflict, seen;
  Json body;
  bool dry_run = false;
};

/// By this process, or by the node that runs, which notes by itself what it shows.
Result<Json> settle_through(const std::filesystem::path& data, Door& door, const Request& request) {
  if (door.replica) {
    auto done =
        node::settle(*door.replica, request.conflict, request.body, request.seen, request.dry_run);
    if (!done) return fail(done.error());
    if (done->faults.empty()) {
      if (auto noted = note_settled(data, done->settled); !noted) return fail(noted.error());
      return std::move(done->settled);
    }
    const auto& fault = done->faults.front();
    return fail(fault.code, chinese() ? fault.zh : fault.en, fault.field);
  }
  auto body = request.body;
  body["seen"] = request.seen;
  const auto answer =
      ask(*door.node, "POST",
          "/api/v1/conflicts/" + request.conflict + (request.dry_run ? "?dry_run=1" : ""),
          body.dump(), "application/json");
  if (!answer) return fail(answer.error());
  auto json = Json::parse(*answer, nullptr, false);
  if (!json.is_object()) return fail(Errc::internal, "the running node's answer can't be read");
  return json;
}

void print_settled(const Json& done) {
  const auto state = done.value("done", "");
  print(state == "would_settle"     ? "将写入 would write:"
        : state == "settled_before" ? "此前已这样处理 settled so before"
                                    : "已处理 settled");
  if (!done.contains("writes")) return;
  const auto& writes = done["writes"];
  print("  " + writes.value("kind", "") +
        (writes["kind"] == "delete" ? "" : fields_text(type_in(done), writes["fields"])));
}

int resolve_all(const ResolveOptions& options) {
  if (!options.yes && !options.dry_run) {
    note("没有 --yes，只说明会处理什么 without --yes this only says what would be settled");
  }
  const bool dry_run = options.dry_run || !options.yes;
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  store::ConflictQuery query{.type = options.type, .scope = options.scope};
  std::size_t settled = 0, refused = 0;
  // Page by page; each by itself, so that one that can't be settled holds up none.
  for (;;) {
    const auto page = store::find_conflicts(**store, query);
    if (!page) return refuse(page.error());
    for (const auto& item : (*page)["items"]) {
      const Request request{
          item.value("conflict", ""), item.value("seen", ""), {{"keep", true}}, dry_run};
      auto done = settle_through(options.data, *door, request);
      ++(done ? settled : refused);
      if (!done) {
        note(request.conflict + ": " + describe(done.error()));
      } else if (options.json) {
        print_json(*done);
      } else {
        print_head(item);
        print_settled(*done);
      }
    }
    if (!(*page)["next_cursor"].is_string()) break;
    query.cursor = (*page)["next_cursor"].get<std::string>();
  }
  note((dry_run ? "将处理 would settle " : "已处理 settled ") + std::to_string(settled) +
       "，未能处理 refused " + std::to_string(refused));
  return refused == 0 ? 0 : 1;
}

}  // namespace

int list_conflicts(const ConflictsOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const sync::SystemClock clock;
  const auto found = store::find_conflicts(**store, {.severity = options.parallel ? "parallel"
                                                                 : options.rivals ? "rivals"
                                                                                  : "",
                                                     .type = options.type,
                                                     .scope = options.scope,
                                                     .cursor = options.cursor,
                                                     .limit = options.limit,
                                                     .now = clock.now()});
  if (!found) return refuse(found.error());
  if (auto noted = note_conflicts(options.data, (*found)["items"]); !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json(*found);
    return 0;
  }
  if ((*found)["items"].empty()) print("没有冲突。 No conflicts.");
  for (const auto& item : (*found)["items"]) print_short(item);
  if (const auto& next = (*found)["next_cursor"]; next.is_string()) {
    print("还有更多 more: --cursor " + next.get<std::string>());
  }
  return 0;
}

int show_conflict(const ConflictOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto found = store::get_conflict(**store, options.conflict);
  if (!found) return refuse(found.error());
  if (auto noted = note_conflicts(options.data, Json::array({*found})); !noted) {
    return refuse(noted.error());
  }
  if (options.json) {
    print_json(*found);
  } else {
    print_whole(*found, options.data.string(), **store);
  }
  return 0;
}

int resolve_conflict(const ResolveOptions& options) {
  if (options.all_keep) {
    if (options.conflict.empty()) return resolve_all(options);
    return refuse(Errc::bad_usage,
                  "--all-keep 处理全部冲突，不要再写编号 it is for all of them: name no conflict");
  }
  if (options.conflict.empty()) {
    return refuse(Errc::bad_usage,
                  "请写明冲突编号，linli conflicts list 可查看 which conflict? `linli conflicts "
                  "list` shows them");
  }
  Request request{options.conflict, options.seen, Json::object(), options.dry_run};
  if (options.keep) request.body["keep"] = true;
  if (!options.take.empty()) request.body["take"] = options.take;
  if (!options.value.empty()) {
    auto value = Json::parse(options.value, nullptr, false);
    if (value.is_discarded())
      return refuse(Errc::bad_input, "--value 不是 JSON it is no JSON", "value");
    request.body["value"] = std::move(value);
  }
  if (request.body.empty()) {
    return refuse(Errc::bad_usage, "请写明怎样处理 how? --keep, --take VERSION or --value JSON");
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  if (request.seen.empty()) {
    const auto now = store::get_conflict(**store, options.conflict);
    if (!now) return refuse(now.error());
    request.seen = now->value("seen", "");
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto done = settle_through(options.data, *door, request);
  if (!done) {
    if (done.error().code == Errc::stale && !options.json) {
      const auto now = store::get_conflict(**store, options.conflict);
      if (now && note_conflicts(options.data, Json::array({*now}))) {
        print_whole(*now, options.data.string(), **store);
      }
    }
    return refuse(done.error());
  }
  if (options.json) {
    print_json(*done);
  } else {
    print_settled(*done);
  }
  return 0;
}

}  // namespace linli::app
