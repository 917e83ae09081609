// JSON values → CBOR, each fault with the member it stands in.
#include "node/model/json_value_reader.h"

#include <algorithm>
#include <map>

#include "crypto/cbor.h"
#include "node/model/values.h"
#include "node/model/visible.h"

namespace linli::model {
namespace {

const std::string& string_of(const Json& value) { return value.get_ref<const std::string&>(); }

/// Two digits of "2023-02-30".
int two_digits(const std::string& text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// 30 February is written like a date, so that "expected a date" would tell nobody what is wrong:
/// says that there is no such day, if that is what is wrong with it.
bool no_such_day(const Json& value, const std::string& path, std::vector<Fault>& faults) {
  constexpr std::string_view kShape = "0000-00-00";
  if (!value.is_string() || string_of(value).size() < kShape.size()) return false;
  const auto day = string_of(value).substr(0, kShape.size());
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = day[i] >= '0' && day[i] <= '9';
    if (kShape[i] == '0' ? !digit : day[i] != '-') return false;
  }
  if (parse_day(day)) return false;
  const auto year = day.substr(0, 4);
  const auto month = std::to_string(two_digits(day, 5)),
             number = std::to_string(two_digits(day, 8));
  if (two_digits(day, 5) < 1 || two_digits(day, 5) > 12) {
    add_fault(faults, path, Errc::bad_value, "一年没有第 " + month + " 个月",
              "there is no month " + month);
  } else {
    add_fault(faults, path, Errc::bad_value, year + " 年 " + month + " 月没有 " + number + " 日",
              "there is no day " + number + " in " + day.substr(0, 7));
  }
  return true;
}

}  // namespace

std::optional<std::string> ValueReader::read(const Field& field, const Json& value,
                                             const std::string& scope, const std::string& path) {
  switch (field.type) {
    case FieldType::text: {
      const auto text = words(value, path);
      if (!text) return {};
      return cbor::encode_text(*text);
    }
    case FieldType::integer: {
      const auto number = whole(field.unit, value, path);
      if (!number) return {};
      return cbor::encode_int(*number);
    }
    case FieldType::boolean:
      if (!value.is_boolean()) return wrong(path, value, "true 或 false", "true or false");
      return cbor::encode_bool(value.get<bool>());
    case FieldType::date: {
      const auto day = value.is_string() ? parse_day(string_of(value)) : std::nullopt;
      if (!day && no_such_day(value, path, faults_)) return {};
      if (!day) return wrong(path, value, "日期，如 2023-05-27", "a date such as 2023-05-27");
      return cbor::encode_int(*day);
    }
    case FieldType::instant: {
      const auto ms = value.is_string() ? parse_instant(string_of(value)) : std::nullopt;
      if (!ms && no_such_day(value, path, faults_)) return {};
      if (!ms) {
        return wrong(path, value, "时间，如 2023-05-27T09:00 或 2023-05-27T01:00:00Z",
                     "a time such as 2023-05-27T09:00 or 2023-05-27T01:00:00Z");
      }
      return cbor::encode_int(*ms);
    }
    case FieldType::choice: {
      const auto number = code(field, value, path);
      if (!number) return {};
      return cbor::encode_int(*number);
    }
    case FieldType::state: {
      // Only for filters: a record's own state is a move, which names where it comes from.
      const auto number = code(field, value, path);
      if (!number) return {};
      return sync::encode_move({-1, *number});
    }
    case FieldType::ref:
      return reference(field, value, scope, path);
    case FieldType::marks:
      return marks(field, value, path);
    case FieldType::geo:
      return geo(value, path);
    case FieldType::blob:
      return blob(value, path);
    case FieldType::bytes: {
      const auto bytes =
          value.is_string() ? crypto::from_base64url(string_of(value)) : fail(Errc::bad_value);
      if (!bytes) return wrong(path, value, "base64url 文本", "base64url text");
      return cbor::encode_bytes(*bytes);
    }
    default:
      return list(field, value, scope, path);
  }
}

std::nullopt_t ValueReader::wrong(const std::string& path, const Json& got, const std::string& zh,
                                  const std::string& en) {
  constexpr std::size_t kShownMax = 60;
  auto shown = got.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (shown.size() > kShownMax) shown = shown.substr(0, kShownMax) + "…";
  add_fault(faults_, path, Errc::bad_value, "应为" + zh + "，收到 " + shown,
            "expected " + en + ", got " + shown);
  return std::nullopt;
}

std::optional<std::string> ValueReader::words(const Json& value, const std::string& path) {
  if (!value.is_string()) return wrong(path, value, "文本", "text");
  const auto& given = string_of(value);
  if (!cbor::valid_utf8(given) || given.find('\0') != given.npos) {
    add_fault(faults_, path, Errc::bad_utf8, "不是有效的 UTF-8 文本", "isn't valid UTF-8 text");
    return {};
  }
  if (const auto hidden = invisible_in(given)) {
    const auto code = code_text(hidden->code);
    const auto place = std::to_string(hidden->place);
    add_fault(faults_, path, Errc::bad_value,
              "第 " + place + " 个字符是看不见的字符(" + code + ")，请删去后重填",
              "character " + place + " can't be seen (" + code + "): delete it");
    return {};
  }
  auto text = normal_text(given);
  if (text.empty()) {
    return wrong(path, value, "非空文本(清除请用 null)", "text that isn't empty (null clears)");
  }
  return text;
}

std::optional<std::int64_t> ValueReader::whole(Unit unit, const Json& value,
                                               const std::string& path) {
  const auto name = name_of(unit);
  const auto zh = name.zh.empty() ? "整数" : "以“" + std::string(name.zh) + "”为单位的整数";
  const auto en = name.en.empty() ? "a whole number" : "a whole number of " + std::string(name.en);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
    return wrong(path, value, zh + "(不超过 2^63-1)", en + " (at most 2^63-1)");
  }
  // 1.0 too: who writes a point means another unit, and floating point isn't exact.
  if (!value.is_number_integer()) return wrong(path, value, zh, en);
  return value.get<std::int64_t>();
}

