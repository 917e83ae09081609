// Rules, derived values and measures of domain 2.2.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/model/red_property.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

// ---- Sites -------------------------------------------------------------------------------------

void site_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace site_field;
  const auto status = record.state(kStatus).value_or(0);
  if (status == kSiteRecommended || status == kSiteReviewed) {
    need(record, kRulesFile, "rules_file", faults, "推荐须附议事规则",
         "is required once recommended");
  }
  if (status >= kSiteDesignated) {
    need(record, kDesignatedOn, "designated_on", faults, "须填命名日期",
         "is required once designated");
  }
  if (status >= kSiteRectifying) {
    need(record, kStatusOn, "status_on", faults, "须填状态变更日期", "is required");
  }
  if (status == kSiteRectifying || status == kSiteRevoked) {
    need(record, kStatusReason, "status_reason", faults, "须说明原因", "is required");
  }
  order_fault(record, kDesignatedOn, kStatusOn, faults);
}

void contribute_site(const RecordView& record, std::span<const RecordView>,
                     std::vector<Contribution>& out) {
  using namespace site_field;
  const auto status = record.state(kStatus).value_or(0);
  const auto designated = record.integer(kDesignatedOn);
  if (record.removed || !designated || status < kSiteDesignated) return;
  const auto compound = record.ref_id(kCompound);
  const std::string grade(code_of(kSiteGrades, record.integer(kGrade)));
  out.push_back({"demo_sites", *designated, compound, grade, {}, compound, 1});
  if (status != kSiteRevoked && status != kSiteExpired) return;
  const auto ended = record.integer(kStatusOn).value_or(*designated);
  out.push_back({"demo_sites", ended, compound, grade, {}, compound, -1});
}

void contribute_review(const RecordView& record, std::span<const RecordView>,
                       std::vector<Contribution>& out) {
  constexpr std::uint32_t kResult = 4, kReviewedOn = 5;
  const auto on = record.integer(kReviewedOn);
  if (record.removed || !on) return;
  const auto* field = record.type->field(kResult);
  out.push_back({.measure = "site_reviews", .day = *on});
  if (field) out.back().dim1 = code_of(field->values, record.integer(kResult));
}

// ---- Meetings ----------------------------------------------------------------------------------

Result<void> derive_meeting(Record& record, const Lookup& lookup, const Moment&) {
  using namespace meeting_field;
  const auto held = ViewOf(record)->integer(kHeldAt);
  if (!held) {
    record.unset(kMinutesDueOn);
  } else if (!record.get(kMinutesDueOn)) {
    const auto due =
        add_days(local_day_of_ms(*held), setting(lookup, record.scope, "minutes_days"));
    const auto worked = WorkingDays(lookup, record.scope).at_or_after(due);
    record.set(kMinutesDueOn, cbor::encode_int(worked));
  }
  return {};
}

void meeting_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace meeting_field;
  const auto kind = record.integer(kKind), convener = record.integer(kConvener);
  // HN 74: the statutory one is the street's. The compound's is led by its party branch.
  if (kind == kCompoundJoint) {
    need(record, kCompound, "compound", faults, "小区的多方联席会议须注明小区",
         "is required for a compound's joint meeting");
    if (convener && convener != kConvenerBranch) {
      add_fault(faults, "convener", Errc::bad_rule, "小区的多方联席会议由小区党支部召集",
                "a compound's joint meeting is convened by its party branch");
    }
  } else if (kind == kStatutoryJoint && convener && convener != kConvenerStreet) {
    add_fault(faults, "convener", Errc::bad_rule, "物业管理联席会议由街道办事处召集（HN 74）",
              "a statutory joint meeting is convened by the street (HN 74)");
  }
  const auto status = record.state(kStatus).value_or(kMeetingPlanned);
  if (status == kMeetingNoticed) {
    need(record, kNoticedOn, "noticed_on", faults, "须填通知日期", "is required once noticed");
  }
  if (status >= kMeetingHeld && status <= kMeetingClosed) {
    need(record, kHeldAt, "held_at", faults, "须填召开时间", "is required once held");
  }
  if (status == kMeetingMinutes || status == kMeetingClosed) {
    need(record, kMinutes, "minutes", faults, "须填会议纪要", "are required once published");
    need(record, kMinutesOn, "minutes_on", faults, "须填公布日期", "is required once published");
  }
  if (status == kMeetingCancelled || status == kMeetingPostponed) {
    need(record, kStatusReason, "status_reason", faults, "须说明原因", "is required");
  }
}

