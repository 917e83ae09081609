#include "node/tables/columns.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <set>

#include "crypto/cbor.h"

namespace linli::tables {
namespace {

using model::Field;
using model::FieldType;
using model::RecordType;
using model::Unit;

constexpr std::string_view kHeadingId = "记录编号", kHeadingScope = "所属范围";

struct UnitWord {
  Unit unit;
  std::string_view word;  ///< Folded.
  int places;
};
// What people write behind a number's heading. The one that a field is stored in is there as well.
constexpr UnitWord kUnitWords[] = {
    {Unit::fen, "元", 2},
    {Unit::fen, "yuan", 2},
    {Unit::fen, "人民币元", 2},
    {Unit::fen, "rmb", 2},
    {Unit::fen, "cny", 2},
    {Unit::fen, "万元", 6},
    {Unit::fen, "分", 0},
    {Unit::fen, "fen", 0},
    {Unit::yuan_e4, "元", 4},
    {Unit::yuan_e4, "yuan", 4},
    {Unit::yuan_e4, "分", 2},
    {Unit::yuan_e4, "fen", 2},
    {Unit::yuan_e4, "万分之一元", 0},
    {Unit::yuan_e4, "1/10000yuan", 0},
    {Unit::dm2, "m2", 2},
    {Unit::dm2, "平方米", 2},
    {Unit::dm2, "平米", 2},
    {Unit::dm2, "dm2", 0},
    {Unit::dm2, "平方分米", 0},
    {Unit::dm, "m", 1},
    {Unit::dm, "米", 1},
    {Unit::dm, "dm", 0},
    {Unit::dm, "分米", 0},
    {Unit::minutes, "分钟", 0},
    {Unit::minutes, "min", 0},
    {Unit::minutes, "minutes", 0},
    {Unit::percent, "%", 0},
    {Unit::percent, "percent", 0},
    {Unit::days, "天", 0},
    {Unit::days, "日", 0},
    {Unit::days, "days", 0},
    {Unit::points, "分", 0},
    {Unit::points, "points", 0},
};

/// Is a number of this unit written with a point, so that its heading must say the unit?
bool must_say(Unit unit) { return written_unit(unit).places > 0; }

/// "金额(元)" → {"金额", "元"}, folded; no unit: the second is empty.
std::pair<std::string, std::string> without_unit(const std::string& folded) {
  if (!folded.ends_with(')')) return {folded, {}};
  const auto open = folded.rfind('(');
  if (open == folded.npos || open == 0) return {folded, {}};
  return {folded.substr(0, open), folded.substr(open + 1, folded.size() - open - 2)};
}

std::optional<int> places_of(Unit unit, const std::string& word) {
  for (const auto& known : kUnitWords) {
    if (known.unit == unit && known.word == word) return known.places;
  }
  // What is counted may be called anything: 个, 户, 套.
  if (unit == Unit::count || unit == Unit::none) return 0;
  return {};
}

bool is_called(const Field& field, const std::string& folded) {
  return folded == field.name || folded == folded_heading(field.label.zh) ||
         folded == folded_heading(field.label.en);
}

/// One of `fields` by a heading, with the places of its numbers.
struct Match {
  const Field* field = nullptr;
  int places = 0;
  std::string unit = {};
  bool by_name = false;
};
/// The only one of that name or label: where two have one label, their names tell them apart.
const Field* only_one(const std::vector<Field>& fields, const std::string& folded) {
  const Field* found = nullptr;
  for (const auto& field : fields) {
    if (folded == field.name) return &field;
    if (!is_called(field, folded)) continue;
    if (found) return nullptr;
    found = &field;
  }
  return found;
}

Match match(const std::vector<Field>& fields, const std::string& folded) {
  // A label may end in brackets itself, so the whole heading comes first.
  if (const auto* field = only_one(fields, folded)) return {field, 0, {}, folded == field->name};
  const auto [name, unit] = without_unit(folded);
  if (unit.empty()) return {};
  if (const auto* field = only_one(fields, name)) return {field, 0, unit, false};
  return {};
}

std::optional<CellFault> unit_fault(const Field& field, const Match& found) {
  const auto unit = written_unit(field.unit);
  const std::string zh(unit.zh), en(unit.en);
  if (!found.unit.empty()) {
    return CellFault{
        kNoColumn, Errc::bad_value,
        "单位“" + found.unit + "”不适用，请写" + (zh.empty() ? "不带单位的名称" : "（" + zh + "）"),
        "the unit " + found.unit + " can't stand here" +
            (en.empty() ? std::string() : ": write (" + en + ")")};
  }
  return CellFault{kNoColumn, Errc::bad_value,
                   "请在表头写明单位：" + std::string(field.label.zh) + "（" + zh + "）",
                   "say the unit in the heading: " + std::string(field.label.en) + " (" + en + ")"};
}

/// Sets the places, or a fault.
void read_unit(const Field& field, const Match& found, Heading& heading) {
  if (field.type != FieldType::integer) {
    if (!found.unit.empty()) heading.fault = unit_fault(field, found);
    return;
  }
  if (found.unit.empty()) {
    // A field's name says its unit, as `amount_fen` does; a label doesn't.
    if (!found.by_name && must_say(field.unit)) heading.fault = unit_fault(field, found);
    return;
  }
  const auto places = places_of(field.unit, found.unit);
  if (places) {
    heading.column.places = *places;
  } else {
    heading.fault = unit_fault(field, found);
  }
}

std::string with_unit(const Field& field) {
  const auto unit = field.type == FieldType::integer ? written_unit(field.unit) : WrittenUnit{};
  std::string text(field.label.zh);
  return unit.zh.empty() ? text : text + "（" + std::string(unit.zh) + "）";
}

Column column_for(const Field& field, const Field* item) {
  const auto& value = item ? *item : field;
  Column column{item ? Column::Use::item : Column::Use::field, &field, item, 0, with_unit(value)};
  if (value.type == FieldType::integer) column.places = written_unit(value.unit).places;
  if (item) column.heading = std::string(field.label.zh) + "." + column.heading;
  return column;
}

/// "金额（元）[amount_fen]" where two would be called alike.
void tell_apart(std::vector<Column>& columns) {
  std::map<std::string, int> count;
  for (const auto& column : columns) ++count[folded_heading(column.heading)];
  for (auto& column : columns) {
    if (count[folded_heading(column.heading)] < 2 || !column.field) continue;
    column.heading += "[" + std::string(column.field->name);
    if (column.item) column.heading += "." + std::string(column.item->name);
    column.heading += "]";
  }
}

/// The columns whose written heading, or whose names, `folded` is exactly.
const Column* written_like(const std::vector<Column>& columns, const std::string& folded) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
    return folded_heading(column.heading) == folded;
  });
  return found == columns.end() ? nullptr : &*found;
}

