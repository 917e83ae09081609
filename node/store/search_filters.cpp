#include "node/store/search_filters.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/store/condensed.h"
#include "node/store/reading_detail.h"

namespace linli::store {
namespace {

using model::FieldType;

constexpr std::string_view kTo = "..";

/// A day as a field's column counts it: days, or the milliseconds at which it begins.
std::optional<std::int64_t> bound(const model::Field& field, std::string_view text) {
  if (field.type == FieldType::integer) {
    const auto json = Json::parse(text, nullptr, false);
    return json.is_number_integer() ? std::optional(json.get<std::int64_t>()) : std::nullopt;
  }
  const auto day = model::parse_day(text);
  if (!day || field.type == FieldType::date) return day;
  return *day * 24 * 3600 * 1000 - model::kLocalOffsetMs;
}

bool has_order(const model::Field& field) {
  return field.type == FieldType::date || field.type == FieldType::instant ||
         field.type == FieldType::integer;
}

Result<std::optional<std::int64_t>> day_of(const std::string& text, const char* name) {
  if (text.empty()) return std::optional<std::int64_t>();
  const auto day = model::parse_day(text);
  if (!day) return fail(Errc::bad_value, "日期写作 2023-05-27 a day is written 2023-05-27", name);
  return std::optional(*day);
}

}  // namespace

bool SearchFilters::Condition::holds(const model::RecordView& record) const {
  if (!part.empty()) {
    const auto holds_part = [&](std::string_view text) {
      return fold(text).characters.find(part) != std::u32string::npos;
    };
    if (field->type == FieldType::text) return holds_part(record.text(field->number));
    const auto texts = record.texts(field->number);
    return std::any_of(texts.begin(), texts.end(), holds_part);
  }
  if (bounds) {
    const auto number = record.integer(field->number);
    return number && *number >= bounds->first && *number <= bounds->second;
  }
  const auto raw = record.raw(field->number);
  if (!raw) return false;
  // Of a state the move that led there doesn't matter; of a ref its scope doesn't.
  if (field->type == FieldType::state) {
    const auto asked = sync::decode_move(value);
    return asked && record.state(field->number) == asked->to;
  }
  if (field->type == FieldType::ref) return record.ref_id(field->number) == value;
  return *raw == value;
}

Result<SearchFilters::Condition> SearchFilters::condition(const model::Field& field,
                                                          const std::string& text) {
  Condition made{&field, {}, {}, {}};
  if (field.type == FieldType::text || field.type == FieldType::texts) {
    made.part = fold(text).characters;
    if (made.part.empty()) {
      return fail(Errc::bad_value, "没有可找的文字 there is no letter in it",
                  std::string(field.name));
    }
    return made;
  }
  const auto to = text.find(kTo);
  if (has_order(field)) {
    const auto first = text.substr(0, to);
    const auto last = to == std::string::npos ? first : text.substr(to + kTo.size());
    auto begin = first.empty() ? std::optional(INT64_MIN) : bound(field, first);
    auto end = last.empty() ? std::optional(INT64_MAX) : bound(field, last);
    if (begin && end && (first.empty() ? last : first).size() > 0) {
      constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
      if (field.type == FieldType::instant && !last.empty()) *end += kDayMs - 1;
      made.bounds = std::pair(*begin, *end);
      return made;
    }
  }
  auto value = reading::filter_value(field, text);
  if (!value) return fail(value.error());
  made.value = std::move(*value);
  return made;
}

Result<void> SearchFilters::add_where(const std::string& name, const std::string& text) {
  std::optional<Error> refused;
  std::map<std::uint32_t, Condition> by_type;
  for (const auto& type : model::schema().types) {
    if (!wants_type(type.number)) continue;
    const auto by_name = [&](const model::Field& f) {
      return f.name == name || f.label.zh == name;
    };
    const auto field = std::find_if(type.fields.begin(), type.fields.end(), by_name);
    if (field == type.fields.end()) continue;
    if (field->protection == model::Protection::personal) {
      return fail(Errc::forbidden,
                  "个人信息不可检索 personal information is never searched: leave this filter out",
                  name);
    }
    auto made = condition(*field, text);
    if (made) {
      by_type.emplace(type.number, std::move(*made));
    } else {
      refused = made.error();
    }
  }
  if (by_type.empty()) {
    if (refused) return fail(*refused);
    return fail(Errc::unknown_field, "没有名为“" + name + "”的字段 no field is called " + name,
                name);
  }
  // A second filter narrows: types must have both.
  if (conditions_.empty()) {
    for (auto& [type, made] : by_type) conditions_[type].push_back(std::move(made));
    return {};
  }
  std::erase_if(conditions_, [&](const auto& each) { return !by_type.contains(each.first); });
  for (auto& [type, conditions] : conditions_) conditions.push_back(std::move(by_type.at(type)));
  if (conditions_.empty()) {
    return fail(Errc::unknown_field, "没有同时具备这些字段的类型 no type has all of these fields",
                name);
  }
  return {};
}

Result<SearchFilters> SearchFilters::of(Store& store, Database& db, const SearchRequest& request) {
  SearchFilters filters;
  if (!request.type.empty()) {
    const auto* type = model::schema().type(request.type);
    if (!type || !store.projector().table(type->number)) {
      return fail(Errc::unknown_type, "没有这种记录类型 no record type is called " + request.type,
                  "type");
    }
    filters.type_ = type->number;
  }
  if (!request.scope.empty()) {
    auto rows = db.prepare("SELECT id FROM scope WHERE path = ?1 OR path GLOB ?1 || '/*'");
    rows.bind_text(1, request.scope);
    filters.scopes_.emplace();
    while (rows.step()) filters.scopes_->insert(rows.integer(0));
  }
  const auto from = day_of(request.from, "from"), to = day_of(request.to, "to");
  if (!from) return fail(from.error());
  if (!to) return fail(to.error());
  filters.from_ = *from;
  filters.to_ = *to;
  for (const auto& [name, text] : request.where) {
    if (auto added = filters.add_where(name, text); !added) return fail(added.error());
  }
  return filters;
}

bool SearchFilters::wants_type(std::uint32_t type) const {
  if (type_ && *type_ != type) return false;
  return conditions_.empty() || conditions_.contains(type);
}

bool SearchFilters::wants(Database& db, std::int64_t rec, std::int64_t scope,
                          std::int64_t latest) const {
  if (scopes_ && !scopes_->contains(scope)) return false;
  if (!from_ && !to_) return true;
  std::optional<sync::Micros> changed;
  auto& last = db.cached("SELECT last_stamp FROM log WHERE arrival = ?1");
  last.bind(1, latest);
  if (last.step()) {
    changed = last.integer(0);
    last.reset();
  } else if (const auto in = condensed(db, rec)) {
    changed = in->changed;
  }
  if (!changed) return false;
  const auto day = model::local_day_of_ms(*changed / 1000);
  return (!from_ || day >= *from_) && (!to_ || day < *to_);
}

bool SearchFilters::wants(const model::RecordView& record) const {
  const auto found = conditions_.find(record.type->number);
  if (found == conditions_.end()) return conditions_.empty();
  return std::all_of(found->second.begin(), found->second.end(),
                     [&](const Condition& each) { return each.holds(record); });
}

}  // namespace linli::store
