// node/model/inspection.h: numbers, choices, rules and measures of domain 2.6.
// For this folder's .cpp: declared in inspection.cpp, ruled in inspection_rules.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr Choice kSeverities[] = {{1, "critical", {"重大", "Critical"}},
                                         {2, "major", {"较大", "Major"}},
                                         {3, "general", {"一般", "General"}},
                                         {4, "minor", {"轻微", "Minor"}}};
inline constexpr std::int64_t kSeverityCritical = 1;
inline constexpr Choice kInspectionKinds[] = {
    {1, "patrol", {"日常巡查", "Patrol"}},       {2, "routine", {"例行检查", "Routine"}},
    {3, "random", {"双随机检查", "Random"}},     {4, "campaign", {"专项检查", "Campaign"}},
    {5, "complaint", {"投诉核查", "Complaint"}}, {6, "reinspection", {"复查", "Reinspection"}}};
enum InspectionKind : std::int64_t {
  kRoutine = 2,
  kRandom = 3,
  kCampaignKind = 4,
  kReinspection = 6
};
inline constexpr Choice kMarks[] = {{1, "ok", {"合格", "Passed"}},
                                    {2, "fail", {"不合格", "Failed"}},
                                    {3, "na", {"不适用", "Not applicable"}}};

namespace template_field {
inline constexpr std::uint32_t kItems = 4;
inline constexpr std::uint32_t kItemCode = 1, kWeight = 5, kVeto = 6, kPhotoRequired = 8;
}  // namespace template_field

namespace campaign_field {
inline constexpr std::uint32_t kKind = 3, kFromOn = 5, kToOn = 6, kTargetCompounds = 8, kQuota = 9,
                               kFindingDaysMax = 11;
inline constexpr std::int64_t kEmergency = 5;
}  // namespace campaign_field

namespace inspection_field {
inline constexpr std::uint32_t kKind = 1, kCompound = 2, kTemplate = 4, kCampaign = 5,
                               kInspectorNos = 6, kStartedAt = 7, kEndedAt = 8, kResults = 10,
                               kScore = 11, kStatus = 15, kReturnReason = 16, kDraw = 17;
}
enum InspectionState : std::int64_t {
  kInspectionPlanned = 1,
  kInspectionStarted = 2,
  kInspectionSubmitted = 3,
  kInspectionReturned = 4,
  kInspectionReviewed = 5,
  kInspectionClosed = 6,
};

namespace finding_field {
inline constexpr std::uint32_t kInspection = 1, kCompound = 2, kCompanyRef = 3, kItemCode = 4,
                               kSeverity = 5, kPhotos = 8, kFoundOn = 10, kDueOn = 11, kStatus = 12,
                               kFixedOn = 13, kFirstReinspection = 14, kReinspectedOn = 15,
                               kClosedOn = 16, kWithdrawnReason = 17, kReferredTo = 18,
                               kFindingCampaign = 20, kEscalatesOn = 21;
}
enum FindingState : std::int64_t {
  kFindingOpen = 1,
  kFindingNoticed = 2,
  kFindingReplied = 3,
  kFindingFixed = 4,
  kFindingNotFixed = 5,
  kFindingSecondNotice = 6,
  kFindingReferred = 7,
  kFindingClosed = 8,
  kFindingWithdrawn = 9,
};
enum Reinspected : std::int64_t { kReinspectedFixed = 1 };

namespace notice_field {
inline constexpr std::uint32_t kOfficialNo = 2, kFindings = 3, kCompound = 4, kIssuedOn = 6,
                               kDueOn = 7, kServedHow = 8, kServedAt = 9, kStatus = 11,
                               kAskedOn = 12, kExtendedDueOn = 13, kApprovedBy = 14,
                               kAnsweredOn = 15, kIssuer = 16;
}
namespace rectification_field {
inline constexpr std::uint32_t kFinding = 1, kCompany = 2, kDoneOn = 5;
}
namespace referral_field {
inline constexpr std::uint32_t kOn = 3, kOutcome = 5, kOutcomeOn = 6;
}
enum NoticeState : std::int64_t {
  kNoticeDrafted = 1,
  kNoticeIssued = 2,
  kNoticeServed = 3,
  kNoticeExtended = 4,
  kNoticeAnswered = 5,
  kNoticeClosed = 6,
};

/// The item of a checklist with this code; the rows must outlive the answer.
[[nodiscard]] std::optional<RecordView> item_of(
    const std::vector<std::vector<sync::FieldValue>>& items, std::string_view code);
/// Items of `checklist` that failed at `inspection` and of which it wants a photo: each of them is
/// recorded as a finding, which shows one.
[[nodiscard]] std::vector<std::string> items_to_show(const RecordView& inspection,
                                                     const RecordView& checklist);

void template_faults(const RecordView& record, std::vector<Fault>& faults);
void campaign_faults(const RecordView& record, std::vector<Fault>& faults);
void inspection_faults(const RecordView& record, std::vector<Fault>& faults);
void finding_faults(const RecordView& record, std::vector<Fault>& faults);
void notice_faults(const RecordView& record, std::vector<Fault>& faults);

void notice_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                             std::vector<Fault>& faults);
void inspection_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults);
void finding_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults);

[[nodiscard]] Result<void> derive_inspection(Record& record, const Lookup& lookup,
                                             const Moment& moment);
[[nodiscard]] Result<void> derive_finding(Record& record, const Lookup& lookup,
                                          const Moment& moment);
[[nodiscard]] Result<void> derive_notice(Record& record, const Lookup& lookup,
                                         const Moment& moment);

void contribute_campaign(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);
void contribute_inspection(const RecordView& record, std::span<const RecordView> peers,
                           std::vector<Contribution>& out);
void contribute_finding(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out);
[[nodiscard]] bool notice_rivals(const RecordView& record, std::span<const RecordView> peers);
void contribute_notice(const RecordView& record, std::span<const RecordView> peers,
                       std::vector<Contribution>& out);

void add_inspection_statistics(std::vector<Statistic>& statistics);

}  // namespace linli::model
