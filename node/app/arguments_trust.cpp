// What the commands about trust take: founding, joining, who works where and until when, proofs,
// keys, people.
#include "node/app/arguments.h"

namespace linli::app {

namespace {

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
  sub->alias("approve");
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

}  // namespace

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
  sub->add_option("--expires", invite_options.expires, "有效期 60s to 366d, with s, m, h or d")
      ->capture_default_str();
  sub->add_option("--url", invite_options.url, "本节点的地址 where this node can be reached");
  sub->add_flag("--qr", invite_options.qr, "在终端画出二维码 draw it as a QR code");
  sub->add_option("--ink", invite_options.ink,
                  "二维码配色 auto, colour; without colours: dark, light (the background)")
      ->check(CLI::IsMember({"auto", "colour", "dark", "light"}))
      ->capture_default_str();
  sub->add_option("--svg", invite_options.svg, "二维码图片文件 write the QR code as a picture")
      ->type_name("FILE");

  auto* invites = app.add_subcommand("invites", "发出的邀请 the invitations that were given out");
  invites->require_subcommand(1);
  static InvitesOptions invites_options, withdraw_options;
  command(*invites, "list", "列出 which are open, used or expired",
          "  linli invites list --data hub", invites_options, &list_invites, chosen);
  sub = command(*invites, "withdraw", "收回一份未用的邀请 take one back that nobody used",
                "  linli invites withdraw --data hub 3f2a91", withdraw_options, &withdraw_invite,
                chosen);
  sub->add_option("id", withdraw_options.id, "编号的开头几位 the beginning of its id")->required();

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
  sub->add_option("--answer,--certificate", join_options.answer,
                  "离线：读入答复文件 off line: take the answer")
      ->type_name("FILE");
  sub->add_flag("--ask", join_options.ask, "无邀请，在线申请并等待 ask at --hub and wait");
  sub->add_option("--name", join_options.name, "自称 what this machine calls itself");
  sub->add_option("--words", join_options.words, "电话里听到的对方核对词 the other side's words");
  sub->add_option("--wait", join_options.wait, "等多久 s, m, h or d")->capture_default_str();
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
  sub->add_option("node", revoke_options.node,
                  "名称、编号或公钥（可只写开头） its name, or the beginning of its id or key")
      ->required();
  sub->add_option("--reason", revoke_options.reason, "理由，随吊销一起签名 why")->required();
  sub->add_flag("--dry-run", revoke_options.dry_run, "只看结果 say what would be, change nothing");

  static RenewOptions renew_options;
  sub = command(*nodes, "renew", "续签证书 a later end for a node's certificate",
                "  linli nodes renew --data hub 渠东社区\n"
                "  linli nodes renew --data hub --request rotate.bin",
                renew_options, &renew_node, chosen);
  sub->add_option("node", renew_options.node, "名称或编号 its name or id");
  sub->add_option("--request", renew_options.request,
                  "该节点换密钥的申请文件 the file that `linli keys rotate` wrote there")
      ->type_name("FILE");

  auto* held = app.add_subcommand("held", "暂缓采信的数据 what doesn't count, and why");
  held->require_subcommand(1);
  static HeldOptions held_options;
  command(*held, "list", "列出 what is held back or was refused", "  linli held list --data hub",
          held_options, &list_held, chosen);
  static HeldExportOptions held_export_options;
  sub = command(*held, "export",
                "导出暂缓的数据和裁定，供上级核实 what is held back, for a node above",
                "  linli held export --data office --for 市局 --all 暂缓.linli\n"
                "  linli held export --data office --for 市局 --set 3f9a2c01 暂缓.linli",
                held_export_options, &export_held, chosen);
  sub->add_option("file", held_export_options.file, "数据包文件 the bundle")->required();
  sub->add_option("--for", held_export_options.recipient, "收件单位 the node that it is for")
      ->required();
  sub->add_option("--set", held_export_options.set, "数据的开头几位 the beginning of its hash");
  sub->add_flag("--all", held_export_options.all, "全部 everything held back here");
  static AppealOptions appeal_options;
  sub = command(
      *held, "appeal", "说明为何应当计入 say why it should count",
      "  linli held appeal --data office 3f9a2c01 --reason 丢失前已完成的巡查\n"
      "  linli held appeal --data office 3f9a2c01 --reason 丢失前已完成的巡查 --out 申诉.txt",
      appeal_options, &appeal_held, chosen);
  sub->add_option("set", appeal_options.set, "数据的开头几位 the beginning of its hash")
      ->required();
  sub->add_option("--reason", appeal_options.reason, "理由，一并签名 why, signed along")
      ->required();
  sub->add_option("--out", appeal_options.out, "离线：写成文件 off line: a file to carry")
      ->type_name("FILE");
  static HeldImportOptions held_import_options;
  sub = command(*held, "import", "读入申诉文件 take an appeal's file in",
                "  linli held import --data hub 申诉.txt", held_import_options, &import_appeal,
                chosen);
  sub->add_option("file", held_import_options.file, "申诉文件 the appeal")->required();
  static ApproveOptions approve_options;
  sub = command(*held, "approve", "批准后计入 let it count after all",
                "  linli held approve --data hub 3f9a2c01 --reason 搬迁前的巡查", approve_options,
                &approve_held, chosen);
  sub->add_option("set", approve_options.set, "数据的开头几位 the beginning of its hash");
  sub->add_flag("--all", approve_options.all, "全部 everything held back here");
  sub->add_option("--reason", approve_options.reason, "理由，随批准一起签名 why")->required();
  sub->add_flag("--dry-run", approve_options.dry_run, "只看结果 say what would be approved");
}

