// tests/api/contract.h: is an answer what the API's contract says?
#pragma once

#include "api/openapi.h"
#include "tests/support/city.h"

namespace linli::test {

inline const Json& contract() {
  static const Json document = api::openapi(model::schema());
  return document;
}

/// Everything in `value` that isn't as `schema` says, each with its place. The part of JSON Schema
/// that the contract uses.
inline void compare(const Json& value, const Json& schema, const std::string& at,
                    std::vector<std::string>& wrong) {
  if (schema.contains("$ref")) {
    const auto path = schema["$ref"].get<std::string>().substr(1);
    return compare(value, contract().at(Json::json_pointer(path)), at, wrong);
  }
  if (schema.contains("anyOf")) {
    std::vector<std::string> nearest;
    for (const auto& one : schema["anyOf"]) {
      std::vector<std::string> here;
      compare(value, one, at, here);
      if (here.empty()) return;
      if (nearest.empty() || here.size() < nearest.size()) nearest = here;
    }
    wrong.insert(wrong.end(), nearest.begin(), nearest.end());
    return;
  }
  if (schema.contains("allOf")) {
    Json whole{{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
    for (const auto& part : schema["allOf"]) {
      const auto path = part.value("$ref", "#").substr(1);
      const auto& one = path.empty() ? part : contract().at(Json::json_pointer(path));
      for (const auto& [name, property] : one["properties"].items()) {
        whole["properties"][name] = property;
      }
      for (const auto& name : one.value("required", Json::array())) {
        whole["required"].push_back(name);
      }
    }
    return compare(value, whole, at, wrong);
  }
  if (schema.contains("enum")) {
    for (const auto& code : schema["enum"]) {
      if (code == value) return;
    }
    return wrong.push_back(at + ": not one of its codes: " + value.dump());
  }
  const auto type = schema.value("type", "");
  const bool fits =
      type.empty() || (type == "string" && value.is_string()) ||
      (type == "integer" && value.is_number_integer()) || (type == "number" && value.is_number()) ||
      (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null()) ||
      (type == "array" && value.is_array()) || (type == "object" && value.is_object());
  if (!fits)
    return wrong.push_back(at + ": " + type + " expected, is " + value.dump().substr(0, 60));
  if (type == "array") {
    for (const auto& item : value) compare(item, schema["items"], at + "[]", wrong);
  }
  if (type != "object" || !value.is_object()) return;
  for (const auto& name : schema.value("required", Json::array())) {
    const auto member = name.get<std::string>();
    if (!value.contains(member)) wrong.push_back(at + "." + member + ": missing");
  }
  for (const auto& [name, member] : value.items()) {
    const auto below = at + "." + name;
    if (schema.contains("properties") && schema["properties"].contains(name)) {
      compare(member, schema["properties"][name], below, wrong);
    } else if (schema.contains("additionalProperties")) {
      compare(member, schema["additionalProperties"], below, wrong);
    } else if (schema.contains("properties")) {
      wrong.push_back(below + ": the contract doesn't know it");
    }
  }
}

/// Of an answer and what the contract says of that operation.
inline std::vector<std::string> differences(const Json& answer, const Json& operation) {
  std::vector<std::string> wrong;
  for (const auto& [status, told] : operation["responses"].items()) {
    if (!status.starts_with('2') || !told.contains("content")) continue;
    compare(answer, told["content"]["application/json"]["schema"], "", wrong);
  }
  return wrong;
}

}  // namespace linli::test
