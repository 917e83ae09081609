// Snapshots that the hub makes, and the log of closed years that an office lets go of.
#include "api/context.h"
#include "api/problem.h"
#include "node/pruning.h"
#include "node/snapshots.h"
#include "node/store/snapshots.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// {"items": [{scope, audience, made, sets, records, sets_since}]}
void list_snapshots(Context& context, const Request& request, Response& response) {
  try {
    Json items = Json::array();
    for (const auto& state : store::snapshot_states(*context.replica.store().read())) {
      items.push_back({{"scope", state.path},
                       {"audience", static_cast<int>(state.audience)},
                       {"made", state.snapshot == 0 ? Json(nullptr)
                                                    : Json(model::instant_text(state.made / 1000))},
                       {"sets", state.sets},
                       {"records", state.records},
                       {"sets_since", state.sets_since}});
    }
    answer(response, {{"items", std::move(items)}});
  } catch (const store::DatabaseError& e) {
    refuse(request, response, e.error());
  }
}

/// {"scope": "410700/…"}: that scope and below; without one: everything.
void make_snapshots(Context& context, const Request& request, Response& response) {
  std::string scope;
  if (!request.body.empty()) {
    const auto json = json_body(request);
    if (!json) return refuse(request, response, json.error());
    if (json->is_object() && json->contains("scope")) {
      if (!(*json)["scope"].is_string()) {
        return refuse(request, response, {Errc::bad_value, "a scope path", "scope"});
      }
      scope = (*json)["scope"].get<std::string>();
    }
  }
  const auto made = node::make_snapshots(context.replica, scope, 1);
  if (!made) return refuse(request, response, made.error());
  answer(response, node::to_json(*made));
}

/// {"before": 2026, "dry_run": true}: what was last changed before that year began.
void prune(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  if (!json->is_object()) return refuse(request, response, {Errc::bad_value, "an object", {}});
  const auto year = node::closed_year(context.replica.now(), json->value("before", Json()));
  if (!year) return refuse(request, response, year.error());
  const auto before = node::beginning_of_year(*year);
  const auto done = json->value("dry_run", false) ? node::plan_pruning(context.replica, before)
                                                  : node::prune(context.replica, before);
  if (!done) return refuse(request, response, done.error());
  if (!json->value("dry_run", false)) {
    note_act(context, request, "prune", "before " + std::to_string(*year));
  }
  answer(response, node::to_json(*done));
}

void ask_for_snapshots(Context& context, const Request& request, Response& response) {
  const auto asked = node::ask_for_snapshots(context.replica);
  if (!asked) return refuse(request, response, asked.error());
  answer(response, {{"asked", true}});
}

}  // namespace

void add_retention_routes(httplib::Server& server, Context& context) {
  const auto bound = [&](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/snapshots", bound(list_snapshots));
  server.Post("/api/v1/snapshots", bound(make_snapshots));
  server.Post("/api/v1/snapshots/wanted", bound(ask_for_snapshots));
  server.Post("/api/v1/prune", bound(prune));
}

}  // namespace linli::api