void meeting_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults) {
  using namespace meeting_field;
  future_fault(record, kHeldAt, moment.now / 1000 + kClockSlackMs, faults);
  future_fault(record, kMinutesOn, moment.today, faults);
  const auto noticed = record.integer(kNoticedOn), planned = record.integer(kPlannedAt);
  if (!noticed || !planned || record.state(kStatus) != kMeetingNoticed) return;
  const auto days = setting(lookup, record.scope, "meeting_notice_days");
  const auto day = local_day_of_ms(*planned);
  if (day >= add_days(*noticed, days)) return;
  add_fault(
      faults, "noticed_on", Errc::bad_rule,
      "须提前" + std::to_string(days) + "天通知（业务参数 meeting_notice_days）",
      "notice is given " + std::to_string(days) + " days before (setting meeting_notice_days)");
}

void contribute_meeting(const RecordView& record, std::span<const RecordView>,
                        std::vector<Contribution>& out) {
  using namespace meeting_field;
  const auto status = record.state(kStatus).value_or(kMeetingPlanned);
  const auto held = record.integer(kHeldAt);
  if (record.removed || !held || status < kMeetingHeld || status > kMeetingClosed) return;
  const auto day = local_day_of_ms(*held);
  const auto compound = record.ref_id(kCompound);
  const auto* field = record.type->field(kKind);
  const std::string kind(field ? code_of(field->values, record.integer(kKind)) : "");
  out.push_back({.measure = "meetings_held",
                 .day = day,
                 .unit = compound,
                 .dim1 = kind,
                 .key = std::string(record.id.view())});
  if (status == kMeetingHeld) {
    const auto due = record.integer(kMinutesDueOn);
    if (due) out.push_back({.measure = "minutes_missing", .day = *due, .unit = compound});
  }
  if (record.integer(kKind) != kCompoundJoint || compound.empty()) return;
  const auto month = day_text(day).substr(0, 7);
  out.push_back({"meeting_months", day, compound, {}, {}, compound + month, 1});
  out.push_back({"compounds_met", day, compound, {}, {}, compound, 1});
}

// ---- Who was there -----------------------------------------------------------------------------

Result<void> derive_party(Record& record, const Lookup& lookup, const Moment&) {
  using namespace party_field;
  const auto meeting = followed(lookup, *ViewOf(record), kMeeting);
  if (!meeting) return {};  // a ref may dangle for a while; derived before, elsewhere
  const ViewOf view(*meeting);
  if (const auto kind = view->integer(meeting_field::kKind)) {
    record.set(kMeetingKind, cbor::encode_int(*kind));
  }
  if (const auto compound = view->ref(meeting_field::kCompound)) {
    record.set(kCompound, encode_ref(*compound, record.scope));
  }
  return {};
}

namespace {

/// Nobody sits on two sides of one table: has this organisation come as another kind of party?
/// What stands under such a key is looked for, as it would be called. Asked of a new party only.
void two_sides_fault(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace party_field;
  const auto& type = *record.type;
  const auto meeting = record.raw(kMeeting), org = record.raw(kOrg);
  if (!meeting || !org) return;
  const auto there = lookup.find(type.number, record.scope, record.id);
  if (there && !there->removed) return;
  for (const auto& kind : kPartyKinds) {
    if (record.integer(kKind) == kind.number) continue;
    const auto id =
        derived_id(type, lookup.city(), record.scope,
                   {std::string(*meeting), cbor::encode_int(kind.number), std::string(*org)});
    const auto other = lookup.find(type.number, record.scope, id);
    if (!other || other->removed) continue;
    add_fault(faults, "party_kind", Errc::bad_rule,
              "该单位已作为“" + std::string(kind.label.zh) + "”参会；一个单位只能是一方",
              "this organisation is there as " + std::string(kind.code) + ": it is one party");
    return;
  }
}

}  // namespace

