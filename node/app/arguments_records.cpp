// What the commands about records take: writing, reading, settling.
#include "node/app/arguments.h"
#include "node/app/credit.h"
#include "node/app/organisation.h"
#include "node/app/records_list.h"
#include "node/app/tables.h"

namespace linli::app {

namespace {

void add_import(CLI::App& app, Chosen& chosen) {
  static ImportOptions options;
  auto* sub = command(
      app, "import", "导入表格：CSV、XLSX 或 NDJSON take in records from a spreadsheet",
      "  linli export --data office exclusive_part --template --format xlsx --out 名册.xlsx\n"
      "  linli import --data office exclusive_part 名册.xlsx --dry-run       先检查\n"
      "  linli import --data office exclusive_part 名册.csv                  有错则全不写入\n"
      "  linli import --data office exclusive_part 名册.csv --skip-bad --rejects 待改.csv",
      options, &import_records, chosen);
  sub->add_option("type", options.type, "记录类型 record type")->required();
  sub->add_option("file", options.file, "文件，- 为标准输入 file, - is stdin")
      ->capture_default_str();
  sub->add_option("--format", options.format, "auto, csv, xlsx, ndjson")->capture_default_str();
  sub->add_option("--encoding", options.encoding, "auto, utf-8, gb18030, utf-16：CSV 的编码 of CSV")
      ->capture_default_str();
  sub->add_option("--sheet", options.sheet, "XLSX 工作表，默认第一张 the sheet, else the first");
  sub->add_option(
         "--map", options.map,
         "表头对应的字段，可多个；= 后留空则不导入该列 which field a heading (or a column's "
         "letter) is; nothing behind = leaves it out")
      ->type_name("HEADING=FIELD")
      ->allow_extra_args(false);
  sub->add_flag("--dry-run", options.dry_run, "只检查，不写入 say what would happen, keep nothing");
  sub->add_flag("--skip-bad", options.skip_bad,
                "有错的行不写入，其余写入 leave bad rows out, the others go in");
  sub->add_flag("--update", options.update, "修改已有编号的记录 change records that are there");
  sub->add_option("--rejects", options.rejects,
                  "把有错的行写入此 CSV 或 XLSX，改好再导入 a CSV or XLSX file for the bad rows, "
                  "to mend and "
                  "import")
      ->type_name("FILE");
}

}  // namespace

void add_records(CLI::App& app, Chosen& chosen) {
  add_import(app, chosen);
  auto* records = app.add_subcommand("records", "填写和查看记录 write and read records");
  records->require_subcommand(1);

  static PutOptions put_options;
  auto* sub =
      command(*records, "put", "写入记录，每行一个 JSON write records, one JSON object a line",
              "  linli records put --data office inspection inspections.ndjson\n"
              "  echo '{\"compound\":\"410702003001001\",\"building_no\":\"3\"}' | "
              "linli records put --data office building --dry-run",
              put_options, &put_records, chosen);
  sub->add_option("type", put_options.type, "记录类型 record type")->required();
  sub->add_option("file", put_options.file, "文件，- 为标准输入 file, - is stdin")
      ->capture_default_str();
  sub->add_flag("--dry-run", put_options.dry_run, "只检查 say what would happen, keep nothing");
  sub->add_flag("--all-or-nothing", put_options.all_or_nothing,
                "有一行不行就全不写入 one bad line, and none goes in");
  sub->add_flag("--update", put_options.update, "修改已有编号的记录 change records that are there");

  static ListOptions list_options;
  sub = command(*records, "list", "列出记录 list records",
                "  linli records list --data office finding --where status=open\n"
                "  linli records list --data hub compound --scope 410700/410702 --limit 20",
                list_options, &list_records, chosen);
  sub->add_option("type", list_options.type, "记录类型 record type")->required();
  sub->add_option("--where", list_options.where, "条件，可多个 all must hold")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false);
  sub->add_option("--scope", list_options.scope, "此范围及以下 at or below this path");
  sub->add_option("--limit", list_options.limit, "最多条数 at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  sub->add_option("--cursor", list_options.cursor, "接着上一页 from the page before");
  sub->add_option("--since", list_options.since,
                  "此后的变化，含已删除和不再符合条件的 what is new since, and what is gone");
  sub->add_flag("--removed", list_options.removed, "包括已删除的 removed ones too");
  sub->add_flag("--newest-first", list_options.newest_first, "新的在前 newest first");

  static RecordOptions get_options, history_options, delete_options;
  const auto one = [&](const char* name, const char* what, RecordOptions& options,
                       int (*run)(const RecordOptions&)) {
    auto* added = command(*records, name, what,
                          std::string("  linli records ") + name +
                              " --data office compound 0192f6a0-0000-7000-8000-000000000001",
                          options, run, chosen);
    added->add_option("type", options.type, "记录类型 record type")->required();
    added->add_option("id", options.id, "记录编号 record id")->required();
    added->add_option("--scope", options.scope, "范围 its path, if several have this id");
  };
  one("get", "查看一条记录 show one record", get_options, &get_record);
  one("history", "一条记录的全部改动 every change to one record", history_options, &record_history);
  one("delete", "删除一条记录 delete one record", delete_options, &delete_record);
}

void add_reading(CLI::App& app, Chosen& chosen) {
  static SearchOptions search_options;
  auto* sub = command(
      app, "search", "全文检索：汉字任意一段、拼音、首字母 find records by any part of their words",
      "  linli search --data office 电梯\n"
      "  linli search --data office dianti          拼音；首字母 dt；错一个字母也行\n"
      "  linli search --data office '3号楼 \"电梯困人\"'  都要有；引号内原样\n"
      "  linli search --data hub 地址:解放路 --type compound --scope 410700/410702\n"
      "  linli search --data hub 消防 --where status=open --where due_on=..2023-06-30",
      search_options, &search, chosen);
  sub->add_option("text", search_options.text, "词语，空格隔开，都要有 words, all must be there")
      ->required();
  sub->add_option("--type", search_options.type, "记录类型 record type");
  sub->add_option("--scope", search_options.scope, "此范围及以下 at or below this path");
  sub->add_option("--from", search_options.from, "最后改动自 last changed on or after this day");
  sub->add_option("--to", search_options.to, "至（不含） and before this day");
  sub->add_option("--where", search_options.where, "条件，可多个；a..b 为区间 all must hold")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false);
  sub->add_option("--limit", search_options.limit, "最多条数 at most")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  sub->add_option("--cursor", search_options.cursor, "接着上一页 from the page before");

