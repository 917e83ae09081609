// Conflicts: the list, one of them, and settling it.
#include "node/store/conflicts.h"

#include "api/company_view.h"
#include "api/context.h"
#include "api/problem.h"
#include "node/settling.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// Both sides of a conflict may show personal values.
void note_conflict(Context& context, const Request& request, const Json& conflict) {
  if (!conflict.is_object()) return;  // Refused for another reason than that it has changed.
  node::Seen seen;
  seen.look_at_conflict(conflict);
  note_seen(context, request, conflict.value("type", ""), seen, "conflict");
}

std::optional<Error> refusal_of(const CompanyView& view, const Json& conflict) {
  const auto* type = model::schema().type(conflict.value("type", ""));
  return type ? view.refusal(*type) : std::nullopt;
}

void list(Context& context, const Request& request, Response& response) {
  store::ConflictQuery query;
  query.now = context.replica.now();
  for (const auto& [name, value] : request.params) {
    if (name == "limit") {
      query.limit = static_cast<std::size_t>(std::strtoull(value.c_str(), nullptr, 10));
    } else if (name == "cursor") {
      query.cursor = value;
    } else if (name == "scope") {
      query.scope = value;
    } else if (name == "type") {
      query.type = value;
    } else if (name == "severity") {
      query.severity = value;
    } else {
      return refuse(request, response, {Errc::bad_usage, "no such parameter: " + name, name});
    }
  }
  auto found = store::find_conflicts(context.replica.store(), query);
  if (!found) return refuse(request, response, found.error());
  CompanyView view(context, request);
  (void)view.leave_out((*found)["items"]);
  for (auto& item : (*found)["items"]) {
    view.withhold_in_conflict(item);
    note_conflict(context, request, item);
  }
  answer(response, *found);
}

void show(Context& context, const Request& request, Response& response) {
  auto found = store::get_conflict(context.replica.store(), request.matches[1].str());
  if (!found) return refuse(request, response, found.error());
  CompanyView view(context, request);
  if (auto why = refusal_of(view, *found)) return refuse(request, response, *why);
  view.withhold_in_conflict(*found);
  note_conflict(context, request, *found);
  response.set_header("ETag", '"' + (*found)["seen"].get<std::string>() + '"');
  answer(response, *found);
}

void settle(Context& context, const Request& request, Response& response) {
  const auto body = json_body(request);
  if (!body) return refuse(request, response, body.error());
  auto seen = request.get_header_value("If-Match");
  std::erase(seen, '"');
  if (seen.empty() && body->is_object() && body->contains("seen") && (*body)["seen"].is_string()) {
    seen = (*body)["seen"].get<std::string>();
  }
  CompanyView view(context, request);
  // Who isn't shown it decides nothing about it. If it is gone, settling says so.
  if (const auto there = store::get_conflict(context.replica.store(), request.matches[1].str())) {
    if (auto why = refusal_of(view, *there)) return refuse(request, response, *why);
  }
  auto settled =
      node::settle(context.replica, request.matches[1].str(), *body, seen,
                   request.get_param_value("dry_run") == "1", context.door.caller(request).by());
  if (!settled) return refuse(request, response, settled.error());
  if (!settled->faults.empty()) {
    view.withhold_in_conflict(settled->conflict);
    note_conflict(context, request, settled->conflict);
    return refuse(request, response, settled->faults, settled->conflict);
  }
  // What is written is shown, also by who only tries it.
  view.withhold_in_writes(settled->settled);
  node::Seen shown;
  shown.look_at_writes(settled->settled);
  note_seen(context, request, settled->settled.value("type", ""), shown, "conflict");
  answer(response, settled->settled);
}

}  // namespace

void add_conflict_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  const std::string one = R"(/api/v1/conflicts/([0-9a-zA-Z.]{1,120}))";
  server.Get("/api/v1/conflicts", with(list));
  server.Get(one, with(show));
  server.Post(one, with(settle));
}

}  // namespace linli::api
