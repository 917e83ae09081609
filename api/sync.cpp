// Nodes: exchange, enrolment.
#include <spdlog/spdlog.h>

#include "api/context.h"
#include "api/problem.h"
#include "node/enrolment.h"

namespace linli::api {
namespace {

constexpr int kExchangesMax =
    16;  ///< At once; the rest is asked to come again (a whole city returns).
constexpr const char* kWireType = "application/vnd.linli+cbor";

void exchange(Context& context, const httplib::Request& request, httplib::Response& response) {
  const Place place(context.exchanges, kExchangesMax);
  if (!place) {
    return refuse(request, response, {Errc::slow_down, "many nodes sync now", {}});
  }
  const auto body = sync::unpack(request.body);
  if (!body) return refuse(request, response, body.error());
  auto& replica = context.replica;
  const auto trust = replica.trust();
  const auto said = context.exchange.answer(*body, trust->book, replica.now());
  if (!said.error) {
    if (const auto asked = sync::Request::decode(body->body)) {
      replica.contact(asked->certificate, replica.now());
    }
    for (const auto& verdict : said.verdicts) {
      if (verdict.refused && *verdict.refused != Errc::replay) {
        context.metrics.refused(std::string(info(*verdict.refused).name));
      }
    }
  }
  auto wire = sync::pack(said.encode(), replica.key(), crypto::kDomainResponse);
  context.metrics.exchange(request.body.size(), wire.size());
  response.set_content(std::move(wire), kWireType);
}

void enrol(Context& context, const httplib::Request& request, httplib::Response& response) {
  if (request.body.size() > 4096) {
    return refuse(request, response, {Errc::too_large, "an enrolment request is small", {}});
  }
  auto answered = node::enrol(context.replica, request.body);
  if (!answered) return refuse(request, response, answered.error());
  response.set_content(std::move(*answered), kWireType);
}

void invite(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto text = [&](const char* name) {
    return json->is_object() && json->contains(name) && (*json)[name].is_string()
               ? (*json)[name].get<std::string>()
               : std::string();
  };
  node::Offer offer;
  const auto role = crypto::role_named(text("role"));
  if (!role) return refuse(request, response, {Errc::bad_value, "no such role", "role"});
  offer.role = *role;
  offer.scope = text("scope");
  offer.name = text("name");
  offer.url = text("url");
  if (json->contains("expires_s") && (*json)["expires_s"].is_number_integer()) {
    const auto seconds = (*json)["expires_s"].get<std::int64_t>();
    if (seconds < 60 || seconds > 366LL * 24 * 3600) {
      return refuse(request, response, {Errc::bad_value, "60 s to a year", "expires_s"});
    }
    offer.valid = std::chrono::seconds(seconds);
  }
  const auto made = node::invite(context.replica, offer);
  if (!made) return refuse(request, response, made.error());
  answer(response, {{"line", made->line()}}, 201);
}

void sync_now(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto url = context.agent ? context.agent->state().url : std::string();
  if (url.empty()) {
    return refuse(request, response, {Errc::not_found, "this node has no upstream", {}});
  }
  node::HttpClient client(url);
  const auto report = node::exchange(context.replica, client);
  if (!report) return refuse(request, response, report.error());
  context.agent->nudge();  // Attachments are the agent's: they may take long.
  answer(response, {{"sent", report->sent},
                    {"refused", report->refused},
                    {"received", report->received},
                    {"round_trips", report->round_trips},
                    {"bytes_out", report->bytes_out},
                    {"bytes_in", report->bytes_in}});
}

}  // namespace

void add_sync_routes(httplib::Server& server, Context& context) {
  const auto route = [&](const char* path, auto handler) {
    server.Post(path, [&context, handler](const httplib::Request& q, httplib::Response& s) {
      handler(context, q, s);
    });
  };
  // The request itself says whether it pushes, pulls or both; the three names are for logs and
  // limits.
  route("/api/v1/sync", exchange);
  route("/api/v1/sync/push", exchange);
  route("/api/v1/sync/pull", exchange);
  route("/api/v1/enrol", enrol);
  route("/api/v1/invites", invite);
  route("/api/v1/sync/now", sync_now);
}

}  // namespace linli::api
