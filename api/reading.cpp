// What a node knows: itself, the schema, search, nodes, live events.
#include "api/company_view.h"
#include "api/context.h"
#include "api/openapi.h"
#include "api/problem.h"
#include "node/connection.h"
#include "node/history.h"
#include "node/renewal.h"
#include "node/store/own_sets.h"
#include "node/tls_certificates.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

constexpr int kStreamsMax = 16;

std::string instant(sync::Micros at) { return model::instant_text(at / 1000); }

void node_state(Context& context, const Request&, Response& response) {
  auto& replica = context.replica;
  const auto& me = replica.identity();
  Json json;
  json["name"] = me.name;
  json["role"] = crypto::name_of(me.role);
  json["scope"] = me.scope;
  json["city_scope"] = me.city_scope;
  json["city"] = crypto::to_hex(me.city.view());
  json["author"] = crypto::to_hex(me.author.view());
  json["version"] = LINLI_VERSION;
  json["time"] = instant(replica.now());
  json["arrival"] = replica.arrival();
  if (const auto epoch = replica.epoch()) json["epoch"] = *epoch;
  auto waiting = store::waiting(replica.store(), me.author);
  json["confirmed_until"] = waiting["confirmed_until"];
  waiting.erase("confirmed_until");
  json["waiting"] = std::move(waiting);
  json["upstream"] = context.agent ? node::connection(replica, *context.agent) : Json(nullptr);
  json["certificate"] = node::certificate_json(replica);
  {
    auto lease = replica.store().read();
    json["history"] = node::history_state(*lease);
  }
  json["blobs"] = blobs_json(context);
  json["tls"] =
      node::tls_json(*replica.trust()->book.find(me.certificate), replica.dir(), replica.now());
  json["tls"]["addresses"] = context.addresses;
  json["conflicts"] = store::conflict_count(replica.store());
  json["records"] = store::record_counts(replica.store());
  answer(response, json);
}

void search(Context& context, const Request& request, Response& response) {
  store::SearchRequest wish;
  wish.text = request.get_param_value("q");
  wish.type = request.get_param_value("type");
  wish.scope = request.get_param_value("scope");
  wish.from = request.get_param_value("from");
  wish.to = request.get_param_value("to");
  wish.cursor = request.get_param_value("cursor");
  if (request.has_param("limit")) {
    const auto limit = request.get_param_value("limit");
    wish.limit = static_cast<std::size_t>(std::strtoull(limit.c_str(), nullptr, 10));
  }
  for (std::size_t i = 0; i < request.get_param_value_count("where"); ++i) {
    const auto where = request.get_param_value("where", i);
    const auto equals = where.find('=');
    if (equals == std::string::npos) {
      return refuse(request, response,
                    {Errc::bad_value, "条件写作 字段=值 a filter is written FIELD=VALUE", "where"});
    }
    wish.where.emplace_back(where.substr(0, equals), where.substr(equals + 1));
  }
  const CompanyView view(context, request);
  if (const auto* type = model::schema().type(wish.type)) {
    if (auto why = view.refusal(*type)) return refuse(request, response, *why);
  }
  auto found = store::search_records(context.replica.store(), wish);
  if (!found) return refuse(request, response, found.error());
  // A page may be shorter for it; the cursor goes on behind what was left out.
  (void)view.leave_out((*found)["items"]);
  answer(response, *found);
}

/// Server-sent events: `change` with the newest arrival number, and a comment now and then that
/// finds out whether anybody still listens.
void events(Context& context, const Request& request, Response& response) {
  if (++context.streams > kStreamsMax) {
    --context.streams;
    return refuse(request, response, {Errc::slow_down, "too many live views are open", {}});
  }
  response.set_header("Cache-Control", "no-store");
  auto seen = std::make_shared<std::int64_t>(-1);
  const auto caller = context.door.caller(request);
  response.set_chunked_content_provider(
      "text/event-stream",
      [&context, seen, caller](std::size_t, httplib::DataSink& sink) {
        if (context.stopping) return false;
        // Who was shut out meanwhile hears nothing more.
        if (caller.account && !context.accounts.who(caller.token, context.replica.now())) {
          return false;
        }
        const auto newest = context.replica.wait_beyond(*seen, std::chrono::seconds(10));
        if (context.stopping) return false;
        const auto text =
            newest > *seen ? "event: change\ndata: {\"arrival\":" + std::to_string(newest) + "}\n\n"
                           : std::string(": still here\n\n");
        *seen = newest;
        return sink.write(text.data(), text.size());
      },
      [&context](bool) { --context.streams; });
}

