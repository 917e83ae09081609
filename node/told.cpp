#include "node/told.h"

#include "node/model/values.h"

namespace linli::node {

using model::Field;
using model::FieldType;
using model::Unit;

std::string decimal(std::int64_t n, int digits) {
  const bool negative = n < 0;
  auto text = std::to_string(n);
  if (negative) text.erase(0, 1);
  const auto places = static_cast<std::size_t>(digits);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  if (places > 0) text.insert(text.size() - places, ".");
  return (negative ? "-" : "") + text;
}

std::string number_text(const Field& field, std::int64_t n) {
  switch (field.unit) {
    case Unit::fen:
      return decimal(n, 2) + "元";
    case Unit::yuan_e4:
      return decimal(n, 4) + "元";
    case Unit::dm2:
      return decimal(n, 2) + "㎡";
    case Unit::dm:
      return decimal(n, 1) + "米";
    case Unit::minutes:
      return std::to_string(n) + "分钟";
    case Unit::percent:
      return std::to_string(n) + "%";
    case Unit::days:
      return std::to_string(n) + "天";
    default:
      return std::to_string(n);
  }
}

std::string label_of(const Field& field, const Json& code) {
  if (!code.is_string()) return code.dump();
  for (const auto& value : field.values) {
    if (value.code == code.get_ref<const std::string&>()) return std::string(value.label.zh);
  }
  return code.get<std::string>();
}

std::string target_of(const Json& ref) {
  const auto title = ref.value("title", "");
  return title.empty() ? ref.value("id", "") : title;
}

std::string local_time(std::string_view instant) {
  const auto ms = model::parse_instant(instant);
  if (!ms) return std::string(instant);
  auto text = model::instant_text(*ms + model::kLocalOffsetMs).substr(0, 19);
  text[10] = ' ';
  return text;
}

namespace {

void append(std::string& text, const char* between, const std::string& more) {
  text += (text.empty() ? "" : between) + more;
}

std::string told_item(const Field& field, const Json& item) {
  if (field.type == FieldType::choices) return label_of(field, item);
  if (field.type == FieldType::refs && item.is_object()) return target_of(item);
  if (field.type != FieldType::rows || !item.is_object()) {
    return item.is_string() ? item.get<std::string>() : item.dump();
  }
  std::string line;
  for (const auto& column : field.columns) {
    const auto cell = item.find(std::string(column.name));
    if (cell == item.end() || cell->is_null()) continue;
    append(line, "，", std::string(column.label.zh) + " " + told(column, *cell));
  }
  return line;
}

std::string told_list(const Field& field, const Json& list) {
  std::string text;
  for (const auto& item : list) {
    append(text, field.type == FieldType::rows ? "；" : "、", told_item(field, item));
  }
  return text;
}

std::string told_marks(const Field& field, const Json& marks) {
  std::string text;
  for (const auto& [item, code] : marks.items())
    append(text, "、", item + " " + label_of(field, code));
  return text;
}

}  // namespace

std::string told(const Field& field, const Json& json) {
  if (json.is_null()) return "";
  if (json.is_object() && json.value("withheld", false)) return "(无权查看)";
  if (json.is_object() && json.value("erased", false)) return "(已清除)";
  if (json.is_array()) return told_list(field, json);
  switch (field.type) {
    case FieldType::integer:
      return json.is_number_integer() ? number_text(field, json.get<std::int64_t>()) : json.dump();
    case FieldType::boolean:
      return json == Json(true) ? "是" : "否";
    case FieldType::instant:
      return json.is_string() ? local_time(json.get_ref<const std::string&>()) : json.dump();
    case FieldType::choice:
    case FieldType::state:
      return label_of(field, json);
    case FieldType::ref:
      return json.is_object() ? target_of(json) : json.dump();
    case FieldType::marks:
      return json.is_object() ? told_marks(field, json) : json.dump();
    default:
      return json.is_string() ? json.get<std::string>() : json.dump();
  }
}

}  // namespace linli::node
