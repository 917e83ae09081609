// node/model/declare.h: the words in which the families declare their types. For this folder's
// .cpp.
#pragma once

#include "node/model/schema.h"

namespace linli::model {

using crypto::Role;
using sync::mask;

// Who may write, in the table of domain §1. The hub acts as the city bureau. Offices may do what
// the city's early days need: until a district or a company has a node of its own, somebody enters
// for it.
inline constexpr RoleMask kHub = mask(Role::hub);
inline constexpr RoleMask kAuthority = kHub | mask(Role::district);
inline constexpr RoleMask kSuperiors = kAuthority | mask(Role::street);
inline constexpr RoleMask kOffices = kSuperiors | mask(Role::office);
inline constexpr RoleMask kInspectors = kOffices | mask(Role::device);
inline constexpr RoleMask kCompanyRole = mask(Role::company);

// Why text may stand in signed bytes, where nobody can erase it (rule 14).
inline constexpr std::string_view kReasonCode =
    "a code or number, given by an authority or template";
inline constexpr std::string_view kReasonOrganisation = "the name or contact of an organisation";
inline constexpr std::string_view kReasonPublished = "published text, meant to stay";
inline constexpr std::string_view kReasonPlace = "a place, not a person";

/// The state of what is never altered (append-only): it is closed as soon as it is written.
inline constexpr Choice kRecorded[] = {{1, "recorded", {"已记录", "Recorded"}}};

/// To whom a matter or a case is escalated.
inline constexpr Choice kEscalations[] = {{1, "street", {"街道", "Street"}},
                                          {2, "district", {"县区", "District"}},
                                          {3, "city", {"市", "City"}}};

/// A field under declaration: `text(3, "name", {"名称", "Name"}).required().plain(kReason…)`.
struct Declare : Field {
  Declare(std::uint32_t n, std::string_view field_name, FieldType t, Label l)
      : Field{.number = n, .name = field_name, .type = t, .label = l} {}
  Declare& required() { return need = Need::required, *this; }
  Declare& conditional() { return need = Need::conditional, *this; }
  Declare& derived() { return need = Need::derived, *this; }
  Declare& in(Unit u) { return unit = u, *this; }
  Declare& plain(std::string_view reason) { return plain_reason = reason, *this; }
  Declare& erasable() { return protection = Protection::erasable, *this; }
  Declare& personal() { return protection = Protection::personal, *this; }
  Declare& hidden() { return sealed = true, personal(); }
  Declare& of(std::span<const Choice> v) { return values.assign(v.begin(), v.end()), *this; }
  Declare& range(std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
    return min = from, max = to, *this;
  }
  Declare& grouped(std::uint32_t g) { return group = g, *this; }
  Declare& found() { return searched = true, *this; }
  Declare& by(RoleMask roles) { return writers = roles, *this; }
  Declare& hint(Label l) { return help = l, *this; }
};

inline constexpr std::int64_t kTextMax = 200, kTextLongMax = 4000, kListMax = 200;
/// Amounts and areas far above any real one (the city's GDP is about 4e13 fen), so that sums of
/// every row that fits into a change set stay within int64.
inline constexpr std::int64_t kAmountMax = 1'000'000'000'000'000;

inline Declare text(std::uint32_t n, std::string_view name, Label l, std::int64_t max = kTextMax) {
  return Declare(n, name, FieldType::text, l).range(1, max);
}
inline Declare integer(std::uint32_t n, std::string_view name, Label l, Unit unit = Unit::count) {
  return Declare(n, name, FieldType::integer, l).in(unit).range(0, kAmountMax);
}
inline Declare boolean(std::uint32_t n, std::string_view name, Label l) {
  return {n, name, FieldType::boolean, l};
}
inline Declare date(std::uint32_t n, std::string_view name, Label l) {
  return {n, name, FieldType::date, l};
}
inline Declare instant(std::uint32_t n, std::string_view name, Label l) {
  return {n, name, FieldType::instant, l};
}
inline Declare choice(std::uint32_t n, std::string_view name, Label l, std::span<const Choice> v) {
  return Declare(n, name, FieldType::choice, l).of(v);
}
inline Declare choices(std::uint32_t n, std::string_view name, Label l, std::span<const Choice> v) {
  return Declare(n, name, FieldType::choices, l).of(v).range(1, {});
}
inline Declare state(std::uint32_t n, std::string_view name, Label l, std::span<const Choice> v) {
  return Declare(n, name, FieldType::state, l).of(v).required();
}
inline Declare ref(std::uint32_t n, std::string_view name, Label l,
                   std::vector<std::string_view> targets) {
  Declare field(n, name, FieldType::ref, l);
  field.targets = std::move(targets);
  return field;
}
inline Declare refs(std::uint32_t n, std::string_view name, Label l,
                    std::vector<std::string_view> targets) {
  Declare field(n, name, FieldType::refs, l);
  field.targets = std::move(targets);
  return field.range(1, kListMax);
}
inline Declare texts(std::uint32_t n, std::string_view name, Label l) {
  return Declare(n, name, FieldType::texts, l).range(1, kListMax);
}
inline Declare blob(std::uint32_t n, std::string_view name, Label l) {
  return {n, name, FieldType::blob, l};
}
inline Declare blobs(std::uint32_t n, std::string_view name, Label l) {
  return Declare(n, name, FieldType::blobs, l).range(1, kListMax);
}
inline Declare rows(std::uint32_t n, std::string_view name, Label l, std::vector<Field> columns) {
  Declare field(n, name, FieldType::rows, l);
  field.columns = std::move(columns);
  return field.range(1, 500);
}

// ---- For rules and measures --------------------------------------------------------------------

inline void add_fault(std::vector<Fault>& faults, std::string_view field, Errc code, std::string zh,
                      std::string en) {
  faults.push_back({std::string(field), code, std::move(zh), std::move(en)});
}
/// `field` is needed here although its type doesn't always ask for it.
inline void need(const RecordView& record, std::uint32_t number, std::string_view name,
                 std::vector<Fault>& faults, std::string_view zh, std::string_view en) {
  if (record.has(number)) return;
  add_fault(faults, name, Errc::missing_field, std::string(zh), std::string(en));
}

/// The record that a ref names, if this node holds it.
[[nodiscard]] inline std::optional<Record> followed(const Lookup& lookup, const RecordView& record,
                                                    std::uint32_t field) {
  const auto ref = record.ref(field);
  return ref ? lookup.follow(*ref) : std::nullopt;
}

/// A phone's clock may be ahead by this much (rule 12 of the format).
inline constexpr std::int64_t kClockSlackMs = 10 * 60'000;
/// A day, or an instant in ms, that lies behind `latest` can't have happened yet.
inline void future_fault(const RecordView& record, std::uint32_t number, std::int64_t latest,
                         std::vector<Fault>& faults) {
  const auto at = record.integer(number);
  if (!at || *at <= latest) return;
  add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "不得在将来",
            "can't be in the future");
}