/// Loopback only (it isn't below /api/v1/sync): what this node wrote, and where it is.
void own_sets(Context& context, const Request& request, Response& response) {
  auto& replica = context.replica;
  store::OwnSetsQuery query{.self = replica.identity().author,
                            .state = request.get_param_value("state"),
                            .cursor = request.get_param_value("cursor")};
  if (request.has_param("limit")) {
    query.limit = static_cast<std::size_t>(
        std::strtoull(request.get_param_value("limit").c_str(), nullptr, 10));
  }
  auto found = store::own_sets(replica.store(), query);
  if (!found) return refuse(request, response, found.error());
  const CompanyView view(context, request);
  for (auto& item : (*found)["items"]) {
    if (item.contains("approved")) name_actor(context.accounts, item["approved"]);
    if (item.contains("changes") && item["changes"].is_array()) {
      (void)view.leave_out(item["changes"]);
    }
  }
  (*found)["summary"] = store::own_sets_summary(replica.store(), query.self);
  answer(response, *found);
}

/// What is the same for as long as this program runs.
void send_unchanging(const Request& request, Response& response, const std::string& json) {
  const auto tag = '"' + crypto::to_hex(crypto::hash({json}).view().substr(0, 8)) + '"';
  response.set_header("ETag", tag);
  if (request.get_header_value("If-None-Match") == tag) {
    response.status = 304;
    return;
  }
  response.set_content(json, "application/json");
}

}  // namespace

void add_reading_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/node", with(node_state));
  server.Get("/api/v1/schema", with([](Context&, const Request& q, Response& s) {
               static const auto text = model::schema_to_json(model::schema()).dump();
               send_unchanging(q, s, text);
             }));
  server.Get("/api/v1/openapi.json", with([](Context&, const Request& q, Response& s) {
               static const auto text = openapi(model::schema()).dump();
               send_unchanging(q, s, text);
             }));
  server.Get("/api/v1/search", with(search));
  server.Get("/api/v1/own-sets", with(own_sets));
  server.Get("/api/v1/nodes", with([](Context& c, const Request&, Response& s) {
               c.replica.keep_contacts_soon();
               answer(s, store::list_nodes(c.replica.store()));
             }));
  server.Get("/api/v1/events", with(events));
  server.Get("/healthz", with([](Context& c, const Request&, Response& s) {
               const auto end = node::certificate_end(c.replica);
               Json warnings = Json::array();
               if (end.ended) warnings.push_back("certificate_ended");
               if (end.soon && !end.ended) warnings.push_back("certificate_ends_soon");
               if (const auto given = node::trouble_of_given(c.replica.dir(), c.replica.now())) {
                 warnings.push_back(given->code);
               }
               if (c.agent) {
                 for (const auto& one : node::connection_warnings(c.replica, *c.agent)) {
                   warnings.push_back(one);
                 }
               }
               {
                 auto lease = c.replica.store().read();
                 const auto history = node::history_state(*lease);
                 if (history["faults"] != 0) warnings.push_back("history_in_doubt");
               }
               answer(s, {{"ok", true}, {"arrival", c.replica.arrival()}, {"warnings", warnings}});
             }));
  server.Get("/metrics", with([](Context& c, const Request&, Response& s) {
               s.set_content(c.metrics.text(c.replica), "text/plain; version=0.0.4");
             }));
}

}  // namespace linli::api
