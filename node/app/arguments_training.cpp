// What the commands about training take.
#include "node/app/arguments.h"
#include "node/app/certificates.h"

namespace linli::app {

void add_training(CLI::App& app, Chosen& chosen) {
  auto* certificates =
      app.add_subcommand("certificates", "培训合格证明：发证、查验 training certificates");
  certificates->require_subcommand(1);

  static CertificateCheckOptions check;
  auto* sub =
      command(*certificates, "check", "按编号查验（有效则返回0） is it good? exit code 0: valid",
              "  linli certificates check --data hub 新住建培〔2023〕0001号", check,
              &check_certificate, chosen);
  sub->add_option("number", check.number, "证明编号 the number on it")->required();
  sub->add_option("--at", check.at, "截至此日，默认今天 on this day; default today")
      ->type_name("DATE");

  static CertificateIssueOptions issue;
  sub = command(*certificates, "issue",
                "给一个场次有效参训（且考核合格）的人发证，编号自动 to everybody of a session who "
                "attended, and passed where the course is assessed",
                "  linli certificates issue --data hub --course project_manager --year 2023 --no 1 "
                "--dry-run",
                issue, &issue_certificates, chosen);
  sub->add_option("--course", issue.course, "课程代码 the course's code")->required();
  sub->add_option("--year", issue.year, "年份 year")->required();
  sub->add_option("--no", issue.no, "期次 number of the session")->required();
  sub->add_option("--issued-on", issue.issued_on, "发证日期，默认今天 default today")
      ->type_name("DATE");
  sub->add_flag("--dry-run", issue.dry_run, "只检查 say what would happen, keep nothing");
}

}  // namespace linli::app
