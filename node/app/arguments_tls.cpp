// What the tls commands take.
#include "node/app/arguments.h"
#include "node/app/tls.h"

namespace linli::app {

void add_tls(CLI::App& app, Chosen& chosen) {
  auto* tls = app.add_subcommand("tls", "网页证书 https: keys, and certificates for browsers");
  tls->require_subcommand(1);
  static TlsStatusOptions status_options;
  command(*tls, "status", "密钥、证书与有效期 the key, the certificate, until when",
          "  linli tls status --data office", status_options, &tls_status, chosen);
  static TlsProfileOptions profile_options;
  auto* sub =
      command(*tls, "profile",
              "建立本市 CA（在中心），写出手机和电脑的安装文件 the city's authority, and the files "
              "that make phones trust it",
              "  linli tls profile --data hub --permit linli.example.gov.cn --out 证书",
              profile_options, &tls_profile, chosen);
  sub->add_option("--out", profile_options.out, "写到这个目录 a folder to write to")
      ->type_name("DIR")
      ->required();
  sub->add_option(
         "--permit", profile_options.permit,
         "除局域网外还可作证的域名或地址，仅建立时 what it may vouch for besides local names")
      ->type_name("NAME")
      ->allow_extra_args(false);
  static TlsNameOptions name_options;
  sub = command(
      *tls, "name",
      "本节点的域名或地址，证书自动签发 what browsers call this node; its certificate follows",
      "  linli tls name --data office 192.168.1.10 linli.lan", name_options, &tls_name, chosen);
  sub->add_option("names", name_options.names, "域名或 IP 地址 hosts or addresses");
  sub->add_flag("--clear", name_options.clear, "不再有名称 none any more");
  static TlsUseOptions use_options;
  sub = command(*tls, "use", "使用给定的证书 take a certificate from elsewhere",
                "  linli tls use --data hub fullchain.pem privkey.pem", use_options, &tls_use,
                chosen);
  sub->add_option("certificate", use_options.certificate, "PEM，本机证书在前 PEM, its own first")
      ->required();
  sub->add_option("key", use_options.key, "PEM，无口令 PEM, without a passphrase")->required();
  static TlsUnuseOptions unuse_options;
  command(*tls, "unuse", "不再使用给定的证书 go back to the city's own",
          "  linli tls unuse --data hub", unuse_options, &tls_unuse, chosen);
}

}  // namespace linli::app
