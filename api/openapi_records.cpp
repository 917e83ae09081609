// The contract of each record type, from its declaration: `Compound` (fields as they are read),
// `CompoundRecord` (as the API gives it), `CompoundDraft` (as it is written), and their routes.
#include <cctype>
#include <stdexcept>

#include "api/openapi.h"
#include "api/shape.h"

namespace linli::api {
namespace {

using model::Field;
using model::FieldType;
using model::Json;
using model::RecordType;

std::string in_camel_case(std::string_view name) {
  std::string camel;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      camel += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return camel;
}

std::string text_of(const model::Label& label) {
  return std::string(label.zh) + " " + std::string(label.en);
}
Json ref_to(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

Json codes(const Field& field) {
  Json values = Json::array();
  for (const auto& value : field.values) values.push_back(value.code);
  return {{"type", "string"}, {"enum", std::move(values)}};
}

/// As it is read, or as it is written: refs differ.
enum class Side : std::uint8_t { read, write };

Json value_schema(const Field& field, Side side);

Json row_schema(const Field& field, Side side) {
  Json properties = Json::object();
  for (const auto& column : field.columns) {
    properties[std::string(column.name)] = value_schema(column, side);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

Json text_schema(const Field& field) {
  Json json{{"type", "string"}};
  if (field.min) json["minLength"] = *field.min;
  if (field.max) json["maxLength"] = *field.max;
  return json;
}

Json integer_schema(const Field& field) {
  auto json = schema_of_shape("int");
  if (field.min) json["minimum"] = *field.min;
  if (field.max) json["maximum"] = *field.max;
  return json;
}

Json value_schema(const Field& field, Side side) {
  const auto* ref = side == Side::read ? "Ref" : "RefWish";
  switch (field.type) {
    case FieldType::text:
      return text_schema(field);
    case FieldType::integer:
      return integer_schema(field);
    case FieldType::boolean:
      return schema_of_shape("bool");
    case FieldType::date:
      return schema_of_shape("day");
    case FieldType::instant:
      return schema_of_shape(side == Side::read ? "time" : "text");
    case FieldType::choice:
    case FieldType::state:
      return codes(field);
    case FieldType::choices:
      return list_of(codes(field));
    case FieldType::ref:
      return ref_to(ref);
    case FieldType::refs:
      return list_of(ref_to(ref));
    case FieldType::texts:
      return list_of(schema_of_shape("text"));
    case FieldType::marks:
      return {{"type", "object"}, {"additionalProperties", codes(field)}};
    case FieldType::rows:
      return list_of(row_schema(field, side));
    case FieldType::geo:
      return ref_to("Geo");
    case FieldType::blob:
      return schema_of_shape("hex");
    case FieldType::blobs:
      return list_of(schema_of_shape("hex"));
    case FieldType::bytes:
      return schema_of_shape("base64url");
  }
  return Json::object();
}

/// A value that may be withheld from who asks, or erased by now.
Json shown_schema(const Field& field) {
  auto value = value_schema(field, Side::read);
  if (field.protection == model::Protection::plain && !field.sealed) return value;
  return {{"anyOf", Json::array({std::move(value), ref_to("Withheld")})}};
}

Json described(Json schema, const Field& field) {
  auto text = text_of(field.label);
  if (!field.help.zh.empty()) text += "；" + text_of(field.help);
  if (field.need == model::Need::required) text += "（必填 required）";
  if (field.need == model::Need::derived) text += "（自动得出 derived）";
  schema["description"] = text;
  return schema;
}

void describe_fields(const RecordType& type, const std::string& name, Json& schemas) {
  Json shown = Json::object(), written = Json::object();
  written["id"] = schema_of_shape("id");
  written["scope"] = schema_of_shape("text");
  for (const auto& field : type.fields) {
    const std::string member(field.name);
    shown[member] = described(shown_schema(field), field);
    if (field.need == model::Need::derived) continue;
    // null clears a value.
    written[member] = described(
        {{"anyOf", Json::array({value_schema(field, Side::write), schema_of_shape("null")})}},
        field);
  }
  schemas[name] = {
      {"type", "object"}, {"description", text_of(type.label)}, {"properties", std::move(shown)}};
  schemas[name + "Draft"] = {
      {"type", "object"}, {"description", text_of(type.label)}, {"properties", std::move(written)}};
  schemas[name + "Record"] = {
      {"allOf", Json::array({ref_to("Record"),
                             {{"type", "object"},
                              {"required", Json::array({"fields"})},
                              {"properties", {{"fields", ref_to(name)}}}}})}};
}

/// What can be filtered by: FIELD=VALUE.
std::string filters(const RecordType& type) {
  std::string query;
  for (const auto& field : type.fields) {
    const bool plain = field.protection == model::Protection::plain && !field.sealed;
    switch (field.type) {
      case FieldType::text:
      case FieldType::integer:
      case FieldType::boolean:
      case FieldType::date:
      case FieldType::instant:
      case FieldType::choice:
      case FieldType::state:
      case FieldType::ref:
        if (plain) query += ", " + std::string(field.name) + "?: text";
        break;
      default:
        break;
    }
  }
  return query;
}

Json header(const char* name, const char* description) {
  return {{"name", name},
          {"in", "header"},
          {"description", description},
          {"schema", schema_of_shape("text")}};
}

void describe_routes(const RecordType& type, const std::string& name, Json& paths) {
  const auto many = "/api/v1/records/" + std::string(type.name);
  const auto one = many + "/{id}";
  const auto operation = [&](const char* verb, const std::string& path, const std::string& query,
                             const std::string& body, const std::string& answer, int status) {
    const auto id = verb + name + "Record";
    return operation_json({.method = "",
                           .path = path,
                           .id = id,
                           .tag = "records",
                           .summary = type.label,
                           .query = query,
                           .body = body,
                           .answer = answer,
                           .status = status});
  };
  auto& all = paths[many];
  all["get"] =
      operation("list", many,
                "limit?: int, cursor?: text, scope?: text, fields?: text, order?: 'newest', "
                "removed?: '1', since?: text" +
                    filters(type),
                "",
                "{items: [" + name +
                    "Record], next_cursor: text | null, since: text, gone?: [Gone], more?: bool}",
                200);
  all["get"]["parameters"].push_back(header("If-None-Match", "ETag"));
  all["post"] = operation("create", many, "scope?: text", name + "Draft", name + "Record", 201);
  all["post"]["parameters"].push_back(
      header("Idempotency-Key", "同一请求可以重复 the same request, however often it is sent"));
  paths[many + "/import"]["post"] =
      operation("import", many + "/import",
                "dry_run?: '1', skip_bad?: '1', update?: '1', scope?: text, sheet?: text, "
                "encoding?: text, map?: [text], rejects?: 'csv' | 'xlsx'",
                "text/csv", "ImportReport", 200);
  paths[many + "/export"]["get"] = operation(
      "export", many + "/export", "format?: 'csv' | 'xlsx', template?: '1'", "", "text/csv", 200);
  auto& single = paths[one];
  single["get"] = operation("read", one, "scope?: text, fields?: text", "", name + "Record", 200);
  single["get"]["parameters"].push_back(header("If-None-Match", "ETag"));
  single["patch"] = operation("change", one, "scope?: text", name + "Draft", name + "Record", 200);
  single["patch"]["parameters"].push_back(header(
      "If-Match", "所依据的版本 the version that it was made on; else 412, with what is now"));
  single["delete"] = operation("remove", one, "scope?: text", "", "", 204);
  single["delete"]["parameters"].push_back(header("If-Match", "ETag"));
  paths[one + "/history"]["get"] =
      operation("history", one + "/history", "scope?: text", "", "RecordHistory", 200);
  paths[one + "/erase"]["post"] =
      operation("erase", one + "/erase", "scope?: text", "ErasureWish", "any", 200);
}

}  // namespace

void describe_records(const model::Schema& schema, Json& document) {
  for (const auto& type : schema.types) {
    const auto name = in_camel_case(type.name);
    describe_fields(type, name, document["components"]["schemas"]);
    describe_routes(type, name, document["paths"]);
  }
}

}  // namespace linli::api
