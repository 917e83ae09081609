// The companies' credit: one score with its derivation, or all of them by grade.
#include "api/credit.h"

#include "api/problem.h"
#include "node/store/credit.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// ?at=2024-06-30; today, if left out. Nothing: it isn't a day.
std::optional<std::int64_t> day_asked(Context& context, const Request& request) {
  if (!request.has_param("at")) return model::local_day_of_ms(context.replica.now() / 1000);
  return model::parse_day(request.get_param_value("at"));
}

Error not_a_day() {
  return {Errc::bad_value, "日期写作 2024-06-30 a day is written 2024-06-30", "at"};
}

/// A company's own account sees that company's score only (domain: red and black lists are
/// published by the bureau, by what records it publishes).
std::optional<Error> not_its_own(Context& context, const Request& request,
                                 const std::optional<std::string>& uscc) {
  const auto caller = context.door.caller(request);
  if (!caller.account) return {};
  const auto* role = node::account_role(caller.account->role);
  const bool company = !role || role->writes == sync::mask(crypto::Role::company);
  if (!company || (uscc && *uscc == caller.account->company)) return {};
  return Error{Errc::forbidden,
               "企业账号只能查看本企业的信用评价 an account of a company sees its own company's "
               "credit only",
               "uscc"};
}

struct Asked {
  std::int64_t day = 0;
  model::credit::Scores scores;
};

std::optional<Asked> asked_for(Context& context, const Request& request, Response& response,
                               const std::optional<std::string>& uscc) {
  const auto day = day_asked(context, request);
  if (!day) return refuse(request, response, not_a_day()), std::nullopt;
  if (const auto error = not_its_own(context, request, uscc)) {
    return refuse(request, response, *error), std::nullopt;
  }
  const auto held = store::held_credit(context.replica.store(), uscc);
  if (!held) return refuse(request, response, held.error()), std::nullopt;
  auto scores = model::credit::scores_of(*held, *day);
  if (!scores) return refuse(request, response, scores.error()), std::nullopt;
  return Asked{*day, *std::move(scores)};
}

/// GET /api/v1/credit/{uscc}[?at=DAY]: see model::credit::to_json.
void company_credit(Context& context, const Request& request, Response& response) {
  const auto asked = asked_for(context, request, response, request.matches[1].str());
  if (!asked) return;
  answer(response, model::credit::to_json(asked->scores, asked->scores.companies.front()));
}

/// GET /api/v1/credit[?at=DAY]: every company, best first, and how many there are of each grade.
void all_credit(Context& context, const Request& request, Response& response) {
  const auto asked = asked_for(context, request, response, {});
  if (!asked) return;
  answer(response, model::credit::to_json(asked->scores, asked->day));
}

}  // namespace

void add_credit_routes(httplib::Server& server, Context& context) {
  server.Get("/api/v1/credit",
             [&context](const Request& q, Response& s) { all_credit(context, q, s); });
  server.Get("/api/v1/credit/([0-9A-Z]{18})",
             [&context](const Request& q, Response& s) { company_credit(context, q, s); });
}

}  // namespace linli::api
