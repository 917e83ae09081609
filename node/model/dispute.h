// node/model/dispute.h: numbers, choices, rules and measures of domain 2.7 (矛盾纠纷、投诉).
// For this folder's .cpp: declared in dispute.cpp, ruled in dispute_rules.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

/// What cases and matters are about.
inline constexpr Choice kCaseCategories[] = {
    {1, "service", {"服务履约", "Service performance"}},
    {2, "equipment", {"设施设备", "Common equipment"}},
    {3, "charges", {"收费", "Charges"}},
    {4, "parking", {"停车", "Parking"}},
    {5, "common_area", {"公共区域", "Common areas"}},
    {6, "building", {"房屋维修", "Building quality and repair"}},
    {7, "safety", {"安全应急", "Safety and emergencies"}},
    {8, "renovation", {"装修", "Renovation"}},
    {9, "neighbours", {"邻里", "Neighbours"}},
    {10, "illegal", {"违法违规", "Illegal acts"}},
    {11, "self_government", {"业委会", "Self-government"}},
    {12, "other", {"其他", "Other"}}};
inline constexpr Choice kCaseSources[] = {{1, "visit", {"来访", "Visit"}},
                                          {2, "hotline", {"12345热线", "Hotline 12345"}},
                                          {3, "petition", {"信访", "Petition"}},
                                          {4, "online", {"网络", "Online"}},
                                          {5, "joint_meeting", {"联席会议", "Joint meeting"}},
                                          {6, "inspection", {"检查", "Inspection"}},
                                          {7, "grid", {"网格", "Grid"}}};
enum CaseSource : std::int64_t { kSourceHotline = 2, kSourcePetition = 3 };

namespace dispute_field {
inline constexpr std::uint32_t kSource = 1, kCompound = 3, kCategory = 4, kHeadcount = 7,
                               kReceivedAt = 8, kDueOn = 9, kResult = 11, kStatus = 12,
                               kAcceptedOn = 13, kResolvedOn = 14, kClosedOn = 15,
                               kStatusReason = 16, kReferredTo = 17, kEscalatedTo = 18,
                               kEscalatedOn = 19, kExtendedDueOn = 20, kReopenedOn = 21,
                               kGroup = 22, kAcceptDueOn = 23, kCompanyRef = 24;
}
enum DisputeState : std::int64_t {
  kDisputeReceived = 1,
  kDisputeAccepted = 2,
  kDisputeNotAccepted = 3,
  kDisputeAssigned = 4,
  kDisputeHandling = 5,
  kDisputeMediating = 6,
  kDisputeAgreement = 7,
  kDisputeFailed = 8,
  kDisputeEscalated = 9,
  kDisputeLitigated = 10,
  kDisputeResolved = 11,
  kDisputeVisited = 12,
  kDisputeClosed = 13,
  kDisputeReopened = 14,
};

namespace mediation_field {
inline constexpr std::uint32_t kDispute = 1, kOutcome = 5, kEndedOn = 6, kAgreementFile = 7,
                               kConfirmAppliedOn = 8, kCompound = 9, kCategory = 10;
}
enum MediationOutcome : std::int64_t { kOutcomeAgreement = 1, kOutcomeFailed = 2 };

namespace visit_field {
inline constexpr std::uint32_t kDispute = 1, kAt = 2, kSatisfied = 4, kCompound = 6, kCategory = 7;
}

void dispute_faults(const RecordView& record, std::vector<Fault>& faults);
void mediation_faults(const RecordView& record, std::vector<Fault>& faults);

void dispute_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults);
void mediation_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults);

[[nodiscard]] Result<void> derive_dispute(Record& record, const Lookup& lookup,
                                          const Moment& moment);
[[nodiscard]] Result<void> derive_mediation(Record& record, const Lookup& lookup,
                                            const Moment& moment);
[[nodiscard]] Result<void> derive_visit(Record& record, const Lookup& lookup, const Moment& moment);

void contribute_dispute(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out);
void contribute_mediation(const RecordView& record, std::span<const RecordView> peers,
                          std::vector<Contribution>& out);
void contribute_visit(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out);

}  // namespace linli::model
