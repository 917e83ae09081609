// Rules, derived values and measures of candidates and their vetting (domain 2.3).
#include "crypto/cbor.h"
#include "node/model/assembly.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {
enum CandidateState : std::int64_t {
  kSubmitted = 2,
  kIneligible = 5,
  kEligible = 6,
  kPublicised = 7,
  kConfirmed = 9,
  kNotElected = 11,
};

constexpr std::uint32_t kVettingRef = 17;  // as in assembly.cpp
enum VettingResult : std::int64_t { kFoundEligible = 1, kFoundIneligible = 2, kMoreMaterial = 3 };

/// A number of the rules that a candidate's assembly is held under.
std::optional<std::int64_t> ruled_for(const Lookup& lookup, const RecordView& candidate,
                                      std::uint32_t number) {
  const auto assembly = followed(lookup, candidate, candidate_field::kAssembly);
  if (!assembly) return {};
  return ruled(lookup, *ViewOf(*assembly), assembly_field::kRules, number);
}
}  // namespace

Result<void> derive_candidate(Record& record, const Lookup& lookup, const Moment&) {
  using namespace candidate_field;
  const ViewOf view(record);
  const auto submitted = view->integer(kSubmittedOn), shown = view->integer(kNoticeOn);
  // Each while it still matters: rules that change later don't touch what was decided.
  const auto status = view->state(kStatus).value_or(0);
  const auto vetting = ruled_for(lookup, *view, vote_rules_field::kVettingDays);
  if (status < kEligible && submitted && vetting) {
    const auto due = WorkingDays(lookup, record.scope).after(*submitted, *vetting);
    record.set(kVettingDue, cbor::encode_int(due));
  }
  const auto notice = ruled_for(lookup, *view, vote_rules_field::kNoticeDays);
  if (status == kPublicised && shown && notice) {
    derive_deadline(record, kNoticeTo, shown, notice, lookup);
  }
  return {};
}

void candidate_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace candidate_field;
  const auto status = record.state(kStatus).value_or(0);
  if (status < kSubmitted) return;
  need(record, kSubmittedOn, "submitted_on", faults, "须填提交日期", "is required once submitted");
  if (status < kEligible || status > kNotElected) return;
  if (record.flag(kEmployee)) {
    add_fault(faults, "company_employee", Errc::bad_rule, "物业企业员工不得担任委员(ZZ 18)",
              "an employee of the company can't stand (ZZ 18)");
  }
  if (!record.flag(kFeesPaid)) {
    add_fault(faults, "fees_paid", Errc::bad_rule, "未按规定交费的不符合条件(HN 27)",
              "who doesn't pay the fees can't stand (HN 27)");
  }
  if (!record.flag(kInterestFree)) {
    add_fault(faults, "conflict_declaration", Errc::bad_rule, "须声明与物业企业无利害关系(ZZ 18)",
              "a declaration of no interest in the company is needed (ZZ 18)");
  }
  if (status >= kPublicised) {
    need(record, kNoticeOn, "publicised_on", faults, "须填公示日期", "is required once shown");
  }
}

namespace {

bool is_decided(std::int64_t status) { return status >= kIneligible && status <= kNotElected; }

/// Whether somebody may stand is what the street's vetting found (HN 28), which tells the criteria
/// and counts in vetting_pass. Asked of whoever says so: one that was decided before stands.
void vetted_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace candidate_field;
  const auto status = record.state(kStatus).value_or(0);
  if (!is_decided(status)) return;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (before && !before->removed) {
    const ViewOf then(*before);
    const bool same = then->ref_id(kVettingRef) == record.ref_id(kVettingRef);
    if (same && is_decided(then->state(kStatus).value_or(0))) return;
  }
  need(record, kVettingRef, "vetting", faults, "须注明审查决定：请先登记街道的任职条件审查",
       "is required: enter the street's vetting first, then name it here");
  const auto named = followed(lookup, record, kVettingRef);
  if (!named) return;  // a ref may dangle for a while
  const ViewOf vetting(*named);
  const auto of = vetting->ref(vetting_field::kCandidate);
  if (!of || of->id != record.id || of->scope != record.scope) {
    add_fault(faults, "vetting", Errc::bad_rule, "不是该候选人的审查决定",
              "is a decision on another candidate");
  }
  const auto expected = status == kIneligible ? kFoundIneligible : kFoundEligible;
  if (vetting->integer(vetting_field::kResult) == expected) return;
  add_fault(faults, "vetting", Errc::bad_rule, "与该审查决定的结论不符",
            "isn't what that decision says");
}

}  // namespace

void candidate_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults) {
  using namespace candidate_field;
  vetted_faults(record, lookup, faults);
  const auto shown_to = record.integer(kNoticeTo);
  if (record.state(kStatus) != kConfirmed || !shown_to || moment.today > *shown_to) return;
  add_fault(faults, "status", Errc::bad_rule,
            "公示期到 " + day_text(*shown_to) + " 止，期满后才能确定",
            "is shown until " + day_text(*shown_to) + ": confirmed only after that day");
}

void vetting_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace vetting_field;
  const auto result = record.integer(kResult);
  if (!result) return;
  if (*result != kFoundEligible) {
    return need(record, kReason, "reason_code", faults, "不符合或需补充的须填原因",
                "is required unless eligible");
  }
  const auto criteria = record.rows(kCriteria);
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    if (row_view(criteria[i]).flag(kPass)) continue;
    add_fault(faults, "criteria." + std::to_string(i), Errc::bad_rule,
              "有条件不符合，结论不能为符合", "isn't met: the result can't be eligible");
  }
}

void contribute_vetting(const RecordView& record, std::span<const RecordView>,
                        std::vector<Contribution>& out) {
  using namespace vetting_field;
  const auto decided = record.integer(kDecidedOn), result = record.integer(kResult);
  if (record.removed || !decided || !result || *result == kMoreMaterial) return;
  const std::string reason(record.text(kReason));
  out.push_back({.measure = "vettings_decided", .day = *decided, .dim1 = reason});
  if (*result != kFoundEligible) return;
  out.push_back({.measure = "vettings_eligible", .day = *decided, .dim1 = reason});
}

}  // namespace linli::model
