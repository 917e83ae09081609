// The bureau's figures, each with how fresh it is.
#include <algorithm>
#include <ctime>

#include "crypto/cbor.h"
#include "node/store/org_tree.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using store::Database;

namespace {

std::string_view figure_name(model::Figure figure) {
  switch (figure) {
    case model::Figure::number:
      return "number";
    case model::Figure::percent:
      return "percent";
    case model::Figure::per_unit:
      return "per_unit";
    case model::Figure::fen:
      return "fen";
    case model::Figure::minutes:
      return "minutes";
    case model::Figure::days:
      return "days";
  }
  return "number";
}

Json describe_stat(const model::Statistic& statistic) {
  Json json;
  json["name"] = statistic.name;
  json["label"] = {{"zh", statistic.label.zh}, {"en", statistic.label.en}};
  json["family"] = statistic.family;
  json["figure"] = figure_name(statistic.figure);
  json["dim1"] = statistic.dim1;
  json["dim2"] = statistic.dim2;
  json["definition"] = {{"zh", statistic.definition.zh}, {"en", statistic.definition.en}};
  return json;
}

/// Names of the city's units by their code, which is the last segment of a scope path.
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

Result<std::int64_t> day_of(const std::string& text, std::int64_t otherwise,
                            const std::string& name) {
  if (text.empty()) return otherwise;
  const auto day = model::parse_day(text);
  if (!day) return fail(Errc::bad_value, "a day is written 2023-05-27", name);
  return *day;
}

/// The tree is read only where a place is asked for: sums over the whole city need none.
Result<StatAnswer> answer_of(Database& db, const StatQuery& query) {
  const bool by_place = std::any_of(query.by.begin(), query.by.end(), [](const auto& by) {
    return by == "district" || by == "street" || by == "community";
  });
  if (!by_place && query.scope.empty()) return read_statistic(db, query);
  return read_statistic(db, query, load_org_tree(db));
}

}  // namespace

Json list_stats() {
  Json items = Json::array();
  for (const auto& statistic : model::schema().statistics) {
    items.push_back(describe_stat(statistic));
  }
  return {{"items", std::move(items)}};
}

Json freshness(store::Store& store, std::string_view scope, sync::Micros now) {
  auto lease = store.read();
  auto& db = *lease;
  const auto names = unit_names(db);
  // A community's figures are as fresh as its office's last contact with this node.
  std::map<std::string, sync::Micros> reported;
  std::map<std::string, std::string> called;
  std::map<crypto::AuthorId, sync::Micros> contacts;
  auto seen =
      db.prepare("SELECT a.author, p.last_contact FROM peer p JOIN author a ON a.id = p.author");
  while (seen.step()) contacts[crypto::AuthorId::of(seen.blob(0))] = seen.integer(1);
  auto records = db.prepare("SELECT bytes FROM r_certificate ORDER BY _rec");
  while (records.step()) {
    cbor::Reader r(records.blob(0));
    const auto body = crypto::SignedBody::decode(r.bytes());
    if (!body) continue;
    const auto certificate = crypto::Certificate::decode(body->body);
    if (!certificate || certificate->role != crypto::Role::office) continue;
    const auto& path = certificate->paths.front();
    if (!scope.empty() && !crypto::scope_covers(scope, path)) continue;
    const auto contact = contacts.find(certificate->subject);
    const auto at = contact == contacts.end() ? 0 : contact->second;
    auto& last = reported[path];
    last = std::max(last, at);
    const auto name = names.find(last_segment(path));
    called[path] = name == names.end() ? certificate->name : name->second;
  }
  Json communities = Json::array();
  std::optional<sync::Micros> oldest;
  bool all = true;
  for (const auto& [path, at] : reported) {
    if (at == 0) all = false;
    if (at != 0 && (!oldest || at < *oldest)) oldest = at;
    communities.push_back({{"scope", path},
                           {"name", called[path]},
                           {"last_report", at == 0 ? Json(nullptr) : Json(time_text(at))}});
  }
  Json json;
  json["asked_at"] = time_text(now);
  json["oldest"] = all && oldest ? Json(time_text(*oldest)) : Json(nullptr);
  json["communities"] = std::move(communities);
  return json;
}

Result<Json> read_stat(store::Store& store, const StatRequest& request) {
  const auto* statistic = model::schema().statistic(request.name);
  if (!statistic) {
    return fail(Errc::not_found,
                "no statistic is called " + request.name + "; `linli stats` lists them");
  }
  const auto now_day = model::local_day_of_ms(request.now / 1000);
  const auto this_year = model::day_from_civil(model::civil_from_day(now_day).year, 1, 1);
  const auto from = day_of(request.from, this_year, "from");
  if (!from) return fail(from.error());
  const auto to = day_of(request.to, now_day + 1, "to");
  if (!to) return fail(to.error());
  const auto today = day_of(request.today, now_day, "today");
  if (!today) return fail(today.error());
  store::StatQuery query{statistic, request.by, *from, *to, *today, request.scope};
  try {
    Json json = describe_stat(*statistic);
    json["by"] = request.by;
    json["from"] = model::day_text(*from);
    json["to"] = model::day_text(*to);
    json["today"] = model::day_text(*today);
    {
      auto lease = store.read();
      auto& db = *lease;
      const store::Transaction snapshot(db, true);
      const auto answer = answer_of(db, query);
      if (!answer) return fail(answer.error());
      const auto names = unit_names(db);
      const auto value_json = [](const store::StatRow& row) {
        Json value;
        value["numerator"] = row.numerator;
        value["denominator"] = row.denominator ? Json(*row.denominator) : Json(nullptr);
        return value;
      };
      Json rows = Json::array();
      for (const auto& row : answer->rows) {
        Json keys = Json::object();
        for (std::size_t i = 0; i < row.keys.size(); ++i) {
          const auto& by = request.by[i];
          const auto& key = row.keys[i];
          if (by == "district" || by == "street" || by == "community") {
            const auto code = last_segment(key);
            const auto name = names.find(code);
            keys[by] = {{"code", code},
                        {"scope", key},
                        {"name", name == names.end() ? code : name->second}};
          } else if (by == "compound") {
            std::string name = key;
            if (const auto id = crypto::from_hex(key); id && id->size() == 16) {
              auto& s = db.cached("SELECT name FROM r_compound WHERE _id = ?1");
              s.bind_blob(1, *id);
              if (s.step()) {
                name = std::string(s.text(0));
                s.reset();
              }
            }
            keys[by] = {{"code", key}, {"name", name}};
          } else {
            keys[by] = key;
          }
        }
        auto shown = value_json(row);
        shown["keys"] = std::move(keys);
        rows.push_back(std::move(shown));
      }
      json["rows"] = std::move(rows);
      json["total"] = value_json(answer->total);
    }
    json["freshness"] = freshness(store, request.scope, request.now);
    return json;
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
