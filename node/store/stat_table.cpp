#include "node/store/stat_table.h"

#include <algorithm>

#include "node/model/csv_text.h"

namespace linli::store {

using model::Json;

namespace {

__extension__ using Wide = __int128;  // A figure times 1000 may pass 64 bits.

/// a · factor ÷ b with `digits` places, rounded half away from zero; null: b is 0.
Json quotient_text(std::int64_t a, Wide b, int digits, std::int64_t factor) {
  if (b == 0) return nullptr;
  Wide scaled = static_cast<Wide>(a) * factor;
  for (int i = 0; i < digits; ++i) scaled *= 10;
  const Wide size = b < 0 ? -b : b;
  const Wide whole = (scaled + (scaled < 0 ? -size / 2 : size / 2)) / b;
  const bool negative = whole < 0;
  auto text = std::to_string(static_cast<std::int64_t>(negative ? -whole : whole));
  const auto places = static_cast<std::size_t>(digits);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  if (places > 0) text.insert(text.size() - places, ".");
  return (negative ? "-" : "") + text;
}

/// Its value as the figure is written.
Json value_cell(std::string_view figure, const Json& row) {
  const auto n = row["numerator"].get<std::int64_t>();
  if (row["denominator"].is_null()) {
    return figure == "fen" ? quotient_text(n, 100, 2, 1) : Json(n);
  }
  const auto d = row["denominator"].get<std::int64_t>();
  if (figure == "percent") return quotient_text(n, d, 1, 100);
  if (figure == "fen") return quotient_text(n, static_cast<Wide>(d) * 100, 2, 1);
  return quotient_text(n, d, figure == "per_unit" ? 2 : 1, 1);
}

std::string in_brackets(const std::string& unit) {
  return unit.empty() ? std::string() : "（" + unit + "）";
}

std::string unit_of_value(const Json& stat) {
  return in_brackets(stat.value("unit", Json::object()).value("zh", std::string()));
}

/// The unit's code; "count" where none is told.
std::string unit_of_part(const Json& stat, const char* part) {
  const auto code = stat.value("units", Json::object()).value(part, Json());
  return code.is_string() ? code.get<std::string>() : "count";
}

/// The columns beside the keys.
void add_values(StatCells& cells, const Json& stat, const Json& row, bool ratio, bool approved) {
  cells.push_back(value_cell(stat.value("figure", "number"), row));
  if (ratio) {
    cells.push_back(part_cell(stat, "numerator", row["numerator"]));
    cells.push_back(part_cell(stat, "denominator", row["denominator"]));
  }
  if (!approved) return;
  const auto beside = row.find("approved");
  const bool has = beside != row.end() && beside->is_object();
  for (const char* part : {"numerator", "denominator"}) {
    if (part == std::string_view("denominator") && !ratio) break;
    cells.push_back(has ? part_cell(stat, part, (*beside)[part]) : Json());
    cells.push_back(has ? part_cell(stat, part, (*beside)["correction"][part]) : Json());
  }
}

bool any_approved(const Json& stat) {
  if (stat.contains("approved") && stat["approved"].is_object()) return true;
  for (const auto& row : stat["rows"]) {
    if (row.contains("approved")) return true;
  }
  return false;
}

void add_notes(StatTable& table, const Json& stat) {
  table.notes.push_back({"口径", stat["definition"].value("zh", "")});
  const auto& freshness = stat["freshness"];
  if (freshness.contains("reporting")) {
    const auto& reporting = freshness["reporting"];
    table.notes.push_back({"报送率", reporting["numerator"].dump() + " / " +
                                         reporting["denominator"].dump() + " 个社区已报全本期"});
  }
  table.notes.push_back({"统计时间", freshness.value("asked_at", "")});
  table.notes.push_back({"最早一次上报", freshness["oldest"].is_null() ? Json("有社区从未上报")
                                                                       : freshness["oldest"]});
  for (const auto& community : freshness["communities"]) {
    const auto age = community.value("age", "");
    if (age == "fresh") continue;
    table.notes.push_back({age == "never"  ? "从未上报"
                           : age == "week" ? "数据超过一周"
                                           : "数据超过一天",
                           community.value("name", ""), community.value("scope", ""),
                           community["last_report"]});
  }
}

std::string csv_cell(const Json& cell) {
  if (cell.is_null()) return {};
  if (!cell.is_string()) return cell.dump();
  const auto text = cell.get<std::string>();
  const bool number = text.find_first_not_of("-0123456789.") == std::string::npos;
  return model::csv_quoted(number ? text : model::guarded(text));
}

void add_line(std::string& csv, const StatCells& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) csv += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  csv += "\r\n";
}

}  // namespace