std::string known_headings(const RecordType& type) {
  std::string text;
  for (const auto& column : columns_of(type)) {
    text += (text.empty() ? "" : "、") + column.heading;
  }
  return text;
}

}  // namespace

WrittenUnit written_unit(Unit unit) {
  switch (unit) {
    case Unit::fen:
      return {"元", "yuan", 2};
    case Unit::yuan_e4:
      return {"元", "yuan", 4};
    case Unit::dm2:
      return {"㎡", "m2", 2};
    case Unit::dm:
      return {"米", "m", 1};
    case Unit::minutes:
      return {"分钟", "min", 0};
    case Unit::percent:
      return {"%", "%", 0};
    case Unit::days:
      return {"天", "days", 0};
    default:
      return {};
  }
}

std::string folded_heading(std::string_view text) {
  if (!cbor::valid_utf8(text)) return {};
  UErrorCode status = U_ZERO_ERROR;
  const auto* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  ensure(U_SUCCESS(status) && fold, "ICU carries its own case folding");
  const auto whole = fold->normalize(
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}), status);
  ensure(U_SUCCESS(status), "folding a heading");
  icu::UnicodeString kept;
  for (std::int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    const auto c = whole.char32At(i);
    if (!u_isUWhiteSpace(c) && c != '*') kept.append(c);  // * marks what must be filled in.
  }
  std::string out;
  kept.toUTF8String(out);
  return out;
}