std::optional<std::int64_t> ValueReader::code(const Field& field, const Json& value,
                                              const std::string& path) {
  if (value.is_string()) {
    for (const auto& known : field.values) {
      if (known.code == string_of(value)) return known.number;
    }
  }
  std::string codes;
  for (const auto& known : field.values) {
    codes += (codes.empty() ? "" : ", ") + std::string(known.code);
  }
  if (value.is_string()) {
    add_fault(faults_, path, Errc::bad_value, "未知的代码 " + string_of(value) + "，可用：" + codes,
              "unknown code " + string_of(value) + "; one of " + codes);
    return {};
  }
  return wrong(path, value, "代码之一：" + codes, "one of " + codes);
}

// ---- Refs ------------------------------------------------------------------------------------

std::string ValueReader::default_scope(const RecordType& type, const std::string& scope) const {
  return type.home == Home::city ? frame_.city_scope : scope;
}

std::optional<std::string> ValueReader::reference(const Field& field, const Json& value,
                                                  const std::string& scope,
                                                  const std::string& path) {
  const auto ref = read_ref(field, value, scope, path);
  if (!ref) return {};
  return encode_ref(*ref, scope);
}

std::optional<Ref> ValueReader::read_ref(const Field& field, const Json& value,
                                         const std::string& scope, const std::string& path) {
  if (!value.is_object()) {
    const auto* type = target(field, nullptr, path);
    if (!type) return {};
    return resolve(*type, value, default_scope(*type, scope), path);
  }
  for (const auto& [member, unused] : value.items()) {
    if (member == "id" || member == "key" || member == "scope" || member == "type") continue;
    add_fault(faults_, path + "." + member, Errc::unknown_field, "引用没有这一成员",
              "a ref has no such member");
    return {};
  }
  const auto* type = target(field, value.contains("type") ? &value["type"] : nullptr, path);
  if (!type) return {};
  auto there = default_scope(*type, scope);
  if (value.contains("scope")) {
    const auto& given = value["scope"];
    if (!given.is_string() || !crypto::valid_scope(string_of(given))) {
      wrong(path + ".scope", given, "范围路径", "a scope path");
      return {};
    }
    there = string_of(given);
  }
  if (value.contains("id") == value.contains("key")) {
    wrong(path, value, "id 与 key 二者之一", "either id or key");
    return {};
  }
  if (value.contains("key")) return resolve(*type, value["key"], there, path);
  const auto& id = value["id"];
  const auto given = id.is_string() ? sync::record_id(string_of(id)) : fail(Errc::bad_value);
  if (!given) {
    wrong(path + ".id", id, "记录编号(UUID)", "a record id (UUID)");
    return {};
  }
  return Ref{type->number, there, *given};
}