Json part_cell(const Json& stat, const char* part, const Json& number) {
  const auto unit = unit_of_part(stat, part);
  if (!number.is_number_integer() || (unit != "fen" && unit != "dm2")) return number;
  return quotient_text(number.get<std::int64_t>(), 100, 2, 1);
}

std::string part_heading(const Json& stat, const char* part) {
  const auto unit = unit_of_part(stat, part);
  const auto name = part == std::string_view("numerator") ? "分子" : "分母";
  return name + in_brackets(unit == "fen" ? "元" : unit == "dm2" ? "㎡" : "");
}

std::string heading_of_split(std::string_view by) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"district", "区县"},     {"street", "街道"},         {"community", "社区"},
      {"compound", "小区"},     {"month", "月份"},          {"day", "日期"},
      {"company", "企业"},      {"severity", "严重程度"},   {"kind", "类别"},
      {"days", "天数"},         {"category", "类别"},       {"course_kind", "课程类别"},
      {"campaign", "专项行动"}, {"credit_rule", "评分规则"}};
  for (const auto& [name, text] : kNames) {
    if (name == by) return std::string(text);
  }
  return std::string(by);
}

std::string text_of_key(const Json& row, const std::string& by) {
  const auto labels = row.find("labels");
  if (labels != row.end() && labels->contains(by)) return (*labels)[by].get<std::string>();
  const auto& key = row["keys"][by];
  if (key.is_object()) return key.value("name", key.value("code", ""));
  if (key == "") return "（未注明）";  // Of records that don't say it.
  return key.is_string() ? key.get<std::string>() : key.dump();
}

StatTable stat_table(const Json& stat) {
  StatTable table;
  const auto& total = stat["total"];
  const bool ratio = !total["denominator"].is_null();
  const bool approved = any_approved(stat);
  table.title = stat["label"].value("zh", "") + " " + stat.value("from", "") + " 至 " +
                stat.value("to", "") + "（不含）";
  for (const auto& by : stat["by"]) {
    table.headings.push_back(heading_of_split(by.get<std::string>()));
  }
  if (table.headings.empty()) table.headings.emplace_back("");
  table.headings.push_back("值" + unit_of_value(stat));
  const auto above = part_heading(stat, "numerator"), below = part_heading(stat, "denominator");
  if (ratio) table.headings.insert(table.headings.end(), {above, below});
  if (approved) {
    const auto part = ratio ? above : unit_of_value(stat);
    table.headings.insert(table.headings.end(), {"批准数" + part, "更正" + part});
    if (ratio) table.headings.insert(table.headings.end(), {"批准数" + below, "更正" + below});
  }
  for (const auto& row : stat["rows"]) {
    StatCells cells;
    for (const auto& by : stat["by"]) {
      cells.emplace_back(text_of_key(row, by.get<std::string>()));
    }
    if (cells.empty()) continue;
    add_values(cells, stat, row, ratio, approved);
    table.rows.push_back(std::move(cells));
  }
  StatCells all(std::max<std::size_t>(stat["by"].size(), 1));
  all.front() = "合计";
  auto whole = total;
  if (stat.contains("approved")) whole["approved"] = stat["approved"];
  add_values(all, stat, whole, ratio, approved);
  table.rows.push_back(std::move(all));
  add_notes(table, stat);
  return table;
}

std::string csv_of(const StatTable& table) {
  std::string csv = "\xEF\xBB\xBF";
  add_line(csv, {Json(table.title)});
  add_line(csv, StatCells(table.headings.begin(), table.headings.end()));
  for (const auto& row : table.rows) add_line(csv, row);
  add_line(csv, {});
  for (const auto& note : table.notes) add_line(csv, note);
  return csv;
}

}  // namespace linli::store
