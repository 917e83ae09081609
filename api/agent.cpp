// The sync agent, for people at this machine: exchange now, pause, metered, addresses.
#include <algorithm>

#include "api/context.h"
#include "api/problem.h"
#include "node/connection.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::int64_t kPauseSecondsMax = 366LL * 24 * 3600;

/// Tells how it is now, after the agent has been told.
void told(Context& context, const Request& request, Response& response, const Result<void>& done) {
  if (!done) return refuse(request, response, done.error());
  context.agent->reload();
  auto json = node::connection(context.replica, *context.agent);
  const auto settings = node::sync_settings(context.replica);
  answer(response, {{"addresses", settings.upstreams},
                    {"metered", settings.metered},
                    {"paused", settings.paused(context.replica.now())},
                    {"upstream", std::move(json)}});
}

void exchange_now(Context& context, const Request& request, Response& response) {
  const auto report = context.agent->exchange_now();
  if (!report) return refuse(request, response, report.error());
  const auto state = context.agent->state();
  answer(response, node::exchange_json(context.replica, *report, state.peer,
                                       node::clock_json(state.clock, state.compared)));
}

/// An object with no other members than these. Errors: of json_body; malformed, bad_usage naming
/// the member: a word that is misspelt must not be taken for its absence.
Result<Json> wish_in(const Request& request, std::initializer_list<std::string_view> members) {
  auto json = json_body(request);
  if (!json) return json;
  if (!json->is_object()) {
    return fail(Errc::malformed, "请求正文须是 JSON 对象 the body must be a JSON object");
  }
  for (const auto& [name, value] : json->items()) {
    if (std::find(members.begin(), members.end(), name) != members.end()) continue;
    return fail(Errc::bad_usage, "没有这一项 there is no such member: " + name, name);
  }
  return json;
}

/// {"for_s": 7200}; without a body, until resumed.
void pause(Context& context, const Request& request, Response& response) {
  auto until = node::kUntilResumed;
  if (!request.body.empty()) {
    const auto json = wish_in(request, {"for_s"});
    if (!json) return refuse(request, response, json.error());
    if (json->contains("for_s")) {
      const auto& seconds = (*json)["for_s"];
      if (!seconds.is_number_integer() || seconds < 1 || seconds > kPauseSecondsMax) {
        return refuse(request, response,
                      {Errc::bad_value, "须在 1 秒至一年之间 1 s to a year", "for_s"});
      }
      until = context.replica.now() + seconds.get<std::int64_t>() * 1'000'000;
    }
  }
  told(context, request, response, node::pause_sync(context.replica, until));
}

void resume(Context& context, const Request& request, Response& response) {
  if (!request.body.empty()) {
    if (const auto json = wish_in(request, {}); !json) {
      return refuse(request, response, json.error());
    }
  }
  told(context, request, response, node::resume_sync(context.replica));
}

/// {"on": true}
void metered(Context& context, const Request& request, Response& response) {
  const auto json = wish_in(request, {"on"});
  if (!json) return refuse(request, response, json.error());
  if (!json->contains("on") || !(*json)["on"].is_boolean()) {
    return refuse(request, response, {Errc::bad_value, "须为布尔值 true or false", "on"});
  }
  told(context, request, response, node::set_metered(context.replica, (*json)["on"].get<bool>()));
}

/// {"urls": ["http://…", …]}, the preferred one first; [] takes them away.
void upstream(Context& context, const Request& request, Response& response) {
  const auto json = wish_in(request, {"urls"});
  if (!json) return refuse(request, response, json.error());
  const bool list = json->contains("urls") && (*json)["urls"].is_array();
  std::vector<std::string> urls;
  for (const auto& url : list ? (*json)["urls"] : Json::array()) {
    if (url.is_string()) urls.push_back(url.get<std::string>());
  }
  if (!list || urls.size() != (*json)["urls"].size()) {
    return refuse(request, response, {Errc::bad_value, "须为地址列表 a list of addresses", "urls"});
  }
  told(context, request, response, node::set_upstreams(context.replica, urls));
}

}  // namespace

void add_agent_routes(httplib::Server& server, Context& context) {
  const auto route = [&](const char* path, auto handler) {
    server.Post(path, [&context, handler](const Request& q, Response& s) {
      if (context.agent) return handler(context, q, s);
      refuse(q, s, {Errc::not_found, "本节点没有上级 this node has no upstream", {}});
    });
  };
  route("/api/v1/agent/exchange", exchange_now);
  route("/api/v1/agent/pause", pause);
  route("/api/v1/agent/resume", resume);
  route("/api/v1/agent/metered", metered);
  route("/api/v1/agent/upstream", upstream);
}

}  // namespace linli::api
