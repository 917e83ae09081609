// How long personal values stay (domain 2.8): rules that the bureau changes like any record. What
// follows from them, and the defaults: node/retaining.h.
#include <algorithm>

#include "node/model/declare.h"

namespace linli::model {

namespace {

constexpr Choice kUnits[] = {
    {1, "days", {"天", "Days"}}, {2, "months", {"月", "Months"}}, {3, "years", {"年", "Years"}}};

namespace rule_field {
constexpr std::uint32_t kType = 1, kField = 2, kState = 3, kAfter = 4;
}

/// What a rule names must exist, and be something that can be erased, for who writes it; a node of
/// another version may know other types.
void rule_faults(const RecordView& rule, const Lookup&, const Moment&, std::vector<Fault>& faults) {
  using namespace rule_field;
  const auto* type = schema().type(rule.text(kType));
  if (!type) {
    return add_fault(faults, "record_type", Errc::unknown_type, "没有这种记录类型",
                     "no such record type");
  }
  const auto* field = type->field(rule.text(kField));
  if (!field || field->protection == Protection::plain) {
    add_fault(faults, "field", Errc::bad_value, "此字段不存在，或是签名内容的一部分，不能清除",
              "no such field, or one that stands in signed bytes and can't be erased");
  }
  const auto after = rule.text(kAfter);
  const auto* event = type->field(after);
  const bool dated = event && event->protection == Protection::plain &&
                     (event->type == FieldType::date || event->type == FieldType::instant);
  if (!dated && after != "changed") {
    add_fault(faults, "after", Errc::bad_value,
              "须为该类型的日期或时间字段，或 changed（最后改动）",
              "a date or time field of the type, or `changed`: its last change");
  }
  if (!rule.has(kState)) return;
  const auto* state = type->field(type->state);
  const auto wanted = rule.text(kState);
  const bool known = state && std::any_of(state->values.begin(), state->values.end(),
                                          [&](const Choice& c) { return c.code == wanted; });
  if (!known) {
    add_fault(faults, "state", Errc::bad_value, "该类型没有这个状态", "the type has no such state");
  }
}

RecordType retention_rule() {
  using namespace rule_field;
  return {
      .number = 4,
      .name = "retention_rule",
      .label = {"保留期限", "Retention rule"},
      .home = Home::city,
      .key = {"record_type", "field"},
      .audience = sync::Audience::below,
      .fields = {text(kType, "record_type", {"记录类型", "Record type"}, 60)
                     .required()
                     .plain(kReasonCode),
                 text(kField, "field", {"字段", "Field"}, 60).required().plain(kReasonCode),
                 text(kState, "state", {"仅在此状态", "Only in this state"}, 60).plain(kReasonCode),
                 text(kAfter, "after", {"起算", "Counted from"}, 60)
                     .required()
                     .plain(kReasonCode)
                     .hint({"日期字段的名称，或 changed（最后改动）",
                            "A date field's name, or `changed`: the last change"}),
                 integer(5, "period", {"期限", "Period"}).range(1, 10'000).required(),
                 choice(6, "unit", {"单位", "Unit"}, kUnits).required(),
                 boolean(7, "suspended", {"暂停", "Suspended"})
                     .hint({"有诉讼或纠纷时：暂不清除", "While a suit runs: nothing is erased"}),
                 text(8, "basis", {"依据", "Basis"}).plain(kReasonPublished)},
      .title = "record_type",
      .writers = kHub,
      .removers = kHub,
      .authoring_faults = rule_faults};
}

}  // namespace

void add_retention(Schema& schema) { schema.types.push_back(retention_rule()); }

}  // namespace linli::model
