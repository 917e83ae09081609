// What the commands about figures take: asking, opening, submitting, approving.
#include "node/app/arguments.h"

namespace linli::app {
namespace {

void add_stats(CLI::App& app, Chosen& chosen) {
  static StatsOptions options;
  auto* sub = command(
      app, "stats", "统计指标；不写名称则列出全部 figures; without a name: which ones",
      "  linli stats --data hub\n"
      "  linli stats --data hub inspection_coverage --by district --period 2023-Q2\n"
      "  linli stats --data hub findings --by severity --from 2023-01-01 --to 2024-01-01 "
      "--format xlsx --out 问题.xlsx\n"
      "  linli stats --data hub findings --period 2023-05 --only severity=major --why\n"
      "  linli stats --data hub findings --period 2023-05 --today 2023-06-01 --at 1200 --json",
      options, &stats, chosen);
  sub->add_option("name", options.name, "指标名称 the figure's name");
  sub->add_option("--by", options.by, "分组 district,street,community,compound,month,day,…");
  auto* from = sub->add_option("--from", options.from, "自 first day, 2023-01-01");
  auto* to = sub->add_option("--to", options.to, "至（不含）day after the last");
  sub->add_option("--period", options.period,
                  "期次 2023-05、2023-Q2、2023；已批准的数字与更正并列 a month, quarter or year: "
                  "with what was approved, and the correction beside it")
      ->excludes(from, to);
  sub->add_option("--today", options.today, "时点指标的日期 the day that as-of figures are of");
  sub->add_option("--scope", options.scope, "范围 at or below this path");
  auto* format = sub->add_option("--format", options.format, "csv, xlsx: as a table");
  sub->add_option("--out", options.out, "文件 to this file")->needs(format);
  auto* why =
      sub->add_flag("--why", options.why,
                    "来源：记录、节点、冲突、日志位置 what stands behind it: records, nodes, "
                    "conflicts, log position");
  sub->add_option("--at", options.at, "按日志的这个位置重算 as it was at this position of the log")
      ->check(CLI::PositiveNumber);
  sub->add_option("--only", options.only, "只看此组 one cell of what it is split by")
      ->type_name("SPLIT=VALUE")
      ->allow_extra_args(false)
      ->needs(why);
  sub->add_option("--limit", options.limit, "记录最多条数 at most so many records")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  sub->add_option("--cursor", options.cursor, "接着上一页 from the page before")->needs(why);
  why->excludes(format);
}

}  // namespace

void add_figures(CLI::App& app, Chosen& chosen) {
  add_stats(app, chosen);
  auto* figures = app.add_subcommand(
      "figures", "期间数字：上报、审核、批准 figures of a period: submit, check, approve");
  figures->require_subcommand(1);

  const auto by_name = [](CLI::App* sub, FiguresOptions& options) {
    sub->add_option("id", options.id, "记录编号 its record id; or:");
    sub->add_option("--set", options.set, "指标集 the set's code");
    sub->add_option("--period", options.period, "期次 2023-05, 2023-Q2, 2023");
    sub->add_option("--scope", options.scope, "范围 the unit's path");
  };
  const auto dry = [](CLI::App* sub, FiguresOptions& options) {
    sub->add_flag("--dry-run", options.dry_run, "只检查 say what would happen, keep nothing");
  };

  static FiguresOptions submit;
  auto* sub = command(*figures, "submit",
                      "按本机数据统计并上报一期 count a period from what is here, and submit it",
                      "  linli figures submit --data street --set monthly --period 2023-05", submit,
                      &submit_figures, chosen);
  sub->add_option("--set", submit.set, "指标集 the set's code")->required();
  sub->add_option("--period", submit.period, "期次 2023-05, 2023-Q2, 2023")->required();
  sub->add_option("--scope", submit.scope, "范围；不写为本节点 the unit's path; else this node's");
  dry(sub, submit);

  static FiguresOptions check;
  sub = command(*figures, "check", "区县审核 the district has checked it",
                "  linli figures check --data district ID", check, &check_figures, chosen);
  by_name(sub, check);
  sub->add_option("--despite", check.despite,
                  "数字不一致仍通过的原因 why, although this node counts something else");
  dry(sub, check);

  static FiguresOptions approve;
  sub =
      command(*figures, "approve", "市级批准，此后不再改动 the city approves it: it stays as it is",
              "  linli figures approve --data hub ID --doc 新建统〔2023〕6号", approve,
              &approve_figures, chosen);
  by_name(sub, approve);
  sub->add_option("--doc", approve.doc, "批准文号 document of the approval");
  sub->add_option("--despite", approve.despite,
                  "数字不一致仍通过的原因 why, although this node counts something else");
  dry(sub, approve);

  static FiguresOptions back;
  sub = command(*figures, "return", "退回重报 back to who submitted it",
                "  linli figures return --data district ID --reason 缺两个社区", back,
                &return_figures, chosen);
  by_name(sub, back);
  sub->add_option("--reason", back.reason, "原因 why");
  dry(sub, back);

  static FiguresOptions list;
  sub = command(*figures, "list", "列出上报、审核、批准情况 what was submitted, and how far it is",
                "  linli figures list --data hub --period 2023-05 --state submitted", list,
                &list_figures, chosen);
  sub->add_option("--set", list.set, "指标集 the set's code");
  sub->add_option("--period", list.period, "期次 2023-05, 2023-Q2, 2023");
  sub->add_option("--scope", list.scope, "此范围及以下 at or below this path");
  sub->add_option("--state", list.state, "状态 submitted, returned, checked, approved");
  sub->add_option("--limit", list.limit, "最多条数 at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();

  static FiguresOptions show;
  sub = command(*figures, "show",
                "一期的数字、更正和之后到达的记录 figures, corrections, and what came later",
                "  linli figures show --data hub ID --recompute", show, &show_figures, chosen);
  by_name(sub, show);
  sub->add_flag("--recompute", show.recompute,
                "按上报时所含变更重算 compute again from exactly what was included");
}

}  // namespace linli::app