bool party_rivals(const RecordView& record, std::span<const RecordView> peers) {
  using namespace party_field;
  if (record.removed) return false;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    return !itself && !peer.removed && peer.text(kOrg) == record.text(kOrg) &&
           peer.integer(kKind) != record.integer(kKind);
  });
}

void party_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                            std::vector<Fault>& faults) {
  using namespace party_field;
  future_fault(record, kSignedInAt, moment.now / 1000 + kClockSlackMs, faults);
  two_sides_fault(record, lookup, faults);
  const auto meeting = followed(lookup, record, kMeeting);
  if (!meeting || !record.has(kSignedInAt)) return;
  const auto status = ViewOf(*meeting)->state(meeting_field::kStatus);
  if (status != kMeetingCancelled && status != kMeetingPostponed) return;
  add_fault(faults, "meeting", Errc::bad_rule, "会议已取消或延期，不能签到",
            "was cancelled or postponed: nobody can sign in");
}

namespace {

bool signed_in(const RecordView& party, std::int64_t kind) {
  return !party.removed && party.integer(party_field::kKind) == kind &&
         party.has(party_field::kSignedInAt);
}

/// [D] Branch, residents' committee, company, and one who speaks for the owners. `others` may hold
/// the party itself or not.
bool all_there(const RecordView& party, std::span<const RecordView> others) {
  const auto there = [&](std::int64_t kind) {
    return signed_in(party, kind) ||
           std::any_of(others.begin(), others.end(),
                       [kind](const RecordView& other) { return signed_in(other, kind); });
  };
  return there(kPartyBranch) && there(kPartyResidents) && there(kPartyCompany) &&
         (there(kPartyCommittee) || there(kPartyPmc) || there(kPartyOwnerRep));
}

}  // namespace

void contribute_party(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out) {
  using namespace party_field;
  const auto at = record.integer(kSignedInAt);
  if (record.removed || !at) return;
  const auto day = local_day_of_ms(*at);
  const auto compound = record.ref_id(kCompound), meeting = record.ref_id(kMeeting);
  const std::string kind(code_of(kPartyKinds, record.integer(kKind)));
  out.push_back({"party_present", day, compound, kind, {}, meeting, 1});
  // Each party of a full meeting says so under the meeting's key: it counts as one.
  if (record.integer(kMeetingKind) != kCompoundJoint || !all_there(record, peers)) return;
  out.push_back({"meetings_valid", day, compound, {}, {}, meeting, 1});
}

// ---- Matters -----------------------------------------------------------------------------------

Result<void> derive_joint_matter(Record& record, const Lookup& lookup, const Moment& moment) {
  using namespace joint_matter_field;
  const auto meeting = followed(lookup, *ViewOf(record), kMeeting);
  if (meeting) {
    const ViewOf view(*meeting);
    const auto compound = view->ref(meeting_field::kCompound);
    if (compound && !record.get(kCompound)) {
      record.set(kCompound, encode_ref(*compound, record.scope));
    }
    const auto at = view->integer(meeting_field::kHeldAt);
    if (at && !record.get(kRaisedOn)) {
      record.set(kRaisedOn, cbor::encode_int(local_day_of_ms(*at)));
    }
  }
  if (!record.get(kRaisedOn)) record.set(kRaisedOn, cbor::encode_int(moment.today));
  const auto raised = ViewOf(record)->integer(kRaisedOn);
  if (raised && !record.get(kDueOn)) {
    const auto due = add_days(*raised, setting(lookup, record.scope, "matter_days"));
    record.set(kDueOn, cbor::encode_int(WorkingDays(lookup, record.scope).at_or_after(due)));
  }
  return {};
}

