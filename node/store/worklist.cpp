#include "node/store/worklist.h"

#include <algorithm>
#include <set>

#include "node/store/changes.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

/// So many changed records are told one by one; of more the whole list is the shorter answer.
constexpr std::size_t kChangedMax = 1000;

/// One part of the list: which records, which of their fields, in which order.
struct Part {
  const char* name;  ///< In the answer.
  const char* type;
  std::vector<std::string_view> states;  ///< On the list while in one of these; empty: always.
  std::string also;                      ///< Another condition, in SQL; may use ?2 (today).
  const char* order;
  std::size_t most;
  std::vector<std::string_view> fields;
};

const std::vector<Part>& parts() {
  static const std::vector<Part> kParts{
      {"inspections",
       "inspection",
       {"planned", "started", "returned"},
       "",
       "\"started_at\", _rec",
       kWorkInspectionsMax,
       {"kind", "compound", "company", "template", "campaign", "inspectors", "started_at", "status",
        "note", "return_reason"}},
      {"findings",
       "finding",
       {"open", "noticed", "replied", "not_fixed", "second_notice", "fixed", "referred"},
       "",
       "\"due_on\" IS NULL, \"due_on\", _rec",
       kWorkFindingsMax,
       {"inspection", "compound", "company", "item_code", "severity", "description", "place",
        "photos", "responsible", "found_on", "due_on", "status", "campaign"}},
      {"notices",
       "notice",
       {"issued", "served", "extended", "answered"},
       "",
       "coalesce(\"extended_due_on\", \"due_on\"), _rec",
       kWorkNoticesMax,
       {"provisional_no", "official_no", "findings", "compound", "addressee", "issued_on", "due_on",
        "extended_due_on", "answered_on", "status"}},
      {"compounds",
       "compound",
       {"planned", "delivered", "in_service", "unmanaged"},
       "",
       "\"name\", _rec",
       kWorkCompoundsMax,
       {"compound_code", "name", "aliases", "address", "location", "management_mode",
        "building_count", "lift_count", "basement", "flood_risk", "status"}},
      {"contracts",
       "service_contract",
       {"active", "expiring", "open_ended"},
       "",
       "_rec",
       kWorkCompoundsMax,
       {"compound", "company", "end_on", "status"}},
      {"templates",
       "template",
       {"published"},
       "",
       "\"code\", \"version\" DESC",
       kWorkTemplatesMax,
       {"code", "version", "name", "items", "status"}},
      {"campaigns",
       "campaign",
       {},
       "\"to_on\" >= ?2",
       "\"to_on\", _rec",
       kWorkCampaignsMax,
       {"code", "name", "kind", "template", "from_on", "to_on", "target_scopes", "target_compounds",
        "quota", "finding_days_max"}},
  };
  return kParts;
}

/// Numbers of those states that the type has.
std::string states_sql(const model::RecordType& type, const Part& part) {
  std::string numbers;
  for (const auto& value : type.field(type.state)->values) {
    if (std::find(part.states.begin(), part.states.end(), value.code) == part.states.end())
      continue;
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(value.number);
  }
  ensure(!numbers.empty(), "a part of the work list names states of its type");
  return " AND " + Table::column(*type.field(type.state)) + " IN (" + numbers + ")";
}

/// What is the city's for everybody (checklists, campaigns) has no place below it.
bool has_places(const model::RecordType& type) { return type.home != model::Home::city; }

std::string condition(const model::RecordType& type, const Part& part) {
  std::string sql = " WHERE (_flags & 1) = 0";
  if (!part.states.empty()) sql += states_sql(type, part);
  if (!part.also.empty()) sql += " AND " + part.also;
  if (has_places(type)) {
    sql += " AND _scope IN (SELECT id FROM scope WHERE path = ?1 OR path GLOB ?1 || '/*')";
  }
  return sql;
}

/// A record with these fields only. None of them is personal.
Json slim(Store& store, Database& db, const Part& part, Row& row) {
  auto json = record_json(store, db, row);
  Json kept = Json::object();
  for (const auto name : part.fields) {
    const auto* field = row.record.type->field(name);
    ensure(field && field->protection != model::Protection::personal,
           "a work list shows no personal values");
    const auto value = json["fields"].find(std::string(name));
    if (value != json["fields"].end()) kept[std::string(name)] = std::move(*value);
  }
  json["fields"] = std::move(kept);
  return json;
}

