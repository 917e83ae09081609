// Logging in and out, one's own password, and the first account of all.
#include "api/context.h"
#include "api/problem.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr int kWrongCodesMax = 20;  ///< Then the set-up code is dead until the next start.

std::string text_in(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json session_json(Context& context, const Caller& caller) {
  Json json;
  json["accounts"] = context.accounts.any();
  json["account"] = caller.account ? node::account_json(*caller.account) : Json(nullptr);
  json["csrf"] = caller.account ? Json(node::Accounts::csrf_of(caller.token)) : Json(nullptr);
  json["code_needed"] = !caller.here;
  return json;
}

void tell(Context& context, const Request& request, Response& response) {
  response.set_header("Cache-Control", "no-store");
  answer(response, session_json(context, context.door.caller(request)));
}

/// Hands out a new session's cookie.
void let_in(Context& context, const Request& request, Response& response, const node::Entry& entry,
            int status) {
  auto caller = context.door.caller(request);
  response.headers.insert(context.door.cookie(caller, entry.token));
  response.set_header("Cache-Control", "no-store");
  caller.account = entry.account;
  caller.token = entry.token;
  answer(response, session_json(context, caller), status);
}

void refuse_entry(const Request& request, Response& response, const Error& error,
                  std::int64_t retry_s) {
  if (error.code != Errc::slow_down) return refuse(request, response, error);
  refuse_for_now(request, response, error.detail,
                 std::chrono::seconds(std::max<std::int64_t>(retry_s, 1)));
}

/// What a lock answers was never tried, and whoever is locked out could fill the audit log with it,
/// which is only appended to. The refusal that began the lock stands there; these are counted.
bool turned_away(Context& context, const Result<node::Entry>& entry, const std::string& whose) {
  if (entry || entry.error().code != Errc::slow_down) return false;
  context.turned_away.count(whose);
  return true;
}

/// For the next row of who was turned away before it; empty: nobody was.
std::string times_turned_away(Context& context, const std::string& whose) {
  const auto times = context.turned_away.take(whose);
  if (times == 0) return {};
  return "此前锁定期间另有 " + std::to_string(times) +
         " 次未予尝试 tries before it that a lock turned away";
}

void log_in(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto caller = context.door.caller(request);
  const auto name = text_in(*json, "name");
  std::int64_t retry_s = 0;
  const auto now = context.replica.now();
  const auto entry =
      context.accounts.log_in(name, text_in(*json, "password"), caller.address, now, retry_s);
  const auto known = entry ? std::optional(entry->account) : context.accounts.named(name);
  const auto whose = known ? known->name : caller.address;
  if (turned_away(context, entry, whose)) {
    return refuse_entry(request, response, entry.error(), retry_s);
  }
  store::AuditEntry row{.at = now, .who = "—", .act = entry ? "login" : "login refused"};
  row.origin = caller.address;
  // A name that nobody has isn't written down: people type their password there.
  if (known) {
    row.who = known->name;
    row.actor = known->actor;
  }
  row.what = times_turned_away(context, whose);
  // A flood of guesses must not be a flood of waits for the disk.
  context.audit.note(std::move(row));
  if (!entry) return refuse_entry(request, response, entry.error(), retry_s);
  // Who had another session in this browser ends it: no two people in one.
  if (!caller.token.empty()) context.accounts.log_out(caller.token);
  let_in(context, request, response, *entry, 200);
}

void log_out(Context& context, const Request& request, Response& response) {
  const auto caller = context.door.caller(request);
  if (!caller.token.empty()) context.accounts.log_out(caller.token);
  context.audit.append(caller.entry(context.replica.now(), "logout"));
  response.headers.insert(context.door.cookie(caller, {}));
  response.status = 204;
}

void change_password(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto caller = context.door.caller(request);
  if (!caller.account) {
    return refuse(request, response, {Errc::unauthorised, "请先登录 log in first", {}});
  }
  std::int64_t retry_s = 0;
  const auto now = context.replica.now();
  const auto entry = context.accounts.change_password(
      *caller.account, text_in(*json, "old"), text_in(*json, "new"), caller.address, now, retry_s);
  if (turned_away(context, entry, caller.account->name)) {
    return refuse_entry(request, response, entry.error(), retry_s);
  }
  auto row = caller.entry(now, entry ? "password" : "password refused");
  row.what = times_turned_away(context, caller.account->name);
  context.audit.append(std::move(row));
  if (!entry) return refuse_entry(request, response, entry.error(), retry_s);
  let_in(context, request, response, *entry, 200);
}

/// {name, role, password, ? code}: the first account. At this machine; from another one with the
/// code that `linli serve` printed.
void set_up(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto caller = context.door.caller(request);
  if (!caller.here) {
    const bool good =
        context.wrong_codes < kWrongCodesMax && context.door.is_set_up_code(text_in(*json, "code"));
    if (!good) {
      ++context.wrong_codes;
      return refuse(request, response,
                    {Errc::unauthorised,
                     "首次设置码不对，运行 linli serve 的窗口里有 the set-up code is wrong: `linli "
                     "serve` prints it",
                     "code"});
    }
  }
  const auto now = context.replica.now();
  const node::NewAccount wanted{text_in(*json, "name"), text_in(*json, "role"),
                                text_in(*json, "password"), true};
  const auto made = context.accounts.add(wanted, now, true);
  if (!made) return refuse(request, response, made.error());
  auto row = caller.entry(now, "account");
  row.what = "首个账号 the first account: " + made->name + ", " + made->role;
  context.audit.append(std::move(row));
  std::int64_t retry_s = 0;
  const auto entry =
      context.accounts.log_in(wanted.name, wanted.password, caller.address, now, retry_s);
  if (!entry) return refuse_entry(request, response, entry.error(), retry_s);
  let_in(context, request, response, *entry, 201);
}

}  // namespace

void add_session_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/session", with(tell));
  server.Post("/api/v1/session", with(log_in));
  server.Delete("/api/v1/session", with(log_out));
  server.Post("/api/v1/session/password", with(change_password));
  server.Post("/api/v1/setup", with(set_up));
}

}  // namespace linli::api
