// Random inspections (双随机): a draw with the inspections that it plans, and doing it again.
#include "node/store/draws.h"

#include "api/context.h"
#include "api/problem.h"
#include "node/drawing.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// POST /api/v1/draws[?dry_run=1]: see node::draw_inspections.
void make(Context& context, const Request& request, Response& response) {
  auto fields = json_body(request);
  if (!fields) return refuse(request, response, fields.error());
  node::PutOptions options{.origin = "api draw", .by = context.door.caller(request).by()};
  options.dry_run = request.get_param_value("dry_run") == "1";
  const auto drawn = node::draw_inspections(context.replica, *std::move(fields), options);
  if (!drawn) return refuse(request, response, drawn.error());
  answer(response, *drawn, options.dry_run ? 200 : 201);
}

/// GET /api/v1/draws/{code}[?scope=]: see store::read_draw.
void show(Context& context, const Request& request, Response& response) {
  const auto draw = store::read_draw(context.replica.store(), request.matches[1].str(),
                                     request.get_param_value("scope"));
  if (!draw) return refuse(request, response, draw.error());
  answer(response, *draw);
}

}  // namespace

void add_draw_routes(httplib::Server& server, Context& context) {
  server.Post("/api/v1/draws", [&context](const Request& q, Response& s) { make(context, q, s); });
  server.Get("/api/v1/draws/(.+)",
             [&context](const Request& q, Response& s) { show(context, q, s); });
}

}  // namespace linli::api
