// Rules, derived values and measures of committees and of the temporary body (domain 2.3).
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/committee.h"
#include "node/model/rules.h"
#include "node/model/settings.h"
#include "node/model/vote_counting.h"

namespace linli::model {

namespace {

constexpr std::uint32_t kFirstMeetingDue = 16, kFirstMeetingOn = 17;  // as in committee.cpp

/// The first day after a term of so many years that begins on `start` (CC 202: the corresponding
/// day, or the last one of that month).
std::optional<std::int64_t> years_later(std::int64_t start, std::int64_t years) {
  if (start < -1'000'000 || start > 1'000'000 || years < 0 || years > 1000) return {};
  const auto from = civil_from_day(start);
  return due_after_period(day_from_civil(from.year, from.month, 1), 12 * years, from.day);
}

}  // namespace

// ---- Committees --------------------------------------------------------------------------------

namespace {

/// A day so many after another, by the setting of its time: a later one alters no committee whose
/// own day stays as it was.
void derive_by_setting(Record& record, std::uint32_t from, std::uint32_t target,
                       std::string_view code, const Lookup& lookup) {
  const auto day = ViewOf(record)->integer(from);
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  const bool stands = before && !before->removed && ViewOf(*before)->integer(from) == day;
  if (stands && record.get(target)) return;
  derive_deadline(record, target, day, setting(lookup, record.scope, code), lookup);
}

}  // namespace

Result<void> derive_committee(Record& record, const Lookup& lookup, const Moment&) {
  using namespace committee_field;
  const ViewOf view(record);
  const auto status = view->state(kStatus).value_or(kElected);
  if (status == kDissolved) return {};
  const auto filing = ruled(lookup, *view, kRules, vote_rules_field::kFilingDays);
  const auto renewal = ruled(lookup, *view, kRules, vote_rules_field::kRenewalDays);
  const auto elected = view->integer(kElectedOn), end = view->integer(kTermEnd);
  if (filing) derive_deadline(record, kFilingDue, elected, filing, lookup);
  if (renewal) derive_due(record, kRenewalFrom, end, -*renewal);
  derive_by_setting(record, kTermEnd, kHandoverDue, "committee_handover_days", lookup);  // HN 33
  // Of one that is at work somebody was chosen to lead it, whenever that was.
  if (status <= kFiled) {
    derive_by_setting(record, kElectedOn, kFirstMeetingDue, "committee_first_meeting_days", lookup);
  }
  return {};
}

void committee_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace committee_field;
  const auto start = record.integer(kTermStart), end = record.integer(kTermEnd);
  if (start && end && *end <= *start) {
    add_fault(faults, "term_end", Errc::bad_rule, "任期届满须晚于任期开始",
              "must be after term_start");
  }
  order_fault(record, kElectedOn, kFiledOn, faults);
  order_fault(record, kElectedOn, kTermStart, faults);
  order_fault(record, kElectedOn, kFirstMeetingOn, faults);
  const auto status = record.state(kStatus).value_or(kElected);
  if (status == kFiled || status == kActive) {
    need(record, kFiledOn, "filed_on", faults, "须填备案日期", "is required once filed");
  }
  if (status >= kHandedOver) {
    need(record, kStatusOn, "status_on", faults, "须填日期", "is required once handed over");
  }
}

void committee_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults) {
  using namespace committee_field;
  future_fault(record, kFirstMeetingOn, moment.today, faults);
  body_faults(record, lookup,
              {kRules, vote_rules_field::kSeatsMin, vote_rules_field::kSeatsMax,
               vote_rules_field::kSeatsOdd, "seats", "业主委员会", "a committee"},
              record.integer(kSeats), {}, faults);
  const auto start = record.integer(kTermStart), end = record.integer(kTermEnd);
  const auto years = ruled(lookup, record, kRules, vote_rules_field::kTermYears);
  if (!start || !end || !years) return;
  const auto last = years_later(*start, *years);
  if (last && *end > *last) {
    add_fault(
        faults, "term_end", Errc::bad_rule,
        "任期不得超过" + std::to_string(*years) + "年(HN 28)，最迟到 " + day_text(*last),
        "a term is at most " + std::to_string(*years) + " years (HN 28): until " + day_text(*last));
  }
}