std::vector<Column> columns_of(const RecordType& type) {
  std::vector<Column> columns;
  columns.push_back({Column::Use::id, nullptr, nullptr, 0, std::string(kHeadingId)});
  columns.push_back({Column::Use::scope, nullptr, nullptr, 0, std::string(kHeadingScope)});
  for (const auto& field : type.fields) {
    if (field.type != FieldType::rows) {
      columns.push_back(column_for(field, nullptr));
      continue;
    }
    for (const auto& item : field.columns) columns.push_back(column_for(field, &item));
  }
  tell_apart(columns);
  return columns;
}

Heading read_heading(const RecordType& type, const std::string& text) {
  const auto folded = folded_heading(text);
  Heading heading;
  heading.column.heading = text;
  if (folded == folded_heading(kHeadingFaults)) return heading;
  const auto written = columns_of(type);
  if (const auto* same = written_like(written, folded)) {
    heading.column = *same;
    heading.column.heading = text;
    return heading;
  }
  auto& column = heading.column;
  if (const auto found = match(type.fields, folded); found.field) {
    column.use = Column::Use::field;
    column.field = found.field;
    read_unit(*found.field, found, heading);
    return heading;
  }
  if (folded == "id" || folded == "recordid" || folded == "编号") column.use = Column::Use::id;
  if (folded == "scope" || folded == "范围") column.use = Column::Use::scope;
  if (column.use != Column::Use::none) return heading;
  for (const std::string_view point : {".", "·", ":", "/", "-", "›"}) {
    const auto at = folded.find(point);
    if (at == folded.npos) continue;
    const auto parent = match(type.fields, folded.substr(0, at));
    if (!parent.field || parent.field->type != FieldType::rows) continue;
    const auto found = match(parent.field->columns, folded.substr(at + point.size()));
    if (!found.field) continue;
    column.use = Column::Use::item;
    column.field = parent.field;
    column.item = found.field;
    read_unit(*found.field, found, heading);
    return heading;
  }
  return heading;
}

HeaderReading read_header(const RecordType& type, const Row& row,
                          const std::map<std::string, std::string>& map) {
  HeaderReading header;
  std::set<std::string> taken;
  const auto fault = [&](std::size_t at, std::string zh, std::string en) {
    header.faults.push_back({at, Errc::unknown_field, std::move(zh), std::move(en)});
  };
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    auto text = row.cells[i].text;
    const auto said = map.count(text) ? map.find(text) : map.find(column_letters(i));
    if (said != map.end() && said->second.empty()) {
      header.columns.push_back({Column::Use::none, nullptr, nullptr, 0, text});
      continue;
    }
    if (row.cells[i].empty() && said == map.end()) {
      header.columns.push_back({});
      continue;
    }
    auto heading = read_heading(type, said == map.end() ? text : said->second);
    heading.column.heading = text;
    auto& column = heading.column;
    const bool unread = folded_heading(text) == folded_heading(kHeadingFaults);
    if (heading.fault) {
      heading.fault->column = i;
      header.faults.push_back(std::move(*heading.fault));
    } else if (column.use == Column::Use::none && !unread) {
      fault(i,
            std::string(type.label.zh) + "没有“" + text + "”这一项；可用的表头：" +
                known_headings(type),
            std::string(type.name) +
                " has no field of this name; the template (--template) lists "
                "them, and --map '" +
                text + "=' leaves the column out");
    }
    if (column.use != Column::Use::none) {
      ++header.known;
      std::string what(column.use == Column::Use::id ? "id" : "scope");
      if (column.field) what = std::string(column.field->name);
      if (column.item) what += "." + std::string(column.item->name);
      if (!taken.insert(what).second) {
        fault(i, "这一项有两列，请只留一列", "two columns hold this field: keep one");
      }
    }
    if (column.field && column.field->need == model::Need::derived) {
      header.left_out.push_back(text);
      column.use = Column::Use::none;
    }
    header.columns.push_back(std::move(column));
  }
  return header;
}

}  // namespace linli::tables
