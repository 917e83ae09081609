// Machines that ask to join: their door, and the list for the person who decides.
#include "api/context.h"
#include "api/problem.h"
#include "node/admitting_json.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kWireType = "application/vnd.linli+cbor";
constexpr std::size_t kRequestBytesMax = 4096;

void introduce(Context& context, const Request&, Response& response) {
  response.set_content(node::introduction(context.replica), kWireType);
}

/// 200 with the answer, 202 while nobody has decided.
void ask(Context& context, const Request& request, Response& response) {
  if (request.body.size() > kRequestBytesMax) {
    return refuse(request, response,
                  {Errc::too_large, "接入申请不应这么大 a join request is small", {}});
  }
  auto taken =
      node::take_request(context.replica, request.body, network_of(Door::address_of(request)));
  if (!taken) return refuse(request, response, taken.error());
  if (!*taken) {
    response.status = 202;
    return;
  }
  response.set_content(std::move(**taken), kWireType);
}

void list(Context& context, const Request&, Response& response) {
  answer(response, node::admissions_json(context.replica));
}

void decide(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto admitted = node::admit_json(context.replica, *json, context.door.caller(request).by());
  if (!admitted) return refuse(request, response, admitted.error());
  note_act(context, request, "admit", admitted->value("id", ""));
  answer(response, *admitted, 201);
}

void turn_away(Context& context, const Request& request, Response& response) {
  const auto waiting = node::pending_named(context.replica, request.matches[1].str());
  if (!waiting) return refuse(request, response, waiting.error());
  const auto done = node::refuse_request(context.replica, waiting->id);
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "refuse", crypto::to_hex(waiting->id.view()));
  answer(response, {{"refused", crypto::to_hex(waiting->id.view())}});
}

}  // namespace

void add_admission_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/enrol/ask", with(introduce));
  server.Post("/api/v1/enrol/ask", with(ask));
  server.Get("/api/v1/admissions", with(list));
  server.Post("/api/v1/admissions", with(decide));
  server.Delete(R"(/api/v1/admissions/([0-9a-f]{6,32}))", with(turn_away));
}

}  // namespace linli::api
