// The bureau's figures, each with how fresh it is.
#include "node/model/measure_units.h"
#include "node/store/freshness.h"
#include "node/store/period_figures.h"
#include "node/store/reading_detail.h"
#include "node/store/stat_question.h"

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
  const auto units = model::units_of(statistic);
  json["unit"] = {{"code", units.value.code}, {"zh", units.value.zh}, {"en", units.value.en}};
  json["units"] = {{"numerator", model::name_of(units.numerator).code}, {"denominator", nullptr}};
  if (units.denominator) json["units"]["denominator"] = model::name_of(*units.denominator).code;
  json["dim1"] = statistic.dim1;
  json["dim2"] = statistic.dim2;
  json["definition"] = {{"zh", statistic.definition.zh}, {"en", statistic.definition.en}};
  return json;
}

/// What people call the record that a key names: a dim that is named like a record type holds such
/// an id. Empty: it is no such key, or the record isn't here.
std::string name_of_key(Store& store, Database& db, const std::string& by, const std::string& key) {
  const auto* type = model::schema().type(by);
  if (!type) return {};
  const auto id = sync::record_id(key);
  const auto* table = store.projector().table(type->number);
  if (!id || !table) return {};
  auto& s = db.cached(table->select() + " WHERE _id = ?1 ORDER BY (_flags & 1), _rec LIMIT 1");
  s.bind_blob(1, id->view());
  if (!s.step()) return {};
  auto row = table->read(s);
  s.reset();
  row.record.scope = path_of(db, row.scope);
  return title_of(store, db, row.record, 2);
}

constexpr std::size_t kLaterShown = 20;

bool is_nothing(const Json& correction) {
  return correction["numerator"] == 0 &&
         (correction["denominator"].is_null() || correction["denominator"] == 0);
}

/// Of a period that was approved: what was, what came to it since, and by which records. Beside the
/// total, and beside each row of a place.
Result<void> show_approved(Store& store, Database& db, const StatQuery& query, Json& json) {
  json["approved"] = nullptr;
  const auto& statistic = *query.statistic;
  const auto approved = approved_figures(db, statistic, query.from, query.to);
  const auto beside = [&](const ApprovedFigure& one) {
    return correction_of(db, statistic, one, query.from, query.to);
  };
  for (const auto& [scope, one] : approved) {
    // Without a scope all of the city is asked for, which has no '/'.
    const bool whole = query.scope.empty() ? scope.find('/') == scope.npos : scope == query.scope;
    if (!whole) continue;
    auto shown = beside(one);
    if (!shown) return fail(shown.error());
    const auto included = decode_included(one.included);
    if (!one.included.empty() && included && !is_nothing((*shown)["correction"])) {
      (*shown)["later"] = later_records(store, db, {&statistic}, scope, query.from, query.to,
                                        one.as_of, *included, kLaterShown);
    }
    json["approved"] = std::move(*shown);
  }
  if (query.by.size() != 1 || approved.empty()) return {};
  for (auto& row : json["rows"]) {
    const auto& key = row["keys"][query.by.front()];
    if (!key.is_object() || !key.contains("scope")) continue;
    const auto found = approved.find(key["scope"].get<std::string>());
    if (found == approved.end()) continue;
    auto shown = beside(found->second);
    if (!shown) return fail(shown.error());
    row["approved"] = std::move(*shown);
  }
  return {};
}

}  // namespace

Json list_stats() {
  Json items = Json::array();
  for (const auto& statistic : model::schema().statistics) {
    items.push_back(describe_stat(statistic));
  }
  return {{"items", std::move(items)}};
}

Result<Json> read_stat(store::Store& store, const StatRequest& request) {
  const auto asked = exact_question(request);
  if (!asked) return fail(asked.error());
  const auto& query = *asked;
  try {
    Json json = describe_stat(*query.statistic);
    json["by"] = request.by;
    json["from"] = model::day_text(query.from);
    json["to"] = model::day_text(query.to);
    json["today"] = model::day_text(query.today);
    {
      auto lease = store.read();
      auto& db = *lease;
      const store::Transaction snapshot(db, true);
      const auto answer = answer_question(db, query);
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
        for (std::size_t i = 0; i < row.keys.size(); ++i) {
          const auto name = name_of_key(store, db, request.by[i], row.keys[i]);
          if (!name.empty()) shown["labels"][request.by[i]] = name;
        }
        rows.push_back(std::move(shown));
      }
      json["rows"] = std::move(rows);
      json["total"] = value_json(answer->total);
      if (auto beside = show_approved(store, db, query, json); !beside) return fail(beside.error());
      json["freshness"] =
          freshness_for(db, request.scope, request.now, ReportingPeriod{query.from, query.to});
    }
    return json;
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