namespace {

/// Has the compound's next committee been filed? Then the renewal is done, whoever still has to
/// mark this one as handed over.
bool succeeded(const RecordView& record, std::span<const RecordView> peers) {
  using namespace committee_field;
  const auto term = record.integer(kTermNo).value_or(0);
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    return !peer.removed && peer.ref_id(kCompound) == record.ref_id(kCompound) &&
           peer.integer(kTermNo).value_or(0) > term &&
           peer.state(kStatus).value_or(kElected) >= kFiled;
  });
}

}  // namespace

void contribute_committee(const RecordView& record, std::span<const RecordView> peers,
                          std::vector<Contribution>& out) {
  using namespace committee_field;
  if (record.removed) return;
  const auto unit = record.ref_id(kCompound);
  const auto due = record.integer(kFilingDue), filed = record.integer(kFiledOn);
  if (due) {
    out.push_back({.measure = "filings_due", .day = *due, .unit = unit});
    if (filed && *filed <= *due) {
      out.push_back({.measure = "filings_on_time", .day = *due, .unit = unit});
    }
  }
  const auto status = record.state(kStatus).value_or(kElected);
  const auto meet_by = record.integer(kFirstMeetingDue);
  if (meet_by && status <= kFiled && !record.has(kFirstMeetingOn)) {
    out.push_back({.measure = "first_meetings_open", .day = *meet_by, .unit = unit});
  }
  const auto start = record.integer(kTermStart), end = record.integer(kTermEnd);
  if (status < kFiled || !start || !end || *end <= *start) return;
  const bool next = succeeded(record, peers);
  if (status < kHandedOver && !next) {
    out.push_back({.measure = "committee_term_end", .day = *end, .unit = unit});
  }
  const auto handover = record.integer(kHandoverDue);
  if (status < kHandedOver && next && handover) {
    out.push_back({.measure = "handovers_open", .day = *handover, .unit = unit});
  }
  if (status == kShort) {
    const auto since = record.integer(kStatusOn).value_or(*start);
    out.push_back({.measure = "committees_short", .day = since, .unit = unit});
  }
  // In term up to its last day, or to the day that it handed over.
  auto gone = sum_of(*end, 1).value_or(*end);
  if (status >= kHandedOver) gone = std::min(gone, record.integer(kStatusOn).value_or(gone));
  for (const auto measure : {"active_committees", "self_governed"}) {
    out.push_back({measure, *start, unit, {}, {}, unit, 1});
    out.push_back({measure, gone, unit, {}, {}, unit, -1});
  }
}

void member_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace member_field;
  order_fault(record, kFromOn, kToOn, faults);
  if (record.has(kToOn)) {
    need(record, kEndReason, "end_reason", faults, "离任须填原因", "is required with to_on");
  }
}

// ---- Decisions ---------------------------------------------------------------------------------

namespace {

std::optional<bool> passed(const RecordView& record) {
  using namespace decision_field;
  const auto members = record.integer(kMembers), present = record.integer(kPresent);
  const auto agree = record.integer(kAgree), share = record.integer(kShare);
  if (!members || !present || !agree || !share) return {};
  constexpr std::int64_t kMost = 1'000'000;  // far above any, so that twice it stays a number
  if (*members > kMost || *present > kMost || *agree > kMost) return {};
  return votes::committee_decision(*members, *present, *agree,
                                   static_cast<votes::CommitteeShare>(*share))
      .good;
}

}  // namespace

Result<void> derive_decision(Record& record, const Lookup& lookup, const Moment&) {
  using namespace decision_field;
  const auto committee = followed(lookup, *ViewOf(record), kCommittee);
  if (!committee && record.get(kShare)) return {};  // derived before, elsewhere
  if (!committee) {
    return fail(Errc::dangling_reference, "this committee isn't here: its rules say what passes",
                "committee");
  }
  const ViewOf body(*committee);
  const auto share = ruled(lookup, *body, committee_field::kRules, vote_rules_field::kShare);
  const auto days = ruled(lookup, *body, committee_field::kRules, vote_rules_field::kDecisionDays);
  if (share) record.set(kShare, cbor::encode_int(*share));
  const auto compound = body->ref(committee_field::kCompound);
  if (compound) record.set(kCompound, encode_ref(*compound, record.scope));
  if (days) {
    derive_deadline(record, kPublishDue, ViewOf(record)->integer(kDecidedOn), days, lookup);
  }
  const auto good = passed(*ViewOf(record));
  if (good) record.set(kPassed, cbor::encode_bool(*good));
  return {};
}

