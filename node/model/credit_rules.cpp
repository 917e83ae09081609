// Rules, derived values and measures of company credit.
#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "node/model/credit.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

// ---- The bureau's rules ------------------------------------------------------------------------

void credit_rule_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace credit_rule_field;
  order_fault(record, kInForceFrom, kInForceTo, faults);
  if (record.state(kStatus) == kCreditRetired) {
    need(record, kInForceTo, "in_force_to", faults, "停用须填最后施行日",
         "is required once retired");
  }
  if (record.flag(kRepairable) && record.has(kKind) && record.integer(kKind) != kCreditBad) {
    add_fault(faults, "repairable", Errc::bad_rule, "只有不良信息可以修复",
              "only bad information can be repaired");
  }
  if (record.has(kOpensOn) && record.has(kKind) && record.integer(kKind) != kCreditBad) {
    add_fault(faults, "opens_on", Errc::bad_rule, "自动提出的情形都属不良信息",
              "is of bad information");
  }
}

void credit_scale_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace credit_scale_field;
  std::set<std::string_view> codes;
  std::optional<std::int64_t> above;
  const auto bands = record.rows(kBands);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const auto band = row_view(bands[i]);
    const auto where = "bands." + std::to_string(i);
    if (!codes.insert(band.text(credit_band::kCode)).second) {
      add_fault(faults, where + ".code", Errc::bad_rule, "等级重复", "is given twice");
    }
    const auto from = band.integer(credit_band::kFrom);
    if (above && from && *from >= *above) {
      add_fault(faults, where + ".from_points", Errc::bad_rule, "等级须从高到低排列，起点须递减",
                "must be below the grade before it: highest first");
    }
    above = from;
  }
}

// ---- Events ------------------------------------------------------------------------------------

namespace {

/// [D] How long the platform has for an appeal; longer where the source is asked.
std::int64_t appeal_due(const RecordView& record, const Lookup& lookup, std::int64_t appealed) {
  const bool asked = record.flag(credit_event_field::kSourceCheck);
  const auto days =
      setting(lookup, record.scope, asked ? "credit_appeal_source_days" : "credit_appeal_days");
  return WorkingDays(lookup, record.scope).after(appealed, days);
}

}  // namespace

Result<void> derive_credit_event(Record& record, const Lookup& lookup, const Moment&) {
  using namespace credit_event_field;
  const auto appealed = ViewOf(record)->integer(kAppealedOn);
  if (appealed && !record.get(kAppealDueOn)) {
    record.set(kAppealDueOn, cbor::encode_int(appeal_due(*ViewOf(record), lookup, *appealed)));
  }
  if (!record.get(kRule)) return {};  // check() asks for it
  const auto rule = followed(lookup, *ViewOf(record), kRule);
  if (!rule) {
    // Derived when it was proposed; a later move may be made where the rule isn't held.
    if (record.get(kPoints)) return {};
    return fail(Errc::dangling_reference, "this credit rule isn't here: no points without it",
                "rule");
  }
  const ViewOf view(*rule);
  const auto copy = [&](std::uint32_t from, std::uint32_t to) {
    if (const auto value = view->integer(from)) record.set(to, cbor::encode_int(*value));
  };
  copy(credit_rule_field::kKind, kKind);
  copy(credit_rule_field::kPoints, kPoints);
  const auto occurred = ViewOf(record)->integer(kOccurredOn);
  const auto months = view->integer(credit_rule_field::kValidMonths);
  const auto until = occurred && months ? months_later(*occurred, *months) : std::nullopt;
  if (until) record.set(kValidUntil, cbor::encode_int(*until));
  return {};
}

namespace {

void state_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace credit_event_field;
  const auto status = record.state(kStatus).value_or(kCreditProposed);
  const bool bad = record.integer(kKind) == kCreditBad;
  const bool confirmed = credit_was_confirmed(status);
  if (status == kCreditNotified || status == kCreditAppealed || (confirmed && bad)) {
    need(record, kNotifiedOn, "notified_on", faults,
         "不良信息认定前须告知企业，请填告知日期(可申诉)",
         "is required: a company is told of bad information first, and may appeal");
  }
  if (status == kCreditAppealed) {
    need(record, kAppealedOn, "appealed_on", faults, "须填申诉日期", "is required");
    need(record, kAppealDueOn, "appeal_due_on", faults, "须填申诉办理期限", "is required");
  }
  if (confirmed) {
    need(record, kDecidedOn, "decided_on", faults, "须填认定日期", "is required once confirmed");
  }
  if (status == kCreditCancelled) {
    need(record, kCancelledOn, "cancelled_on", faults, "须填撤销日期", "is required");
    need(record, kCancelReason, "cancel_reason", faults, "撤销须说明原因", "is required");
  }
  if (status != kCreditRepaired) return;
  need(record, kRepairAskedOn, "repair_asked_on", faults, "信用修复须由企业申请，请填申请日期",
       "is required: a repair is asked for by the company");
  need(record, kRepairedOn, "repaired_on", faults, "须填修复日期", "is required once repaired");
  if (!bad) {
    add_fault(faults, "status", Errc::bad_rule, "只有不良信息可以修复",
              "only bad information can be repaired");
  }
}

}  // namespace

