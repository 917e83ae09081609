#include "node/drawing.h"

#include "node/model/draw.h"
#include "node/model/values.h"
#include "node/store/draws.h"
#include "node/store/reading.h"

namespace linli::node {
namespace {

using Places = std::map<std::string, store::DrawnPlace>;

constexpr std::string_view kBegins = "T09:00";  ///< A planned inspection begins on that morning.

std::vector<std::string> codes_in(const Json& fields, const char* name) {
  std::vector<std::string> codes;
  const auto list = fields.find(name);
  if (list == fields.end() || !list->is_array()) return codes;
  for (const auto& one : *list) {
    if (one.is_string()) codes.push_back(one.get<std::string>());
  }
  return codes;
}

/// As the record will hold them: the list follows from what stands there.
void tidy(Json& fields) {
  const auto text = [](Json& value) {
    if (value.is_string()) value = model::normal_text(value.get<std::string>());
  };
  for (auto& [name, value] : fields.items()) {
    text(value);
    if (!value.is_array() || (name != "compounds" && name != "inspectors")) continue;
    for (auto& one : value) text(one);
  }
  if (fields.value("inspectors_each", Json()).is_null()) fields.erase("inspectors_each");
}

/// The compounds that are drawn from; those that the fields leave out are filled in.
Result<Places> pool_of(Replica& replica, Json& fields) {
  const auto scope = fields.value("pool_scope", Json());
  fields.erase("pool_scope");
  if (!fields.contains("compounds")) {
    auto places = store::places_to_draw(
        replica.store(), scope.is_string() ? scope.get<std::string>() : replica.identity().scope);
    fields["compounds"] = Json::array();
    for (const auto& [code, place] : places) fields["compounds"].push_back(code);
    return places;
  }
  const auto codes = codes_in(fields, "compounds");
  auto places = store::places_of(replica.store(), codes);
  for (const auto& code : codes) {
    if (places.contains(code)) continue;
    return fail(Errc::not_found, "本机没有编码为 " + code + " 的小区 no compound of this code here",
                "compounds");
  }
  return places;
}

/// Asked twice, the same inspection: its id follows from the draw and the compound.
sync::RecordId inspection_id(const sync::RecordId& draw, const sync::RecordId& compound) {
  const auto hash = crypto::hash({"linli/drawn-inspection/1", draw.view(), compound.view()});
  return sync::RecordId::of(hash.view().substr(0, sync::RecordId::size()));
}

Wish planned(const Json& draw, const Outcome& drawn, const model::DrawnVisit& visit,
             const store::DrawnPlace& place, bool dry_run) {
  Wish wish;
  wish.type = model::schema().type("inspection");
  wish.id = inspection_id(drawn.id, place.id);
  wish.create_only = true;
  wish.scope = place.scope;
  wish.fields = {{"kind", "random"},
                 {"compound", {{"id", to_text(place.id)}, {"scope", place.scope}}},
                 {"template", draw.value("template", Json())},
                 {"inspectors", visit.inspectors},
                 {"started_at", draw.value("planned_on", "") + std::string(kBegins)},
                 {"status", "planned"}};
  if (draw.contains("campaign")) wish.fields["campaign"] = draw["campaign"];
  if (!place.company.is_null()) wish.fields["company"] = place.company;
  // A draw that is only tried isn't there to be named.
  if (!dry_run) wish.fields["draw"] = {{"id", to_text(drawn.id)}, {"scope", drawn.scope}};
  return wish;
}

std::vector<model::DrawnVisit> visits_of(const Json& fields) {
  return model::draw_visits(
      codes_in(fields, "compounds"), fields.value("compound_count", std::size_t{0}),
      codes_in(fields, "inspectors"), fields.value("inspectors_each", std::size_t{2}),
      fields.value("seed", ""));
}

std::string_view name_of(Outcome::Done done) {
  return done == Outcome::Done::created ? "created" : "there";
}

/// Those that aren't there yet are put; what is there, planned or done, stays as it is.
Result<Json> plan(Replica& replica, const Json& draw, const Outcome& drawn, const Places& places,
                  const PutOptions& options) {
  Json visits = Json::array();
  std::vector<Wish> wishes;
  std::vector<std::size_t> of;  ///< Which visit a wish is of.
  for (const auto& visit : visits_of(draw)) {
    const auto& place = places.at(visit.compound);
    auto wish = planned(draw, drawn, visit, place, options.dry_run);
    const bool there =
        store::get_record(replica.store(), "inspection", wish.scope, *wish.id).has_value();
    visits.push_back({{"compound", visit.compound},
                      {"name", place.name},
                      {"inspectors", visit.inspectors},
                      {"inspection", there ? Json(to_text(*wish.id)) : Json()},
                      {"scope", place.scope},
                      {"done", there ? "there" : "refused"},
                      {"faults", Json::array()}});
    if (there) continue;
    of.push_back(visits.size() - 1);
    wishes.push_back(std::move(wish));
  }
  if (wishes.empty()) return visits;
  const auto outcomes = replica.put(wishes, options);
  if (!outcomes) return fail(outcomes.error());
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    const auto& outcome = (*outcomes)[i];
    auto& visit = visits[of[i]];
    for (const auto& fault : outcome.faults) {
      visit["faults"].push_back({{"field", fault.field},
                                 {"code", info(fault.code).name},
                                 {"zh", fault.zh},
                                 {"en", fault.en}});
    }
    if (outcome.done == Outcome::Done::refused) continue;
    visit["done"] = name_of(outcome.done);
    if (!options.dry_run) visit["inspection"] = to_text(outcome.id);
  }
  return visits;
}

}  // namespace

Result<Json> draw_inspections(Replica& replica, Json fields, PutOptions options) {
  if (!fields.is_object()) return fail(Errc::bad_value, "须为一个对象 a draw is an object", "");
  tidy(fields);
  try {
    const auto places = pool_of(replica, fields);
    if (!places) return fail(places.error());
    options.all_or_nothing = true;
    Wish wish;
    wish.type = model::schema().type("inspection_draw");
    wish.fields = fields;
    const auto outcomes = replica.put({wish}, options);
    if (!outcomes) return fail(outcomes.error());
    const auto& drawn = outcomes->front();
    if (!drawn.faults.empty()) {
      const auto& fault = drawn.faults.front();
      return fail(fault.code, fault.zh + " " + fault.en, fault.field);
    }
    const auto there = store::get_record(replica.store(), wish.type->name, drawn.scope, drawn.id);
    if (there && there->value("state", "") != "drawn") {
      return fail(Errc::frozen, "这次抽取已作废，不再安排检查 this draw was cancelled", "code");
    }
    auto visits = plan(replica, fields, drawn, *places, options);
    if (!visits) return fail(visits.error());
    return Json{{"draw",
                 {{"id", to_text(drawn.id)},
                  {"scope", drawn.scope},
                  {"code", fields.value("code", "")},
                  {"done", name_of(drawn.done)}}},
                {"dry_run", options.dry_run},
                {"visits", *std::move(visits)}};
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::node
