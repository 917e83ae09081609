// The organisation on a day, and what a move would change. The move itself is a record like any
// other: POST /api/v1/records/org_link.
#include "api/organisation.h"

#include "api/problem.h"
#include "node/store/org_moves.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

Error no_day(const std::string& name) {
  return {Errc::bad_value, "日期写作 2024-06-30 a day is written 2024-06-30", name};
}

/// GET /api/v1/org/tree[?at=DAY]: see store::org_tree.
void show_tree(Context& context, const Request& request, Response& response) {
  const auto today = model::local_day_of_ms(context.replica.now() / 1000);
  const auto day =
      request.has_param("at") ? model::parse_day(request.get_param_value("at")) : today;
  if (!day) return refuse(request, response, no_day("at"));
  const auto tree = store::org_tree(context.replica.store(), *day);
  if (!tree) return refuse(request, response, tree.error());
  answer(response, *tree);
}

/// GET /api/v1/org/preview?unit=CODE&to=CODE&from=DAY[&kind=merge]: see store::preview_move.
void show_preview(Context& context, const Request& request, Response& response) {
  const auto from = model::parse_day(request.get_param_value("from"));
  if (!from) return refuse(request, response, no_day("from"));
  const store::OrgMove move{request.get_param_value("unit"), request.get_param_value("to"), *from,
                            request.get_param_value("kind") == "merge",
                            request.get_param_value("basis_doc")};
  const auto today = model::local_day_of_ms(context.replica.now() / 1000);
  const auto preview = store::preview_move(context.replica.store(), move, today);
  if (!preview) return refuse(request, response, preview.error());
  answer(response, *preview);
}

}  // namespace

void add_organisation_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/org/tree",
             [&context](const Request& q, Response& s) { show_tree(context, q, s); });
  server.Get("/api/v1/org/preview",
             [&context](const Request& q, Response& s) { show_preview(context, q, s); });
}

}  // namespace linli::api
