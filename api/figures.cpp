// Figures: with who has reported, as tables, what stands behind them, and those of a period that
// are submitted, checked and approved (which are records: records.cpp writes them).
#include "api/company_view.h"
#include "api/context.h"
#include "api/problem.h"
#include "node/stat_xlsx.h"
#include "node/store/period_figures.h"
#include "node/store/provenance.h"

namespace linli::api {
namespace {

using httplib::Request;
using httplib::Response;

/// Projecting the log anew takes a core and room: one at a time.
constexpr int kRecomputingMax = 1;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    auto end = text.find(',', at);
    if (end == std::string::npos) end = text.size();
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

Result<store::StatRequest> asked(Context& context, const Request& request) {
  store::StatRequest asked;
  asked.name = request.matches[1].str();
  asked.by = split(request.get_param_value("by"));
  asked.from = request.get_param_value("from");
  asked.to = request.get_param_value("to");
  asked.today = request.get_param_value("today");
  asked.scope = request.get_param_value("scope");
  asked.now = context.replica.now();
  if (!request.has_param("period")) return asked;
  const auto days = model::days_of_period(request.get_param_value("period"));
  if (!days) {
    return fail(Errc::bad_value,
                "期次应形如 2023-05、2023-Q2、2023-H1、2023 a period is written so", "period");
  }
  asked.from = model::day_text(days->from);
  asked.to = model::day_text(days->to);
  return asked;
}

void send_table(const Request& request, Response& response, const Json& stat,
                const std::string& format) {
  const auto table = store::stat_table(stat);
  const auto name = stat.value("name", "stat") + "." + format;
  response.set_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  if (format == "csv") {
    return response.set_content(store::csv_of(table), "text/csv; charset=utf-8");
  }
  const auto bytes = node::xlsx_of(table);
  if (!bytes) return refuse(request, response, bytes.error());
  response.set_content(*bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
}

void stat(Context& context, const Request& request, Response& response) {
  const auto format = request.get_param_value("format");
  if (!format.empty() && format != "json" && format != "csv" && format != "xlsx") {
    return refuse(request, response, {Errc::bad_value, "format is json, csv or xlsx", "format"});
  }
  const auto wish = asked(context, request);
  if (!wish) return refuse(request, response, wish.error());
  context.replica.keep_contacts_soon();
  const auto figures = store::read_stat(context.replica.store(), *wish);
  if (!figures) return refuse(request, response, figures.error());
  if (format.empty() || format == "json") return answer(response, *figures);
  send_table(request, response, *figures, format);
}

/// False: it is answered already.
bool taken(std::optional<Place>& place, std::atomic<int>& recomputing, const Request& request,
           Response& response) {
  place.emplace(recomputing, kRecomputingMax);
  if (*place) return true;
  refuse_for_now(request, response, "another figure is being computed again",
                 std::chrono::seconds(10));
  return false;
}

void provenance(Context& context, std::atomic<int>& recomputing, const Request& request,
                Response& response) {
  auto stat = asked(context, request);
  if (!stat) return refuse(request, response, stat.error());
  store::ProvenanceRequest wish;
  wish.stat = std::move(*stat);
  for (std::size_t i = 0; i < request.get_param_value_count("only"); ++i) {
    const auto text = request.get_param_value("only", i);
    const auto equals = std::min(text.find('='), text.size());
    wish.only.emplace_back(text.substr(0, equals),
                           equals < text.size() ? text.substr(equals + 1) : "");
  }
  wish.cursor = request.get_param_value("cursor");
  const auto number = [&](const char* name) {
    return std::strtoll(request.get_param_value(name).c_str(), nullptr, 10);
  };
  if (request.has_param("limit")) wish.limit = static_cast<std::size_t>(number("limit"));
  if (request.has_param("at")) {
    wish.at = number("at");
    if (wish.at < 1) {
      return refuse(request, response,
                    {Errc::bad_value, "at is a position of the log: an arrival number", "at"});
    }
  }
  context.replica.keep_contacts_soon();
  std::optional<Place> place;
  if (wish.at != 0 && !taken(place, recomputing, request, response)) return;
  auto found = store::read_provenance(context.replica.store(), wish);
  if (!found) return refuse(request, response, found.error());
  // What was counted is everybody's; of which ballots it was made isn't.
  if (found->contains("items")) {
    const auto hidden = CompanyView(context, request).leave_out((*found)["items"]);
    if (hidden > 0) (*found)["not_shown"] = hidden;
  }
  answer(response, *found);
}

/// What `linli figures submit` would put: POST it to records/period_figures.
void draft(Context& context, const Request& request, Response& response) {
  context.replica.keep_contacts_soon();
  const auto made = store::figures_to_submit(
      context.replica.store(), {request.get_param_value("set"), request.get_param_value("scope"),
                                request.get_param_value("period"), context.replica.now()});
  if (!made) return refuse(request, response, made.error());
  answer(response, *made);
}

void review(Context& context, std::atomic<int>& recomputing, const Request& request,
            Response& response) {
  const auto id = sync::record_id(request.matches[1].str());
  if (!id) return refuse(request, response, {Errc::bad_value, "not a record id", "id"});
  auto scope = request.has_param("scope")
                   ? Result<std::string>(request.get_param_value("scope"))
                   : store::scope_of(context.replica.store(), "period_figures", *id);
  if (!scope) return refuse(request, response, scope.error());
  const bool recompute = request.get_param_value("recompute") == "1";
  std::optional<Place> place;
  if (recompute && !taken(place, recomputing, request, response)) return;
  const auto found = store::review_figures(context.replica.store(), *scope, *id, recompute);
  if (!found) return refuse(request, response, found.error());
  answer(response, *found);
}

}  // namespace

void add_figure_routes(httplib::Server& server, Context& context) {
  const auto recomputing = std::make_shared<std::atomic<int>>(0);
  server.Get("/api/v1/stats", [](const Request&, Response& s) { answer(s, store::list_stats()); });
  server.Get(R"(/api/v1/stats/([a-z0-9_]+))",
             [&context](const Request& q, Response& s) { stat(context, q, s); });
  server.Get(R"(/api/v1/stats/([a-z0-9_]+)/provenance)",
             [&context, recomputing](const Request& q, Response& s) {
               provenance(context, *recomputing, q, s);
             });
  server.Get("/api/v1/figures/draft",
             [&context](const Request& q, Response& s) { draft(context, q, s); });
  server.Get("/api/v1/figures/([0-9a-fA-F-]{36})",
             [&context, recomputing](const Request& q, Response& s) {
               review(context, *recomputing, q, s);
             });
  server.Get("/api/v1/freshness", [&context](const Request& q, Response& s) {
    context.replica.keep_contacts_soon();
    answer(s, store::freshness(context.replica.store(), q.get_param_value("scope"),
                               context.replica.now()));
  });
}

}  // namespace linli::api
