#include "node/store/stat_question.h"

#include <algorithm>

#include "node/store/org_tree.h"

namespace linli::store {
namespace {

Result<std::int64_t> day_of(const std::string& text, std::int64_t otherwise,
                            const std::string& name) {
  if (text.empty()) return otherwise;
  const auto day = model::parse_day(text);
  if (day) return *day;
  const bool shaped =
      text.size() == 10 && text[4] == '-' && text[7] == '-' &&
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) == 8;
  return fail(Errc::bad_value,
              shaped ? "没有这一天 there is no such day: " + text
                     : "日期写作 2023-05-27 a day is written 2023-05-27",
              name);
}

}  // namespace

Result<StatQuery> exact_question(const StatRequest& request) {
  const auto* statistic = model::schema().statistic(request.name);
  if (!statistic) {
    return fail(Errc::not_found, "没有这项统计；`linli stats` 列出全部 no statistic is called " +
                                     request.name + "; `linli stats` lists them");
  }
  const auto now_day = model::local_day_of_ms(request.now / 1000);
  const auto this_year = model::day_from_civil(model::civil_from_day(now_day).year, 1, 1);
  const auto from = day_of(request.from, this_year, "from");
  if (!from) return fail(from.error());
  const auto to = day_of(request.to, now_day + 1, "to");
  if (!to) return fail(to.error());
  const auto today = day_of(request.today, now_day, "today");
  if (!today) return fail(today.error());
  return StatQuery{statistic, request.by, *from, *to, *today, request.scope};
}

Result<StatAnswer> answer_question(Database& db, const StatQuery& query) {
  // The tree is read only where a place is asked for: sums over the whole city need none.
  const bool by_place = std::any_of(query.by.begin(), query.by.end(), [](const auto& by) {
    return by == "district" || by == "street" || by == "community";
  });
  if (!by_place && query.scope.empty()) return read_statistic(db, query);
  return read_statistic(db, query, load_org_tree(db));
}

std::vector<std::int64_t> scopes_within(Database& db, std::string_view scope) {
  std::vector<std::int64_t> ids;
  auto rows = db.prepare(
      "SELECT id FROM scope"
      " WHERE ?1 = '' OR path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0') ORDER BY id");
  rows.bind_text(1, scope);
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

std::map<std::string, std::string> unit_names(Database& db) {
  std::map<std::string, std::string> names;
  auto s =
      db.prepare("SELECT code, coalesce(short_name, name) FROM r_org_unit WHERE (_flags & 1) = 0");
  while (s.step()) names[std::string(s.text(0))] = std::string(s.text(1));
  return names;
}

std::string last_segment(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace linli::store
