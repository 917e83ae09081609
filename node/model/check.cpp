// Checking of values and records: strict about what is known, silent about what isn't (I8).
#include <algorithm>
#include <array>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/json.h"
#include "node/model/values.h"

namespace linli::model {

bool is_commitment(std::string_view value) {
  cbor::Reader r(value);
  return r.peek() == cbor::Kind::tag && r.tag() == cbor::kTagCommitment;
}

UnitName name_of(Unit unit) {
  switch (unit) {
    case Unit::none:
      return {"none", "", ""};
    case Unit::fen:
      return {"fen", "分", "fen"};
    case Unit::yuan_e4:
      return {"yuan_e4", "万分之一元", "1/10000 yuan"};
    case Unit::dm2:
      return {"dm2", "平方分米(0.01㎡)", "dm² (0.01 m²)"};
    case Unit::minutes:
      return {"minutes", "分钟", "minutes"};
    case Unit::count:
      return {"count", "个", "pieces"};
    case Unit::points:
      return {"points", "分(得分)", "points"};
    case Unit::percent:
      return {"percent", "%", "percent"};
    case Unit::days:
      return {"days", "天", "days"};
    case Unit::dm:
      return {"dm", "分米", "dm"};
  }
  return {"none", "", ""};
}

std::string_view name_of(FieldType type) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "text",    "integer", "boolean", "date", "instant", "choice", "state", "ref",  "texts",
      "choices", "refs",    "marks",   "rows", "geo",     "blob",   "blobs", "bytes"};
  return kNames.at(static_cast<std::size_t>(type));
}

namespace {

class ValueCheck {
 public:
  ValueCheck(const Field& field, std::string_view value, std::string_view home,
             const std::string& path, std::vector<Fault>& faults)
      : field_(field), r_(value), home_(home), path_(path), faults_(faults) {}

  void run() {
    const auto before = faults_.size();
    item();
    // A list that ends in the middle has been reported as such by nobody yet.
    if ((!r_.ok() || !r_.at_end()) && faults_.size() == before) bad_shape();
  }

 private:
  void fault(const std::string& part, std::string zh, std::string en) {
    add_fault(faults_, path_ + part, Errc::bad_value, std::move(zh), std::move(en));
  }
  void bad_shape() {
    fault("", "不是有效的" + std::string(field_.label.zh) + "取值",
          "isn't a value of type " + std::string(name_of(field_.type)));
  }

  void bounds(std::int64_t number, std::string_view zh, std::string_view en) {
    if (field_.min && number < *field_.min) {
      const auto limit = std::to_string(*field_.min);
      fault("", std::string(zh) + "不得小于" + limit,
            std::string(en) + " must be at least " + limit + ", not " + std::to_string(number));
    }
    if (field_.max && number > *field_.max) {
      const auto limit = std::to_string(*field_.max);
      fault("", std::string(zh) + "不得大于" + limit,
            std::string(en) + " must be at most " + limit + ", not " + std::to_string(number));
    }
  }

  [[nodiscard]] bool is_choice(std::int64_t number) const {
    return std::any_of(field_.values.begin(), field_.values.end(),
                       [number](const Choice& c) { return c.number == number; });
  }

  void known(const std::string& part, std::int64_t number) {
    if (is_choice(number)) return;
    fault(part, "未知的选项编号" + std::to_string(number),
          "choice number " + std::to_string(number) + " isn't known");
  }

  static std::int64_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  }

  void item() {
    switch (field_.type) {
      case FieldType::text: {
        const auto text = r_.text();
        if (r_.ok()) bounds(characters(text), "字数", "its number of characters");
        return;
      }
      case FieldType::integer:
      case FieldType::date:
      case FieldType::instant: {
        const auto number = r_.sint();
        if (r_.ok()) bounds(number, "数值", "the number");
        return;
      }
      case FieldType::boolean:
        r_.boolean();
        return;
      case FieldType::choice: {
        const auto number = r_.sint();
        if (r_.ok()) known("", number);
        return;
      }
      case FieldType::state:
        return state();
      case FieldType::ref:
        return reference(r_.item(), "");
      case FieldType::geo:
        return geo();
      case FieldType::blob:
        r_.bytes(crypto::Hash::size());
        return;
      case FieldType::bytes:
        r_.bytes();
        return;
      case FieldType::marks:
        return marks();
      default:
        return list();
    }
  }

  void state() {
    if (r_.array() != 2) return bad_shape();
    if (r_.peek() == cbor::Kind::null) {
      r_.null();
    } else {
      r_.sint();
    }
    const auto to = r_.sint();
    if (r_.ok()) known("", to);
  }