namespace {

/// What needs no node's folder: the file, and the city's name.
CLI::App* add_check(CLI::App& app, const char* name, const char* what, const char* example,
                    CheckProofOptions& options) {
  auto* sub = app.add_subcommand(name, what);
  sub->add_option("file", options.file, "证明文件 the proof file")->required();
  sub->add_option("--root", options.root,
                  "城市标识或根公钥 the city's name or a root key, 64 hexadecimal digits")
      ->required();
  sub->add_flag("--json", options.json, "以 JSON 回答 answer in JSON");
  sub->footer(std::string("例 Examples:\n") + example);
  return sub;
}

void add_forks(CLI::App& app, Chosen& chosen) {
  auto* forks = app.add_subcommand("forks", "同号双签 two change sets under one number");
  forks->require_subcommand(1);
  static ForksOptions list_options, export_options;
  command(*forks, "list", "列出 who signed two, and where", "  linli forks list --data hub",
          list_options, &list_forks, chosen);
  auto* sub = command(*forks, "export", "导出可离线核对的证据 the proof, for anybody to check",
                      "  linli forks export --data hub 4711 --out fork.linli-fork", export_options,
                      &export_fork, chosen);
  sub->add_option("number", export_options.number, "列表中的序号 its number in the list")
      ->required();
  sub->add_option("-o,--out", export_options.out, "写到此文件 the file")->required();
  static CheckProofOptions check_options;
  add_check(app, "check-fork", "核对双签证据 does a file show two sets under one number",
            "  linli check-fork fork.linli-fork --root 2f1c…", check_options)
      ->callback([&chosen] { chosen = [] { return check_fork(check_options); }; });
}

}  // namespace

void add_proofs(CLI::App& app, Chosen& chosen) {
  add_forks(app, chosen);
  static ProveOptions prove_options;
  auto* sub =
      command(app, "prove", "出具证明文件 a file that shows what the city holds of a record",
              "  linli prove --data hub disclosure 0192f6a0-0000-7000-8000-000000000001",
              prove_options, &prove, chosen);
  sub->add_option("type", prove_options.type, "记录类型 record type")->required();
  sub->add_option("id", prove_options.id, "记录编号 record id")->required();
  sub->add_option("--scope", prove_options.scope, "范围 its path, if several have this id");
  sub->add_option("--out", prove_options.out, "写到此文件 the file; otherwise ID.linli-proof");
  sub->add_flag("--force", prove_options.force, "替换已有文件 replace a file that is there");
  sub->add_flag("--personal", prove_options.personal, "包括个人信息 personal values as well");

  static CheckProofOptions check_options;
  add_check(app, "check-proof", "核对证明文件 is what a proof file shows held by the city",
            "  linli check-proof disclosure.linli-proof --root 2f1c…", check_options)
      ->callback([&chosen] { chosen = [] { return check_proof(check_options); }; });

  static HistoryOptions history_options;
  sub = command(app, "history", "市局历史是否被改写 was the hub's history ever rewritten",
                "  linli history --data office\n"
                "  linli history --data office --acknowledge 市局10月8日从备份恢复，已电话核实",
                history_options, &history, chosen);
  sub->add_option("--acknowledge", history_options.acknowledge,
                  "已向市局核实的不一致，及核实结果 say what was found out of contradictions");
  sub->add_option("--fault", history_options.fault,
                  "只确认这一处的编号 only the one of this number")
      ->check(CLI::PositiveNumber)
      ->needs("--acknowledge");
}

namespace {

/// The root key's keeper has no node's folder.
void add_issue(CLI::App& keys, Chosen& chosen) {
  static IssueKeyOptions options;
  auto* sub = keys.add_subcommand(
      "issue", "用离线根密钥为中心签发新证书 the root key, off line, certifies the hub's next key");
  sub->add_option("request", options.request,
                  "中心写出的申请文件 what `keys rotate --request` wrote at the hub")
      ->required();
  sub->add_option("--root", options.root, "根密钥文件 the root key")->required()->type_name("FILE");
  sub->add_option("-o,--out", options.out, "证书写到此文件 the certificate")->type_name("FILE");
  sub->add_flag("--dry-run", options.dry_run, "只看申请内容 only show what is asked for");
  sub->add_flag("--json", options.json, "以 JSON 回答 answer in JSON");
  sub->footer(
      "例 Examples:\n"
      "  linli keys issue hub-key.request --root root.key --dry-run\n"
      "  linli keys issue hub-key.request --root root.key --out hub-key.certificate");
  sub->callback([&chosen] { chosen = [] { return issue_key(options); }; });
}

}  // namespace

