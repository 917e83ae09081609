// Rules, derived values and measures of domain 2.7.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/dispute.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

/// Compound and category of the case, so that what hangs on it counts where it does.
void copy_case(Record& record, const Lookup& lookup, std::uint32_t dispute, std::uint32_t compound,
               std::uint32_t category) {
  const auto named = followed(lookup, *ViewOf(record), dispute);
  if (!named) return;  // a ref may dangle for a while; derived before, elsewhere
  const ViewOf view(*named);
  if (const auto where = view->ref(dispute_field::kCompound)) {
    record.set(compound, encode_ref(*where, record.scope));
  }
  if (const auto what = view->integer(dispute_field::kCategory)) {
    record.set(category, cbor::encode_int(*what));
  }
}

std::string category_of(const RecordView& record, std::uint32_t field) {
  return std::string(code_of(kCaseCategories, record.integer(field)));
}

}  // namespace

// ---- Cases -------------------------------------------------------------------------------------

Result<void> derive_dispute(Record& record, const Lookup& lookup, const Moment&) {
  using namespace dispute_field;
  const ViewOf view(record);
  const auto received = view->integer(kReceivedAt), source = view->integer(kSource);
  const auto people = view->integer(kHeadcount).value_or(1);
  const bool group = people >= setting(lookup, record.scope, "group_case_headcount");
  const bool due_given = record.get(kDueOn) != nullptr;
  const bool accept_given = record.get(kAcceptDueOn) != nullptr;
  record.set(kGroup, cbor::encode_bool(group));
  if (!received) return {};
  const auto day = local_day_of_ms(*received);
  WorkingDays days(lookup, record.scope);
  if (!accept_given) {
    // A petition is registered and routed by law within days of the calendar.
    const auto accept =
        source == kSourcePetition
            ? days.at_or_after(add_days(day, setting(lookup, record.scope, "petition_accept_days")))
            : days.after(day, setting(lookup, record.scope, "dispute_accept_working_days"));
    record.set(kAcceptDueOn, cbor::encode_int(accept));
  }
  // A hotline's limit comes with its order: left out, the record is refused as incomplete.
  if (due_given || source == kSourceHotline) return {};
  const auto limit = source == kSourcePetition ? "petition_days" : "dispute_days";
  const auto due = days.at_or_after(add_days(day, setting(lookup, record.scope, limit)));
  record.set(kDueOn, cbor::encode_int(due));
  return {};
}

void dispute_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace dispute_field;
  order_fault(record, kAcceptedOn, kResolvedOn, faults);
  order_fault(record, kResolvedOn, kClosedOn, faults);
  order_fault(record, kClosedOn, kReopenedOn, faults);
  order_fault(record, kDueOn, kExtendedDueOn, faults);
  const auto status = record.state(kStatus).value_or(kDisputeReceived);
  if (status == kDisputeNotAccepted) {
    need(record, kStatusReason, "status_reason", faults, "不予受理须说明原因", "is required");
    need(record, kReferredTo, "referred_to", faults, "不予受理须告知去向",
         "must say where to go instead");
    return;
  }
  if (status >= kDisputeAccepted) {
    need(record, kAcceptedOn, "accepted_on", faults, "须填受理日期", "is required once accepted");
  }
  if (status >= kDisputeResolved && status <= kDisputeClosed) {
    need(record, kResult, "result", faults, "须填处理结果", "is required once resolved");
    need(record, kResolvedOn, "resolved_on", faults, "须填处理日期", "is required once resolved");
  }
  if (status == kDisputeClosed || status == kDisputeReopened) {
    need(record, kClosedOn, "closed_on", faults, "须填办结日期", "is required once closed");
  }
  if (status == kDisputeReopened) {
    need(record, kReopenedOn, "reopened_on", faults, "须填重开日期", "is required");
    need(record, kStatusReason, "status_reason", faults, "重开须说明原因", "is required");
  }
  if (status == kDisputeEscalated) {
    need(record, kEscalatedTo, "escalated_to", faults, "须注明上报至何处", "is required");
    need(record, kEscalatedOn, "escalated_on", faults, "须填上报日期", "is required");
  }
}

namespace {

void extension_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace dispute_field;
  const auto due = record.integer(kDueOn), extended = record.integer(kExtendedDueOn);
  if (!due || !extended) return;
  const auto limit = record.integer(kSource) == kSourcePetition ? "petition_extension_days"
                                                                : "dispute_extension_days";
  const auto days = setting(lookup, record.scope, limit);
  if (*extended <= WorkingDays(lookup, record.scope).at_or_after(add_days(*due, days))) return;
  add_fault(faults, "extended_due_on", Errc::bad_rule,
            "最多延期" + std::to_string(days) + "天（业务参数 " + limit + "）",
            "an extension is at most " + std::to_string(days) + " days (setting " + limit + ")");
}