  void reference(std::string_view value, const std::string& part) {
    if (!r_.ok()) return;
    const auto ref = decode_ref(value, home_);
    if (!ref) return bad_shape();
    const auto* target = schema().type(ref->type);
    const bool allowed = target && std::find(field_.targets.begin(), field_.targets.end(),
                                             target->name) != field_.targets.end();
    if (!allowed) {
      fault(part, "引用的记录类型不符", "names a record of a type that can't stand here");
    }
  }

  void geo() {
    const auto parts = r_.array();
    if (parts != 2 && parts != 3) return bad_shape();
    const auto lat = r_.sint(), lon = r_.sint();
    const auto accuracy = parts == 3 ? r_.sint() : 0;
    if (!r_.ok()) return;
    if (lat < -900'000'000 || lat > 900'000'000)
      fault(".lat_e7", "纬度超出范围", "isn't a latitude");
    if (lon < -1'800'000'000 || lon > 1'800'000'000) {
      fault(".lon_e7", "经度超出范围", "isn't a longitude");
    }
    if (accuracy < 0) fault(".accuracy_dm", "精度不得为负", "can't be negative");
  }

  void marks() {
    const auto count = r_.map();
    bounds(static_cast<std::int64_t>(count), "项数", "the number of items");
    for (auto left = count; left > 0; --left) {
      const auto key = r_.text();
      const auto number = r_.sint();
      if (!r_.ok()) return;
      // A checklist is long and nearly always right: only a wrong mark needs its place named.
      if (!is_choice(number)) known("." + std::string(key), number);
    }
  }

  void list() {
    const auto count = r_.array();
    if (!r_.ok()) return;
    bounds(static_cast<std::int64_t>(count), "项数", "the number of items");
    std::int64_t last = -1;
    for (std::size_t i = 0; i < count; ++i) {
      const auto part = "." + std::to_string(i);
      switch (field_.type) {
        case FieldType::texts:
          if (r_.text().empty() && r_.ok()) fault(part, "不得为空", "must not be empty");
          break;
        case FieldType::choices: {
          const auto number = r_.sint();
          if (!r_.ok()) return;
          known(part, number);
          if (number <= last)
            fault(part, "选项须按编号升序且不重复", "out of order or given twice");
          last = number;
          break;
        }
        case FieldType::refs:
          reference(r_.item(), part);
          break;
        case FieldType::blobs:
          r_.bytes(crypto::Hash::size());
          break;
        case FieldType::rows:
          row(part);
          break;
        default:
          return bad_shape();
      }
      if (!r_.ok()) return;
    }
  }

  void row(const std::string& part) {
    std::vector<std::int64_t> given;
    for (cbor::IntMap columns(r_); columns.next();) {
      const auto value = r_.item();
      if (!r_.ok()) return;
      const auto number = columns.key();
      given.push_back(number);
      const auto column = std::find_if(field_.columns.begin(), field_.columns.end(),
                                       [number](const Field& f) { return f.number == number; });
      if (column == field_.columns.end()) continue;  // a newer version's column
      check_value(*column, value, home_, path_ + part + "." + std::string(column->name), faults_);
    }
    for (const auto& column : field_.columns) {
      if (column.need != Need::required) continue;
      if (std::find(given.begin(), given.end(), column.number) != given.end()) continue;
      add_fault(faults_, path_ + part + "." + std::string(column.name), Errc::missing_field,
                "缺少必填项", "is required");
    }
  }

  const Field& field_;
  cbor::Reader r_;
  std::string_view home_;
  const std::string& path_;
  std::vector<Fault>& faults_;
};

}  // namespace

void check_value(const Field& field, std::string_view value, std::string_view home,
                 const std::string& path, std::vector<Fault>& faults) {
  ValueCheck(field, value, home, path, faults).run();
}

std::vector<Fault> check(const RecordView& record) {
  std::vector<Fault> faults;
  if (record.removed || !record.type) return faults;
  std::string path;
  for (const auto& value : record.fields) {
    const auto* field = record.type->field(value.field);
    if (!field) continue;  // a newer version's field: kept, forwarded, not judged
    path.assign(field->name);
    if (is_commitment(value.value)) {
      if (field->protection != Protection::plain) continue;
      add_fault(faults, path, Errc::bad_value, "此项不应加密承诺", "can't be withheld");
      continue;
    }
    check_value(*field, value.value, record.scope, path, faults);
  }
  for (const auto& field : record.type->fields) {
    if (field.need != Need::required || record.has(field.number)) continue;
    add_fault(faults, field.name, Errc::missing_field, "缺少必填项：" + std::string(field.label.zh),
              "is required");
  }
  if (record.type->faults) record.type->faults(record, faults);
  return faults;
}

}  // namespace linli::model
