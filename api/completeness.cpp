// Does a node hold everything that it may read? What the hub states, and what this node makes of
// it.
#include "api/above.h"
#include "api/problem.h"
#include "node/holdings.h"
#include "node/pinning.h"
#include "sync/holdings.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kWireType = "application/vnd.linli+cbor";

/// `?reader=HEX&question=HEX`: what the holder of that certificate may read, up to where it is held
/// here. Says numbers and hashes, never what stands in them.
void state(Context& context, const Request& request, Response& response) {
  const auto reader = crypto::from_hex(request.get_param_value("reader"));
  const auto question = crypto::from_hex(request.get_param_value("question"));
  if (!reader || reader->size() != crypto::Hash::size()) {
    return refuse(request, response,
                  {Errc::bad_value, "须为证书的校验值 a certificate's hash", "reader"});
  }
  if (!question || question->size() != sync::Nonce::size()) {
    return refuse(request, response, {Errc::bad_value, "须为 16 字节 16 bytes", "question"});
  }
  const auto network = network_of(Door::address_of(request));
  const bool known = context.guests.knows(network);
  const auto place = context.exchanges.enter(network, known);
  if (!place) {
    return refuse_for_now(request, response,
                          "正在同步的节点很多，请稍后再来 many nodes sync now: come again later",
                          context.exchanges.come_again(network, known));
  }
  auto statement =
      node::state_holdings(context.replica, crypto::Hash::of(*reader), sync::Nonce::of(*question));
  if (statement) return response.set_content(std::move(*statement), kWireType);
  if (asked_above(context, request, response, statement.error(), sync::kHoldingsBytesMax + 1024,
                  kWireType)) {
    return;
  }
  refuse(request, response, statement.error());
}

void show(Context& context, const Request& request, Response& response) {
  const auto json = node::completeness(context.replica.store());
  if (!json) return refuse(request, response, json.error());
  answer(response, {{"completeness", *json}});
}

void ask(Context& context, const Request& request, Response& response) {
  const auto url = context.agent ? context.agent->state().url : std::string();
  if (url.empty()) {
    return refuse(request, response,
                  {Errc::not_found, "本节点没有可询问的上级 this node has no upstream to ask", {}});
  }
  node::HttpClient upstream(url);
  node::pin_to_known(context.replica, upstream);
  const auto asked = node::ask_holdings(context.replica, upstream);
  if (!asked) return refuse(request, response, asked.error());
  show(context, request, response);
}

}  // namespace

void add_completeness_routes(httplib::Server& server, Context& context) {
  const auto bound = [&](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/sync/holdings", bound(state));
  server.Get("/api/v1/completeness", bound(show));
  server.Post("/api/v1/agent/completeness", bound(ask));
}

}  // namespace linli::api
