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

}  // namespace

void give_provisional(const NumberDesk& desk, const model::RecordType& type, const Wish& wish,
                      Json& fields) {
  const auto* numbered = model::numbered(type.name);
  if (!numbered || numbered->provisional.empty() || !fields.is_object()) return;
  // Who names a record by its id means one that is there.
  if (wish.id || fields.contains("id") || !asks_for_number(fields, numbered->provisional)) return;
  const auto& me = desk.me;
  const auto scope =
      fields.value("scope", Json()).is_string() ? fields["scope"].get<std::string>() : me.scope;
  const auto prefix = model::provisional_prefix(scope, me.author);
  const auto& field = *type.field(numbered->provisional);
  const auto next = next_of(given(desk, type, field, prefix), 1, [&](const std::string& number) {
    return model::provisional_count(prefix, number);
  });
  fields[std::string(numbered->provisional)] = model::provisional_number(prefix, next);
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

  const auto& issuer = desk.me.scope;
  const auto form = model::number_form(desk.lookup, type.name, issuer);
  if (!form) {
    return model::Fault{
        std::string(field.name), Errc::not_found,
        "本机关（" + issuer +
            "）没有这类文书的文号规则：请市局录入 number_rule，或由有规则的上级给号",
        "there is no number_rule of this node (" + issuer +
            ") for it: the bureau enters one, or a node that has one gives the number"};
  }
  const auto* dated = type.field(numbered->dated);
  const auto year = year_of(desk, dated, draft, row);
  const auto begin = form->form.find('{');
  const auto prefix = std::string_view(form->form).substr(0, begin);
  const auto next = next_of(
      given(desk, type, field, prefix), form->start,
      [&](const std::string& number) { return model::official_count(*form, year, number); });
  draft.fields.set(field.number, cbor::encode_text(model::official_number(*form, year, next)));
  return {};
}

}  // namespace linli::node