const RecordType* ValueReader::target(const Field& field, const Json* named,
                                      const std::string& path) {
  if (named) {
    for (const auto name : field.targets) {
      if (named->is_string() && string_of(*named) == name) return schema().type(name);
    }
  } else if (field.targets.size() == 1) {
    return schema().type(field.targets.front());
  }
  std::string names;
  for (const auto name : field.targets) names += (names.empty() ? "" : ", ") + std::string(name);
  wrong(path + ".type", named ? *named : Json(), "记录类型之一：" + names, "one of " + names);
  return nullptr;
}

std::optional<Ref> ValueReader::resolve(const RecordType& type, const Json& value,
                                        const std::string& scope, const std::string& path) {
  if (value.is_string()) {
    if (const auto id = sync::record_id(string_of(value))) return Ref{type.number, scope, *id};
  }
  const auto count = value.is_array() ? value.size() : 1;
  const bool single = value.is_string() || value.is_number() || value.is_array();
  if (type.key.empty() || count != type.key.size() || !single) {
    std::string names;
    for (const auto name : type.key) names += (names.empty() ? "" : ", ") + std::string(name);
    const auto key = type.key.empty() ? std::string() : " / [" + names + "]";
    wrong(path, value, "记录编号" + key, "a record id" + (key.empty() ? "" : " or key" + key));
    return {};
  }
  std::vector<std::string> key_values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* field = type.field(type.key[i]);
    ensure(field != nullptr, "a key's field");
    const auto& part = value.is_array() ? value[i] : value;
    auto item = read(*field, part, scope, path + "." + std::string(field->name));
    if (!item) return {};
    key_values.push_back(*std::move(item));
  }
  const bool by_author = type.duplicates == Duplicates::keep_both;
  return Ref{
      type.number, scope,
      derived_id(type, frame_.city, scope, key_values, by_author ? &frame_.author : nullptr)};
}

// ---- Lists -----------------------------------------------------------------------------------

std::optional<std::string> ValueReader::list(const Field& field, const Json& value,
                                             const std::string& scope, const std::string& path) {
  if (!value.is_array()) return wrong(path, value, "数组", "an array");
  std::vector<std::string> items;
  bool good = true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto item = element(field, value[i], scope, path + "." + std::to_string(i));
    good = good && item.has_value();
    if (item) items.push_back(*std::move(item));
  }
  if (!good) return {};
  if (field.type == FieldType::choices) {  // a set: numbers ascend, each once
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
      return std::pair(a.size(), a) < std::pair(b.size(), b);
    });
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }
  cbor::Writer w;
  w.array(items.size());
  for (const auto& item : items) w.raw(item);
  return w.take();
}

std::optional<std::string> ValueReader::element(const Field& field, const Json& value,
                                                const std::string& scope, const std::string& path) {
  switch (field.type) {
    case FieldType::texts: {
      const auto text = words(value, path);
      if (!text) return {};
      return cbor::encode_text(*text);
    }
    case FieldType::choices: {
      const auto number = code(field, value, path);
      if (!number) return {};
      return cbor::encode_int(*number);
    }
    case FieldType::refs:
      return reference(field, value, scope, path);
    case FieldType::blobs:
      return blob(value, path);
    case FieldType::rows:
      return row(field, value, scope, path);
    default:
      ensure(false, "not a list");
      return {};
  }
}

