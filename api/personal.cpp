// What the law asks for about persons: erasing, what is held of one, a copy, how long things stay.
#include "node/personal.h"

#include <set>

#include "api/company_view.h"
#include "api/context.h"
#include "api/problem.h"
#include "node/retaining.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t kReasonBytesMax = 500;

std::string text_in(const Json& json, const char* name) {
  const auto value = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && value != json.end() && value->is_string() ? value->get<std::string>()
                                                                       : std::string();
}

/// Whoever writes "dry_run": "true" means no harm: what isn't understood isn't done.
Result<bool> dry_run_in(const Json& json) {
  if (!json.is_object()) return fail(Errc::bad_value, "须为一个对象 an object is needed");
  const auto value = json.find("dry_run");
  if (value == json.end()) return false;
  if (!value->is_boolean())
    return fail(Errc::bad_value, "须为 true 或 false：dry_run is true or false", "dry_run");
  return value->get<bool>();
}

/// Who erases says why; it stays in this node's audit log and is not signed along.
Result<std::string> reason_in(const Json& json, bool dry_run) {
  auto reason = text_in(json, "reason");
  if (reason.empty() && !dry_run) {
    return fail(
        Errc::missing_field,
        "请写明缘由，只记入本节点的审计日志 why? It is noted in the audit log of this node only",
        "reason");
  }
  if (reason.size() > kReasonBytesMax)
    return fail(Errc::too_large, "至多 500 字节 at most 500 bytes", "reason");
  return reason;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
  return all;
}

std::string code_in(const Json& json) {
  const auto code = text_in(json, "code");
  return code.empty() ? "request" : code;
}

/// {"fields": […], "reason": "…", ? "code": "request", ? "dry_run": true}
void erase(Context& context, const Request& request, Response& response) {
  const auto* type = model::schema().type(request.matches[1].str());
  const auto id = sync::record_id(request.matches[2].str());
  if (!type)
    return refuse(request, response,
                  {Errc::unknown_type, "没有这种记录类型 no such record type", "type"});
  if (!id)
    return refuse(request, response, {Errc::bad_value, "不是记录编号 not a record id", "id"});
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto dry_run = dry_run_in(*json);
  if (!dry_run) return refuse(request, response, dry_run.error());
  const auto reason = reason_in(*json, *dry_run);
  if (!reason) return refuse(request, response, reason.error());
  node::ErasureRequest wanted{type,           request.get_param_value("scope"), *id, {},
                              code_in(*json), context.door.caller(request).by()};
  if (wanted.scope.empty()) {
    auto scope = store::scope_of(context.replica.store(), type->name, *id);
    if (!scope) return refuse(request, response, scope.error());
    wanted.scope = std::move(*scope);
  }
  if (auto why = CompanyView(context, request).refusal(*type, wanted.scope, *id)) {
    return refuse(request, response, *why);
  }
  for (const auto& name : json->value("fields", Json::array())) {
    if (name.is_string()) wanted.fields.push_back(name.get<std::string>());
  }
  // Noted before it happens: what can't be noted doesn't.
  if (!*dry_run) {
    auto row = context.door.caller(request).entry(context.replica.now(), "erase");
    row.type = std::string(type->name);
    row.records = {*id};
    row.fields = joined(wanted.fields);
    row.what = wanted.code;
    row.why = *reason;
    context.audit.append(std::move(row));
  }
  const auto done = node::erase_record(context.replica, wanted, *dry_run);
  if (!done) return refuse(request, response, done.error());
  if (!done->faults.empty()) return refuse(request, response, done->faults);
  answer(response, done->json);
}

/// The register of persons' requests is the audit log: when, by whom, what kind, which records,
/// with which outcome. Whom it is about stands in the records, never here.
void note_request(Context& context, const Request& request, const std::string& what,
                  const std::vector<node::PersonalPlace>& places, const std::string& why) {
  auto row = context.door.caller(request).entry(context.replica.now(), "person");
  std::set<std::string> fields;
  for (const auto& place : places) {
    row.records.push_back(place.id);
    fields.insert(place.fields.begin(), place.fields.end());
  }
  row.fields = joined({fields.begin(), fields.end()});
  row.what = what;
  row.why = why;
  context.audit.append(std::move(row));
}

