// What the commands about personal information take: erasing, a person's requests, how long it
// stays.
#include "node/app/arguments.h"

namespace linli::app {
namespace {

CLI::Option* add_reason(CLI::App& sub, std::string& reason) {
  return sub.add_option("--reason", reason,
                        "理由，只记入本机审计日志 why; noted in this node's audit log only");
}

void add_code(CLI::App& sub, std::string& code) {
  sub.add_option("--code", code, "request 本人申请, retention 到期, mistake 误填, order 依法责令")
      ->capture_default_str()
      ->check(CLI::IsMember({"request", "retention", "mistake", "order"}));
}

void add_erase(CLI::App& app, Chosen& chosen) {
  static EraseOptions options;
  auto* sub = command(app, "erase",
                      "彻底清除记录中的个人信息（各处、各版本） destroy personal values everywhere",
                      "  linli erase --data office RECORD --field name --field phone --dry-run\n"
                      "  linli erase --data office RECORD --field name --reason 本人申请",
                      options, &erase_record, chosen);
  sub->add_option("record", options.record, "记录编号 record id")->required();
  sub->add_option("--field", options.fields, "字段，可多个 fields; without: which ones could be")
      ->type_name("NAME");
  add_reason(*sub, options.reason);
  add_code(*sub, options.code);
  sub->add_option("--type", options.type, "记录类型 record type, if several have this id");
  sub->add_option("--scope", options.scope, "范围 its path, if several have this id");
  sub->add_flag("--dry-run", options.dry_run,
                "只说明会清除什么、在哪里 say what would go, and where");
}

void add_person(CLI::App& app, Chosen& chosen) {
  auto* person = app.add_subcommand(
      "person", "个人申请：查询、复制、清除 what a person asks for: access, a copy, erasure");
  person->require_subcommand(1);
  static PersonOptions find_options, export_options, erase_options;
  const auto one = [&](const char* name, const char* what, const std::string& example,
                       PersonOptions& options, int (*run)(const PersonOptions&)) {
    auto* sub = command(*person, name, what, example, options, run, chosen);
    sub->add_option("who", options.who, "姓名或号码 a name or number")->required();
    add_reason(*sub, options.reason);
    return sub;
  };
  one("find", "哪些记录涉及此人 which records speak of a person",
      "  linli person find --data office 张三", find_options, &find_person);
  auto* copy =
      one("export", "制作副本（JSON 与文本） a copy for the person, as JSON and as text",
          "  linli person export --data office 张三 --out 张三", export_options, &export_person);
  copy->add_option("--out", export_options.out,
                   "文件名（加 .json 与 .txt） files OUT.json, OUT.txt")
      ->capture_default_str();
  auto* gone = one("erase", "清除此人的个人信息 erase what is held of a person",
                   "  linli person erase --data office 张三 --dry-run\n"
                   "  linli person erase --data office 张三 --reason 本人申请",
                   erase_options, &erase_person);
  add_code(*gone, erase_options.code);
  gone->add_flag("--dry-run", erase_options.dry_run, "只说明会清除什么 say what would go");
}

void add_retaining(CLI::App& app, Chosen& chosen) {
  auto* retention =
      app.add_subcommand("retention", "保留期限 how long personal values stay, and what went");
  retention->require_subcommand(1);
  static RetentionOptions report_options, run_options;
  command(*retention, "report", "规则与最近各次清除的数量 the rules, and what the last runs erased",
          "  linli retention report --data office", report_options, &retention_report, chosen);
  auto* run =
      command(*retention, "run", "立即按规则清除到期内容 erase now what is due",
              "  linli retention run --data office --dry-run", run_options, &retention_run, chosen);
  run->add_flag("--dry-run", run_options.dry_run, "只说明会清除多少 say how much would go");
}

}  // namespace

void add_personal(CLI::App& app, Chosen& chosen) {
  add_erase(app, chosen);
  add_person(app, chosen);
  add_retaining(app, chosen);
}

}  // namespace linli::app