void decision_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace decision_field;
  const auto members = record.integer(kMembers), present = record.integer(kPresent);
  const auto agree = record.integer(kAgree);
  if (members && present && *present > *members) {
    add_fault(faults, "present", Errc::bad_rule, "出席不得多于全体委员",
              "is more than all members");
  }
  if (present && agree && *agree > *present) {
    add_fault(faults, "agree", Errc::bad_rule, "同意不得多于出席", "is more than were present");
  }
  // Numbers that two people changed at once may have parted from their verdict.
  const auto good = passed(record);
  if (good && record.has(kPassed) && record.flag(kPassed) != *good) {
    add_fault(faults, "passed", Errc::bad_rule, "与人数不符", "isn't what the numbers say");
  }
  order_fault(record, kDecidedOn, kPublishedOn, faults);
  order_fault(record, kDecidedOn, kToldOn, faults);
}

void contribute_decision(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace decision_field;
  const auto due = record.integer(kPublishDue), published = record.integer(kPublishedOn);
  if (record.removed || !due) return;
  const auto unit = record.ref_id(kCompound);
  out.push_back({.measure = "decisions_due", .day = *due, .unit = unit});
  if (published && *published <= *due) {
    out.push_back({.measure = "decisions_on_time", .day = *due, .unit = unit});
  }
}

// ---- The temporary body ------------------------------------------------------------------------

Result<void> derive_pmc(Record& record, const Lookup& lookup, const Moment&) {
  using namespace pmc_field;
  if (ViewOf(record)->state(kStatus) == kPmcDissolved) return {};
  derive_members(record, kMembers, kTotal, kOwners, kSideOwnerOfPmc);
  const ViewOf view(record);
  const auto days = ruled(lookup, *view, kRules, vote_rules_field::kPmcDays);
  const auto formed = view->integer(kFormedOn);
  if (days) derive_deadline(record, kPublishDue, formed, days, lookup);
  return {};
}

void pmc_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace pmc_field;
  if (record.integer(kChairSide) == kSideOwnerOfPmc) {
    add_fault(faults, "chair_side", Errc::bad_rule, "主任由街道或社区代表担任(ZZ 26)",
              "is the street's or the community's (ZZ 26)");
  }
  const auto status = record.state(kStatus).value_or(kPmcProposed);
  if (status >= kPmcPublished) {
    need(record, kPublishedOn, "published_on", faults, "须填名单公布日期",
         "is required once posted");
  }
  order_fault(record, kFormedOn, kPublishedOn, faults);
  order_fault(record, kFormedOn, kEndedOn, faults);
  if (status < kPmcHandedOver) return;
  need(record, kEndedOn, "ended_on", faults, "须填终止日期", "is required once it has ended");
  need(record, kEndReason, "end_reason", faults, "须填终止原因", "is required once it has ended");
  if (record.integer(kEndReason) != kEndCommitteeElected) return;
  need(record, kSuccessor, "successor", faults, "因选出业主委员会而终止的，须注明该业主委员会",
       "is required: the committee that it hands over to");
}

void pmc_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                          std::vector<Fault>& faults) {
  using namespace pmc_field;
  body_faults(record, lookup,
              {kRules, vote_rules_field::kPmcMin, vote_rules_field::kPmcMax,
               vote_rules_field::kPmcOdd, "members", "物管会", "the committee"},
              record.integer(kTotal), record.integer(kOwners), faults);
  const auto successor = followed(lookup, record, kSuccessor);
  if (!successor) return;
  const ViewOf committee(*successor);
  if (committee->ref_id(committee_field::kCompound) != record.ref_id(kCompound)) {
    add_fault(faults, "successor", Errc::bad_rule, "继任业委会须属于同一小区",
              "must be of the same compound");
  }
}

void contribute_pmc(const RecordView& record, std::span<const RecordView>,
                    std::vector<Contribution>& out) {
  using namespace pmc_field;
  const auto formed = record.integer(kFormedOn), ended = record.integer(kEndedOn);
  const auto status = record.state(kStatus).value_or(kPmcProposed);
  if (record.removed || !formed || status < kPmcFormed) return;
  const auto unit = record.ref_id(kCompound);
  for (const auto measure : {"self_governed", "active_pmcs"}) {
    out.push_back({measure, *formed, unit, {}, {}, unit, 1});
    if (status >= kPmcHandedOver && ended) {
      out.push_back({measure, *ended, unit, {}, {}, unit, -1});
    }
  }
}

}  // namespace linli::model
