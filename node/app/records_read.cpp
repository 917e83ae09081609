// records get, history, delete.
#include "node/accounts.h"
#include "node/app/commands.h"
#include "node/app/noted.h"
#include "node/app/said.h"
#include "node/app/writer.h"
#include "node/store/reading.h"

namespace linli::app {
namespace {

/// The scope that was given, or the one that the record stands in.
Result<std::string> scope_for(store::Store& store, const RecordOptions& options,
                              const sync::RecordId& id) {
  if (!options.scope.empty()) return options.scope;
  return store::scope_of(store, options.type, id);
}

void print_rows(const model::Field& field, const Json& rows) {
  std::vector<std::string> headings;
  for (const auto& column : field.columns) headings.emplace_back(column.label.zh);
  Table table(std::move(headings));
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const auto& column : field.columns) {
      const auto cell = row.find(std::string(column.name));
      cells.push_back(cell == row.end() ? "" : shown(column, *cell));
    }
    table.add(std::move(cells));
  }
  table.print(40, "    ");
}

void print_record(const model::RecordType& type, const Json& record) {
  constexpr std::size_t kLabelWidth = 22;
  const auto line = [](std::string_view label, std::string_view value) {
    print(fitted(label, kLabelWidth) + harmless(value));
  };
  print(std::string(type.label.zh) + "  " + harmless(record.value("title", "")));
  line("编号", record.value("id", ""));
  line("范围", record.value("scope", ""));
  line("修改时间", local_time(record.value("changed_at", "")));
  line("市局确认", record.value("confirmed", false) ? "已确认" : "等待确认");
  const auto& fields = record["fields"];
  for (const auto& field : type.fields) {
    const auto value = fields.find(std::string(field.name));
    if (value == fields.end()) continue;
    line(field.label.zh, shown(field, *value));
    if (field.type == model::FieldType::rows && value->is_array()) print_rows(field, *value);
  }
  for (const auto& [name, value] : fields.items()) {
    if (name.starts_with("#")) line(name, value.dump());
  }
  if (record.value("removed", false)) print("已删除 removed");
  for (const auto& fault : record.value("invalid", Json::array())) {
    print("不合规则：" + harmless(fault.value("field", "")) + " " +
          harmless(fault.value("zh", "")));
  }
  if (const auto n = record.value("conflicts", 0); n > 0) {
    print("有 " + std::to_string(n) + " 处冲突：linli conflicts list");
  }
}

std::string kind_text(const Json& item) {
  const auto kind = item.value("kind", "");
  if (item.value("origin", "").starts_with("conflict: ")) return "处理冲突 settled";
  if (kind == "put") return "填写 put";
  if (kind == "delete") return "删除 delete";
  if (kind == "erase") return "清除个人信息 erase";
  return kind == "clear" ? "清除 clear" : kind;
}

/// What became of a part of a change, unless it simply stands.
std::string fate_text(const model::RecordType& type, const Json& cell) {
  const auto became = cell.value("became", "");
  std::string text;
  if (became == "lost") text = "冲突中搁置 lost to";
  if (became == "superseded") text = "后被修改 superseded by";
  if (became == "ended") text = "随删除结束 ended by";
  if (became == "waits") text = "等待之前的改动 waits";
  if (text.empty() && !cell.contains("settled")) return {};
  if (cell.contains("by")) {
    text += " " + cell["by"].value("node", "") + " " + local_time(cell["by"].value("at", ""));
  }
  if (cell.contains("settled")) {
    text += (text.empty() ? "" : "；") + std::string("处理了 settled ") +
            std::to_string(cell["settled"].size()) + " 个版本";
  }
  std::string names;
  for (const auto& name : cell["fields"]) {
    const auto* field = type.field(std::string_view(name.get_ref<const std::string&>()));
    if (field) names += (names.empty() ? "" : "、") + std::string(field->label.zh);
  }
  return names.empty() ? text : names + "：" + text;
}

/// The account that wrote a step: by name at its own node, elsewhere by its pseudonym.
std::string account_text(const Json& item) {
  if (item.contains("account")) return "  账号 " + harmless(item.value("account", ""));
  if (item.contains("actor")) return "  账号 " + item.value("actor", "").substr(0, 12);
  return {};
}

