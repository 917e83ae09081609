// linli: the command line. Fills options, calls the command, answers with its exit code.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "crypto/hash.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/log.h"

namespace linli::app {
namespace {

/// The command that was chosen; set by the subcommand's callback, run after parsing.
using Chosen = std::function<int()>;

/// A subcommand with what every command takes. Options live as long as the parser: static, because
/// the parser keeps references to them until main ends.
template <class Options>
CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& examples, Options& options, int (*run)(const Options&),
                  Chosen& chosen) {
  auto* sub = parent.add_subcommand(name, what);
  sub->add_option("--data", options.data, "本节点的数据目录 the node's data folder")
      ->type_name("DIR")
      ->required();
  sub->add_flag("--json", options.json, "以 JSON 回答 answer in JSON");
  sub->footer("例 Examples:\n" + examples);
  sub->callback([&options, run, &chosen] { chosen = [&options, run] { return run(options); }; });
  return sub;
}

void add_founding(CLI::App& app, Chosen& chosen) {
  static InitOptions init_options;
  auto* sub =
      command(app, "init", "建立一个城市 found a city: its root key and the hub's node",
              "  linli init --data hub --role hub --name 新乡市住房和城乡建设局 --scope 410700",
              init_options, &init, chosen);
  sub->add_option("--role", init_options.role, "hub")->capture_default_str();
  sub->add_option("--name", init_options.name, "单位名称 the bureau's name")->required();
  sub->add_option("--scope", init_options.scope, "范围 the city's code, e.g. 410700")->required();

  static InviteOptions invite_options;
  sub = command(app, "invite", "邀请一个节点接入 print an invitation, to be used once",
                "  linli invite --data hub --role office --scope 410700/410702/410702003/001 "
                "--name 渠东社区 --expires 7d",
                invite_options, &invite, chosen);
  sub->add_option("--role", invite_options.role, "district, street, office, device, …")
      ->capture_default_str();
  sub->add_option("--scope", invite_options.scope, "它的范围 the path it writes in")->required();
  sub->add_option("--name", invite_options.name, "它的名称 its name")->required();
  sub->add_option("--expires", invite_options.expires, "有效期 s, m, h or d")
      ->capture_default_str();
  sub->add_option("--url", invite_options.url, "本节点的地址 where this node can be reached");
  sub->add_flag("--qr", invite_options.qr, "在终端画出二维码 draw it as a QR code");
  sub->add_option("--ink", invite_options.ink,
                  "二维码配色 auto, colour; without colours: dark, light (the background)")
      ->check(CLI::IsMember({"auto", "colour", "dark", "light"}))
      ->capture_default_str();
  sub->add_option("--svg", invite_options.svg, "二维码图片文件 write the QR code as a picture")
      ->type_name("FILE");

  static JoinOptions join_options;
  sub = command(app, "join", "接入城市 make a node of a new folder",
                "  linli join --data office linli-invite:… --hub http://127.0.0.1:8080\n"
                "  linli join --data office --request 申请.txt --name 渠东社区\n"
                "  linli join --data office --answer 答复.txt\n"
                "  linli join --data office --hub http://127.0.0.1:8080 --ask --name 渠东社区",
                join_options, &join, chosen);
  sub->add_option("invite", join_options.invite, "linli-invite:…");
  sub->add_option("--hub", join_options.hub, "上级地址 the upstream's address");
  sub->add_option("--request", join_options.request, "离线：写出申请文件 off line: write a request")
      ->type_name("FILE");
  sub->add_option("--answer", join_options.answer, "离线：读入答复文件 off line: take the answer")
      ->type_name("FILE");
  sub->add_flag("--ask", join_options.ask, "无邀请，在线申请并等待 ask at --hub and wait");
  sub->add_option("--name", join_options.name, "自称 what this machine calls itself");
  sub->add_option("--words", join_options.words, "电话里听到的对方核对词 the other side's words");
  sub->add_option("--wait", join_options.wait, "等多久 s, m, h or d")->capture_default_str();
}

void add_decision(CLI::App& sub, AdmitOptions& options) {
  sub.add_option("--role", options.role, "district, street, office, device, …")
      ->capture_default_str();
  sub.add_option("--scope", options.scope, "它的范围 the path it writes in")->required();
  sub.add_option("--name", options.name, "它的名称，缺省为其自称 its name");
  sub.add_option("--words", options.words, "电话里听到的对方核对词 its words, as you heard them");
}

/// What a person does about machines that ask to join.
void add_admitting(CLI::App& app, CLI::App& nodes, Chosen& chosen) {
  static AdmitOptions file_options, waiting_options;
  auto* sub = command(app, "admit", "答复接入申请文件 answer a machine's request to join",
                      "  linli admit --data hub 申请.txt --role office --scope "
                      "410700/410702/410702003/001 --name 渠东社区 --out 答复.txt",
                      file_options, &admit_file, chosen);
  sub->add_option("file", file_options.request, "申请文件 the request")->required();
  sub->add_option("--out", file_options.out, "答复文件 the answer")->capture_default_str();
  sub->add_option("--expires", file_options.expires, "答复有效期 s, m, h or d")
      ->capture_default_str();
  add_decision(*sub, file_options);

  static PendingOptions pending_options;
  command(nodes, "pending", "待批准的接入申请 who asks to join", "  linli nodes pending --data hub",
          pending_options, &list_pending, chosen);
  sub = command(nodes, "admit", "批准一个接入申请 let one in",
                "  linli nodes admit --data hub 3f2a91 --role office --scope "
                "410700/410702/410702003/001 --name 渠东社区",
                waiting_options, &admit_pending, chosen);
  sub->add_option("id", waiting_options.request, "编号 its id")->required();
  add_decision(*sub, waiting_options);
  static TurnAwayOptions refuse_options;
  sub = command(nodes, "refuse", "拒绝一个接入申请 turn one away",
                "  linli nodes refuse --data hub 3f2a91", refuse_options, &turn_away, chosen);
  sub->add_option("id", refuse_options.id, "编号 its id")->required();
}

void add_running(CLI::App& app, Chosen& chosen) {
  static ServeOptions serve_options;
  auto* sub =
      command(app, "serve", "运行节点 serve pages and API, and keep in step with the upstream",
              "  linli serve --data hub --listen 127.0.0.1:8080\n"
              "  linli serve --data office --listen 127.0.0.1:0 --log-level debug",
              serve_options, &serve, chosen);
  sub->add_option("--listen", serve_options.listen, "地址:端口，端口 0 为任意 address:port, 0: any")
      ->capture_default_str();
  sub->add_option("--upstream", serve_options.upstream,
                  "本次使用的上级地址 upstream, for this run");
  sub->add_option("--poll-ms", serve_options.poll_ms, "同步间隔毫秒 exchange this often")
      ->check(CLI::Range(10, 3'600'000));
  sub->add_option("--log-level", serve_options.log_level, "trace … critical, off")
      ->capture_default_str();
  sub->add_flag("--open", serve_options.open,
                "允许其他机器同步和接入 let other machines sync and enrol (put TLS before it)");
}

/// `linli sync` itself is a command, and has others below it.
void add_sync(CLI::App& app, Chosen& chosen) {
  static SyncOptions sync_options;
  auto* sync = command(app, "sync", "与上级交换一次 one exchange with the upstream",
                       "  linli sync --data office\n  linli sync status --data office",
                       sync_options, &sync_once, chosen);
  sync->get_option("--data")->required(false);
  sync->require_subcommand(0, 1);
  sync->callback([sync, &chosen] {
    if (!sync->get_subcommands().empty()) return;  // Which has chosen already.
    if (sync_options.data.empty()) throw CLI::RequiredError("--data");
    chosen = [] { return sync_once(sync_options); };
  });

  static SyncStatusOptions status_options;
  auto* status = command(*sync, "status", "连接与进度 the connection, and what is still to go",
                         "  linli sync status --data office\n"
                         "  linli sync status --data office --sets --state waiting",
                         status_options, &sync_status, chosen);
  auto* sets = status->add_flag("--sets", status_options.sets,
                                "逐份列出本节点的变更集 every change set of this node");
  status
      ->add_option("--state", status_options.state, "waiting, on_way, safe, held, upgrade, refused")
      ->needs(sets);
  status->add_option("--limit", status_options.limit, "最多份数 at most")
      ->needs(sets)
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  status->add_option("--cursor", status_options.cursor, "接着上一页 from the page before")
      ->needs(sets);
  static SyncPauseOptions pause_options;
  auto* sub =
      command(*sync, "pause", "暂停后台同步 no exchange in the background",
              "  linli sync pause --data office --for 2h", pause_options, &sync_pause, chosen);
  sub->add_option("--for", pause_options.time, "多久 s, m, h or d; without it: until resumed");
  static SyncResumeOptions resume_options;
  command(*sync, "resume", "恢复后台同步 sync in the background again",
          "  linli sync resume --data office", resume_options, &sync_resume, chosen);
  static SyncMeteredOptions metered_options;
  sub = command(*sync, "metered", "按流量计费的线路 spare a line that costs by volume",
                "  linli sync metered on --data office", metered_options, &sync_metered, chosen);
  sub->add_option("on", metered_options.on, "on, off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));

  auto* upstream = app.add_subcommand("upstream", "上级地址 where this node syncs to");
  upstream->require_subcommand(1);
  static UpstreamSetOptions set_options;
  sub = command(*upstream, "set", "设定上级地址 the street first, the hub for when it is down",
                "  linli upstream set --data office http://10.0.0.2:8080 --also "
                "http://10.0.0.1:8080",
                set_options, &upstream_set, chosen);
  sub->add_option("url", set_options.url, "http://地址:端口 http://host:port")->required();
  sub->add_option("--also", set_options.also, "备用地址，可多个 the next ones, in order")
      ->type_name("URL")
      ->allow_extra_args(false);
  static UpstreamOptions show_options, clear_options;
  command(*upstream, "show", "列出上级地址 which they are", "  linli upstream show --data office",
          show_options, &upstream_show, chosen);
  command(*upstream, "clear", "不再联网同步 sync by file only",
          "  linli upstream clear --data office", clear_options, &upstream_clear, chosen);
}

void add_records(CLI::App& app, Chosen& chosen) {
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
  sub->add_option("--cursor,--since", list_options.cursor, "接着上一页 from the page before");
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
  static StatsOptions stats_options;
  auto* sub =
      command(app, "stats", "统计指标；不写名称则列出全部 figures; without a name: which ones",
              "  linli stats --data hub\n"
              "  linli stats --data hub inspection_coverage --by district "
              "--from 2023-01-01 --to 2024-01-01",
              stats_options, &stats, chosen);
  sub->add_option("name", stats_options.name, "指标名称 the figure's name");
  sub->add_option("--by", stats_options.by, "分组 district,street,community,compound,month,day,…");
  sub->add_option("--from", stats_options.from, "自 first day, 2023-01-01");
  sub->add_option("--to", stats_options.to, "至（不含）day after the last");
  sub->add_option("--scope", stats_options.scope, "范围 at or below this path");

  static SearchOptions search_options;
  sub = command(app, "search", "全文检索 find records by their words",
                "  linli search --data office 电梯", search_options, &search, chosen);
  sub->add_option("text", search_options.text, "词语 words")->required();
  sub->add_option("--limit", search_options.limit, "最多条数 at most")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();

  static ExportOptions export_options;
  sub = command(app, "export", "导出一类记录 write all records of a type to stdout",
                "  linli export --data hub finding --format csv > 问题.csv", export_options,
                &export_records, chosen);
  sub->add_option("type", export_options.type, "记录类型 record type")->required();
  sub->add_option("--format", export_options.format, "csv, ndjson")->capture_default_str();
}

void add_nodes(CLI::App& app, Chosen& chosen) {
  auto* nodes = app.add_subcommand("nodes", "本市各节点 the city's nodes, and where they work");
  nodes->require_subcommand(1);
  static NodesOptions nodes_options;
  command(*nodes, "list", "列出节点 list them", "  linli nodes list --data hub", nodes_options,
          &list_nodes, chosen);
  add_admitting(app, *nodes, chosen);
  static ScopesOptions scopes_options;
  auto* sub = command(*nodes, "scopes", "增减一个节点的范围 add paths to a node, or take them away",
                      "  linli nodes scopes --data hub 渠东社区 --add 410700/410702/410702003/002",
                      scopes_options, &change_scopes, chosen);
  sub->add_option("node", scopes_options.node, "名称或编号 its name or id")->required();
  sub->add_option("--add", scopes_options.add, "增加的范围 a path, several allowed")
      ->allow_extra_args(false);
  sub->add_option("--remove", scopes_options.remove, "去掉的范围 a path, several allowed")
      ->allow_extra_args(false);
  sub->add_flag("--dry-run", scopes_options.dry_run, "只看结果 say what would be, change nothing");

  static RevokeOptions revoke_options;
  sub = command(app, "revoke", "吊销一个节点的密钥 end a node's key",
                "  linli revoke --data hub 渠东社区 --reason 笔记本电脑丢失", revoke_options,
                &revoke_node, chosen);
  sub->add_option("node", revoke_options.node, "名称或编号 its name or id")->required();
  sub->add_option("--reason", revoke_options.reason, "理由，随吊销一起签名 why")->required();
  sub->add_flag("--dry-run", revoke_options.dry_run, "只看结果 say what would be, change nothing");

  auto* held = app.add_subcommand("held", "暂缓采信的数据 what doesn't count, and why");
  held->require_subcommand(1);
  static HeldOptions held_options;
  command(*held, "list", "列出 what is held back or was refused", "  linli held list --data hub",
          held_options, &list_held, chosen);
  static ApproveOptions approve_options;
  sub = command(*held, "approve", "批准后计入 let it count after all",
                "  linli held approve --data hub 3f9a2c01 --reason 搬迁前的巡查", approve_options,
                &approve_held, chosen);
  sub->add_option("set", approve_options.set, "数据的开头几位 the beginning of its hash");
  sub->add_flag("--all", approve_options.all, "全部 everything held back here");
  sub->add_option("--reason", approve_options.reason, "理由，随批准一起签名 why")->required();
  sub->add_flag("--dry-run", approve_options.dry_run, "只看结果 say what would be approved");
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

void add_bundles(CLI::App& app, Chosen& chosen) {
  auto* bundle = app.add_subcommand("bundle", "用 U 盘交换 exchange by a stick instead of a line");
  bundle->require_subcommand(1);
  static BundleExportOptions export_options;
  auto* sub =
      command(*bundle, "export", "导出给一个节点 what another node may have, sealed to it",
              "  linli bundle export --data office --for hub /media/usb/out.linli\n"
              "  linli bundle export --data hub --for 示例社区 --split 100M /media/usb/out.linli",
              export_options, &bundle_export, chosen);
  sub->add_option("--for", export_options.recipient,
                  "收件节点 its name, scope, role or fingerprint")
      ->required();
  sub->add_option("file", export_options.file, "文件 file, on the stick")->required();
  sub->add_option("--since", export_options.since,
                  "接着此数据包 go on behind this bundle, id or file");
  sub->add_flag("--all", export_options.all,
                "全部，包括收件节点自己写的 everything, what it wrote itself too");
  sub->add_flag("--photos", export_options.photos,
                "包括照片等附件 with photos and other attachments");
  sub->add_option("--split", export_options.split, "分卷大小 parts of at most so many bytes, 100M")
      ->transform(CLI::AsSizeValue(false));

  static BundleImportOptions import_options;
  sub = command(*bundle, "import", "核验并导入 check bundles whole, then take them in",
                "  linli bundle import --data hub /media/usb/out.linli\n"
                "  linli bundle import --data office out.linli.001 out.linli.002",
                import_options, &bundle_import, chosen);
  sub->add_option("files", import_options.files, "文件，顺序不限 files and parts, in any order")
      ->required();

  static BundleInspectOptions inspect_options;
  sub = command(*bundle, "inspect", "查看内容 what is inside: all of it for its recipient only",
                "  linli bundle inspect out.linli\n  linli bundle inspect --data hub out.linli",
                inspect_options, &bundle_inspect, chosen);
  sub->get_option("--data")->required(false);
  sub->add_option("files", inspect_options.files, "文件 files and parts")->required();
}

void add_blobs(CLI::App& app, Chosen& chosen) {
  auto* blobs = app.add_subcommand("blobs", "照片与附件 photos and files of records");
  blobs->require_subcommand(1);

  static BlobPutOptions put_options;
  auto* sub = command(*blobs, "put", "存入一个附件 store a file; answers with its name",
                      "  linli blobs put --data office 照片.jpg", put_options, &put_blob, chosen);
  sub->add_option("file", put_options.file, "文件 file, at most 64 MiB")->required();

  static BlobGetOptions get_options;
  sub = command(*blobs, "get", "取出一个附件 get one, from the upstream if it isn't here",
                "  linli blobs get --data office HASH --out 照片.jpg", get_options, &get_blob,
                chosen);
  sub->add_option("hash", get_options.hash, "附件名 64 hexadecimal digits")->required();
  sub->add_option("--out", get_options.out, "文件，- 为标准输出 file, - is stdout")
      ->capture_default_str();
  sub->add_option("--wait", get_options.wait_s, "最多等待秒数 seconds to wait for the upstream")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();

  static BlobListOptions list_options;
  sub = command(*blobs, "list", "列出附件 which are here, and how many aren't",
                "  linli blobs list --data office", list_options, &list_blobs, chosen);
  sub->add_option("--limit", list_options.limit, "最多个数 at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();

  static BlobCollectOptions collect_options;
  command(*blobs, "gc", "清理无记录引用的附件 remove what nothing has referred to for a week",
          "  linli blobs gc --data office", collect_options, &collect_blobs, chosen);

  static BlobPolicyOptions policy_options;
  sub = command(*blobs, "policy", "何时取回、占用多少 what is fetched by itself, how much is kept",
                "  linli blobs policy --data office ahead --quota 20G", policy_options,
                &blob_policy, chosen);
  sub->add_option("policy", policy_options.policy, "ahead 预先取回, demand 需要时取回");
  sub->add_option("--quota", policy_options.quota, "限额 at most, e.g. 500M or 20G");
}

void add_keeping(CLI::App& app, Chosen& chosen) {
  static SnapshotOptions snapshot_options;
  auto* sub =
      command(app, "snapshot", "中心制作快照 at the hub: snapshots for new nodes to begin with",
              "  linli snapshot --data hub", snapshot_options, &snapshot, chosen);
  sub->add_option("--scope", snapshot_options.scope, "仅此范围及以下 this scope and below");
  static PruneOptions prune_options;
  sub = command(app, "prune", "清理往年的变更日志 let go of the log of closed years",
                "  linli prune --data office --dry-run", prune_options, &prune, chosen);
  sub->add_option("--before", prune_options.before,
                  "保留此年及以后，缺省为今年 the first year that stays");
  sub->add_flag("--dry-run", prune_options.dry_run, "只看不动 only say what would go");

  static VerifyOptions verify_options;
  command(app, "verify", "核验签名、记录与统计 check signatures, records and figures",
          "  linli verify --data hub", verify_options, &verify, chosen);
  static RebuildOptions rebuild_options;
  command(app, "rebuild", "由日志重建 make records and figures anew from the signed log",
          "  linli rebuild --data office", rebuild_options, &rebuild, chosen);

  static BackupOptions backup_options;
  auto* copy = command(app, "backup", "备份到一个文件 copy this node into one file, while it runs",
                       "  linli backup --data office 备份.linli", backup_options, &backup, chosen);
  copy->add_option("file", backup_options.file, "新文件 a new file")->required();
  static RestoreOptions restore_options;
  copy = command(app, "restore", "由备份恢复到新目录 make a node of a new folder from a backup",
                 "  linli restore --data office 备份.linli", restore_options, &restore, chosen);
  copy->add_option("file", restore_options.file, "备份文件 the backup")->required();
  static DoctorOptions doctor_options;
  copy = command(app, "doctor", "体检 is this node in good health, and would a restore work",
                 "  linli doctor --data office\n  linli doctor --data office --restore-drill",
                 doctor_options, &doctor, chosen);
  copy->add_flag("--restore-drill", doctor_options.restore_drill,
                 "在副本上演练恢复 rehearse a restore on a copy");
  copy->add_flag("--only-one", doctor_options.only_one,
                 "用同一密钥的另一台已停用 the other machine with this key is gone");

  static DemoOptions demo_options;
  demo_options.data = "linli-demo";
  sub = command(app, "demo", "演示一个小城市 play a small city on this machine, with an outage",
                "  linli demo --once\n  linli demo --data city --communities 20 --months 12",
                demo_options, &demo, chosen);
  sub->get_option("--data")->required(false)->capture_default_str();
  sub->add_flag("--once", demo_options.once, "演示完即结束 play it and end");
  sub->add_option("--communities", demo_options.communities, "社区数")
      ->check(CLI::Range(4, 400))
      ->capture_default_str();
  sub->add_option("--months", demo_options.months, "月数 months of work")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  sub->add_option("--seed", demo_options.seed, "同一种子，同一城市 the same seed, the same city")
      ->capture_default_str();
}

void add_proofs(CLI::App& app, Chosen& chosen) {
  static ProveOptions prove_options;
  auto* sub =
      command(app, "prove", "出具证明文件 a file that shows what the city holds of a record",
              "  linli prove --data hub disclosure 0192f6a0-0000-7000-8000-000000000001",
              prove_options, &prove, chosen);
  sub->add_option("type", prove_options.type, "记录类型 record type")->required();
  sub->add_option("id", prove_options.id, "记录编号 record id")->required();
  sub->add_option("--scope", prove_options.scope, "范围 its path, if several have this id");
  sub->add_option("--out", prove_options.out, "写到此文件 the file; otherwise ID.linli-proof");
  sub->add_flag("--personal", prove_options.personal, "包括个人信息 personal values as well");

  static CheckProofOptions check_options;
  sub =
      app.add_subcommand("check-proof", "核对证明文件 is what a proof file shows held by the city");
  sub->add_option("file", check_options.file, "证明文件 the proof file")->required();
  sub->add_option("--root", check_options.root,
                  "城市标识或根公钥 the city's name or a root key, 64 hexadecimal digits")
      ->required();
  sub->add_flag("--json", check_options.json, "以 JSON 回答 answer in JSON");
  sub->footer("例 Examples:\n  linli check-proof disclosure.linli-proof --root 2f1c…");
  sub->callback([&chosen] { chosen = [] { return check_proof(check_options); }; });

  static HistoryOptions history_options;
  command(app, "history", "市局历史是否被改写 was the hub's history ever rewritten",
          "  linli history --data office", history_options, &history, chosen);
}

void add_keys(CLI::App& app, Chosen& chosen) {
  auto* keys = app.add_subcommand("keys", "密钥与口令 this node's keys, and their passphrases");
  keys->require_subcommand(1);
  const auto which = [](CLI::App* sub, KeysOptions& options) {
    sub->add_flag("--root", options.root, "市根密钥 the city's root key, not the node's");
  };
  static KeysOptions show_options, set_options, change_options, remove_options;
  which(command(*keys, "show", "公钥的核对词 its words, and is it sealed",
                "  linli keys show --data office", show_options, &show_keys, chosen),
        show_options);
  auto* passphrase = keys->add_subcommand("passphrase", "密钥文件的口令 of the key file");
  passphrase->require_subcommand(1);
  const auto asked = [&](CLI::App* sub, KeysOptions& options) {
    which(sub, options);
    sub->add_option("--new", options.new_file, "新口令所在文件 a file that holds the new one")
        ->type_name("FILE");
  };
  asked(command(*passphrase, "set", "设口令 seal the key file",
                "  linli keys passphrase set --data office", set_options, &set_passphrase, chosen),
        set_options);
  asked(command(*passphrase, "change", "改口令 another one",
                "  linli keys passphrase change --data office", change_options, &change_passphrase,
                chosen),
        change_options);
  which(command(*passphrase, "remove", "去掉口令 do without",
                "  linli keys passphrase remove --data office", remove_options, &remove_passphrase,
                chosen),
        remove_options);
  static ExportRootOptions root_options;
  auto* sub = command(*keys, "export-root", "移走市根密钥 take the city's root key off line",
                      "  linli keys export-root --data hub --out /media/stick/root.key",
                      root_options, &export_root, chosen);
  sub->add_option("--out", root_options.out, "新文件，由口令保护 a new file, sealed")
      ->required()
      ->type_name("FILE");
  sub->add_option("--new", root_options.new_file, "其口令所在文件 a file that holds its passphrase")
      ->type_name("FILE");
  sub->add_flag("--keep", root_options.keep, "本机仍留一份 leave it here as well");
}

void add_accounts(CLI::App& app, Chosen& chosen) {
  auto* accounts = app.add_subcommand("accounts", "本节点的账号 the people at this node");
  accounts->alias("users");
  accounts->require_subcommand(1);
  static AccountOptions add_options, list_options, disable_options, enable_options, role_options,
      password_options;
  const auto one = [&](const char* name, const char* what, const char* example,
                       AccountOptions& options, int (*run)(const AccountOptions&)) {
    auto* sub = command(*accounts, name, what, example, options, run, chosen);
    sub->add_option("name", options.name, "账号名称 the account's name")->required();
    return sub;
  };
  constexpr const char* kRoles = "bureau, district, street, office, inspector, company, auditor";
  auto* sub =
      one("add", "新增账号 a new account; the first is an administrator's",
          "  linli accounts add --data office 王建国 --role office", add_options, &add_account);
  sub->add_option("--role", add_options.role, kRoles)->required();
  sub->add_flag("--admin", add_options.admin, "管理员 may manage accounts");
  sub->add_option("--password-file", add_options.password_file,
                  "密码文件，首行有效 first line of a file; without it: asked for")
      ->type_name("FILE");
  command(*accounts, "list", "列出账号 list them", "  linli accounts list --data office",
          list_options, &list_accounts, chosen);
  disable_options.disable = true;
  one("disable", "停用，立即退出其会话 shut out at once",
      "  linli accounts disable --data office 王建国", disable_options, &change_account);
  enable_options.enable = true;
  one("enable", "重新启用 let in again", "  linli accounts enable --data office 王建国",
      enable_options, &change_account);
  sub = one("role", "改角色 another role, or administrator or not",
            "  linli accounts role --data office 王建国 --role auditor --no-admin", role_options,
            &change_account);
  sub->add_option("--role", role_options.role, kRoles);
  auto* admin = sub->add_flag("--admin", role_options.admin, "管理员 administrator");
  sub->add_flag("--no-admin", role_options.no_admin, "不再是管理员 no longer")->excludes(admin);
  sub =
      one("passwd", "重设密码 another password; ends the account's sessions",
          "  linli accounts passwd --data office 王建国", password_options, &set_account_password);
  sub->add_option("--password-file", password_options.password_file,
                  "密码文件，首行有效 first line of a file; without it: asked for")
      ->type_name("FILE");

  auto* audit = app.add_subcommand("audit", "审计日志 who read personal data, who administered");
  audit->require_subcommand(1);
  static AuditOptions read_options, verify_options;
  sub = command(*audit, "list", "列出，新的在前 newest first",
                "  linli audit list --data office --since 7d --account 王建国", read_options,
                &list_audit, chosen);
  sub->add_option("--since", read_options.since, "2026-05-01, 7d, …");
  sub->add_option("--account", read_options.account, "名称或化名 name or pseudonym");
  sub->add_option("--record", read_options.record, "记录编号 a record's id");
  sub->add_option("--before", read_options.before, "此序号之前 rows below this number");
  sub->add_option("--limit", read_options.limit, "最多条数 at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  sub = command(*audit, "verify", "核验未被改动 is the chain of hashes whole",
                "  linli audit verify --data office", verify_options, &verify_audit, chosen);
  sub->add_option("--head", verify_options.head, "以前记下的校验值 a head noted down earlier");
}

int usage_error(const CLI::ParseError& e) {
  std::string what = e.what();
  for (auto& c : what) {
    if (c == '\n') c = ' ';
  }
  return refuse(Errc::bad_usage, what + " (--help shows how)");
}

int run(int argc, char** argv) {
  CLI::App app{
      "邻里 Linli：断网也能用的物业管理记录 records that work through weeks without a network",
      "linli"};
  app.set_version_flag("--version", "linli " LINLI_VERSION);
  app.require_subcommand(1);
  app.footer("每个命令都有 --help。 Each command has --help with examples.");
  Chosen chosen;
  add_founding(app, chosen);
  add_running(app, chosen);
  add_sync(app, chosen);
  add_records(app, chosen);
  add_reading(app, chosen);
  add_nodes(app, chosen);
  add_keys(app, chosen);
  add_conflicts(app, chosen);
  add_bundles(app, chosen);
  add_blobs(app, chosen);
  add_keeping(app, chosen);
  add_proofs(app, chosen);
  add_accounts(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return usage_error(e);
  }
  return chosen();
}

}  // namespace
}  // namespace linli::app

int main(int argc, char** argv) {
  using namespace linli;
  // A reader that went away (`linli export … | head`) is found at the write, not by dying of it.
  ::signal(SIGPIPE, SIG_IGN);
  try {
    if (!app::log_to_stderr("warn")) return 1;
    return app::run(argc, argv);
  } catch (const store::DatabaseError& e) {
    return app::refuse(e.error());
  } catch (const std::bad_alloc&) {
    return app::refuse(Errc::io, "out of memory");
  } catch (const std::exception& e) {
    return app::refuse(Errc::internal, e.what());
  }
}
