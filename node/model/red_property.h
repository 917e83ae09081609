// node/model/red_property.h: numbers, choices, rules and measures of domain 2.2 (红色物业).
// For this folder's .cpp: declared in red_property.cpp, ruled in red_property_rules.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr Choice kPartyKinds[] = {
    {1, "party_branch", {"小区党支部", "Party branch"}},
    {2, "residents_committee", {"居委会", "Residents' committee"}},
    {3, "owners_committee", {"业委会", "Owners' committee"}},
    {4, "pmc", {"物管会", "Property management committee"}},
    {5, "owner_rep", {"业主代表", "Owners' representative"}},
    {6, "company", {"物业服务企业", "Company"}},
    {7, "street", {"街道办事处", "Street office"}},
    {8, "police", {"公安派出所", "Police station"}},
    {9, "urban_mgmt", {"城市管理", "Urban management"}},
    {10, "housing", {"住建部门", "Housing department"}},
    {11, "utility", {"专业经营单位", "Utility"}},
    {12, "other", {"其他", "Other"}}};
enum PartyKind : std::int64_t {
  kPartyBranch = 1,
  kPartyResidents = 2,
  kPartyCommittee = 3,
  kPartyPmc = 4,
  kPartyOwnerRep = 5,
  kPartyCompany = 6,
};
inline constexpr Choice kSiteGrades[] = {{1, "city", {"市级", "City"}},
                                         {2, "district", {"县区级", "District"}}};

namespace site_field {
inline constexpr std::uint32_t kCompound = 1, kBatch = 2, kGrade = 3, kDesignatedOn = 4,
                               kRulesFile = 10, kStatus = 11, kStatusOn = 12, kStatusReason = 13;
}
enum SiteState : std::int64_t {
  kSiteRecommended = 2,
  kSiteReviewed = 3,
  kSiteDesignated = 4,
  kSiteRectifying = 5,
  kSiteRevoked = 6,
  kSiteExpired = 7,
};

namespace meeting_field {
inline constexpr std::uint32_t kKind = 1, kCompound = 2, kPlannedAt = 3, kHeldAt = 4, kConvener = 6,
                               kMinutes = 10, kStatus = 12, kNoticedOn = 13, kMinutesOn = 14,
                               kStatusReason = 15, kMinutesDueOn = 16;
}
enum MeetingKind : std::int64_t { kCompoundJoint = 1, kStatutoryJoint = 2 };
enum Convener : std::int64_t { kConvenerBranch = 1, kConvenerStreet = 2 };
enum MeetingState : std::int64_t {
  kMeetingPlanned = 1,
  kMeetingNoticed = 2,
  kMeetingHeld = 3,
  kMeetingMinutes = 4,
  kMeetingClosed = 5,
  kMeetingCancelled = 6,
  kMeetingPostponed = 7,
};

namespace party_field {
inline constexpr std::uint32_t kMeeting = 1, kKind = 2, kOrg = 3, kSignedInAt = 5, kCompound = 7,
                               kMeetingKind = 8;
}

namespace joint_matter_field {
inline constexpr std::uint32_t kMeeting = 1, kCompound = 2, kRaisedOn = 7, kDueOn = 9,
                               kResolution = 10, kStatus = 11, kAcceptedOn = 12, kVerifiedOn = 13,
                               kClosedOn = 14, kStatusReason = 15, kEscalatedTo = 16,
                               kEscalatedOn = 17;
}
enum MatterState : std::int64_t {
  kMatterRaised = 1,
  kMatterAccepted = 2,
  kMatterAssigned = 3,
  kMatterInProgress = 4,
  kMatterEscalated = 5,
  kMatterResolved = 6,
  kMatterVerified = 7,
  kMatterClosed = 8,
  kMatterRejected = 9,
  kMatterReopened = 10,
};

void site_faults(const RecordView& record, std::vector<Fault>& faults);
void meeting_faults(const RecordView& record, std::vector<Fault>& faults);
void joint_matter_faults(const RecordView& record, std::vector<Fault>& faults);

void meeting_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults);
void party_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                            std::vector<Fault>& faults);
void joint_matter_authoring_faults(const RecordView& record, const Lookup& lookup,
                                   const Moment& moment, std::vector<Fault>& faults);

/// Two parties that are one organisation, as two kinds: somebody has to say which it was.
[[nodiscard]] bool party_rivals(const RecordView& record, std::span<const RecordView> peers);

[[nodiscard]] Result<void> derive_meeting(Record& record, const Lookup& lookup,
                                          const Moment& moment);
[[nodiscard]] Result<void> derive_party(Record& record, const Lookup& lookup, const Moment& moment);
[[nodiscard]] Result<void> derive_joint_matter(Record& record, const Lookup& lookup,
                                               const Moment& moment);

void contribute_site(const RecordView& record, std::span<const RecordView> peers,
                     std::vector<Contribution>& out);
void contribute_review(const RecordView& record, std::span<const RecordView> peers,
                       std::vector<Contribution>& out);
void contribute_meeting(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out);
void contribute_party(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out);
void contribute_joint_matter(const RecordView& record, std::span<const RecordView> peers,
                             std::vector<Contribution>& out);
void contribute_activity(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);

}  // namespace linli::model
