#include "node/numbering.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/model/numbering.h"
#include "node/store/numbering.h"

namespace linli::node {

namespace {

/// Every value of a field that begins with `prefix`: stored, and of sets that aren't closed yet.
std::vector<std::string> given(const NumberDesk& desk, const model::RecordType& type,
                               const model::Field& field, std::string_view prefix) {
  const auto* table = desk.store.projector().table(type.number);
  auto numbers = store::texts_with_prefix(desk.store.database(), *table, field, prefix);
  for (const auto& [place, record] : desk.pending) {
    if (place.first != type.number) continue;
    numbers.emplace_back(model::ViewOf(record)->text(field.number));
  }
  return numbers;
}

template <class CountOf>
std::int64_t next_of(const std::vector<std::string>& numbers, std::int64_t start,
                     CountOf&& count_of) {
  auto next = start;
  for (const auto& number : numbers) {
    if (const auto n = count_of(number); n && *n >= next && *n < INT64_MAX) next = *n + 1;
  }
  return next;
}

bool asks_for_number(const Json& fields, std::string_view name) {
  const auto found = fields.find(std::string(name));
  if (found == fields.end() || found->is_null()) return true;
  return found->is_string() && found->get<std::string>() == model::kNumberAuto;
}

/// Year of the day that a number is dated by: the draft's, the record's, else today's.
std::int64_t year_of(const NumberDesk& desk, const model::Field* dated, const model::Draft& draft,
                     const std::optional<store::Row>& row) {
  auto day = dated ? model::ViewOf(draft.fields)->integer(dated->number) : std::nullopt;
  if (!day && dated && row) day = model::ViewOf(row->record)->integer(dated->number);
  return model::civil_from_day(day.value_or(desk.today)).year;
}

/// The next number of this node's sequence; nothing: there is no rule for it.
std::optional<std::string> next_official(const NumberDesk& desk, const model::RecordType& type,
                                         const model::Field& field, std::int64_t year) {
  const auto form = model::number_form(desk.lookup, type.name, desk.me.scope);
  if (!form) return {};
  const auto begin = form->form.find('{');
  const auto prefix = std::string_view(form->form).substr(0, begin);
  const auto next = next_of(
      given(desk, type, field, prefix), form->start,
      [&](const std::string& number) { return model::official_count(*form, year, number); });
  return model::official_number(*form, year, next);
}

model::Fault no_rule(const NumberDesk& desk, const model::Field& field) {
  return model::Fault{
      std::string(field.name), Errc::not_found,
      "本机关（" + desk.me.scope +
          "）没有这类文书的文号规则：请市局录入 number_rule，或由有规则的上级给号",
      "there is no number_rule of this node (" + desk.me.scope +
          ") for it: the bureau enters one, or a node that has one gives the number"};
}

}  // namespace

void give_provisional(const NumberDesk& desk, const model::RecordType& type, const Wish& wish,
                      Json& fields) {
  const auto* numbered = model::numbered(type.name);
  if (!numbered || numbered->provisional.empty() || !fields.is_object()) return;
  const auto& me = desk.me;
  const auto scope =
      fields.value("scope", Json()).is_string() ? fields["scope"].get<std::string>() : me.scope;
  if (!asks_for_number(fields, numbered->provisional)) return;
  // Who names a record by its id means one that is there; unless it is what a new one is to be
  // called, and that isn't there yet.
  const bool is_new = wish.create_only && !desk.lookup.find(type.number, scope, *wish.id);
  if (!is_new && (wish.id || fields.contains("id"))) return;
  const auto prefix = model::provisional_prefix(scope, me.author);
  const auto& field = *type.field(numbered->provisional);
  const auto next = next_of(given(desk, type, field, prefix), 1, [&](const std::string& number) {
    return model::provisional_count(prefix, number);
  });
  fields[std::string(numbered->provisional)] = model::provisional_number(prefix, next);
}

std::optional<model::Fault> give_key(const NumberDesk& desk, const model::RecordType& type,
                                     const Wish& wish, Json& fields) {
  const auto* numbered = model::numbered(type.name);
  if (!numbered || !type.in_key(numbered->official) || !fields.is_object()) return {};
  if (wish.id || fields.contains("id") || !asks_for_number(fields, numbered->official)) return {};
  const auto dated = fields.value(std::string(numbered->dated), Json());
  const auto day = dated.is_string() ? model::parse_day(dated.get<std::string>()) : std::nullopt;
  const auto& field = *type.field(numbered->official);
  const auto next =
      next_official(desk, type, field, model::civil_from_day(day.value_or(desk.today)).year);
  if (!next) return no_rule(desk, field);
  fields[std::string(numbered->official)] = *next;
  return {};
}

std::optional<model::Fault> give_official(const NumberDesk& desk, model::Draft& draft,
                                          const std::optional<store::Row>& row) {
  const auto& type = *draft.type;
  const auto* numbered = model::numbered(type.name);
  if (!numbered) return {};
  const auto& field = *type.field(numbered->official);
  if (model::ViewOf(draft.fields)->text(field.number) != model::kNumberAuto) return {};
  const auto* there = row && !row->record.removed ? row->record.get(field.number) : nullptr;
  if (there) return draft.fields.set(field.number, *there), std::nullopt;

  const auto year = year_of(desk, type.field(numbered->dated), draft, row);
  const auto next = next_official(desk, type, field, year);
  if (!next) return no_rule(desk, field);
  draft.fields.set(field.number, cbor::encode_text(*next));
  return {};
}

}  // namespace linli::node
