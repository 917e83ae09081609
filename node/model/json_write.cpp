// CBOR → JSON, and the schema for programs and forms.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/model/values.h"

namespace linli::model {

namespace {

Json opaque(std::string_view value) { return {{"cbor", crypto::to_hex(value)}}; }

/// A number that this version doesn't know is shown as it stands.
Json code_json(const Field& field, std::int64_t number) {
  for (const auto& known : field.values) {
    if (known.number == number) return known.code;
  }
  return number;
}

Json ref_json(std::string_view value, std::string_view scope) {
  const auto ref = decode_ref(value, scope);
  if (!ref) return opaque(value);
  const auto* type = schema().type(ref->type);
  Json json = Json::object();
  json["type"] = type ? Json(type->name) : Json(ref->type);
  json["scope"] = ref->scope;
  json["id"] = sync::to_text(ref->id);
  return json;
}

Json geo_json(cbor::Reader& r) {
  Json json = Json::object();
  const auto parts = r.array();
  json["lat_e7"] = r.sint();
  json["lon_e7"] = r.sint();
  if (parts == 3) json["accuracy_dm"] = r.sint();
  return json;
}

Json row_json(const Field& field, cbor::Reader& r, std::string_view scope) {
  Json json = Json::object();
  for (cbor::IntMap columns(r); columns.next();) {
    const auto number = columns.key();
    const auto value = r.item();
    const auto column = std::find_if(field.columns.begin(), field.columns.end(),
                                     [number](const Field& f) { return f.number == number; });
    if (column == field.columns.end()) {
      json["#" + std::to_string(number)] = opaque(value);
    } else {
      json[std::string(column->name)] = value_to_json(*column, value, scope);
    }
  }
  return json;
}

Json element_json(const Field& field, cbor::Reader& r, std::string_view scope) {
  switch (field.type) {
    case FieldType::texts:
      return r.text();
    case FieldType::choices:
      return code_json(field, r.sint());
    case FieldType::refs:
      return ref_json(r.item(), scope);
    case FieldType::blobs:
      return crypto::to_hex(r.bytes());
    default:
      return row_json(field, r, scope);
  }
}

Json marks_json(const Field& field, cbor::Reader& r) {
  Json json = Json::object();
  for (auto left = r.map(); left > 0 && r.ok(); --left) {
    const auto item = r.text();
    json[std::string(item)] = code_json(field, r.sint());
  }
  return json;
}

Json read_json(const Field& field, cbor::Reader& r, std::string_view scope) {
  switch (field.type) {
    case FieldType::text:
      return r.text();
    case FieldType::integer:
      return r.sint();
    case FieldType::boolean:
      return r.boolean();
    case FieldType::date:
      return day_text(r.sint());
    case FieldType::instant:
      return instant_text(r.sint());
    case FieldType::choice:
      return code_json(field, r.sint());
    case FieldType::state: {
      const auto move = sync::decode_move(r.item());
      return move ? code_json(field, move->to) : Json();
    }
    case FieldType::ref:
      return ref_json(r.item(), scope);
    case FieldType::marks:
      return marks_json(field, r);
    case FieldType::geo:
      return geo_json(r);
    case FieldType::blob:
      return crypto::to_hex(r.bytes());
    case FieldType::bytes:
      return crypto::to_base64url(r.bytes());
    default:
      break;
  }
  Json json = Json::array();
  for (auto left = r.array(); left > 0 && r.ok(); --left) {
    json.push_back(element_json(field, r, scope));
  }
  return json;
}

}  // namespace

Json value_to_json(const Field& field, std::string_view value, std::string_view scope) {
  if (field.sealed) return {{"withheld", true}, {"sealed", true}};
  if (is_commitment(value)) return {{"withheld", true}};
  cbor::Reader r(value);
  auto json = read_json(field, r, scope);
  return r.ok() && r.at_end() ? json : opaque(value);
}

Json fields_to_json(const RecordView& record) {
  Json json = Json::object();
  for (const auto& value : record.fields) {
    const auto* field = record.type ? record.type->field(value.field) : nullptr;
    if (field) {
      json[std::string(field->name)] = value_to_json(*field, value.value, record.scope);
    } else {
      json["#" + std::to_string(value.field)] = opaque(value.value);
    }
  }
  return json;
}

// ---- The schema --------------------------------------------------------------------------------

namespace {

Json label_json(const Label& label) { return {{"zh", label.zh}, {"en", label.en}}; }

Json names_json(const std::vector<std::string_view>& names) {
  Json json = Json::array();
  for (const auto name : names) json.push_back(name);
  return json;
}

Json roles_json(RoleMask roles) {
  Json json = Json::array();
  for (unsigned n = 1; n < 32; ++n) {
    if (roles & (1u << n)) json.push_back(crypto::name_of(static_cast<crypto::Role>(n)));
  }
  return json;
}

std::string_view name_of(Need need) {
  switch (need) {
    case Need::optional:
      return "optional";
    case Need::required:
      return "required";
    case Need::conditional:
      return "conditional";
    case Need::derived:
      return "derived";
  }
  return "optional";
}

std::string_view name_of(Protection protection) {
  switch (protection) {
    case Protection::plain:
      return "plain";
    case Protection::erasable:
      return "erasable";
    case Protection::personal:
      return "personal";
  }
  return "plain";
}

std::string_view name_of(sync::Audience audience) {
  switch (audience) {
    case sync::Audience::ancestors:
      return "ancestors";
    case sync::Audience::below:
      return "below";
    case sync::Audience::street:
      return "street";
    case sync::Audience::everyone:
      return "everyone";
  }
  return "ancestors";
}

std::string_view name_of(Figure figure) {
  switch (figure) {
    case Figure::number:
      return "number";
    case Figure::percent:
      return "percent";
    case Figure::per_unit:
      return "per_unit";
    case Figure::fen:
      return "fen";
    case Figure::minutes:
      return "minutes";
    case Figure::days:
      return "days";
  }
  return "number";
}

Json field_json(const Field& field) {
  Json json = Json::object();
  json["number"] = field.number;
  json["name"] = field.name;
  json["type"] = model::name_of(field.type);
  json["label"] = label_json(field.label);
  json["need"] = name_of(field.need);
  json["protection"] = name_of(field.protection);
  if (field.unit != Unit::none) json["unit"] = model::name_of(field.unit).code;
  if (!field.values.empty()) {
    auto& values = json["values"] = Json::array();
    for (const auto& value : field.values) {
      values.push_back(
          {{"number", value.number}, {"code", value.code}, {"label", label_json(value.label)}});
    }
  }
  if (!field.targets.empty()) json["targets"] = names_json(field.targets);
  if (field.min) json["min"] = *field.min;
  if (field.max) json["max"] = *field.max;
  if (field.group != 0) json["group"] = field.group;
  json["searched"] = field.searched;
  if (field.sealed) json["sealed"] = true;
  if (field.writers != 0) json["writers"] = roles_json(field.writers);
  if (!field.help.zh.empty()) json["help"] = label_json(field.help);
  if (!field.columns.empty()) {
    auto& columns = json["columns"] = Json::array();
    for (const auto& column : field.columns) columns.push_back(field_json(column));
  }
  return json;
}

Json type_json(const RecordType& type) {
  Json json = Json::object();
  json["number"] = type.number;
  json["name"] = type.name;
  json["label"] = label_json(type.label);
  json["home"] = type.home == Home::city ? "city" : "own";
  json["key"] = names_json(type.key);
  json["duplicates"] = type.duplicates == Duplicates::keep_both ? "keep_both" : "merge";
  json["audience"] = name_of(type.audience);
  json["title"] = type.title;
  json["writers"] = roles_json(type.writers);
  json["removers"] = roles_json(type.removers);
  if (!type.state.empty()) {
    json["state"] = type.state;
    auto& moves = json["moves"] = Json::array();
    for (const auto& move : type.moves) {
      Json one = Json::object();
      one["from"] = move.from.empty() ? Json() : Json(move.from);
      one["to"] = move.to;
      one["roles"] = roles_json(move.roles);
      moves.push_back(std::move(one));
    }
    json["frozen"] = names_json(type.frozen);
  }
  auto& fields = json["fields"] = Json::array();
  for (const auto& field : type.fields) fields.push_back(field_json(field));
  return json;
}

Json statistic_json(const Statistic& statistic) {
  Json json = Json::object();
  json["name"] = statistic.name;
  json["label"] = label_json(statistic.label);
  json["family"] = statistic.family;
  json["figure"] = name_of(statistic.figure);
  auto& by = json["by"] = Json::array();
  for (const auto dim : {statistic.dim1, statistic.dim2}) {
    if (!dim.empty()) by.push_back(dim);
  }
  json["definition"] = label_json(statistic.definition);
  return json;
}

}  // namespace

Json schema_to_json(const Schema& schema) {
  Json json = Json::object();
  json["version"] = schema.version;
  auto& types = json["types"] = Json::array();
  for (const auto& type : schema.types) types.push_back(type_json(type));
  auto& statistics = json["statistics"] = Json::array();
  for (const auto& statistic : schema.statistics) statistics.push_back(statistic_json(statistic));
  return json;
}

}  // namespace linli::model
