// accounts add, list, disable, enable, role, passwd: the people at this node.
//
// They work on accounts.db itself, beside a running node, which sees the change at its next
// request.
#include "node/accounts.h"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "crypto/passwords.h"
#include "crypto/secret_file.h"
#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/noted.h"

namespace linli::app {
namespace {

constexpr std::size_t kPasswordFileMax = 1024;

/// Turns off the echo of a terminal for as long as it lives.
class NoEcho {
 public:
  NoEcho() : terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  [[nodiscard]] bool terminal() const { return terminal_; }

 private:
  termios before_{};
  bool terminal_;
};

Result<std::string> first_line(std::istream& in, const std::string& name) {
  std::string line;
  for (char c = 0; in.get(c) && c != '\n';) {
    line += c;
    if (line.size() > kPasswordFileMax)
      return fail(Errc::too_large, "不像密码，太长 " + name + " is no password");
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(Errc::missing_field, "没有密码 there is no password in " + name);
  return line;
}

/// From a file's first line; else asked for twice without showing it; without a terminal, from the
/// first line of stdin.
Result<std::string> password_from(const std::string& file) {
  if (!file.empty()) {
    struct stat what {};
    if (::stat(file.c_str(), &what) == 0 && S_ISREG(what.st_mode)) {
      if (auto own = crypto::demand_private(file, what.st_mode); !own) return fail(own.error());
    }
    std::ifstream in(file);
    if (!in) return fail(Errc::io, "读不出，请检查路径与权限 can't read " + file);
    return first_line(in, file);
  }
  const NoEcho quiet;
  if (!quiet.terminal()) return first_line(std::cin, "stdin");
  const auto ask = [](const char* prompt) {
    std::cerr << prompt << std::flush;
    auto line = first_line(std::cin, "stdin");
    std::cerr << '\n';
    return line;
  };
  auto password = ask("密码 password: ");
  if (!password) return password;
  auto again = ask("再输一次 again: ");
  if (!again) return again;
  if (*again != *password) {
    return fail(Errc::bad_value, "两次输入不一致 the two aren't the same: try again");
  }
  crypto::wipe(*again);
  return password;
}

Result<std::unique_ptr<node::Accounts>> open_people(const std::filesystem::path& data) {
  const node::DataDir dir(data);
  if (auto there = dir.check(); !there) return fail(there.error());
  return node::Accounts::open(dir);
}

Result<node::Account> account_named(node::Accounts& people, const std::string& name) {
  auto account = people.named(name);
  if (account) return std::move(*account);
  return fail(
      Errc::not_found,
      "没有这个账号，`linli accounts list` 列出全部 no account is called " + harmless(name));
}

sync::Micros now() { return sync::SystemClock().now(); }

int said(const AccountOptions& options, const node::Account& account, std::string_view what) {
  if (options.json) {
    print_json(node::account_json(account));
  } else {
    print(std::string(what) + ": " + account.name + "（" + account.role +
          (account.company.empty() ? "" : " " + account.company) +
          (account.admin ? "，管理员 administrator" : "") + "）");
    if (account.role == "company" && account.company.empty()) {
      print(
          "未指明企业，看不到任何人的姓名和电话：linli accounts role --company 代码 "
          "No company: it reads nobody's personal values.");
    }
  }
  return 0;
}

}  // namespace

int add_account(const AccountOptions& options) {
  auto people = open_people(options.data);
  if (!people) return refuse(people.error());
  auto password = password_from(options.password_file);
  if (!password) return refuse(password.error());
  const auto made = (*people)->add(
      {options.name, options.role, *password, options.admin, options.company}, now());
  crypto::wipe(*password);
  if (!made) return refuse(made.error());
  if (auto noted =
          note_act(options.data,
                   {.act = "account", .what = "新增 added: " + made->name + ", " + made->role});
      !noted) {
    return refuse(noted.error());
  }
  return said(options, *made, "已新增 added");
}

int list_accounts(const AccountOptions& options) {
  auto people = open_people(options.data);
  if (!people) return refuse(people.error());
  const auto accounts = (*people)->list();
  if (options.json) {
    auto items = Json::array();
    for (const auto& account : accounts) items.push_back(node::account_json(account));
    print_json({{"items", std::move(items)}});
    return 0;
  }
  if (accounts.empty()) {
    print("还没有账号：本机的人可做一切，其他电脑的人进不来。 No accounts yet: linli accounts add");
    return 0;
  }
  Table table({"名称", "角色", "企业", "管理员", "状态", "密码改于", "化名"});
  for (const auto& account : accounts) {
    table.add({harmless(account.name), account.role, account.company, account.admin ? "是 yes" : "",
               account.disabled ? "停用 disabled" : "可用",
               local_time(model::instant_text(account.changed / 1000)),
               crypto::to_hex(account.actor.view())});
  }
  table.print(36);
  return 0;
}

int change_account(const AccountOptions& options) {
  if (!options.disable && !options.enable && options.role.empty() && options.company.empty() &&
      !options.admin && !options.no_admin) {
    return refuse(Errc::bad_usage,
                  "改成什么？ say what to change: --role, --company, --admin or --no-admin");
  }
  auto people = open_people(options.data);
  if (!people) return refuse(people.error());
  auto account = account_named(**people, options.name);
  if (!account) return refuse(account.error());
  if (options.disable) account->disabled = true;
  if (options.enable) account->disabled = false;
  if (!options.role.empty()) account->role = options.role;
  if (!options.company.empty()) account->company = options.company;
  if (account->role != "company" && options.company.empty()) account->company.clear();
  if (options.admin) account->admin = true;
  if (options.no_admin) account->admin = false;
  if (auto done = (*people)->change(*account); !done) return refuse(done.error());
  const auto what = account->name + ", " + account->role + (account->admin ? ", admin" : "") +
                    (account->disabled ? ", disabled" : "");
  if (auto noted = note_act(options.data, {.act = "account", .what = "改为 changed: " + what});
      !noted) {
    return refuse(noted.error());
  }
  return said(options, *account,
              options.disable  ? "已停用，其会话已结束 disabled, its sessions ended"
              : options.enable ? "已启用 enabled"
                               : "已改 changed");
}

int set_account_password(const AccountOptions& options) {
  auto people = open_people(options.data);
  if (!people) return refuse(people.error());
  const auto account = account_named(**people, options.name);
  if (!account) return refuse(account.error());
  auto password = password_from(options.password_file);
  if (!password) return refuse(password.error());
  const auto done = (*people)->set_password(account->actor, *password, now());
  crypto::wipe(*password);
  if (!done) return refuse(done.error());
  if (auto noted =
          note_act(options.data, {.act = "account", .what = "重设密码 password: " + account->name});
      !noted) {
    return refuse(noted.error());
  }
  return said(options, *account, "密码已改，其会话已结束 password set, its sessions ended");
}

}  // namespace linli::app