void joint_matter_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace joint_matter_field;
  order_fault(record, kRaisedOn, kDueOn, faults);
  order_fault(record, kRaisedOn, kAcceptedOn, faults);
  order_fault(record, kRaisedOn, kVerifiedOn, faults);
  order_fault(record, kVerifiedOn, kClosedOn, faults);
  const auto status = record.state(kStatus).value_or(kMatterRaised);
  const bool accepted = status >= kMatterAccepted && status != kMatterRejected;
  if (accepted) {
    need(record, kAcceptedOn, "accepted_on", faults, "须填受理日期", "is required once accepted");
  }
  if (status >= kMatterResolved && status <= kMatterClosed) {
    need(record, kResolution, "resolution", faults, "须填处理结果", "is required once resolved");
  }
  if (status == kMatterVerified || status == kMatterClosed) {
    need(record, kVerifiedOn, "verified_on", faults, "须填核实日期", "is required once verified");
  }
  if (status == kMatterClosed || status == kMatterReopened) {
    need(record, kClosedOn, "closed_on", faults, "须填销号日期", "is required once closed");
  }
  if (status == kMatterRejected || status == kMatterReopened) {
    need(record, kStatusReason, "status_reason", faults, "须说明原因", "is required");
  }
  if (status == kMatterEscalated) {
    need(record, kEscalatedTo, "escalated_to", faults, "须注明上报至何处", "is required");
    need(record, kEscalatedOn, "escalated_on", faults, "须填上报日期", "is required");
  }
}

void joint_matter_authoring_faults(const RecordView& record, const Lookup& lookup,
                                   const Moment& moment, std::vector<Fault>& faults) {
  using namespace joint_matter_field;
  for (const auto number : {kRaisedOn, kAcceptedOn, kVerifiedOn, kClosedOn, kEscalatedOn}) {
    future_fault(record, number, moment.today, faults);
  }
  const auto closed = record.integer(kClosedOn);
  if (record.state(kStatus) != kMatterReopened || !closed) return;
  const auto days = setting(lookup, record.scope, "reopen_days");
  if (moment.today <= WorkingDays(lookup, record.scope).at_or_after(add_days(*closed, days))) {
    return;
  }
  add_fault(faults, "status", Errc::bad_rule,
            "销号超过" + std::to_string(days) + "天，不能重开；请另提议题",
            "was closed more than " + std::to_string(days) + " days ago: raise a new matter");
}

void contribute_joint_matter(const RecordView& record, std::span<const RecordView>,
                             std::vector<Contribution>& out) {
  using namespace joint_matter_field;
  constexpr std::uint32_t kCategory = 3;
  const auto status = record.state(kStatus).value_or(kMatterRaised);
  const auto raised = record.integer(kRaisedOn);
  if (record.removed || !raised || status == kMatterRejected) return;
  const auto* field = record.type->field(kCategory);
  const Contribution base{
      .measure = {},
      .unit = record.ref_id(kCompound),
      .dim1 = field ? std::string(code_of(field->values, record.integer(kCategory))) : ""};
  const auto add = [&](std::string_view measure, std::int64_t day) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = day;
  };
  add("matters_raised", *raised);
  if (const auto accepted = record.integer(kAcceptedOn)) {
    add("matters_accepted", *accepted);
    if (record.has(kEscalatedOn)) add("matters_escalated", *accepted);
  }
  const auto due = record.integer(kDueOn), verified = record.integer(kVerifiedOn);
  const bool done = status == kMatterVerified || status == kMatterClosed;
  if (due) {
    add("matters_due", *due);
    if (done && verified && *verified <= *due) add("matters_on_time", *due);
    if (status != kMatterClosed) add("matters_open", *due);
  }
  if (!done || !verified) return;
  add("matters_verified", *verified);
  out.back().dim2 = day_bucket(*raised, *verified);
}

void contribute_activity(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  constexpr std::uint32_t kKind = 1, kCompound = 2, kOn = 3;
  const auto on = record.integer(kOn);
  if (record.removed || !on) return;
  const auto* field = record.type->field(kKind);
  out.push_back({.measure = "joint_activities", .day = *on, .unit = record.ref_id(kCompound)});
  if (field) out.back().dim1 = code_of(field->values, record.integer(kKind));
}

}  // namespace linli::model