/// Two dates or instants of one record, in their order; equal is fine.
inline void order_fault(const RecordView& record, std::uint32_t earlier, std::uint32_t later,
                        std::vector<Fault>& faults) {
  const auto a = record.integer(earlier), b = record.integer(later);
  if (!a || !b || *a <= *b) return;
  const auto& first = *record.type->field(earlier);
  const auto& second = *record.type->field(later);
  add_fault(faults, second.name, Errc::bad_rule,
            std::string(second.label.zh) + "不得早于" + std::string(first.label.zh),
            "can't be before " + std::string(first.name));
}

/// Code of a choice's number; empty for a number that this version doesn't know.
inline std::string_view code_of(std::span<const Choice> values,
                                std::optional<std::int64_t> number) {
  if (!number) return {};
  for (const auto& value : values) {
    if (value.number == *number) return value.code;
  }
  return {};
}

/// A record's id as a dim: a dim that is named like a record type holds such an id.
inline std::string dim_of_id(std::string_view id16) {
  return id16.size() == sync::RecordId::size() ? sync::to_text(sync::RecordId::of(id16))
                                               : std::string{};
}

/// One row of a rows field, to be read like a record.
inline RecordView row_view(const std::vector<sync::FieldValue>& columns) {
  RecordView row;
  row.fields = columns;
  return row;
}

/// a + b and a * b, or nothing where int64 ends: rules must be total on merged records.
inline std::optional<std::int64_t> sum_of(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) return {};
  return result;
}
inline std::optional<std::int64_t> product_of(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return {};
  return result;
}

}  // namespace linli::model
