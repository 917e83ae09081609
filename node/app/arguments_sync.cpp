// What the commands take that run a node, exchange with others, and keep what is there.
#include "node/app/arguments.h"

namespace linli::app {

void add_running(CLI::App& app, Chosen& chosen) {
  static ServeOptions serve_options;
  auto* sub =
      command(app, "serve", "运行节点 serve pages and API, and keep in step with the upstream",
              "  linli serve --data hub --listen 127.0.0.1:8080\n"
              "  linli serve --data hub --listen 127.0.0.1:8080 --listen 0.0.0.0:8443 --open\n"
              "  linli serve --data office --listen 127.0.0.1:0 --log-level debug",
              serve_options, &serve, chosen);
  sub->add_option("--listen", serve_options.listen,
                  "地址:端口，可多个；本机地址用 http，其他用 https address:port, port 0: any")
      ->allow_extra_args(false)
      ->capture_default_str();
  sub->add_option("--upstream", serve_options.upstream,
                  "本次使用的上级地址 upstream, for this run");
  sub->add_option("--poll-ms", serve_options.poll_ms, "同步间隔毫秒 exchange this often")
      ->check(CLI::Range(10, 3'600'000));
  sub->add_option("--log-level", serve_options.log_level, "trace … critical, off")
      ->capture_default_str();
  sub->add_flag(
      "--open", serve_options.open,
      "允许其他机器同步、接入和登录 let other machines sync and enrol, and people log in");
  sub->add_flag("--plain-http", serve_options.plain_http,
                "不加密，仅限可信线路 no TLS at any address: only on lines that you trust");
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
      ->add_option("--state", status_options.state,
                   "waiting, on_way, confined, safe, held, let_go, upgrade, refused")
      ->needs(sets);
  status->add_option("--limit", status_options.limit, "最多份数 at most")
      ->needs(sets)
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  status->add_option("--cursor", status_options.cursor, "接着上一页 from the page before")
      ->needs(sets);
  static SyncCompleteOptions complete_options;
  command(*sync, "complete", "是否收全 is everything here that this node may read",
          "  linli sync complete --data office --ask", complete_options, &sync_complete, chosen)
      ->add_flag("--ask", complete_options.ask, "现在就问市局 ask the hub now");
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
  copy->add_option("--before", restore_options.before,
                   "原数据目录（如还在）：其中已清除的个人信息不会恢复 the folder before, if it is "
                   "there: what was erased in it stays erased")
      ->type_name("DIR");
  copy->add_option("--root", restore_options.root,
                   "市局中心口令遗失时：根密钥文件，据此换新 at the hub, whose passphrase is "
                   "forgotten: the root key, which replaces its key")
      ->type_name("FILE");
  copy->add_flag("--damaged", restore_options.damaged,
                 "备份已损坏也取其可用部分，并列出损坏之处 take what a damaged backup has, and say "
                 "what is wrong with it");
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

}  // namespace linli::app
