// erase, person, retention: at the running node, or in the folder itself.
#include "node/personal.h"

#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/out_file.h"
#include "node/app/writer.h"
#include "node/retaining.h"
#include "node/store/reading.h"

namespace linli::app {
namespace {

/// The one record of this id, whatever its type.
struct Target {
  const model::RecordType* type = nullptr;
  sync::RecordId id{};
  std::string scope;
};
Result<Target> target_of(const EraseOptions& options) {
  const auto id = sync::record_id(options.record);
  if (!id) {
    return fail(Errc::bad_value,
                "记录编号是 UUID a record id is a UUID; `linli records list` shows them", "record");
  }
  auto store = open_to_read(options.data);
  if (!store) return fail(store.error());
  std::vector<Target> found;
  for (const auto& type : model::schema().types) {
    if (!options.type.empty() && options.type != type.name) continue;
    if (!options.scope.empty()) {
      if (store::get_record(**store, type.name, options.scope, *id)) {
        found.push_back({&type, *id, options.scope});
      }
    } else if (auto scope = store::scope_of(**store, type.name, *id)) {
      found.push_back({&type, *id, std::move(*scope)});
    }
  }
  if (found.empty()) return fail(Errc::not_found, "这里没有这条记录 no such record here", "record");
  if (found.size() > 1) {
    return fail(Errc::bad_usage,
                "有几条记录用此编号，请加 --type 或 --scope several records have this id: say "
                "--type or --scope",
                "record");
  }
  return found.front();
}

/// The first fault, as an error.
Error error_of(const std::vector<model::Fault>& faults) {
  const auto& first = faults.front();
  return {first.code, chinese() ? first.zh + " / " + first.en : first.en + " / " + first.zh,
          first.field};
}

std::string joined(const Json& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + name.get<std::string>();
  return all;
}

std::string label_of(const model::RecordType& type, const std::string& name) {
  const auto* field = type.field(std::string_view(name));
  return field ? std::string(field->label.zh) + " " + name : name;
}

void print_plan(const Target& target, const Json& plan) {
  print(std::string(target.type->label.zh) + " " + to_text(target.id) + "（" + target.scope + "）");
  for (const auto& field : plan["fields"]) {
    print("  " + label_of(*target.type, field.value("name", "")) + "：共 " +
          field["versions"].dump() + " 个版本 versions，本机有 held here " + field["held"].dump());
  }
  if (plan["fields"].empty()) print("  没有可清除的内容 nothing to erase");
  for (const auto& blob : plan["attachments"]) {
    print("  附件 attachment " + blob.value("hash", "").substr(0, 16) + "…  " +
          blob["size"].dump() + " B");
  }
  std::string nodes;
  for (const auto& node : plan["nodes"]) {
    nodes += (nodes.empty() ? "" : "、") + harmless(node.value("name", ""));
  }
  print("  可能持有的节点 nodes that may hold it: " + nodes);
}

void print_cleared(const Json& json) {
  if (json.value("cleared", false)) {
    print(
        "本机磁盘已清理干净；其他节点在下次联系时清除。 "
        "Nothing of it is left on this disk; other nodes follow when they come into contact.");
  } else {
    print(
        "值已销毁；本机磁盘正在使用，稍后自动清理。 "
        "Destroyed; the disk is in use and is cleared by itself soon.");
  }
}

Result<Json> erase_through(Door& door, const EraseOptions& options, const Target& target) {
  const node::ErasureRequest request{target.type,    target.scope, target.id,
                                     options.fields, options.code, {}};
  if (door.node) {
    const auto path = "/api/v1/records/" + std::string(target.type->name) + "/" +
                      to_text(target.id) + "/erase?scope=" + percent_encoded(target.scope);
    return ask_json(*door.node, path,
                    {{"fields", options.fields},
                     {"reason", options.reason},
                     {"code", options.code},
                     {"dry_run", options.dry_run}});
  }
  if (!options.dry_run) {
    node::AuditEntry entry{.who = {}, .act = "erase", .type = std::string(target.type->name)};
    entry.records = {target.id};
    entry.fields = joined(Json(options.fields));
    entry.what = options.code;
    entry.why = options.reason;
    if (auto noted = note_entry(options.data, std::move(entry)); !noted) return fail(noted.error());
  }
  auto done = node::erase_record(*door.replica, request, options.dry_run);
  if (!done) return fail(done.error());
  if (!done->faults.empty()) return fail(error_of(done->faults));
  return std::move(done->json);
}

// A person's requests

Result<void> note_request(const PersonOptions& options, const std::string& what,
                          const std::vector<node::PersonalPlace>& places) {
  node::AuditEntry entry{.who = {}, .act = "person"};
  for (const auto& place : places) {
    entry.records.push_back(place.id);
    for (const auto& name : place.fields) {
      if (("," + entry.fields + ",").find("," + name + ",") != std::string::npos) continue;
      entry.fields += (entry.fields.empty() ? "" : ",") + name;
    }
  }
  entry.what = what;
  entry.why = options.reason;
  return note_entry(options.data, std::move(entry));
}

Result<Json> find_through(Door& door, const PersonOptions& options) {
  if (door.node) {
    return ask_json(*door.node, "/api/v1/person/find",
                    {{"who", options.who}, {"reason", options.reason}});
  }
  const auto places = node::find_person(door.replica->store(), options.who);
  if (!places) return fail(places.error());
  const auto what = "find: " + std::to_string(places->size()) + " records";
  if (auto noted = note_request(options, what, *places); !noted) return fail(noted.error());
  return node::places_json(*places);
}

Result<Json> copy_through(Door& door, const PersonOptions& options) {
  if (door.node) {
    return ask_json(*door.node, "/api/v1/person/export",
                    {{"who", options.who}, {"reason", options.reason}});
  }
  const auto places = node::find_person(door.replica->store(), options.who);
  if (!places) return fail(places.error());
  const auto what = "copy: " + std::to_string(places->size()) + " records";
  if (auto noted = note_request(options, what, *places); !noted) return fail(noted.error());
  const auto& name = door.replica->identity().name;
  const auto now = door.replica->now();
  return Json{{"json", node::copy_json(*places, name, now)},
              {"text", node::copy_text(*places, name, now)}};
}

Result<Json> erase_person_through(Door& door, const PersonOptions& options) {
  if (door.node) {
    return ask_json(*door.node, "/api/v1/person/erase",
                    {{"who", options.who},
                     {"reason", options.reason},
                     {"code", options.code},
                     {"dry_run", options.dry_run}});
  }
  const auto places = node::find_person(door.replica->store(), options.who);
  if (!places) return fail(places.error());
  if (!options.dry_run) {
    if (auto noted = note_request(options, "erase: asked for", *places); !noted) {
      return fail(noted.error());
    }
  }
  auto done = node::erase_person(*door.replica, *places, options.code, {}, options.dry_run);
  if (!done) return fail(done.error());
  const auto what = std::string(options.dry_run ? "erase (dry run): " : "erase: ") +
                    (*done)["erased"].dump() + " erased, " + (*done)["refused"].dump() + " refused";
  if (auto noted = note_request(options, what, *places); !noted) return fail(noted.error());
  return done;
}

void print_places(const Json& items) {
  if (items.empty()) print("没有找到。 Nothing here speaks of this person.");
  for (const auto& item : items) {
    const auto* type = model::schema().type(item.value("type", ""));
    std::string fields;
    for (const auto& name : item["fields"]) {
      fields += (fields.empty() ? "" : "、") +
                (type ? label_of(*type, name.get<std::string>()) : name.get<std::string>());
    }
    print(item.value("label", "") + "  " + item.value("id", "") + "  " +
          harmless(item.value("scope", "")) +
          (fields.empty() ? "  （指向此人的登记 refers to the person）" : "  " + fields) +
          (item.contains("done") ? "  " + item.value("done", "") : ""));
    for (const auto& fault : item.value("faults", Json::array())) {
      print("    ✗ " + harmless(fault.value("zh", "")) + " " + harmless(fault.value("en", "")));
    }
  }
}

/// A new file that only its owner reads; whole, or not there.
Result<void> write_private(const std::string& file, const std::string& text) {
  std::error_code ec;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ec))) {
    return fail(Errc::io,
                "文件已存在，请换一个名称 " + file + " is there already: choose another name",
                "out");
  }
  auto out = OutFile::open(file);
  if (!out) return fail(out.error());
  if (auto written = out->sink()(text); !written) return written;
  return out->finish();
}