/// Without those in records that this caller may not see: that somebody is an owner here, or voted,
/// is itself told by the register only.
std::optional<std::vector<node::PersonalPlace>> find(Context& context, const Request& request,
                                                     Response& response, const Json& json) {
  auto places = node::find_person(context.replica.store(), text_in(json, "who"));
  if (!places) {
    refuse(request, response, places.error());
    return std::nullopt;
  }
  const CompanyView view(context, request);
  std::erase_if(*places, [&](const auto& place) { return !view.shows(*place.type); });
  return std::move(*places);
}

/// The same whether there was anything or not.
void say_what_was_left_out(Context& context, const Request& request, Json& json) {
  if (auto types = CompanyView(context, request).left_out(); !types.empty()) {
    json["left_out"] = std::move(types);
  }
}

/// {"who": "…", ? "reason": "…"}; in the body, since addresses are written into logs. Answers with
/// `left_out`, types that weren't looked at for this account's role, if there are any.
void find_person(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto places = find(context, request, response, *json);
  if (!places) return;
  note_request(context, request, "find: " + std::to_string(places->size()) + " records", *places,
               text_in(*json, "reason"));
  auto json_of = node::places_json(*places);
  say_what_was_left_out(context, request, json_of);
  answer(response, json_of);
}

/// Likewise; {"json": {…}, "text": "…"}
void export_person(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto places = find(context, request, response, *json);
  if (!places) return;
  note_request(context, request, "copy: " + std::to_string(places->size()) + " records", *places,
               text_in(*json, "reason"));
  const auto& name = context.replica.identity().name;
  const auto now = context.replica.now();
  Json copy{{"json", node::copy_json(*places, name, now)},
            {"text", node::copy_text(*places, name, now)}};
  say_what_was_left_out(context, request, copy);
  answer(response, copy);
}

/// {"who": "…", "reason": "…", ? "code", ? "dry_run"}
void erase_person(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto dry_run = dry_run_in(*json);
  if (!dry_run) return refuse(request, response, dry_run.error());
  const auto reason = reason_in(*json, *dry_run);
  if (!reason) return refuse(request, response, reason.error());
  const auto places = find(context, request, response, *json);
  if (!places) return;
  if (!*dry_run) note_request(context, request, "erase: asked for", *places, *reason);
  auto done = node::erase_person(context.replica, *places, code_in(*json),
                                 context.door.caller(request).by(), *dry_run);
  if (!done) return refuse(request, response, done.error());
  note_request(context, request,
               std::string(*dry_run ? "erase (dry run): " : "erase: ") + (*done)["erased"].dump() +
                   " erased, " + (*done)["refused"].dump() + " refused",
               *places, *reason);
  say_what_was_left_out(context, request, *done);
  answer(response, *done);
}

void report(Context& context, const Request& request, Response& response) {
  const auto json = node::retention_report(context.replica.store());
  if (!json) return refuse(request, response, json.error());
  answer(response, *json);
}

/// {"dry_run": true}
void run_rules(Context& context, const Request& request, Response& response) {
  Json json = Json::object();
  if (!request.body.empty()) {
    auto body = json_body(request);
    if (!body) return refuse(request, response, body.error());
    json = std::move(*body);
  }
  const auto dry_run = dry_run_in(json);
  if (!dry_run) return refuse(request, response, dry_run.error());
  const auto today = node::retention_day(context.replica);
  if (!today) return refuse(request, response, today.error());
  const auto run = node::run_retention(context.replica, *today, *dry_run);
  if (!run) return refuse(request, response, run.error());
  answer(response, *run);
}

}  // namespace

void add_personal_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Post(R"(/api/v1/records/([a-z_]+)/([0-9a-fA-F-]{36})/erase)", with(erase));
  server.Post("/api/v1/person/find", with(find_person));
  server.Post("/api/v1/person/export", with(export_person));
  server.Post("/api/v1/person/erase", with(erase_person));
  server.Get("/api/v1/retention", with(report));
  server.Post("/api/v1/retention/run", with(run_rules));
}

}  // namespace linli::api
