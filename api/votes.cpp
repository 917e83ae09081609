// Counting the votes of an owners' assembly.
#include "node/store/votes.h"

#include "api/company_view.h"
#include "api/context.h"
#include "api/problem.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// GET /api/v1/votes/{assembly}[?matter=N]: see model::votes::to_json. Only at a node that may hold
/// ballots; not for companies (door.cpp). What a ballot chose isn't in the answer; who voted only
/// for who works with the register (node/roles.h): `aside` and `rooms` are null for others.
void count(Context& context, const Request& request, Response& response) {
  const auto id = sync::record_id(request.matches[1].str());
  if (!id) return refuse(request, response, {Errc::bad_value, "not a record id", "assembly"});
  std::optional<std::int64_t> matter;
  if (request.has_param("matter")) {
    matter = std::strtoll(request.get_param_value("matter").c_str(), nullptr, 10);
  }
  const auto held = store::held_vote(context.replica.store(), *id);
  if (!held) return refuse(request, response, held.error());
  const auto counted = model::votes::count_votes(*held, matter);
  if (!counted) return refuse(request, response, counted.error());
  // Every ballot's choices were read for it.
  note_act(context, request, "count_votes", "assembly " + request.matches[1].str());
  auto json = model::votes::to_json(*held, *counted);
  if (!CompanyView(context, request).shows_who_voted()) json["aside"] = json["rooms"] = nullptr;
  answer(response, json);
}

}  // namespace

void add_vote_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/votes/([0-9a-fA-F-]{36})",
             [&context](const Request& q, Response& s) { count(context, q, s); });
}

}  // namespace linli::api
