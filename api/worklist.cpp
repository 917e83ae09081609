#include "api/worklist.h"

#include "api/fresh.h"
#include "api/problem.h"
#include "node/store/worklist.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr std::size_t kInspectorBytesMax = 200;

void worklist(Context& context, const Request& request, Response& response) {
  const auto& me = context.replica.identity();
  const auto caller = context.door.caller(request);
  store::WorklistRequest wish;
  wish.scope = request.has_param("scope") ? request.get_param_value("scope") : me.scope;
  wish.inspector = request.get_param_value("inspector");
  // Whose account is called by a duty number need not say it.
  if (wish.inspector.empty() && caller.account) wish.inspector = caller.account->name;
  if (wish.inspector.size() > kInspectorBytesMax) {
    return refuse(request, response, {Errc::bad_value, "a duty number is shorter", "inspector"});
  }
  wish.today = model::local_day_of_ms(context.replica.now() / 1000);
  wish.since = request.get_param_value("since");
  if (request.has_param("since") && wish.since.empty()) {
    return refuse(request, response, {Errc::bad_cursor, "an empty since", "since"});
  }
  auto json = store::read_worklist(context.replica.store(), wish);
  if (!json) return refuse(request, response, json.error());
  Json told{{"day", model::day_text(wish.today)},
            {"scope", wish.scope},
            {"inspector", wish.inspector.empty() ? Json(nullptr) : Json(wish.inspector)}};
  const auto since = (*json)["since"];
  json->erase("since");
  told.update(*json);
  const auto tag = tag_of(told);
  told["since"] = since;
  answer_tagged(request, response, told, tag, kOwnOnly);
}

}  // namespace

void add_worklist_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/worklist",
             [&context](const Request& q, Response& s) { worklist(context, q, s); });
}

}  // namespace linli::api
