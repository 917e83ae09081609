// Nodes: exchange, enrolment.
#include "api/context.h"
#include "api/problem.h"
#include "api/qr.h"
#include "node/enrolment.h"
#include "node/exchange.h"
#include "node/inviting.h"
#include "node/renewal.h"
#include "node/store/known_feeds.h"

namespace linli::api {
namespace {

constexpr const char* kWireType = "application/vnd.linli+cbor";
constexpr std::size_t kHelloBytesMax = 64u << 10;

void exchange(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto network = network_of(Door::address_of(request));
  const bool known = context.guests.knows(network);
  const auto place = context.exchanges.enter(network, known);
  if (!place) {
    return refuse_for_now(request, response,
                          "正在同步的节点很多，请稍后再来 many nodes sync now: come again later",
                          context.exchanges.come_again(network, known));
  }
  const auto body = sync::unpack(request.body);
  if (!body) return refuse(request, response, body.error());
  auto& replica = context.replica;
  const auto trust = replica.trust();
  auto said = context.exchange.answer(*body, trust->book, replica.now());
  if (!said.error) {
    welcome(context, request);
    if (const auto asked = sync::Request::decode(body->body)) {
      replica.contact(asked->certificate, replica.now());
      if (!said.frontiers.empty()) {
        const auto lease = replica.store().read();
        const auto newest = trust->book.newest_after(asked->certificate);
        store::leave_what_may_be_known(*lease, *trust->book.find(newest), said.frontiers);
      }
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

/// A node's next certificate. What it signs proves who asks.
void renew(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto above = context.agent ? context.agent->state().url : std::string();
  auto answered = node::answer_renewal_or_ask(context.replica, request.body, above);
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
  if (!role)
    return refuse(request, response, {Errc::bad_value, "没有这种角色 no such role", "role"});
  offer.role = *role;
  offer.scope = text("scope");
  offer.name = text("name");
  offer.url = text("url");
  if (json->contains("expires_s") && (*json)["expires_s"].is_number_integer()) {
    const auto seconds = (*json)["expires_s"].get<std::int64_t>();
    // Before it becomes a duration, which more would overflow.
    if (seconds < 0 || seconds > node::kInviteLongest.count()) {
      return refuse(request, response,
                    {Errc::bad_value, "须为 60 秒至 366 天 60 s to 366 days", "expires_s"});
    }
    offer.valid = std::chrono::seconds(seconds);
  }
  offer.by = context.door.caller(request).by();
  const auto made = node::invite(context.replica, offer);
  if (!made) return refuse(request, response, made.error());
  note_act(context, request, "invite",
           offer.name + ", " + std::string(crypto::name_of(offer.role)) + ", " + offer.scope);
  const auto picture = qr_svg(made->line());
  answer(response, {{"line", made->line()}, {"svg", picture ? Json(*picture) : Json(nullptr)}},
         201);
}

void list_invites(Context& context, const httplib::Request&, httplib::Response& response) {
  auto list = node::invites_json(context.replica);
  for (auto& item : list["items"]) node::name_actor(context.accounts, item);
  answer(response, list);
}

void withdraw(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto gone = node::withdraw_invite(context.replica, request.matches[1].str());
  if (!gone) return refuse(request, response, gone.error());
  note_act(context, request, "withdraw",
           gone->value("name", "") + ", " + gone->value("role", "") + ", " +
               gone->value("scope", "") + ", " + gone->value("id", "").substr(0, 12));
  answer(response, *gone);
}

/// Says who this node is; and learns who asks, if it tells.
void hello(Context& context, const httplib::Request& request, httplib::Response& response) {
  if (request.method == "POST") {
    if (request.body.size() > kHelloBytesMax) {
      return refuse(request, response, {Errc::too_large, "a chain of certificates is small", {}});
    }
    const auto met = node::take_hello(context.replica, request.body);
    if (!met) return refuse(request, response, met.error());
  }
  response.set_content(node::hello(context.replica), kWireType);
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
  route("/api/v1/enrol/renew", renew);
  route("/api/v1/invites", invite);
  server.Get("/api/v1/invites", [&context](const httplib::Request& q, httplib::Response& s) {
    list_invites(context, q, s);
  });
  server.Delete(
      R"(/api/v1/invites/([0-9a-zA-Z]{1,64}))",
      [&context](const httplib::Request& q, httplib::Response& s) { withdraw(context, q, s); });
  route("/api/v1/sync/hello", hello);
  server.Get("/api/v1/sync/hello",
             [&context](const httplib::Request& q, httplib::Response& s) { hello(context, q, s); });
}

}  // namespace linli::api