void credit_event_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace credit_event_field;
  order_fault(record, kOccurredOn, kNotifiedOn, faults);
  order_fault(record, kNotifiedOn, kAppealedOn, faults);
  order_fault(record, kOccurredOn, kDecidedOn, faults);
  order_fault(record, kNotifiedOn, kDecidedOn, faults);
  order_fault(record, kAppealedOn, kAppealDueOn, faults);
  order_fault(record, kDecidedOn, kRepairAskedOn, faults);
  order_fault(record, kRepairAskedOn, kRepairedOn, faults);
  state_faults(record, faults);
  const auto occurred = record.integer(kOccurredOn), until = record.integer(kValidUntil);
  const auto last = occurred ? months_later(*occurred, kCreditMonthsMax) : std::nullopt;
  if (until && occurred && (!last || *until > *last || *until < *occurred)) {
    add_fault(faults, "valid_until", Errc::bad_rule, "有效期自发生之日起，最长五年",
              "lasts from the day it occurred, for five years at most");
  }
}

void credit_event_authoring_faults(const RecordView& record, const Lookup& lookup,
                                   const Moment& moment, std::vector<Fault>& faults) {
  using namespace credit_event_field;
  for (const auto number :
       {kOccurredOn, kNotifiedOn, kAppealedOn, kDecidedOn, kCancelledOn, kRepairedOn}) {
    future_fault(record, number, moment.today, faults);
  }
  const auto rule = followed(lookup, record, kRule);
  const auto occurred = record.integer(kOccurredOn);
  if (!rule || !occurred) return;
  const ViewOf view(*rule);
  if (view->state(credit_rule_field::kStatus).value_or(kCreditDraft) == kCreditDraft) {
    add_fault(faults, "rule", Errc::bad_rule, "规则尚未发布", "isn't published");
  }
  const auto from = view->integer(credit_rule_field::kInForceFrom);
  const auto to = view->integer(credit_rule_field::kInForceTo);
  if ((from && *occurred < *from) || (to && *occurred > *to)) {
    const auto span =
        (from ? day_text(*from) : std::string()) + " – " + (to ? day_text(*to) : std::string());
    add_fault(faults, "rule", Errc::bad_rule, "此规则在发生之日不施行（" + span + "）",
              "wasn't in force on the day it occurred (" + span + ")");
  }
  const bool repaired = record.state(kStatus) == kCreditRepaired;
  if (repaired && !view->flag(credit_rule_field::kRepairable)) {
    add_fault(faults, "status", Errc::bad_rule, "按此规则不可修复，只能等有效期届满",
              "can't be repaired under this rule: it ends with its time");
  }
}

void contribute_credit_event(const RecordView& record, std::span<const RecordView>,
                             std::vector<Contribution>& out) {
  using namespace credit_event_field;
  const auto status = record.state(kStatus).value_or(kCreditProposed);
  const auto occurred = record.integer(kOccurredOn);
  if (record.removed || !occurred) return;
  const auto compound = record.ref_id(kCompoundRef);
  const auto company = dim_of_id(record.ref_id(kCompany));
  const std::string kind(code_of(kCreditKinds, record.integer(kKind)));
  const auto due = record.integer(kAppealDueOn);
  if (status == kCreditAppealed && due) {
    out.push_back({.measure = "credit_appeals_open", .day = *due, .unit = compound});
  }
  if (!credit_was_confirmed(status)) return;
  out.push_back({.measure = "credit_events",
                 .day = *occurred,
                 .unit = compound,
                 .dim1 = kind,
                 .dim2 = dim_of_id(record.ref_id(kRule))});
  if (status == kCreditRepaired) {
    const auto repaired = record.integer(kRepairedOn);
    if (!repaired) return;
    out.push_back(
        {.measure = "credit_repairs", .day = *repaired, .unit = compound, .dim1 = company});
    return;
  }
  const auto points = record.integer(kPoints).value_or(0);
  if (points < 1 || points > kCreditPointsMax) return;  // nobody's rule: listed as invalid
  const bool bad = record.integer(kKind) == kCreditBad;
  out.push_back({.measure = "credit_points",
                 .day = *occurred,
                 .unit = compound,
                 .dim1 = company,
                 .dim2 = kind,
                 .n = bad ? -points : points});
}

}  // namespace linli::model
