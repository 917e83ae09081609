// Other people's accounts, for administrators; and the audit log, for those who may read it.
#include <charconv>

#include "api/context.h"
#include "api/problem.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

void list(Context& context, const Request&, Response& response) {
  auto items = Json::array();
  for (const auto& account : context.accounts.list()) items.push_back(node::account_json(account));
  auto roles = Json::array();
  for (const auto& role : node::account_roles()) {
    roles.push_back(
        {{"name", role.name}, {"label", {{"zh", role.label.zh}, {"en", role.label.en}}}});
  }
  answer(response, {{"items", std::move(items)}, {"roles", std::move(roles)}});
}

/// A member of the wanted kind, or what is there already.
template <class T>
Result<T> member(const Json& json, const char* name, T otherwise) {
  if (!json.is_object()) return fail(Errc::bad_value, "须为对象 an object", {});
  const auto found = json.find(name);
  if (found == json.end()) return otherwise;
  if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) return fail(Errc::bad_value, "须为布尔值 true or false", name);
  } else {
    if (!found->is_string()) return fail(Errc::bad_value, "须为文字 a text", name);
  }
  return found->get<T>();
}

void add(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto name = member<std::string>(*json, "name", {});
  const auto role = member<std::string>(*json, "role", {});
  const auto password = member<std::string>(*json, "password", {});
  const auto admin = member<bool>(*json, "admin", false);
  const auto company = member<std::string>(*json, "company", {});
  for (const auto* text : {&name, &role, &password, &company}) {
    if (!*text) return refuse(request, response, text->error());
  }
  if (!admin) return refuse(request, response, admin.error());
  const auto made =
      context.accounts.add({*name, *role, *password, *admin, *company}, context.replica.now());
  if (!made) return refuse(request, response, made.error());
  note_act(context, request, "account",
           "新增 added: " + made->name + ", " + made->role + (made->admin ? ", admin" : ""));
  answer(response, node::account_json(*made), 201);
}

std::optional<node::Account> named(Context& context, const Request& request, Response& response) {
  auto account =
      context.accounts.find(sync::Nonce::of(*crypto::from_hex(request.matches[1].str())));
  if (!account) {
    refuse(request, response, {Errc::not_found, "没有这个账号 no such account", {}});
  }
  return account;
}

void change(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  auto account = named(context, request, response);
  if (!account) return;
  const auto role = member<std::string>(*json, "role", account->role);
  const auto admin = member<bool>(*json, "admin", account->admin);
  const auto disabled = member<bool>(*json, "disabled", account->disabled);
  if (!role) return refuse(request, response, role.error());
  const auto company =
      member<std::string>(*json, "company", *role == "company" ? account->company : "");
  if (!company) return refuse(request, response, company.error());
  if (!admin) return refuse(request, response, admin.error());
  if (!disabled) return refuse(request, response, disabled.error());
  account->role = *role;
  account->admin = *admin;
  account->disabled = *disabled;
  account->company = *company;
  if (auto done = context.accounts.change(*account); !done) {
    return refuse(request, response, done.error());
  }
  note_act(context, request, "account",
           "改为 changed: " + account->name + ", " + account->role +
               (account->admin ? ", admin" : "") + (account->disabled ? ", disabled" : ""));
  answer(response, node::account_json(*account));
}

void set_password(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto account = named(context, request, response);
  if (!account) return;
  const auto password = member<std::string>(*json, "password", {});
  if (!password) return refuse(request, response, password.error());
  const auto done = context.accounts.set_password(account->actor, *password, context.replica.now());
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "account", "重设密码 password set: " + account->name);
  response.status = 204;
}

// ---- The audit log ------------------------------------------------------------------------------

/// Misspelt, it is refused: an empty page of this log would say that nobody did anything.
std::optional<std::int64_t> positive(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number < 1) return std::nullopt;
  return number;
}

void audit(Context& context, const Request& request, Response& response) {
  store::AuditQuery query;
  for (const auto& [name, value] : request.params) {
    if (name == "limit" || name == "before") {
      const auto number = positive(value);
      if (!number) {
        return refuse(request, response, {Errc::bad_value, "须为正整数 a number from 1 on", name});
      }
      if (name == "before") query.before = *number;
      if (name == "limit")
        query.limit = std::min<std::size_t>(static_cast<std::size_t>(*number), 500);
    } else if (name == "account") {
      query.account = value;
    } else if (name == "record") {
      const auto id = sync::record_id(value);
      if (!id)
        return refuse(request, response,
                      {Errc::bad_value, "不是记录编号 not a record id", "record"});
      query.record = *id;
    } else if (name == "since") {
      const auto ms = model::parse_instant(value);
      if (!ms) {
        return refuse(request, response,
                      {Errc::bad_value, "须为时间，如 a time, e.g. 2026-05-01T00:00:00Z", "since"});
      }
      query.since = *ms * 1000;
    } else {
      return refuse(request, response,
                    {Errc::bad_usage, "没有这个参数 no such parameter: " + name, name});
    }
  }
  const auto rows = context.audit.list(query);
  auto items = Json::array();
  for (const auto& row : rows) items.push_back(node::audit_row_json(row));
  const bool more = rows.size() == query.limit && !rows.empty() && rows.back().number > 1;
  answer(response, {{"items", std::move(items)},
                    {"before", more ? Json(rows.back().number) : Json(nullptr)}});
}

void verify_audit(Context& context, const Request&, Response& response) {
  const auto verdict = context.audit.verify();
  answer(response, {{"rows", verdict.rows},
                    {"head", crypto::to_hex(verdict.head.view())},
                    {"whole", verdict.fault.empty()},
                    {"fault", verdict.fault}});
}

}  // namespace

void note_act(Context& context, const Request& request, std::string act, std::string what,
              std::string why) {
  auto row = context.door.caller(request).entry(context.replica.now(), std::move(act));
  row.what = std::move(what);
  row.why = std::move(why);
  context.audit.append(std::move(row));
}

void add_account_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  const std::string one = R"(/api/v1/accounts/([0-9a-f]{32}))";
  server.Get("/api/v1/accounts", with(list));
  server.Post("/api/v1/accounts", with(add));
  server.Patch(one, with(change));
  server.Post(one + "/password", with(set_password));
  server.Get("/api/v1/audit", with(audit));
  server.Get("/api/v1/audit/verify", with(verify_audit));
}

}  // namespace linli::api