/// Once, and for a while only; what stands here now tells whether it has happened before.
void reopening_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace dispute_field;
  const auto closed = record.integer(kClosedOn), reopened = record.integer(kReopenedOn);
  if (record.state(kStatus) != kDisputeReopened || !closed || !reopened) return;
  const auto days = setting(lookup, record.scope, "reopen_days");
  if (*reopened > WorkingDays(lookup, record.scope).at_or_after(add_days(*closed, days))) {
    add_fault(faults, "reopened_on", Errc::bad_rule,
              "办结超过" + std::to_string(days) + "天，不能重开；请另行登记",
              "was closed more than " + std::to_string(days) + " days before: enter a new case");
  }
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (!before) return;
  const ViewOf then(*before);
  if (then->state(kStatus) != kDisputeClosed || !then->has(kReopenedOn)) return;
  add_fault(faults, "status", Errc::bad_rule, "只能重开一次；请另行登记",
            "was reopened once already: enter a new case");
}

/// An agreement or a failure is what a mediation of this case came to (domain 2.7: an agreement
/// needs its file, which that record has; and the share of agreements counts records). Asked of
/// whoever moves the case there: one that came to it before this was asked goes on.
void mediated_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace dispute_field;
  constexpr std::uint32_t kMediationRef = 25;  // as in dispute.cpp
  const auto status = record.state(kStatus);
  const bool agreed = status == kDisputeAgreement;
  if (!agreed && status != kDisputeFailed) return;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (before && !before->removed) {
    const ViewOf then(*before);
    const bool same = then->ref_id(kMediationRef) == record.ref_id(kMediationRef);
    if (same && then->state(kStatus) == status) return;
  }
  need(record, kMediationRef, "mediation", faults,
       "须注明人民调解记录：请先登记该次调解及其结果，再填入此处",
       "is required: enter the mediation and what came of it first, then name it here");
  const auto named = followed(lookup, record, kMediationRef);
  if (!named) return;  // a ref may dangle for a while
  const ViewOf mediation(*named);
  const auto of = mediation->ref(mediation_field::kDispute);
  if (!of || of->id != record.id || of->scope != record.scope) {
    add_fault(faults, "mediation", Errc::bad_rule, "不是本案的调解记录",
              "is a mediation of another case");
  }
  const auto outcome = mediation->integer(mediation_field::kOutcome);
  if (outcome == (agreed ? kOutcomeAgreement : kOutcomeFailed)) return;
  add_fault(faults, "mediation", Errc::bad_rule, "与该调解记录的结果不符",
            "isn't what that mediation came to");
}

}  // namespace

void dispute_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults) {
  using namespace dispute_field;
  const auto received = record.integer(kReceivedAt);
  if (received && *received > moment.now / 1000 + kClockSlackMs) {
    add_fault(faults, "received_at", Errc::bad_rule, "不得在将来", "can't be in the future");
  }
  for (const auto number : {kAcceptedOn, kResolvedOn, kClosedOn, kEscalatedOn, kReopenedOn}) {
    const auto day = record.integer(number);
    if (!day || *day <= moment.today) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "不得在将来",
              "can't be in the future");
  }
  extension_faults(record, lookup, faults);
  reopening_faults(record, lookup, faults);
  mediated_faults(record, lookup, faults);
}

namespace {

/// Was there another case of this compound and category within 90 days before?
bool repeated(const RecordView& record, std::span<const RecordView> peers, std::int64_t day) {
  using namespace dispute_field;
  constexpr std::int64_t kRepeatDays = 90;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    const auto at = peer.integer(kReceivedAt);
    if (itself || peer.removed || !at || peer.state(kStatus) == kDisputeNotAccepted) return false;
    const auto then = local_day_of_ms(*at);
    const bool before =
        std::pair(*at, peer.id) < std::pair(*record.integer(kReceivedAt), record.id);
    return before && then <= day && then >= day - kRepeatDays;
  });
}

}  // namespace