bool names_inspector(const Json& item, const std::string& inspector) {
  const auto numbers = item["fields"].find("inspectors");
  return numbers != item["fields"].end() && numbers->is_array() &&
         std::find(numbers->begin(), numbers->end(), inspector) != numbers->end();
}

class List {
 public:
  List(Store& store, Database& db, const WorklistRequest& request)
      : store_(store), db_(db), request_(request) {}

  void add(const Part& part) {
    const auto& table = *store_.projector().table(model::schema().type(part.type)->number);
    const auto where = condition(table.type(), part);
    auto rows = db_.prepare(table.select() + where + " ORDER BY " + part.order + " LIMIT " +
                            std::to_string(part.most + 1));
    bind(rows, table.type(), part);
    auto items = Json::array();
    while (rows.step()) {
      auto row = table.read(rows);
      if (items.size() == part.most) {
        count_rest(part, table, where);
        break;
      }
      items.push_back(slim(store_, db_, part, row));
    }
    if (!request_.inspector.empty() && part.type == std::string_view("inspection")) {
      std::stable_partition(items.begin(), items.end(), [&](const Json& item) {
        return names_inspector(item, request_.inspector);
      });
    }
    json_[part.name] = std::move(items);
  }

  [[nodiscard]] bool left_out() const { return !left_out_.empty(); }
  [[nodiscard]] Json take() {
    json_["left_out"] = left_out_;
    return std::move(json_);
  }

 private:
  /// What `condition` asks for, and nothing else.
  void bind(Statement& rows, const model::RecordType& type, const Part& part) const {
    if (has_places(type)) rows.bind_text(1, request_.scope);
    if (!part.also.empty()) rows.bind(2, request_.today);
  }
  void count_rest(const Part& part, const Table& table, const std::string& where) {
    auto count = db_.prepare("SELECT count(*) FROM " + table.name() + where);
    bind(count, table.type(), part);
    count.step();
    left_out_[part.name] = count.integer(0) - static_cast<std::int64_t>(part.most);
  }

  Store& store_;
  Database& db_;
  const WorklistRequest& request_;
  Json json_ = Json::object();
  Json left_out_ = Json::object();
};

using Names = std::set<std::pair<std::string, std::string>>;  ///< Id and scope.

/// Leaves only what is named; what is named and not there goes to `gone`.
void keep_changed(Json& json, const std::vector<ChangedName>& changed, Database& db) {
  Names names, shown;
  for (const auto& name : changed) names.emplace(to_text(name.id), path_of(db, name.scope));
  for (const auto& part : parts()) {
    auto kept = Json::array();
    for (auto& item : json[part.name]) {
      const std::pair name(item["id"].get<std::string>(), item["scope"].get<std::string>());
      if (!names.contains(name)) continue;
      shown.insert(name);
      kept.push_back(std::move(item));
    }
    json[part.name] = std::move(kept);
  }
  for (const auto& name : changed) {
    if (!shown.contains({to_text(name.id), path_of(db, name.scope)})) {
      json["gone"].push_back(gone_json(db, name, false));
    }
  }
}

Result<ChangedNames> changed_of_list(Database& db, const WorklistRequest& request) {
  std::set<std::uint32_t> types;
  for (const auto& part : parts()) types.insert(model::schema().type(part.type)->number);
  return changed_since(
      db, request.since,
      [&](std::uint32_t type, std::int64_t scope) {
        if (!types.contains(type)) return false;
        const auto* declared = model::schema().type(type);
        const auto path = path_of(db, scope);
        return !has_places(*declared) || path == request.scope ||
               path.starts_with(request.scope + "/");
      },
      kChangedMax);
}

}  // namespace

Result<Json> read_worklist(Store& store, const WorklistRequest& request) {
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    std::optional<ChangedNames> changed;
    if (!request.since.empty()) {
      auto found = changed_of_list(db, request);
      if (!found) return fail(found.error());
      changed = std::move(*found);
    }
    List list(store, db, request);
    for (const auto& part : parts()) list.add(part);
    // Where some are left out, a place that gets free is taken by one that nobody changed.
    const bool whole = !changed || changed->more || list.left_out();
    auto json = list.take();
    json["since"] = position_now(db);
    json["whole"] = whole;
    json["gone"] = Json::array();
    if (!whole) keep_changed(json, changed->names, db);
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