  static ExportOptions export_options;
  sub =
      command(app, "export", "导出一类记录，可再导入 write all records of a type, as import takes",
              "  linli export --data hub finding --format xlsx --out 问题.xlsx\n"
              "  linli export --data hub finding --format csv > 问题.csv\n"
              "  linli export --data hub finding --template --format xlsx --out 模板.xlsx",
              export_options, &export_records, chosen);
  sub->add_option("type", export_options.type, "记录类型 record type")->required();
  sub->add_option("--format", export_options.format, "csv, xlsx, ndjson")->capture_default_str();
  sub->add_option("--out", export_options.out, "文件，- 为标准输出 file, - is stdout")
      ->capture_default_str();
  sub->add_flag("--template", export_options.blank,
                "空白模板：表头、填法和可选项 an empty table: headings and what may stand there");
}

void add_votes(CLI::App& app, Chosen& chosen) {
  auto* votes = app.add_subcommand("votes", "业主大会计票 the votes of an owners' assembly");
  votes->require_subcommand(1);
  static VotesOptions options;
  auto* sub =
      command(*votes, "count", "按本机记录计票，逐行说明 count from the records here, line by line",
              "  linli votes count --data office ASSEMBLY\n"
              "  linli votes count --data office ASSEMBLY --matter 2 --rooms\n"
              "  linli votes count --data office ASSEMBLY --record --counter 甲 --counter 乙 "
              "--supervisor 示例社区 | linli records put --data office tally",
              options, &count_votes, chosen);
  sub->add_option("assembly", options.assembly, "会议记录编号 the assembly's record id")
      ->required();
  sub->add_option("--matter", options.matter, "只计此事项 this matter's number only")
      ->check(CLI::Range(1, 99));
  sub->add_flag("--rooms", options.rooms,
                "列出各户是否已投票，不显示意见 who voted, by part; never what");
  auto* record = sub->add_flag("--record", options.record,
                               "输出计票结果记录 as tally records for `records put tally`");
  sub->add_option("--counter", options.counters, "计票人（至少两人） who counted: two or more")
      ->needs(record);
  sub->add_option("--supervisor", options.supervisor, "监督单位 community or street")
      ->needs(record);
}

void add_credit(CLI::App& app, Chosen& chosen) {
  static CreditOptions options;
  auto* sub =
      command(app, "credit", "企业信用评价，逐行推算 companies' credit, derived line by line",
              "  linli credit --data hub\n"
              "  linli credit --data hub 91410700MA0000001W --at 2024-12-31",
              options, &credit, chosen);
  sub->add_option("uscc", options.uscc,
                  "统一社会信用代码；不填则列出全部企业 the company's code; all, if left out");
  sub->add_option("--at", options.at, "截至此日，默认今天 on this day; default today")
      ->type_name("DATE");
}

namespace {

void add_move_options(CLI::App& sub, OrgMoveOptions& options, const std::string& to) {
  sub.add_option("unit", options.unit, "机构或小区编码 code of the unit or compound")->required();
  sub.add_option("--to", options.to, to)->required()->type_name("CODE");
  sub.add_option("--from", options.from, "自此日起 first day of it")->required()->type_name("DATE");
  sub.add_option("--doc", options.doc, "批准文件 the document that orders it");
  sub.add_flag("--dry-run", options.dry_run,
               "只说明会改变什么（含指标） only say what would change, figures included");
}

}  // namespace

