// draw: random inspections (双随机), and doing a draw again.
#include "node/app/draws.h"

#include "node/app/writer.h"
#include "node/drawing.h"
#include "node/store/draws.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

Result<Json> template_of(const std::string& text) {
  const auto slash = text.rfind('/');
  const auto version = slash == text.npos ? std::string() : text.substr(slash + 1);
  if (version.empty() || version.size() > 9 ||
      version.find_first_not_of("0123456789") != version.npos) {
    return fail(Errc::bad_usage, "检查表写作 代码/版本 a template is written CODE/VERSION",
                "template");
  }
  return Json::array({text.substr(0, slash), std::stoi(version)});
}

Result<Json> fields_of(const DrawOptions& options) {
  auto checklist = template_of(options.checklist);
  if (!checklist) return fail(checklist.error());
  Json fields{{"code", options.code},
              {"title", options.title.empty() ? options.code : options.title},
              {"seed", options.seed},
              {"seed_source", options.seed_source},
              {"inspectors", options.inspectors},
              {"compound_count", options.count},
              {"inspectors_each", options.each},
              {"template", *std::move(checklist)},
              {"planned_on", options.planned_on},
              {"status", "drawn"}};
  if (!options.compounds.empty()) fields["compounds"] = options.compounds;
  if (!options.pool_scope.empty()) fields["pool_scope"] = options.pool_scope;
  if (!options.campaign.empty()) fields["campaign"] = options.campaign;
  return fields;
}

/// Here, or at the node that runs.
Result<Json> drawn(const DrawOptions& options, const Json& fields) {
  const sync::SystemClock clock;
  auto door = open_door(options.data, clock);
  if (!door) return fail(door.error());
  if (door->node) {
    return ask_json(*door->node, options.dry_run ? "/api/v1/draws?dry_run=1" : "/api/v1/draws",
                    fields);
  }
  node::PutOptions put;
  put.dry_run = options.dry_run;
  put.origin = "linli draw";
  return node::draw_inspections(*door->replica, fields, put);
}

std::string joined(const Json& list) {
  std::string text;
  for (const auto& one : list) text += (text.empty() ? "" : "、") + one.get<std::string>();
  return harmless(text);
}

std::string result_text(const Json& visit) {
  if (!visit["faults"].empty()) {
    const auto& fault = visit["faults"].front();
    return harmless(fault.value("zh", "") + " " + fault.value("en", ""));
  }
  const auto done = visit.value("done", "");
  if (done == "created") return "已列入计划 planned";
  return done == "there" ? "已有 there already" : "未写入 not written";
}

std::string name_in(const Json& visit) {
  return visit["name"].is_string() ? harmless(visit["name"].get<std::string>()) : "—";
}

}  // namespace

int draw_inspections(const DrawOptions& options) {
  const auto fields = fields_of(options);
  if (!fields) return refuse(fields.error());
  const auto answer = drawn(options, *fields);
  if (!answer) return refuse(answer.error());
  std::size_t refused = 0;
  for (const auto& visit : (*answer)["visits"]) refused += visit["faults"].empty() ? 0u : 1u;
  if (options.json) {
    print_json(*answer);
  } else {
    Table table({"编码 code", "小区 compound", "检查人员 inspectors", "结果 result"});
    for (const auto& visit : (*answer)["visits"]) {
      table.add({harmless(visit.value("compound", "")), name_in(visit), joined(visit["inspectors"]),
                 result_text(visit)});
    }
    table.print(40);
    if (options.dry_run) note("未写入（试算） nothing was written: this was a dry run");
  }
  if (refused == 0) return 0;
  return refuse(Errc::bad_input, std::to_string(refused) +
                                     " 项计划有误，检查未生成；改正后用同一编号再执行一次 "
                                     "no inspection was planned: mend it and run the same again");
}

int show_draw(const DrawShowOptions& options) {
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto draw = store::read_draw(**store, options.code, options.scope);
  if (!draw) return refuse(draw.error());
  const bool same = (*draw)["same"] == true;
  if (options.json) {
    print_json(*draw);
    return same ? 0 : 1;
  }
  const auto& fields = (*draw)["record"]["fields"];
  print(harmless(fields.value("title", "")) + "  " + harmless(fields.value("code", "")));
  print("种子 seed：" + harmless(fields.value("seed", "")) + "（" +
        harmless(fields.value("seed_source", "")) + "）");
  print("备选 pool：小区 compounds " + std::to_string(fields["compounds"].size()) +
        "，检查人员 inspectors " + std::to_string(fields["inspectors"].size()));
  Table table({"编码 code", "小区 compound", "检查人员 inspectors", "检查 inspection"});
  for (const auto& visit : (*draw)["visits"]) {
    const auto& inspection = visit["inspection"];
    const bool planned = inspection.is_object() && inspection["state"].is_string();
    table.add({harmless(visit.value("compound", "")), name_in(visit), joined(visit["inspectors"]),
               planned ? inspection["state"].get<std::string>() : std::string("—")});
  }
  table.print(40);
  if (same) {
    print("按种子重抽，名单一致 drawn again from the seed: the same list");
    return 0;
  }
  return refuse(Errc::bad_rule, "按种子重抽，名单不一致 drawn again from the seed: another list",
                "drawn");
}

}  // namespace linli::app
