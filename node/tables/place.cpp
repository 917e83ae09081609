#include "node/tables/place.h"

#include <map>
#include <memory>
#include <tuple>

namespace linli::tables {
namespace {

using model::Field;
using model::FieldType;
using model::Json;
using model::RecordType;

/// A part that stands for itself, whatever stands beside it.
bool clear(std::string_view part, bool alone) {
  if (part.empty() || part.front() == ' ' || part.back() == ' ') return false;
  if (part.front() == '{' || part.front() == '[') return false;
  return part.find_first_of(alone ? "@:\n" : "@:/\n") == part.npos;
}

std::string part_text(const Field& field, const Json& value, const std::string& scope,
                      const Place& place) {
  switch (field.type) {
    case FieldType::integer:
      return value.is_number_integer() ? value.dump() : std::string();
    case FieldType::text:
    case FieldType::date:
      return value.is_string() ? value.get<std::string>() : std::string();
    case FieldType::choice:
      for (const auto& known : field.values) {
        if (value == Json(known.code)) return std::string(known.label.zh);
      }
      return {};
    case FieldType::ref: {
      if (!value.is_object() || field.targets.size() != 1) return {};
      const auto* type = model::schema().type(value.value("type", ""));
      const auto there = value.value("scope", std::string());
      const bool in_city = type && type->home == model::Home::city;
      if (!type || there != (in_city ? std::string(place.city) : scope)) return {};
      return key_text(*type, there, value.value("id", ""), place);
    }
    default:
      return {};
  }
}

}  // namespace

std::string key_text(const RecordType& type, const std::string& scope, const std::string& id,
                     const Place& place) {
  // Two records of one key may be there, told apart by their authors.
  if (!place.lookup || type.key.empty() || type.duplicates != model::Duplicates::merge) return {};
  const auto fields = (*place.lookup)(std::string(type.name), scope, id);
  if (!fields.is_object()) return {};
  std::string text;
  for (const auto name : type.key) {
    const auto& field = *type.field(name);
    const auto value = fields.find(std::string(name));
    if (value == fields.end()) return {};
    const auto part = part_text(field, *value, scope, place);
    const bool nested = field.type == FieldType::ref;  // Its own parts were looked at.
    if (part.empty() || (!nested && !clear(part, type.key.size() == 1))) return {};
    text += (text.empty() ? "" : "/") + part;
  }
  return text;
}

Lookup remembered(Lookup lookup) {
  using Key = std::tuple<std::string, std::string, std::string>;
  constexpr std::size_t kKeptMax = 10'000;
  auto kept = std::make_shared<std::map<Key, Json>>();
  return [lookup = std::move(lookup), kept](const std::string& type, const std::string& scope,
                                            const std::string& id) {
    const Key key{type, scope, id};
    if (const auto found = kept->find(key); found != kept->end()) return found->second;
    if (kept->size() >= kKeptMax) kept->clear();
    return kept->emplace(key, lookup(type, scope, id)).first->second;
  };
}

}  // namespace linli::tables