void add_organisation(CLI::App& app, Chosen& chosen) {
  auto* org = app.add_subcommand("org", "机构树及其变更 the organisation, and its changes");
  org->require_subcommand(1);
  static OrgTreeOptions tree_options;
  auto* sub = command(*org, "tree", "某日的机构树 the organisation on a day",
                      "  linli org tree --data hub\n  linli org tree --data hub --at 2023-12-31",
                      tree_options, &show_org_tree, chosen);
  sub->add_option("--at", tree_options.at, "此日，默认今天 on this day; default today")
      ->type_name("DATE");
  sub->add_flag("--compounds", tree_options.compounds, "列出小区 with the compounds");

  static OrgMoveOptions move_options;
  sub = command(*org, "move", "划转机构或小区 hang a unit or compound under another unit",
                "  linli org move --data hub 410702003901 --to 410702007 --from 2024-01-01 "
                "--dry-run\n"
                "  linli org move --data hub 410702003901 --to 410702007 --from 2024-01-01 "
                "--doc 新政文〔2023〕8号",
                move_options, &move_org_unit, chosen);
  add_move_options(*sub, move_options, "新的上级机构 the unit above from then on");

  static OrgMoveOptions merge_options;
  sub = command(*org, "merge", "机构并入同级机构 merge a unit into one of its level",
                "  linli org merge --data hub 410702003902 --to 410702003901 --from 2024-01-01 "
                "--doc 新政文〔2023〕8号",
                merge_options, &merge_org_unit, chosen);
  add_move_options(*sub, merge_options, "并入的机构 the unit it goes into");
}

void add_conflicts(CLI::App& app, Chosen& chosen) {
  auto* conflicts = app.add_subcommand("conflicts", "两人同时改动 what was changed by two at once");
  conflicts->require_subcommand(1);
  static ConflictsOptions list_options;
  auto* sub =
      command(*conflicts, "list", "列出冲突 the value that stands, and the others",
              "  linli conflicts list --data hub\n  linli conflicts list --data hub --parallel",
              list_options, &list_conflicts, chosen);
  sub->add_option("--limit", list_options.limit, "最多条数 at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  sub->add_option("--type", list_options.type, "记录类型 record type");
  sub->add_option("--scope", list_options.scope, "此范围及以下 at or below this path");
  sub->add_option("--cursor", list_options.cursor, "接着上一页 from the page before");
  sub->add_flag("--parallel", list_options.parallel,
                "已自动合并的并行修改 edits of different fields, merged by themselves");
  sub->add_flag(
         "--rivals", list_options.rivals,
         "不能同时成立的记录，如同一户的两张票 records that can't all hold: two ballots of a flat")
      ->excludes("--parallel");

  static ConflictOptions show_options;
  sub = command(*conflicts, "show", "查看一处冲突 one conflict, side by side",
                "  linli conflicts show --data hub CONFLICT", show_options, &show_conflict, chosen);
  sub->add_option("conflict", show_options.conflict, "冲突编号 its address in the list")
      ->required();

  static ResolveOptions resolve_options;
  sub = command(*conflicts, "resolve", "处理冲突 settle it by a change that syncs",
                "  linli conflicts resolve --data hub CONFLICT --keep\n"
                "  linli conflicts resolve --data hub CONFLICT --take 0123456789abcdef.12.0\n"
                "  linli conflicts resolve --data hub CONFLICT --value '{\"parking_count\":210}'\n"
                "  linli conflicts resolve --data hub --all-keep --type compound --yes",
                resolve_options, &resolve_conflict, chosen);
  sub->add_option("conflict", resolve_options.conflict, "冲突编号 its address in the list");
  auto* keep = sub->add_flag("--keep", resolve_options.keep, "保留现值 what stands, stays");
  auto* take = sub->add_option("--take", resolve_options.take, "改用此版本 this version again")
                   ->type_name("VERSION");
  auto* value = sub->add_option("--value", resolve_options.value, "改为此值 another value")
                    ->type_name("JSON");
  auto* all =
      sub->add_flag("--all-keep", resolve_options.all_keep,
                    "全部保留现值 what stands, stays: for every conflict of a type or scope");
  keep->excludes(take, value, all);
  take->excludes(value, all);
  value->excludes(all);
  sub->add_option("--seen", resolve_options.seen,
                  "查看时的标记，之后有新改动则不处理 refuse if a version came since")
      ->type_name("TAG");
  sub->add_option("--type", resolve_options.type, "记录类型 record type")->needs(all);
  sub->add_option("--scope", resolve_options.scope, "此范围及以下 at or below this path")
      ->needs(all);
  sub->add_flag("--dry-run", resolve_options.dry_run, "只说明会写入什么 say what would be written");
  sub->add_flag("--yes", resolve_options.yes, "确认批量处理 really, all of them")->needs(all);
}

}  // namespace linli::app