void contribute_dispute(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out) {
  using namespace dispute_field;
  const auto received = record.integer(kReceivedAt);
  const auto status = record.state(kStatus).value_or(kDisputeReceived);
  if (record.removed || !received || status == kDisputeNotAccepted) return;
  const auto day = local_day_of_ms(*received);
  const Contribution base{.measure = {},
                          .unit = record.ref_id(kCompound),
                          .dim1 = category_of(record, kCategory),
                          .dim2 = std::string(code_of(kCaseSources, record.integer(kSource)))};
  const auto add = [&](std::string_view measure, std::int64_t on, std::int64_t n = 1) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = on;
    out.back().n = n;
  };
  const bool closed = status == kDisputeClosed;
  add("disputes", day);
  add("disputes_per_mille", day, 1000);
  if (closed) add("disputes_closed", day);
  if (record.flag(kGroup)) add("group_cases", day);
  if (record.has(kEscalatedOn)) add("disputes_escalated", day);
  if (repeated(record, peers, day)) add("disputes_repeated", day);
  if (const auto company = record.ref_id(kCompanyRef); !company.empty()) {
    out.push_back({.measure = "disputes_of_company",
                   .day = day,
                   .unit = base.unit,
                   .dim1 = dim_of_id(company),
                   .dim2 = base.dim1});
  }
  const auto extended = record.integer(kExtendedDueOn);
  const auto due = extended ? extended : record.integer(kDueOn);
  const auto accept_due = record.integer(kAcceptDueOn);
  if (status == kDisputeReceived && accept_due) add("disputes_unaccepted", *accept_due);
  if (!due) return;
  const auto closed_on = record.integer(kClosedOn);
  add("disputes_due", *due);
  if (closed && closed_on && *closed_on <= *due) add("disputes_on_time", *due);
  if (!closed) add("disputes_open", *due);
}

// ---- Mediation and visits ----------------------------------------------------------------------

Result<void> derive_mediation(Record& record, const Lookup& lookup, const Moment&) {
  using namespace mediation_field;
  copy_case(record, lookup, kDispute, kCompound, kCategory);
  return {};
}

void mediation_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace mediation_field;
  constexpr std::uint32_t kBeganOn = 3;
  order_fault(record, kBeganOn, kEndedOn, faults);
  if (record.has(kOutcome)) {
    need(record, kEndedOn, "ended_on", faults, "须填结束日期", "is required with an outcome");
  }
  if (record.integer(kOutcome) == kOutcomeAgreement) {
    need(record, kAgreementFile, "agreement_file", faults, "达成协议须附调解协议书",
         "is required with an agreement");
  }
  order_fault(record, kEndedOn, kConfirmAppliedOn, faults);
  const bool agreed = !record.has(kOutcome) || record.integer(kOutcome) == kOutcomeAgreement;
  if (agreed || !record.has(kConfirmAppliedOn)) return;
  add_fault(faults, "confirm_applied_on", Errc::bad_rule, "未达成协议，无从申请司法确认",
            "there is no agreement to be confirmed");
}

namespace {

/// People's Mediation Law 33: jointly, within 30 days after the agreement takes effect.
void confirmation_fault(const RecordView& record, const Lookup& lookup,
                        std::vector<Fault>& faults) {
  using namespace mediation_field;
  constexpr std::int64_t kConfirmDays = 30;
  const auto ended = record.integer(kEndedOn), asked = record.integer(kConfirmAppliedOn);
  if (!asked || !ended) return;
  const auto last = WorkingDays(lookup, record.scope).at_or_after(add_days(*ended, kConfirmDays));
  if (*asked <= last) return;
  add_fault(faults, "confirm_applied_on", Errc::bad_rule,
            "须在协议生效之日起30日内申请，最迟到 " + day_text(last) + "（人民调解法33条）",
            "is asked within 30 days of the agreement, until " + day_text(last) +
                " (People's Mediation Law 33)");
}

}  // namespace

void mediation_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults) {
  confirmation_fault(record, lookup, faults);
  using namespace mediation_field;
  for (const auto number : {kEndedOn, kConfirmAppliedOn}) {
    const auto day = record.integer(number);
    if (!day || *day <= moment.today) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "不得在将来",
              "can't be in the future");
  }
}

void contribute_mediation(const RecordView& record, std::span<const RecordView>,
                          std::vector<Contribution>& out) {
  using namespace mediation_field;
  const auto ended = record.integer(kEndedOn), outcome = record.integer(kOutcome);
  if (record.removed || !ended) return;
  if (outcome != kOutcomeAgreement && outcome != kOutcomeFailed) return;
  Contribution base{.measure = "mediations_ended",
                    .day = *ended,
                    .unit = record.ref_id(kCompound),
                    .dim1 = category_of(record, kCategory)};
  out.push_back(base);
  if (outcome != kOutcomeAgreement) return;
  base.measure = "mediations_agreed";
  out.push_back(std::move(base));
}

Result<void> derive_visit(Record& record, const Lookup& lookup, const Moment&) {
  using namespace visit_field;
  copy_case(record, lookup, kDispute, kCompound, kCategory);
  return {};
}

void contribute_visit(const RecordView& record, std::span<const RecordView>,
                      std::vector<Contribution>& out) {
  using namespace visit_field;
  const auto at = record.integer(kAt);
  if (record.removed || !at) return;
  Contribution base{.measure = "return_visits",
                    .day = local_day_of_ms(*at),
                    .unit = record.ref_id(kCompound),
                    .dim1 = category_of(record, kCategory)};
  out.push_back(base);
  if (!record.flag(kSatisfied)) return;
  base.measure = "visits_satisfied";
  out.push_back(std::move(base));
}

}  // namespace linli::model
