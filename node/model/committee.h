// node/model/committee.h: rules and measures of committees and of the temporary body (domain 2.3).
// For this folder's .cpp. Field numbers are those of the declarations in committee.cpp.
#pragma once

#include "node/model/assembly.h"

namespace linli::model {

namespace committee_field {
inline constexpr std::uint32_t kCompound = 1, kTermNo = 2, kRules = 3, kAssembly = 4,
                               kElectedOn = 5, kTermStart = 6, kTermEnd = 7, kSeats = 8,
                               kFiledOn = 9, kFilingDue = 11, kRenewalFrom = 12, kStatus = 13,
                               kStatusOn = 14, kHandoverDue = 15;
}
namespace member_field {
inline constexpr std::uint32_t kCommittee = 1, kHead = 2, kPost = 4, kFromOn = 5, kToOn = 6,
                               kEndReason = 7;
}
inline constexpr std::uint32_t kTypeCommittee = 102, kTypeCommitteeMember = 103;
inline constexpr std::int64_t kPostReserve = 4;
namespace decision_field {
inline constexpr std::uint32_t kCommittee = 1, kNo = 2, kDecidedOn = 3, kMembers = 4, kPresent = 5,
                               kAgree = 6, kShare = 7, kPassed = 8, kText = 9, kPublishedOn = 10,
                               kToldOn = 11, kPublishDue = 12, kCompound = 13;
}
namespace pmc_field {
inline constexpr std::uint32_t kCompound = 1, kFormedOn = 2, kRules = 3, kTrigger = 4, kMembers = 5,
                               kTotal = 6, kOwners = 7, kChairSide = 8, kPublishedOn = 9,
                               kPublishDue = 10, kEndedOn = 11, kEndReason = 12, kSuccessor = 13,
                               kStatus = 14;
}
enum CommitteeState : std::int64_t {
  kElected = 1,
  kFiled = 2,
  kActive = 3,
  kShort = 4,
  kExpired = 5,
  kHandedOver = 6,
  kDissolved = 7,
};
enum PmcState : std::int64_t {
  kPmcProposed = 1,
  kPmcFormed = 2,
  kPmcPublished = 3,
  kPmcActive = 4,
  kPmcHandedOver = 5,
  kPmcDissolved = 6,
};
inline constexpr std::int64_t kSideStreet = 1, kSideCommunity = 2, kSideOwnerOfPmc = 3;
inline constexpr std::int64_t kEndCommitteeElected = 1;

Result<void> derive_committee(Record& record, const Lookup& lookup, const Moment& moment);
void committee_faults(const RecordView& record, std::vector<Fault>& faults);
void committee_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults);
void contribute_committee(const RecordView& record, std::span<const RecordView> peers,
                          std::vector<Contribution>& out);
void member_faults(const RecordView& record, std::vector<Fault>& faults);
Result<void> derive_decision(Record& record, const Lookup& lookup, const Moment& moment);
void decision_faults(const RecordView& record, std::vector<Fault>& faults);
void contribute_decision(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);
Result<void> derive_pmc(Record& record, const Lookup& lookup, const Moment& moment);
void pmc_faults(const RecordView& record, std::vector<Fault>& faults);
void pmc_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                          std::vector<Fault>& faults);
void contribute_pmc(const RecordView& record, std::span<const RecordView> peers,
                    std::vector<Contribution>& out);

}  // namespace linli::model