void print_step(const model::RecordType& type, const Json& item) {
  print(local_time(item.value("at", "")) + unsure_time(item) + "  " + kind_text(item) + "  " +
        harmless(item.value("node", "")) + " (" + item.value("role", "") + ")" +
        account_text(item));
  if (item.value("kind", "") == "condensed") {
    return print(
        "    此前的逐步修改已并入中心快照，明细由中心保存 the hub keeps the single steps before");
  }
  const auto& safe = item["safe_since"];
  const auto standing = item.value("standing", 0);
  print("    变更集 " + item.value("set", "").substr(0, 16) + " #" +
        std::to_string(item.value("seq", std::uint64_t{0})) + "." +
        std::to_string(item.value("index", 0)) + "  证书 " +
        item.value("certificate", "").substr(0, 16) + "  " +
        (standing == 1      ? "暂缓，待批准 held back"
         : standing == 2    ? "待升级 waits for an upgrade"
         : safe.is_string() ? "市局已存 safe since " + local_time(safe.get<std::string>())
                            : "市局未确认 not yet safe"));
  // What it states itself is its author's clock; these two are the hub's.
  if (const auto before = item.find("not_before"); before != item.end() && before->is_string()) {
    print("    不早于 not before " + local_time(before->get<std::string>()) +
          (safe.is_string() ? "，不晚于 not after " + local_time(safe.get<std::string>()) : ""));
  }
  if (item.value("out_of_bracket", false)) {
    print(
        "    所述时间不在此范围内：事后补记，或时钟有误 its stated time lies outside: made up "
        "later, or "
        "by a wrong clock");
  }
  if (const auto approved = item.find("approved"); approved != item.end()) {
    print("    已于 " + local_time(approved->value("at", "")) + " 由 " +
          harmless(approved->value("node", "")) + account_text(*approved) +
          " 批准 approved: " + harmless(approved->value("reason", "")));
  }
  for (const auto& [name, value] : item["fields"].items()) {
    const auto* field = type.field(std::string_view(name));
    const auto label = field ? std::string(field->label.zh) : name;
    print("    " + fitted(label, 20) + (field ? harmless(shown(*field, value)) : value.dump()));
  }
  for (const auto& cell : item["cells"]) {
    if (const auto fate = fate_text(type, cell); !fate.empty()) print("    → " + harmless(fate));
  }
}

/// Type, record id and store of a command on one record.
struct Target {
  const model::RecordType* type = nullptr;
  sync::RecordId id{};
  std::unique_ptr<store::Store> store;
  std::string scope;
};
Result<Target> target_of(const RecordOptions& options) {
  Target target;
  const auto type = type_named(options.type);
  if (!type) return fail(type.error());
  target.type = *type;
  const auto id = sync::record_id(options.id);
  if (!id)
    return fail(Errc::bad_value,
                "记录编号是 UUID a record id is a UUID; `linli records list` shows them", "id");
  target.id = *id;
  auto store = open_to_read(options.data);
  if (!store) return fail(store.error());
  target.store = std::move(*store);
  auto scope = scope_for(*target.store, options, target.id);
  if (!scope) return fail(scope.error());
  target.scope = std::move(*scope);
  return target;
}

}  // namespace

int get_record(const RecordOptions& options) {
  const auto target = target_of(options);
  if (!target) return refuse(target.error());
  const auto record = store::get_record(*target->store, options.type, target->scope, target->id);
  if (!record) return refuse(record.error());
  Looking looking(options.data, *target->type, "read");
  if (auto noted = looking.at(target->id, (*record)["fields"]); !noted) {
    return refuse(noted.error());
  }
  if (auto noted = looking.done(); !noted) return refuse(noted.error());
  if (options.json) {
    print_json(*record);
  } else {
    print_record(*target->type, *record);
  }
  return 0;
}

int record_history(const RecordOptions& options) {
  const auto target = target_of(options);
  if (!target) return refuse(target.error());
  auto history = store::record_history(*target->store, options.type, target->scope, target->id);
  if (!history) return refuse(history.error());
  const auto people = node::Accounts::open(node::DataDir(options.data));
  if (!people) return refuse(people.error());
  Looking looking(options.data, *target->type, "history");
  for (auto& item : (*history)["items"]) {
    node::name_actor(**people, item);
    if (item.contains("approved")) node::name_actor(**people, item["approved"]);
    if (auto noted = looking.at(target->id, item["fields"]); !noted) return refuse(noted.error());
  }
  if (auto noted = looking.done(); !noted) return refuse(noted.error());
  if (options.json) {
    print_json(*history);
    return 0;
  }
  for (const auto& item : (*history)["items"]) print_step(*target->type, item);
  return 0;
}

int delete_record(const RecordOptions& options) {
  auto target = target_of(options);
  if (!target) return refuse(target.error());
  target->store.reset();  // Reading is over: what writes is the one process that may.
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return refuse(door.error());
  const auto removed =
      writer_through(*door)->remove(*target->type, target->scope, sync::to_text(target->id));
  if (!removed) return refuse(removed.error());
  if (options.json) {
    print_json({{"id", sync::to_text(target->id)}, {"scope", target->scope}, {"done", "removed"}});
  } else {
    print("已删除 removed: " + sync::to_text(target->id));
  }
  return 0;
}

}  // namespace linli::app
