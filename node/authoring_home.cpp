// Where a new record lives that was given no scope, and where those stand that it names by id or
// number alone. A compound may have a path of its own below its community's: then its records live
// there, and when it moves, they go along, and nothing else does (linli nodes scopes).
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/org_link.h"
#include "node/model/organisation.h"
#include "node/model/settings.h"
#include "node/store/found_in.h"

namespace linli::node {
namespace {

constexpr const char* kCode = "compound_code";

/// The one type that a reference can mean. Null: it says which, wrongly or not at all.
const RecordType* target_of(const Field& field, const Json& value) {
  if (value.is_object() && value.contains("type")) {
    const auto& named = value["type"];
    return named.is_string() ? model::schema().type(named.get<std::string>()) : nullptr;
  }
  return field.targets.size() == 1 ? model::schema().type(field.targets.front()) : nullptr;
}

/// Its id or natural key; without the scope, if it has one.
const Json& name_in(const Json& value) {
  if (!value.is_object()) return value;
  const auto id = value.find("id");
  const auto key = value.find("key");
  return id != value.end() ? *id : key != value.end() ? *key : value;
}

std::optional<sync::RecordId> id_in(const Json& name) {
  if (!name.is_string()) return std::nullopt;
  const auto id = sync::record_id(name.get<std::string>());
  return id ? std::optional(*id) : std::nullopt;
}

bool is_keyed_alike(const Record& one, const Record& keyed) {
  const auto& [field, value] = keyed.fields.front();
  const auto* its = one.get(field);
  return its && *its == value;
}

}  // namespace

/// Where a record stands that is named by its id, or by a number that the city gives once: beside
/// `scope` if it can, else wherever else. What is written in the same call counts.
std::vector<std::string> Replica::Authoring::places_of(const RecordType& type, const Json& name,
                                                       const std::string& scope) const {
  const auto frame = replica.frame();
  std::optional<Record> keyed;
  auto id = id_in(name);
  if (!id) {
    if (type.key.size() != 1 || !model::one_in_the_city(type)) return {};
    const auto* field = type.field(type.key.front());
    auto value = model::value_from_json(*field, name, scope, frame);
    if (!value) return {};
    id = model::derived_id(type, city(), scope, {*value});
    keyed = Record{&type, scope, *id, false, {}};
    keyed->set(field->number, *std::move(value));
  }
  if (find(type.number, scope, *id)) return {scope};
  const auto& table = *replica.store_->projector().table(type.number);
  auto& db = replica.store_->database();
  auto places = keyed ? store::found_in_by_key(db, table, *keyed) : store::found_in(db, table, *id);
  if (!places.empty()) return places;
  for (auto at = pending.lower_bound({type.number, {}});
       at != pending.end() && at->first.first == type.number; ++at) {
    const auto& record = at->second;
    if (keyed ? is_keyed_alike(record, *keyed) : record.id == *id) {
      places.push_back(record.scope);
    }
  }
  return places;
}

/// Is it the path of one compound, which is recorded there?
bool Replica::Authoring::is_compound_path(const std::string& scope) const {
  const auto& type = *model::schema().type(model::kTypeCompound);
  const auto code = scope.substr(scope.rfind('/') + 1);
  return find(type.number, scope, model::derived_id(type, city(), scope, {cbor::encode_text(code)}))
      .has_value();
}

/// A new compound's, where the city wants that each has its own path; that of the compound which a
/// record is about, by whatever it refers to. Nothing: it lives where all of this node's do.
std::optional<std::string> Replica::Authoring::home_of(const RecordType& type,
                                                       const Json& fields) const {
  const auto own_scope = replica.frame().own_scope;
  if (type.number == model::kTypeCompound) {
    const auto code = fields.find(kCode);
    if (code == fields.end() || !code->is_string() || own.role != crypto::Role::office ||
        model::setting(*this, own_scope, "compound_paths") == 0) {
      return std::nullopt;
    }
    if (const auto there = places_of(type, *code, own_scope); !there.empty()) return there.front();
    auto path = own_scope + '/' + code->get<std::string>();
    return crypto::valid_scope(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  for (const auto& field : type.fields) {
    const auto given = fields.find(std::string(field.name));
    if (given == fields.end()) continue;
    const bool many = field.type == model::FieldType::refs && given->is_array() && !given->empty();
    if (!many && field.type != model::FieldType::ref) continue;
    auto place = compound_path_of(field, many ? given->front() : *given, own_scope);
    if (place) return place;
  }
  return std::nullopt;
}

/// The path of the compound that a reference leads to, if that has one and this node may write
/// there.
std::optional<std::string> Replica::Authoring::compound_path_of(
    const Field& field, const Json& value, const std::string& own_scope) const {
  const auto* target = target_of(field, value);
  if (!target || target->home == model::Home::city) return std::nullopt;
  auto places = places_of(*target, name_in(value), own_scope);
  if (value.is_object() && value.contains("scope") && value["scope"].is_string()) {
    places = {value["scope"].get<std::string>()};
  }
  const bool is_one = places.size() == 1 && places.front() != own_scope;
  if (!is_one || !own.covers(places.front()) || !is_compound_path(places.front()))
    return std::nullopt;
  return places.front();
}

/// A reference without a scope means a record beside this one, as ever; if none stands there and
/// one does elsewhere, that one.
void Replica::Authoring::complete(const Field& field, const std::string& scope, Json& value) const {
  const auto* target = target_of(field, value);
  if (!target || target->home == model::Home::city) return;
  if (value.is_object() &&
      (value.contains("scope") || value.contains("id") == value.contains("key")))
    return;
  const auto name = name_in(value);
  const auto places = places_of(*target, name, scope);
  if (places.size() != 1 || places.front() == scope) return;
  if (!value.is_object()) value = Json{{id_in(name) ? "id" : "key", name}};
  value["scope"] = places.front();
}

void Replica::Authoring::settle_places(const Wish& wish, Json& fields) const {
  const auto& type = *wish.type;
  const bool is_new = !wish.id || wish.create_only;
  if (is_new && type.home == model::Home::own && !fields.contains("scope")) {
    if (auto home = home_of(type, fields)) fields["scope"] = *std::move(home);
  }
  const auto frame = replica.frame();
  const auto given = fields.value("scope", Json());
  const auto scope = given.is_string()                ? given.get<std::string>()
                     : type.home == model::Home::city ? frame.city_scope
                                                      : frame.own_scope;
  for (const auto& field : type.fields) {
    const auto value = fields.find(std::string(field.name));
    if (value == fields.end() || value->is_null()) continue;
    if (field.type == model::FieldType::ref) complete(field, scope, *value);
    if (field.type != model::FieldType::refs || !value->is_array()) continue;
    for (auto& one : *value) complete(field, scope, one);
  }
}

}  // namespace linli::node
