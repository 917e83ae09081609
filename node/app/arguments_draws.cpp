// What the commands about random inspections take.
#include "node/app/arguments.h"
#include "node/app/draws.h"

namespace linli::app {
namespace {

void add_making(CLI::App& draw, Chosen& chosen) {
  static DrawOptions options;
  auto* sub =
      command(draw, "make",
              "按公布的种子抽取小区和检查人员，并生成计划检查 by a published seed; plans them",
              "  linli draw make --data hub --code SSJ-2025-12 --seed \"02 07 13 21 24 30 + 05\" "
              "--seed-source 2025-11-28双色球 --inspectors J001,J002,J003,J004 --count 10 "
              "--template default/1 --planned-on 2025-12-08 --dry-run",
              options, &draw_inspections, chosen);
  sub->add_option("--code", options.code, "抽取编号 the draw's own code")->required();
  sub->add_option("--title", options.title, "名称 title");
  sub->add_option("--seed", options.seed, "随机种子 a number nobody knew before")->required();
  sub->add_option("--seed-source", options.seed_source, "种子出处 where everybody can look it up")
      ->required();
  sub->add_option("--compounds", options.compounds,
                  "备选小区编码，逗号分隔；不填为范围内全部在管小区 codes; else all in service")
      ->delimiter(',');
  sub->add_option("--pool-scope", options.pool_scope,
                  "备选范围，默认本机范围 of this unit; default: this node's")
      ->type_name("PATH");
  sub->add_option("--inspectors", options.inspectors, "备选检查人员编号 their duty numbers")
      ->delimiter(',')
      ->required();
  sub->add_option("--count", options.count, "抽取小区数 how many compounds")->required();
  sub->add_option("--each", options.each, "每个小区检查人数 inspectors for each")
      ->capture_default_str();
  sub->add_option("--template", options.checklist, "检查表 checklist")
      ->type_name("CODE/VERSION")
      ->required();
  sub->add_option("--campaign", options.campaign, "专项行动代码 the campaign's code");
  sub->add_option("--planned-on", options.planned_on, "计划检查日期 the day of the visits")
      ->type_name("DATE")
      ->required();
  sub->add_flag("--dry-run", options.dry_run, "只抽取，不写入 say what would happen, keep nothing");
}

}  // namespace

void add_draws(CLI::App& app, Chosen& chosen) {
  auto* draw = app.add_subcommand("draw", "双随机：抽取、重抽核对 inspections by lot");
  draw->require_subcommand(1);
  add_making(*draw, chosen);
  static DrawShowOptions options;
  auto* sub = command(*draw, "show", "一次抽取的名单，并按种子重抽核对 the list, drawn again",
                      "  linli draw show --data hub SSJ-2025-12", options, &show_draw, chosen);
  sub->add_option("code", options.code, "抽取编号 the draw's code")->required();
  sub->add_option("--scope", options.scope,
                  "哪个单位的抽取（编号相同时） whose, of two of one code")
      ->type_name("PATH");
}

}  // namespace linli::app
