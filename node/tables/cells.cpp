// A cell → a value.
#include "node/tables/cells.h"

#include <algorithm>

#include "node/tables/cell_dates.h"
#include "node/tables/cell_lists.h"
#include "node/tables/columns.h"
#include "node/tables/decimal.h"

namespace linli::tables {
namespace {

using model::Field;
using model::FieldType;

CellReading wrong(std::string zh, std::string en, Errc code = Errc::bad_value) {
  return {{}, false, CellFault{kNoColumn, code, std::move(zh), std::move(en)}};
}

CellReading value(Json json) { return {std::move(json), false, {}}; }

/// Long numbers that a spreadsheet cut: "4.10702E+17".
bool shortened_number(std::string_view text) {
  const auto e = text.find_first_of("Ee");
  if (e == text.npos || e < 3 || e + 2 >= text.size() || text[1] != '.') return false;
  const auto numbers = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == part.npos;
  };
  return text[e + 1] == '+' && numbers(text.substr(0, 1)) && numbers(text.substr(2, e - 2)) &&
         numbers(text.substr(e + 2));
}

CellReading text_of(const Cell& cell) {
  constexpr auto kZh = "表格软件把长数字截短了，请把该列设为“文本”格式后重新填写";
  constexpr auto kEn = "the spreadsheet cut a long number: make the column text and type it again";
  if (cell.kind == Cell::Kind::text) {
    return shortened_number(cell.text) ? wrong(kZh, kEn) : value(cell.text);
  }
  if (cell.kind == Cell::Kind::boolean) return value(cell.text == "1" ? "TRUE" : "FALSE");
  if (cell.date) {
    const auto ms = read_serial(cell.text, cell.dates_from_1904);
    if (ms) return value(model::day_text(model::local_day_of_ms(*ms - model::kLocalOffsetMs)));
  }
  auto number = parse_decimal(cell.text);
  if (!number) return value(cell.text);
  constexpr std::size_t kKept = 15;
  std::int64_t whole = 0;
  if (scaled(*number, 0, whole) == Scaled::exact) {
    auto digits = std::to_string(whole);
    const auto count = digits.size() - (whole < 0 ? 1 : 0);
    return count > kKept ? wrong(kZh, kEn) : value(std::move(digits));
  }
  if (number->digits.size() - static_cast<std::size_t>(std::max(0, number->scale)) > kKept) {
    return wrong(kZh, kEn);
  }
  return value(cell.text);
}

std::string unit_word(const Field& field, int places, bool chinese) {
  const auto unit = written_unit(field.unit);
  if (places != unit.places) return {};
  return std::string(chinese ? unit.zh : unit.en);
}

CellReading limit_fault(const Field& field, int places, std::int64_t limit, bool least) {
  const auto text = decimal_text(limit, std::max(0, places));
  return wrong(
      std::string(least ? "不得小于 " : "不得大于 ") + text + unit_word(field, places, true),
      std::string("must be at ") + (least ? "least " : "most ") + text +
          unit_word(field, places, false));
}

/// Without what people put around a number: ¥, the unit.
std::string_view bare_number(std::string_view text) {
  for (const std::string_view sign : {"¥", "￥", "$"}) {
    if (text.starts_with(sign)) text.remove_prefix(sign.size());
  }
  for (const std::string_view unit :
       {"元", "m2", "㎡", "平方米", "%", "分钟", "天", "米", "户", "个", "栋", "人", "台", "部"}) {
    if (text.ends_with(unit)) {
      text.remove_suffix(unit.size());
      break;
    }
  }
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

CellReading integer_of(const Field& field, int places, const Cell& cell) {
  const auto folded = plain(cell.text);
  auto number = parse_decimal(bare_number(folded));
  if (!number) {
    return wrong(places > 0 ? "应为数字，如 1234.50" : "应为整数，如 12",
                 places > 0 ? "expected a number such as 1234.50" : "expected a whole number");
  }
  if (cell.kind == Cell::Kind::number) number->round_to_15();
  std::int64_t whole = 0;
  switch (scaled(*number, places, whole)) {
    case Scaled::exact:
      break;
    case Scaled::too_fine:
      return places > 0 ? wrong("小数最多 " + std::to_string(places) + " 位，不会四舍五入",
                                "at most " + std::to_string(places) +
                                    " decimal places; it isn't rounded for you")
                        : wrong("应为整数，不能有小数", "expected a whole number, without a point");
    case Scaled::too_large:
      return limit_fault(
          field, places,
          number->negative ? field.min.value_or(INT64_MIN) : field.max.value_or(INT64_MAX),
          number->negative);
  }
  if (field.min && whole < *field.min) return limit_fault(field, places, *field.min, true);
  if (field.max && whole > *field.max) return limit_fault(field, places, *field.max, false);
  return value(whole);
}

CellReading boolean_of(const Cell& cell) {
  const auto text = folded_heading(cell.text);
  for (const std::string_view yes : {"是", "有", "对", "true", "yes", "y", "1", "√", "✓", "✔"}) {
    if (text == yes) return value(true);
  }
  for (const std::string_view no :
       {"否", "无", "错", "没有", "false", "no", "n", "0", "×", "✗", "✘"}) {
    if (text == no) return value(false);
  }
  return wrong("应为“是”或“否”", "expected 是 or 否 (yes or no)");
}

CellReading date_of(const Cell& cell) {
  const auto text = plain(cell.text);
  const bool five_digits = text.size() == 5 && text.find_first_not_of("0123456789") == text.npos;
  // A bare 2024 is a year, and no day of 1905.
  const bool plain_number = cell.kind == Cell::Kind::number && !cell.date;
  if (cell.date || five_digits || (plain_number && text.find('.') == 5)) {
    // Midnight of its day: what a spreadsheet calls a date.
    const auto ms = read_serial(text, cell.dates_from_1904);
    constexpr std::int64_t kDayMs = 86'400'000;
    if (ms && *ms % kDayMs == 0) return value(model::day_text(*ms / kDayMs));
    if (ms) return wrong("这里只填日期，不填时刻", "a day without a time belongs here");
  }
  Why why;
  if (const auto day = read_day(text, why)) return value(model::day_text(*day));
  if (!why.zh.empty()) return wrong(why.zh, why.en);
  return wrong("应为日期，如 2024-03-05、2024/3/5 或 2024年3月5日",
               "expected a date such as 2024-03-05");
}

CellReading instant_of(const Cell& cell) {
  const auto text = plain(cell.text);
  if (cell.kind == Cell::Kind::number) {
    const auto ms = read_serial(text, cell.dates_from_1904);
    if (ms) return value(model::instant_text(*ms - model::kLocalOffsetMs));
  }
  Why why;
  if (const auto ms = read_instant(text, why)) return value(model::instant_text(*ms));
  if (!why.zh.empty()) return wrong(why.zh, why.en);
  return wrong("应为日期和时刻，如 2024-03-05 09:30",
               "expected a date and a time such as 2024-03-05 09:30");
}

/// "35.3000000,113.9000000 ±5.0"
CellReading geo_of(const Cell& cell) {
  auto text = plain(cell.text);
  if (auto json = json_of(text, '{')) return value(std::move(*json));
  const auto bad = [] {
    return wrong("应为“纬度,经度”，如 35.3000000,113.9000000，可加 ±精度（米）",
                 "expected latitude,longitude such as 35.3000000,113.9000000 ±5.0");
  };
  Json geo = Json::object();
  const auto put = [&geo](const char* member, std::string_view part, int places) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const auto number = parse_decimal(part);
    std::int64_t whole = 0;
    if (!number || scaled(*number, places, whole) != Scaled::exact) return false;
    geo[member] = whole;
    return true;
  };
  constexpr std::string_view kAround = "±";
  const auto around = text.find(kAround);
  const auto comma = text.find(',');
  if (comma == text.npos) return bad();
  const std::string_view all = text;
  if (!put("lat_e7", all.substr(0, comma), 7)) return bad();
  if (!put("lon_e7", all.substr(comma + 1, around == text.npos ? around : around - comma - 1), 7)) {
    return bad();
  }
  if (around != text.npos && !put("accuracy_dm", all.substr(around + kAround.size()), 1)) {
    return bad();
  }
  return value(std::move(geo));
}

/// A code that can be read out of a number cell, too: company codes, part numbers.
CellReading list_of(const Field& field, const Cell& cell) {
  auto text = text_of(cell);
  if (text.fault) return text;
  std::string zh, en;
  const auto items = split_list(text.value->get_ref<const std::string&>());
  Json list = Json::array();
  for (const auto& item : items) {
    auto one = item_value(field, item, zh, en);
    if (!one) return wrong(zh, en);
    list.push_back(std::move(*one));
  }
  return value(std::move(list));
}

}  // namespace

