#include "node/store/draws.h"

#include <set>

#include "node/model/draw.h"
#include "node/model/inspection_draw.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;
using model::Json;
using model::ViewOf;

namespace {

constexpr std::int64_t kInService = 3, kContractActive = 4;

/// Who manages a compound, by the contract that began last.
Json company_of(Database& db, const sync::RecordId& compound) {
  auto& s = db.cached(
      "SELECT c.company, p.path FROM r_service_contract c JOIN scope p ON p.id = c._scope"
      " WHERE instr(c.compound, ?1) > 0 AND c.status = ?2 AND (c._flags & 1) = 0"
      " ORDER BY c.start_on DESC, c._rec LIMIT 1");
  s.bind_blob(1, compound.view()).bind(2, kContractActive);
  if (!s.step()) return nullptr;
  const auto ref = model::decode_ref(s.blob(0), s.text(1));
  s.reset();
  if (!ref) return nullptr;
  return {{"id", to_text(ref->id)}, {"scope", ref->scope}};
}

template <class Wanted>
std::map<std::string, DrawnPlace> places(Store& store, Wanted&& wanted) {
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  auto s = lease->prepare(
      "SELECT c._id, p.path, c.compound_code, c.name, c.status FROM r_compound c"
      " JOIN scope p ON p.id = c._scope WHERE (c._flags & 1) = 0"
      " ORDER BY c.status = ?1 DESC, p.path, c._id");
  s.bind(1, kInService);
  std::map<std::string, DrawnPlace> all;
  while (s.step()) {
    DrawnPlace place;
    place.id = sync::RecordId::of(s.blob(0));
    place.scope = s.text(1);
    place.code = s.text(2);
    place.name = s.text(3);
    if (!wanted(place, s.integer(4))) continue;
    place.company = company_of(*lease, place.id);
    all.emplace(place.code, std::move(place));
  }
  return all;
}

/// The inspections that a draw planned, by their compound; of several of one the first. Read once
/// for all of them: there are a great many inspections, and most are of no draw.
std::map<std::string, Json> inspections_of(Store& store, Database& db, const sync::RecordId& draw) {
  const auto* type = model::schema().type("inspection");
  const auto compound = type->field("compound")->number;
  const auto* table = store.projector().table(type->number);
  auto s =
      db.prepare(table->select() + " WHERE instr(draw, ?1) > 0 AND (_flags & 1) = 0 ORDER BY _rec");
  s.bind_blob(1, draw.view());
  std::map<std::string, Json> planned;
  while (s.step()) {
    auto row = table->read(s);
    auto of = ViewOf(row.record)->ref_id(compound);
    if (planned.contains(of)) continue;
    const auto whole = record_json(store, db, row);
    planned.emplace(std::move(of), Json{{"id", whole["id"]},
                                        {"scope", whole["scope"]},
                                        {"state", whole.value("state", Json())}});
  }
  return planned;
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

Json drawn_again(const model::RecordView& draw) {
  using namespace model::draw_field;
  const auto count = draw.integer(kCount).value_or(0), each = draw.integer(kEach).value_or(0);
  Json list = Json::array();
  if (count < 1 || count > model::kDrawPoolMax || each < 1 || each > model::kDrawPoolMax) {
    return list;
  }
  for (const auto& visit : model::draw_visits(
           strings(draw.texts(kCompounds)), static_cast<std::size_t>(count),
           strings(draw.texts(kInspectorPool)), static_cast<std::size_t>(each), draw.text(kSeed))) {
    list.push_back({{"compound", visit.compound}, {"inspectors", visit.inspectors}});
  }
  return list;
}

std::vector<std::string> codes_in(const Json& visits) {
  std::vector<std::string> codes;
  for (const auto& visit : visits) codes.push_back(visit["compound"].get<std::string>());
  return codes;
}

/// Errors: as read_draw.
Result<Row> draw_of(Store& store, Database& db, const std::string& code, const std::string& scope) {
  const auto* table = store.projector().table(model::kTypeInspectionDraw);
  auto s = db.prepare(table->select() + " WHERE code = ?1 AND (_flags & 1) = 0 ORDER BY _rec");
  s.bind_text(1, code);
  std::vector<Row> found;
  while (s.step()) {
    auto row = table->read(s);
    row.record.scope = path_of(db, row.scope);
    if (scope.empty() || row.record.scope == scope) found.push_back(std::move(row));
  }
  if (found.empty()) {
    return fail(Errc::not_found,
                "没有这次抽取 no such draw here: `linli records list inspection_draw` shows them",
                "code");
  }
  if (found.size() == 1) return std::move(found.front());
  std::string scopes;
  for (const auto& row : found) scopes += (scopes.empty() ? "" : "、") + row.record.scope;
  return fail(Errc::bad_value,
              "不止一个单位用了这个抽取编号，请指明范围 several units gave this code, name the "
              "scope of one: " +
                  scopes,
              "scope");
}

}  // namespace

std::map<std::string, DrawnPlace> places_to_draw(Store& store, const std::string& scope) {
  return places(store, [&](const DrawnPlace& place, std::int64_t status) {
    return status == kInService && crypto::scope_covers(scope, place.scope);
  });
}

std::map<std::string, DrawnPlace> places_of(Store& store, const std::vector<std::string>& codes) {
  const std::set<std::string> wanted(codes.begin(), codes.end());
  return places(store,
                [&](const DrawnPlace& place, std::int64_t) { return wanted.contains(place.code); });
}

Result<Json> read_draw(Store& store, const std::string& code, const std::string& scope) {
  try {
    Json answer;
    std::optional<sync::RecordId> id;
    {
      auto lease = store.read();
      const Transaction snapshot(*lease, true);
      auto row = draw_of(store, *lease, code, scope);
      if (!row) return fail(row.error());
      answer["record"] = record_json(store, *lease, *row);
      answer["again"] = drawn_again(*ViewOf(row->record));
      answer["same"] = answer["record"]["fields"].value("drawn", Json::array()) == answer["again"];
      id = row->record.id;
    }
    const auto places = places_of(store, codes_in(answer["again"]));
    answer["visits"] = Json::array();
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    const auto planned = inspections_of(store, *lease, *id);
    for (const auto& visit : answer["again"]) {
      const auto place = places.find(visit["compound"].get<std::string>());
      const bool here = place != places.end();
      const auto inspection =
          here ? planned.find(std::string(place->second.id.view())) : planned.end();
      answer["visits"].push_back(
          {{"compound", visit["compound"]},
           {"name", here ? Json(place->second.name) : Json()},
           {"inspectors", visit["inspectors"]},
           {"inspection", inspection == planned.end() ? Json() : inspection->second}});
    }
    return answer;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
