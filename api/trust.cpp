// Who may work where, and what is held back: for the people at the node that decides.
#include "api/context.h"
#include "api/problem.h"
#include "node/appealing.h"
#include "node/renewal.h"
#include "node/scopes.h"
#include "node/shown_trust.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

void list_held(Context& context, const Request&, Response& response) {
  answer(response, store::list_held(context.replica.store()));
}

void approve(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto bytes = crypto::from_hex(request.matches[1].str());
  const auto reason = json->is_object() && json->contains("reason") && (*json)["reason"].is_string()
                          ? (*json)["reason"].get<std::string>()
                          : std::string();
  const auto done =
      context.replica.approve(crypto::Hash::of(*bytes), reason, context.door.caller(request).by());
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "approve", request.matches[1].str(), reason);
  answer(response, {{"approved", request.matches[1].str()}});
}

/// {"reason": …, "send": true}: signed with this node's key, and handed on upwards, or only made.
void appeal(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto reason = json->is_object() && json->contains("reason") && (*json)["reason"].is_string()
                          ? (*json)["reason"].get<std::string>()
                          : std::string();
  const bool send = json->is_object() && json->contains("send") && (*json)["send"] == true;
  const auto set = request.matches[1].str();
  const auto made =
      node::make_appeal(context.replica, crypto::Hash::of(*crypto::from_hex(set)), reason);
  if (!made) return refuse(request, response, made.error());
  if (send) {
    if (auto sent = node::hand_on_appeal(context.replica, *made); !sent) {
      return refuse(request, response, sent.error());
    }
  }
  note_act(context, request, "appeal", set, reason);
  answer(response, {{"set", set}, {"sent", send}, {"letter", crypto::to_base64url(*made)}});
}

/// From nodes below, or a file that was read in: it is signed, and changes nothing.
void take_appeal(Context& context, const Request& request, Response& response) {
  const auto taken = node::hand_on_appeal(context.replica, request.body);
  if (!taken) return refuse(request, response, taken.error());
  response.status = 204;
}

void change_scopes(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  node::ScopeChange change;
  for (const auto& [name, into] :
       {std::pair{"add", &change.add}, std::pair{"remove", &change.remove}}) {
    if (!json->is_object() || !json->contains(name)) continue;
    for (const auto& path : (*json)[name]) {
      if (!path.is_string()) {
        return refuse(request, response,
                      {Errc::bad_value, "须为范围路径的列表 a list of scope paths", name});
      }
      into->push_back(path.get<std::string>());
    }
  }
  if (change.add.empty() && change.remove.empty()) {
    return refuse(request, response,
                  {Errc::missing_field, "要增加或去掉哪些路径 add or remove which paths?", "add"});
  }
  const auto author = crypto::AuthorId::of(*crypto::from_hex(request.matches[1].str()));
  const bool dry_run = request.get_param_value("dry_run") == "1";
  const auto paths = node::change_scopes(context.replica, author, change, dry_run,
                                         context.door.caller(request).by());
  if (!paths) return refuse(request, response, paths.error());
  if (!dry_run) {
    std::string now;
    for (const auto& path : *paths) now += " " + path;
    note_act(context, request, "scopes", request.matches[1].str() + ":" + now);
  }
  answer(response, {{"paths", *paths}, {"dry_run", dry_run}});
}

void revoke(Context& context, const Request& request, Response& response) {
  const auto json = json_body(request);
  if (!json) return refuse(request, response, json.error());
  const auto reason = json->is_object() && json->contains("reason") && (*json)["reason"].is_string()
                          ? (*json)["reason"].get<std::string>()
                          : std::string();
  const auto author = crypto::AuthorId::of(*crypto::from_hex(request.matches[1].str()));
  const bool dry_run = request.get_param_value("dry_run") == "1";
  const auto by = context.door.caller(request).by();
  const auto done = context.replica.revoke(author, reason, dry_run, by);
  if (!done) return refuse(request, response, done.error());
  if (!dry_run) note_act(context, request, "revoke", request.matches[1].str(), reason);
  auto said = node::revocation_json(*done);
  said["dry_run"] = dry_run;
  answer(response, said);
}

void renew(Context& context, const Request& request, Response& response) {
  const auto author = crypto::AuthorId::of(*crypto::from_hex(request.matches[1].str()));
  const auto done = node::renew_node(context.replica, author, context.door.caller(request).by());
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "renew", request.matches[1].str());
  answer(response, {{"certificate", crypto::to_hex(done->view())}}, 201);
}

}  // namespace

void add_trust_routes(httplib::Server& server, Context& context) {
  const auto with = [&context](auto handler) {
    return [&context, handler](const Request& q, Response& s) { handler(context, q, s); };
  };
  server.Get("/api/v1/held", with(list_held));
  server.Post(R"(/api/v1/held/([0-9a-f]{64}))", with(approve));
  server.Post(R"(/api/v1/held/([0-9a-f]{64})/appeal)", with(appeal));
  server.Post("/api/v1/sync/appeal", with(take_appeal));
  server.Post(R"(/api/v1/nodes/([0-9a-f]{32})/scopes)", with(change_scopes));
  server.Post(R"(/api/v1/nodes/([0-9a-f]{32})/revoke)", with(revoke));
  server.Post(R"(/api/v1/nodes/([0-9a-f]{32})/renew)", with(renew));
}

}  // namespace linli::api