std::optional<std::string> ValueReader::row(const Field& field, const Json& value,
                                            const std::string& scope, const std::string& path) {
  if (!value.is_object()) return wrong(path, value, "对象", "an object");
  std::map<std::uint32_t, std::string> columns;
  bool good = true;
  for (const auto& [member, cell] : value.items()) {
    const auto column = std::find_if(field.columns.begin(), field.columns.end(),
                                     [&m = member](const Field& f) { return f.name == m; });
    if (column == field.columns.end()) {
      add_fault(faults_, path + "." + member, Errc::unknown_field, "没有这一列",
                "there is no such column");
      good = false;
      continue;
    }
    if (cell.is_null()) continue;
    auto item = read(*column, cell, scope, path + "." + member);
    good = good && item.has_value();
    if (item) columns.insert_or_assign(column->number, *std::move(item));
  }
  if (!good) return {};
  cbor::Writer w;
  w.map(columns.size());
  for (const auto& [number, item] : columns) {
    w.uint(number);
    w.raw(item);
  }
  return w.take();
}

std::optional<std::string> ValueReader::marks(const Field& field, const Json& value,
                                              const std::string& path) {
  if (!value.is_object()) {
    return wrong(path, value, "对象(检查项→结果)", "an object from item to code");
  }
  std::map<std::pair<std::size_t, std::string>, std::int64_t> marks;  // in order of CBOR keys
  bool good = true;
  for (const auto& [member, mark] : value.items()) {
    const auto item = words(Json(member), path + "." + member);
    const auto number = code(field, mark, path + "." + member);
    if (item && number && !marks.emplace(std::pair(item->size(), *item), *number).second) {
      wrong(path + "." + member, mark, "不重复的检查项", "each item once");
      good = false;
    }
    good = good && item && number;
  }
  if (!good) return {};
  cbor::Writer w;
  w.map(marks.size());
  for (const auto& [item, number] : marks) {
    w.text(item.second);
    w.sint(number);
  }
  return w.take();
}

std::optional<std::string> ValueReader::geo(const Json& value, const std::string& path) {
  if (!value.is_object() || !value.contains("lat_e7") || !value.contains("lon_e7")) {
    return wrong(path, value, "{lat_e7, lon_e7}(千万分之一度)", "{lat_e7, lon_e7} in 1e-7 degrees");
  }
  for (const auto& [member, unused] : value.items()) {
    if (member == "lat_e7" || member == "lon_e7" || member == "accuracy_dm") continue;
    add_fault(faults_, path + "." + member, Errc::unknown_field, "坐标没有这一成员",
              "a position has no such member");
    return {};
  }
  const auto lat = whole(Unit::none, value["lat_e7"], path + ".lat_e7");
  const auto lon = whole(Unit::none, value["lon_e7"], path + ".lon_e7");
  const bool rated = value.contains("accuracy_dm") && !value["accuracy_dm"].is_null();
  const auto accuracy =
      rated ? whole(Unit::dm, value["accuracy_dm"], path + ".accuracy_dm") : std::optional(0L);
  if (!lat || !lon || !accuracy) return {};
  cbor::Writer w;
  w.array(rated ? 3 : 2);
  w.sint(*lat);
  w.sint(*lon);
  if (rated) w.sint(*accuracy);
  return w.take();
}

std::optional<std::string> ValueReader::blob(const Json& value, const std::string& path) {
  const auto bytes = value.is_string() ? crypto::from_hex(string_of(value)) : fail(Errc::bad_value);
  if (!bytes || bytes->size() != crypto::Hash::size()) {
    return wrong(path, value, "附件哈希(64 位十六进制)", "an attachment's hash (64 hex digits)");
  }
  return cbor::encode_bytes(*bytes);
}

}  // namespace linli::model