void print_run(const Json& run) {
  for (const auto& item : run.value("items", Json::array())) {
    const auto* type = model::schema().type(item.value("type", ""));
    print("  " + (type ? std::string(type->label.zh) + " " : "") + item.value("type", "") + "." +
          item.value("field", "") + "：到期 due " + item["due"].dump() + "，已清除 erased " +
          item["erased"].dump() +
          (item.value("refused", 0) > 0 ? "，未能清除 refused " + item["refused"].dump() : ""));
  }
}

}  // namespace

int erase_record(const EraseOptions& options) {
  // Without fields it only says which there are.
  auto asked = options;
  asked.dry_run = options.dry_run || options.fields.empty();
  if (!asked.dry_run && asked.reason.empty()) {
    return refuse(Errc::missing_field,
                  "请用 --reason 写明缘由，只留在本节点的审计日志 say why: --reason (it stays in "
                  "this node's audit log)",
                  "reason");
  }
  const auto target = target_of(asked);
  if (!target) return refuse(target.error());
  if (asked.fields.empty()) {
    for (const auto& field : target->type->fields) {
      if (field.protection != model::Protection::plain) asked.fields.emplace_back(field.name);
    }
  }
  if (asked.fields.empty()) {
    return refuse(Errc::forbidden,
                  "这类记录没有可清除的内容 records of this type hold nothing that can be erased");
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto done = erase_through(*door, asked, *target);
  if (!done) return refuse(done.error());
  if (options.json) return print_json(*done), 0;
  print_plan(*target, *done);
  if (asked.dry_run) {
    print(
        "以上为将清除的内容；加 --field 与 --reason 执行。 Nothing was erased: say --field and "
        "--reason.");
    return 0;
  }
  print(done->value("done", "") == "erased" ? "已清除 erased"
                                            : "无须清除 nothing was left to erase");
  print_cleared(*done);
  return 0;
}

int find_person(const PersonOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto found = find_through(*door, options);
  if (!found) return refuse(found.error());
  if (options.json) return print_json(*found), 0;
  print_places((*found)["items"]);
  return 0;
}

int export_person(const PersonOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto copy = copy_through(*door, options);
  if (!copy) return refuse(copy.error());
  if (auto kept = write_private(options.out + ".json", (*copy)["json"].dump(2) + "\n"); !kept) {
    return refuse(kept.error());
  }
  if (auto kept = write_private(options.out + ".txt", (*copy)["text"].get<std::string>()); !kept) {
    return refuse(kept.error());
  }
  const auto n = (*copy)["json"]["items"].size();
  if (options.json) {
    print_json({{"records", n}, {"files", {options.out + ".json", options.out + ".txt"}}});
  } else {
    print("已写入 " + std::to_string(n) + " 条记录 records: " + options.out + ".json, " +
          options.out + ".txt（请只交给本人 for the person only）");
  }
  return 0;
}

int erase_person(const PersonOptions& options) {
  if (!options.dry_run && options.reason.empty()) {
    return refuse(
        Errc::missing_field,
        "请用 --reason 写明缘由；--dry-run 先看会清除什么 "
        "say why: --reason (it stays in this node's audit log); --dry-run shows first what "
        "would go",
        "reason");
  }
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto done = erase_person_through(*door, options);
  if (!done) return refuse(done.error());
  const auto refused = done->value("refused", std::size_t{0});
  if (options.json) {
    print_json(*done);
  } else {
    print_places((*done)["items"]);
    if (!options.dry_run) print_cleared(*done);
  }
  if (refused == 0) return 0;
  return refuse(Errc::forbidden, "有 " + std::to_string(refused) +
                                     " 条记录不能在此清除，请找保管它的节点 " +
                                     std::to_string(refused) +
                                     " records can't be erased here: ask the node that keeps them");
}

int retention_report(const RetentionOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto report = node::retention_report(**store);
  if (!report) return refuse(report.error());
  if (options.json) return print_json(*report), 0;
  print("规则 rules：");
  for (const auto& rule : (*report)["rules"]) {
    const auto state = rule.value("state", "");
    print("  " + rule.value("type", "") + "." + rule.value("field", "") + "：" +
          rule.value("after", "") + " + " + rule["period"].dump() + " " + rule.value("unit", "") +
          (state.empty() ? "" : "（状态 state " + harmless(state) + "）") +
          (rule.value("suspended", false) ? "  已暂停 suspended" : "") +
          (rule.value("default", false) ? "  默认 default" : ""));
  }
  if ((*report)["runs"].empty()) print("尚未运行过 no run so far");
  for (const auto& run : (*report)["runs"]) {
    print("运行 run " + local_time(run.value("at", "")));
    print_run(run);
  }
  return 0;
}

int retention_run(const RetentionOptions& options) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto run_here = [&]() -> Result<Json> {
    const auto today = node::retention_day(*door->replica);
    if (!today) return fail(today.error());
    return node::run_retention(*door->replica, *today, options.dry_run);
  };
  const auto run =
      door->node ? ask_json(*door->node, "/api/v1/retention/run", {{"dry_run", options.dry_run}})
                 : run_here();
  if (!run) return refuse(run.error());
  if (options.json) return print_json(*run), 0;
  print(options.dry_run ? "将清除 would be erased：" : "已运行 done：");
  print_run(*run);
  return 0;
}

}  // namespace linli::app
