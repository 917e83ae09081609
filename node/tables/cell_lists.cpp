#include "node/tables/cell_lists.h"

#include <algorithm>

#include "node/model/json_text.h"
#include "node/tables/cell_dates.h"
#include "node/tables/cells.h"
#include "node/tables/columns.h"
#include "node/tables/decimal.h"

namespace linli::tables {
namespace {

using model::Field;
using model::FieldType;
using model::RecordType;

constexpr std::string_view kSeparators[] = {"、", "；", ";", "\n", "\r"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// ---- Choices -----------------------------------------------------------------------------------

std::optional<Json> choice_value(const Field& field, std::string_view text, std::string& zh,
                                 std::string& en) {
  const auto folded = folded_heading(text);
  for (const auto& known : field.values) {
    if (folded == folded_heading(known.code) || folded == folded_heading(known.label.zh) ||
        folded == folded_heading(known.label.en)) {
      return Json(known.code);
    }
  }
  constexpr std::size_t kListedMax = 12;
  for (std::size_t i = 0; i < field.values.size() && i < kListedMax; ++i) {
    zh += (i == 0 ? "没有这个选项，可填：" : "、") + std::string(field.values[i].label.zh);
    en += (i == 0 ? "no such choice; one of " : ", ") + std::string(field.values[i].code);
  }
  if (field.values.size() > kListedMax) zh += "等", en += " …";
  return {};
}

std::string choice_text(const Field& field, const Json& code) {
  if (!code.is_string()) return code.dump();  // A later version's.
  for (const auto& known : field.values) {
    if (known.code == code.get_ref<const std::string&>()) return std::string(known.label.zh);
  }
  return code.get<std::string>();
}

// ---- References --------------------------------------------------------------------------------

/// How many parts a key has when those of the records that it names are written out as well.
std::size_t parts_of(const RecordType& type) {
  std::size_t n = 0;
  for (const auto name : type.key) {
    const auto* field = type.field(name);
    const auto* target = field->type == FieldType::ref && field->targets.size() == 1
                             ? model::schema().type(field->targets.front())
                             : nullptr;
    n += target && !target->key.empty() ? parts_of(*target) : 1;
  }
  return n;
}

std::optional<Json> part_value(const Field& field, const std::string& text) {
  std::string zh, en;
  Why why;
  switch (field.type) {
    case FieldType::integer: {
      const auto number = parse_decimal(text);
      std::int64_t whole = 0;
      if (!number || scaled(*number, 0, whole) != Scaled::exact) return {};
      return Json(whole);
    }
    case FieldType::date: {
      const auto day = read_day(plain(text), why);
      if (!day) return {};
      return Json(model::day_text(*day));
    }
    case FieldType::choice:
      return choice_value(field, text, zh, en);
    default:
      return Json(text);
  }
}

/// The natural key of `type` from its parts; `deep`: with those of the records that it names.
std::optional<Json> key_value(const RecordType& type, const std::vector<std::string>& parts,
                              std::size_t& at, bool deep) {
  Json key = Json::array();
  for (const auto name : type.key) {
    const auto& field = *type.field(name);
    const auto* target = deep && field.type == FieldType::ref && field.targets.size() == 1
                             ? model::schema().type(field.targets.front())
                             : nullptr;
    auto part = target && !target->key.empty() ? key_value(*target, parts, at, true)
                                               : part_value(field, parts[at++]);
    if (!part) return {};
    key.push_back(std::move(*part));
  }
  if (key.size() == 1) return key.front();
  return key;
}

std::vector<std::string> split_key(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto slash = text.find('/');
    parts.emplace_back(trimmed(text.substr(0, slash)));
    if (slash == text.npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

std::string key_words(const RecordType& type) {
  std::string words;
  for (const auto name : type.key) {
    words += (words.empty() ? "" : "/") + std::string(type.field(name)->label.zh);
  }
  return words;
}

const RecordType* target_of(const Field& field, std::string_view& text) {
  const auto colon = text.find(':');
  for (const auto name : field.targets) {
    const auto* type = model::schema().type(name);
    if (!type) continue;
    if (colon != text.npos) {
      const auto said = folded_heading(text.substr(0, colon));
      if (said == name || said == folded_heading(type->label.zh)) {
        text = trimmed(text.substr(colon + 1));
        return type;
      }
    }
  }
  return field.targets.size() == 1 ? model::schema().type(field.targets.front()) : nullptr;
}

std::optional<Json> ref_value(const Field& field, std::string_view text, std::string& zh,
                              std::string& en) {
  if (auto json = json_of(text, '{')) return json;
  const auto* type = target_of(field, text);
  if (!type) {
    for (const auto name : field.targets) {
      zh += (zh.empty() ? "请在前面写明类别，如 " : " 或 ") + std::string(name) + ":编号";
      en += (en.empty() ? "say which type it is: " : " or ") + std::string(name) + ":id";
    }
    return {};
  }
  Json ref = Json::object();
  if (field.targets.size() > 1) ref["type"] = type->name;
  if (const auto at = text.rfind('@'); at != text.npos) {
    const auto scope = text.substr(at + 1);
    if (crypto::valid_scope(scope)) {
      ref["scope"] = scope;
      text = trimmed(text.substr(0, at));
    }
  }
  const std::string rest(text);
  if (sync::record_id(rest)) {
    if (ref.empty()) return Json(rest);
    ref["id"] = rest;
    return ref;
  }
  const auto parts = type->key.size() == 1 && parts_of(*type) == 1 ? std::vector<std::string>{rest}
                                                                   : split_key(rest);
  const bool deep = parts.size() == parts_of(*type);
  if (type->key.empty() || (!deep && parts.size() != type->key.size())) {
    const auto key = type->key.empty() ? std::string() : "，或“" + key_words(*type) + "”";
    zh = "应为" + std::string(type->label.zh) + "的记录编号" + key;
    en = std::string("expected a record id") +
         (key.empty() ? "" : " or the natural key, its parts joined by /");
    return {};
  }
  std::size_t at = 0;
  auto key = key_value(*type, parts, at, deep);
  if (!key) {
    zh = "应为“" + key_words(*type) + "”";
    en = "isn't a natural key of " + std::string(type->name);
    return {};
  }
  if (ref.empty()) return key;
  ref["key"] = std::move(*key);
  return ref;
}

std::string ref_text(const Field& field, const Json& ref, const Place& place) {
  if (!ref.is_object() || !ref.contains("id") || !ref["type"].is_string()) return ref.dump();
  const auto& name = ref["type"].get_ref<const std::string&>();
  const auto* type = model::schema().type(name);
  auto text = ref["id"].get<std::string>();
  const auto there = ref.value("scope", std::string());
  if (type) {
    if (const auto key = key_text(*type, there, text, place); !key.empty()) text = key;
  }
  const bool in_city = type && type->home == model::Home::city;
  if (there != (in_city ? place.city : place.scope)) text += "@" + there;
  return field.targets.size() > 1 ? name + ":" + text : text;
}

bool needs_json(std::string_view item) {
  if (item.empty() || item.front() == '[' || trimmed(item) != item) return true;
  return std::any_of(std::begin(kSeparators), std::end(kSeparators),
                     [item](std::string_view s) { return item.find(s) != item.npos; });
}

}  // namespace

std::optional<Json> json_of(std::string_view text, char opening) {
  text = trimmed(text);
  if (text.empty() || text.front() != opening) return {};
  auto json = model::read_json(text);
  if (!json) return {};
  return *std::move(json);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    std::size_t end = text.size(), size = 0;
    for (const auto separator : kSeparators) {
      const auto at = text.find(separator);
      if (at < end) end = at, size = separator.size();
    }
    if (const auto item = trimmed(text.substr(0, end)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(end + size);
  }
  return items;
}

std::optional<Json> item_value(const Field& field, const std::string& text, std::string& zh,
                               std::string& en) {
  switch (field.type) {
    case FieldType::choice:
    case FieldType::choices:
    case FieldType::state:
      return choice_value(field, text, zh, en);
    case FieldType::ref:
    case FieldType::refs:
      return ref_value(field, trimmed(text), zh, en);
    default:
      return Json(text);
  }
}

std::optional<Json> marks_value(const Field& field, std::string_view text, std::string& zh,
                                std::string& en) {
  if (auto json = json_of(text, '{')) return json;
  Json marks = Json::object();
  for (const auto& item : split_list(text)) {
    constexpr std::string_view kColon = "：";
    auto at = item.rfind('=');
    std::size_t size = 1;
    if (at == item.npos) at = item.rfind(':');
    if (at == item.npos) at = item.rfind(kColon), size = kColon.size();
    if (at == item.npos) {
      zh = "应为“项目=结果”，用、隔开，收到 " + item;
      en = "expected item=result, separated by 、 or ;, got " + item;
      return {};
    }
    auto code = choice_value(field, trimmed(std::string_view(item).substr(at + size)), zh, en);
    if (!code) return {};
    marks[std::string(trimmed(std::string_view(item).substr(0, at)))] = std::move(*code);
  }
  return marks;
}

std::string item_text(const Field& field, const Json& item, const Place& place) {
  switch (field.type) {
    case FieldType::choice:
    case FieldType::choices:
    case FieldType::state:
      return choice_text(field, item);
    case FieldType::ref:
    case FieldType::refs:
      return ref_text(field, item, place);
    default:
      return item.is_string() ? item.get<std::string>() : item.dump();
  }
}

std::string list_text(const Field& field, const Json& list, const Place& place) {
  std::string text;
  for (const auto& item : list) {
    const auto one = item_text(field, item, place);
    if (needs_json(one)) return list.dump();
    text += (text.empty() ? "" : "、") + one;
  }
  return text;
}

std::string marks_text(const Field& field, const Json& marks) {
  std::string text;
  for (const auto& [item, code] : marks.items()) {
    auto one = item + "=" + choice_text(field, code);
    if (needs_json(one) || item.find('=') != item.npos || item.front() == '{') return marks.dump();
    text += (text.empty() ? "" : "、") + one;
  }
  return text;
}

}  // namespace linli::tables