void add_keys(CLI::App& app, Chosen& chosen) {
  auto* keys = app.add_subcommand("keys", "密钥与口令 this node's keys, and their passphrases");
  keys->require_subcommand(1);
  const auto which = [](CLI::App* sub, KeysOptions& options) {
    sub->add_flag("--root", options.root, "市根密钥 the city's root key, not the node's");
  };
  static KeysOptions show_options, set_options, change_options, remove_options;
  auto* show = command(*keys, "show", "公钥的核对词 its words, and is it sealed",
                       "  linli keys show --data office", show_options, &show_keys, chosen);
  show->alias("list");
  which(show, show_options);
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

  static RotateOptions rotate_options;
  sub = command(*keys, "rotate", "更换本节点密钥 another signing key for this node",
                "  linli keys rotate --data office\n"
                "  linli keys rotate --data office --request rotate.bin\n"
                "  linli keys rotate --data hub --root /media/stick/root.key\n"
                "  linli keys rotate --data hub --certificate hub-key.certificate\n"
                "  linli keys rotate --data hub --root /media/stick/root.key --stolen\n"
                "  linli keys rotate --data hub --stolen --request stolen.request",
                rotate_options, &rotate_key, chosen);
  sub->add_option("--request", rotate_options.request,
                  "离线：写出申请文件，交签发单位（中心：交根密钥保管人） off line: a file for who "
                  "enrolled this node, at the hub for the root key's keeper")
      ->type_name("FILE");
  sub->add_option("--certificate", rotate_options.certificate,
                  "市局中心：根密钥保管人签发的证书 at the hub: what `keys issue` wrote")
      ->type_name("FILE");
  sub->add_option("--root", rotate_options.root, "市局中心：根密钥文件 at the hub: the root key")
      ->type_name("FILE");
  sub->add_flag("--stolen", rotate_options.stolen,
                "现用密钥已失窃或丢失，由根密钥作废（--root 或 --request） the key in use was "
                "stolen or is lost: the root key ends it");
  sub->add_flag("--forget-old", rotate_options.forget_old,
                "只销毁旧密钥文件 only wipe the file of the key before");
  add_issue(*keys, chosen);
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
          "  linli accounts add --data office 王五 --role office", add_options, &add_account);
  sub->add_option("--role", add_options.role, kRoles)->required();
  constexpr const char* kCompany =
      "企业账号所属企业的统一社会信用代码 of role company: whose people "
      "it may read of";
  sub->add_option("--company", add_options.company, kCompany)->type_name("CODE");
  sub->add_flag("--admin", add_options.admin, "管理员 may manage accounts");
  sub->add_option("--password-file", add_options.password_file,
                  "密码文件，首行有效 first line of a file; without it: asked for")
      ->type_name("FILE");
  command(*accounts, "list", "列出账号 list them", "  linli accounts list --data office",
          list_options, &list_accounts, chosen);
  disable_options.disable = true;
  one("disable", "停用，立即退出其会话 shut out at once",
      "  linli accounts disable --data office 王五", disable_options, &change_account);
  enable_options.enable = true;
  one("enable", "重新启用 let in again", "  linli accounts enable --data office 王五",
      enable_options, &change_account);
  sub = one("role", "改角色 another role, or administrator or not",
            "  linli accounts role --data office 王五 --role auditor --no-admin", role_options,
            &change_account);
  sub->add_option("--role", role_options.role, kRoles);
  sub->add_option("--company", role_options.company, kCompany)->type_name("CODE");
  auto* admin = sub->add_flag("--admin", role_options.admin, "管理员 administrator");
  sub->add_flag("--no-admin", role_options.no_admin, "不再是管理员 no longer")->excludes(admin);
  sub = one("passwd", "重设密码 another password; ends the account's sessions",
            "  linli accounts passwd --data office 王五", password_options, &set_account_password);
  sub->add_option("--password-file", password_options.password_file,
                  "密码文件，首行有效 first line of a file; without it: asked for")
      ->type_name("FILE");

  auto* audit = app.add_subcommand("audit", "审计日志 who read personal data, who administered");
  audit->require_subcommand(1);
  static AuditOptions read_options, verify_options;
  sub = command(*audit, "list", "列出，新的在前 newest first",
                "  linli audit list --data office --since 7d --account 王五", read_options,
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

}  // namespace linli::app