CellReading read_cell(const Field& field, int places, const Cell& cell) {
  if (cell.empty()) return {};
  const auto said = plain(cell.text);
  if (said == kWithheld || said == kSealed || said == kErased) return {{}, true, {}};
  if (said == kClear) return value(nullptr);
  switch (field.type) {
    case FieldType::text:
    case FieldType::blob:
    case FieldType::bytes:
      return text_of(cell);
    case FieldType::integer:
      return integer_of(field, places, cell);
    case FieldType::boolean:
      return boolean_of(cell);
    case FieldType::date:
      return date_of(cell);
    case FieldType::instant:
      return instant_of(cell);
    case FieldType::geo:
      return geo_of(cell);
    case FieldType::choice:
    case FieldType::state:
    case FieldType::ref: {
      auto text = text_of(cell);
      if (text.fault) return text;
      std::string zh, en;
      auto one = item_value(field, text.value->get_ref<const std::string&>(), zh, en);
      if (!one) return wrong(zh, en);
      return value(std::move(*one));
    }
    case FieldType::marks: {
      std::string zh, en;
      auto marks = marks_value(field, cell.text, zh, en);
      if (!marks) return wrong(zh, en);
      return value(std::move(*marks));
    }
    case FieldType::rows:
      if (auto json = json_of(cell.text, '[')) return value(std::move(*json));
      return wrong("明细请分列填写，见模板", "one column for each of its own: see the template");
    default:
      if (auto json = json_of(cell.text, '[')) return value(std::move(*json));
      return list_of(field, cell);
  }
}

}  // namespace linli::tables
