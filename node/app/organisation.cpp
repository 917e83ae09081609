// org tree, move, merge: the organisation on a day, and its changes with their effect on figures.
#include "node/app/organisation.h"

#include "node/app/console.h"
#include "node/app/writer.h"
#include "node/store/org_moves.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

std::int64_t current_day() { return model::local_day_of_ms(sync::SystemClock().now() / 1000); }

std::string said(const Json& json) {
  const auto zh = json.value("zh", ""), en = json.value("en", "");
  return harmless(chinese() ? zh + " / " + en : en + " / " + zh);
}

std::string called(const Json& unit) {
  return harmless(unit.value("name", "")) + " " + harmless(unit.value("code", ""));
}

std::string chain_text(const Json& units) {
  std::string text;
  for (const auto& unit : units) text += (text.empty() ? "" : " ← ") + called(unit);
  return text.empty() ? "—" : text;
}

void print_tree(const Json& tree, bool compounds) {
  print(tree.value("at", ""));
  for (const auto& unit : tree["units"]) {
    const std::string indent(2 * unit.value("depth", std::size_t{0}), ' ');
    std::string line = indent + called(unit);
    const auto count = unit["compounds"].size();
    if (count > 0) line += "  小区 compounds " + std::to_string(count);
    for (const auto& name : unit["former_names"]) {
      line += "  原 formerly " + harmless(name.get<std::string>());
    }
    if (unit.contains("basis")) line += "  [" + harmless(unit["basis"].get<std::string>()) + "]";
    print(line);
    if (!compounds) continue;
    for (const auto& compound : unit["compounds"]) print(indent + "  · " + called(compound));
  }
}

void print_preview(const Json& preview) {
  print(called(preview["unit"]) + "，自 from " + preview.value("from", ""));
  print("  原隶属 before: " + chain_text(preview["before"]));
  print("  现隶属 after:  " + chain_text(preview["after"]));
  print("  涉及小区 compounds: " + std::to_string(preview.value("compounds", 0)));
  if (!preview["figures"].empty()) {
    Table table({"指标 figure", "机构 unit", "原 before", "现 after"});
    for (const auto& figure : preview["figures"]) {
      table.add({harmless(chinese() ? figure.value("zh", "") : figure.value("en", "")),
                 called(figure["unit"]), std::to_string(figure.value("before", std::int64_t{0})),
                 std::to_string(figure.value("after", std::int64_t{0}))});
    }
    table.print(32, "  ");
  }
  for (const auto& note_json : preview["notes"]) print("  " + said(note_json));
}

Result<Json> preview_of(const OrgMoveOptions& options, bool merge) {
  const auto from = model::parse_day(options.from);
  if (!from) {
    return fail(Errc::bad_usage, "日期写作 2024-06-30 a day is written 2024-06-30", "from");
  }
  auto store = open_to_read(options.data);
  if (!store) return fail(store.error());
  return store::preview_move(**store, {options.unit, options.to, *from, merge, options.doc},
                             current_day());
}

/// The link goes the one road: into the folder, or to the node that runs.
Result<LineOutcome> put_link(const OrgMoveOptions& options, const Json& record) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return fail(door.error());
  const auto* type = model::schema().type("org_link");
  node::PutOptions put;
  put.dry_run = options.dry_run;
  put.origin = "linli org";
  auto outcomes = writer_through(*door)->put(*type, {{1, record.dump(), record}}, put);
  if (!outcomes) return fail(outcomes.error());
  return outcomes->front();
}

int change_org(const OrgMoveOptions& options, bool merge) {
  if (options.doc.empty() && !options.dry_run) {
    return refuse(Errc::bad_usage,
                  "请用 --doc 写明批准文件 which document orders it? say so with --doc", "doc");
  }
  auto preview = preview_of(options, merge);
  if (!preview) return refuse(preview.error());
  auto& answer = *preview;
  answer["dry_run"] = options.dry_run;
  if (!options.dry_run) {
    const auto outcome = put_link(options, answer["record"]);
    if (!outcome) return refuse(outcome.error());
    if (!outcome->faults.empty()) {
      const auto& fault = outcome->faults.front();
      return refuse(Errc::bad_rule, fault.value("zh", "") + " " + fault.value("en", ""),
                    fault.value("field", ""));
    }
    answer["id"] = outcome->id;
    answer["done"] = outcome->done;
  }
  if (options.json) {
    print_json(answer);
    return 0;
  }
  print_preview(answer);
  print(options.dry_run ? "未写入（试算） nothing was written: this was a dry run"
                        : "已记录 recorded: org_link " + answer.value("id", ""));
  return 0;
}

}  // namespace

int show_org_tree(const OrgTreeOptions& options) {
  const auto day = options.at.empty() ? std::optional(current_day()) : model::parse_day(options.at);
  if (!day) {
    return refuse(Errc::bad_usage, "日期写作 2024-06-30 a day is written 2024-06-30", "at");
  }
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto tree = store::org_tree(**store, *day);
  if (!tree) return refuse(tree.error());
  if (options.json) {
    print_json(*tree);
  } else {
    print_tree(*tree, options.compounds);
  }
  return 0;
}

int move_org_unit(const OrgMoveOptions& options) { return change_org(options, false); }
int merge_org_unit(const OrgMoveOptions& options) { return change_org(options, true); }

}  // namespace linli::app
