// node/model/assembly.h: field numbers, choices, rules and measures of domain 2.3. For this
// folder's .cpp, and for reading a vote out of records (vote_records.h).
#pragma once

#include "node/model/declare.h"

namespace linli::model {

// Registers, ballots and committees are the community's and its street's business (domain §1): the
// city and the districts neither write nor, for types with the audience `street`, read them.
inline constexpr RoleMask kStreetOffice = mask(Role::street);
inline constexpr RoleMask kRegistrars = kStreetOffice | mask(Role::office);
inline constexpr RoleMask kCollectors = kRegistrars | mask(Role::device);

inline constexpr std::int64_t kCodeMax = 40;
inline constexpr std::string_view kReasonPseudonym =
    "a pseudonym: who it is stands in the register, which can be erased";
inline Declare head_field(std::uint32_t n) {
  return text(n, "head", {"业主代号", "Head"}, kCodeMax)
      .required()
      .plain(kReasonPseudonym)
      .hint({"名册中的计人代号，不写姓名", "The register's code, never a name"});
}

void add_register(Schema& schema);  ///< register.cpp: rules, parts, owners, snapshots.
void add_ballots(Schema& schema);   ///< ballot.cpp: ballots, boxes, tallies.

inline constexpr Choice kSilentRules[] = {{1, "not_counted", {"不计入", "Not counted"}},
                                          {2, "follow_majority", {"随多数", "Follow majority"}}};
inline constexpr Choice kDecisionKinds[] = {
    {1, "rules_of_procedure", {"制定和修改议事规则", "Rules of procedure"}},
    {2, "convention", {"制定和修改管理规约", "Convention"}},
    {3, "elect_committee", {"选举业主委员会", "Elect a committee"}},
    {4, "change_member", {"更换委员", "Change a member"}},
    {5, "hire_company", {"选聘物业服务企业", "Hire a company"}},
    {6, "dismiss_company", {"解聘物业服务企业", "Dismiss a company"}},
    {7, "use_fund", {"使用维修资金", "Use the maintenance fund"}},
    {8, "raise_fund", {"筹集维修资金", "Raise the maintenance fund"}},
    {9, "rebuild", {"改建、重建", "Rebuild"}},
    {10,
     "change_use_or_operate",
     {"改变共有部分用途或经营", "Change the use of or operate common parts"}},
    {11, "fee_or_standard", {"收费或服务标准", "Fee or standard"}},
    {12, "other", {"其他共同管理事项", "Other"}},
    {13, "dwelling_to_business", {"住宅改为经营性用房", "A dwelling that becomes a business"}}};
inline constexpr Choice kThresholds[] = {{1, "ordinary", {"一般事项(双过半)", "Ordinary"}},
                                         {2, "special", {"特别事项(双四分之三)", "Special"}},
                                         {3, "unanimous", {"有利害关系业主一致同意", "Unanimous"}}};
inline constexpr Choice kBallotChoices[] = {{1, "agree", {"同意", "Agree"}},
                                            {2, "disagree", {"反对", "Disagree"}},
                                            {3, "abstain", {"弃权", "Abstain"}},
                                            {4, "blank", {"空白", "Blank"}}};
inline constexpr Choice kOutcomes[] = {{1, "passed", {"通过", "Passed"}},
                                       {2, "rejected", {"未通过", "Rejected"}},
                                       {3, "no_quorum", {"参与不足", "No quorum"}},
                                       {4, "pending", {"待定", "Pending"}}};

inline constexpr std::uint32_t kTypeAssembly = 94, kTypeBallotMatter = 96, kTypeBallot = 99,
                               kTypeBallotBox = 100;

namespace vote_rules_field {
inline constexpr std::uint32_t kSilent = 4, kBlank = 5, kParking = 6, kBasis = 7, kTie = 8,
                               kShare = 9, kSeatsMin = 10, kSeatsMax = 11, kSeatsOdd = 12,
                               kTermYears = 13, kGroupMin = 14, kGroupMax = 15, kGroupOdd = 16,
                               kFormDays = 17, kFirstDays = 18, kAnnounceDays = 19, kShownDays = 20,
                               kVettingDays = 21, kNoticeDays = 22, kFilingDays = 23,
                               kDecisionDays = 24, kRenewalDays = 25, kPmcMin = 26, kPmcMax = 27,
                               kPmcOdd = 28, kPmcDays = 29;
}
namespace part_field {
inline constexpr std::uint32_t kCompound = 1, kNo = 2, kBuilding = 3, kStairUnit = 4, kArea = 6,
                               kUse = 7;
}
namespace share_field {
inline constexpr std::uint32_t kPart = 1, kHead = 3, kNumerator = 9, kDenominator = 10,
                               kFromOn = 12, kToOn = 13;
}
namespace group_field {
inline constexpr std::uint32_t kCompound = 1, kAppliedOn = 2, kRules = 3, kApplicant = 4,
                               kOwnerApplicants = 5, kFormedOn = 6, kMembers = 7, kTotal = 8,
                               kOwners = 9, kLeader = 10, kRegisterOn = 11, kContentsOn = 12,
                               kFormDue = 13, kAssemblyDue = 14, kStatus = 15, kHeldOn = 16;
}
namespace assembly_field {
inline constexpr std::uint32_t kCompound = 1, kKind = 2, kNo = 3, kConvener = 5, kNoticeOn = 6,
                               kVoteFrom = 7, kVoteTo = 8, kSnapshot = 9, kRules = 10, kSilent = 11,
                               kProposedHeads = 12, kProposedArea = 13, kBoxes = 14,
                               kAnnounceDays = 15, kStatus = 17, kStatusOn = 18;
}
namespace snapshot_field {
inline constexpr std::uint32_t kCompound = 1, kTakenOn = 2, kRules = 4, kParking = 5, kParts = 6,
                               kTotalArea = 7, kTotalHeads = 8, kDigest = 9, kStatus = 10,
                               kCompoundArea = 11, kAreaGap = 12;
}
namespace snapshot_part {
inline constexpr std::uint32_t kNo = 1, kHead = 2, kArea = 3, kParking = 4, kBuilding = 5,
                               kStairUnit = 6;
}
namespace matter_field {
inline constexpr std::uint32_t kAssembly = 1, kNo = 2, kTitle = 3, kKind = 4, kThreshold = 5,
                               kBase = 6, kBuilding = 7, kStairUnit = 8, kSeats = 9,
                               kCandidates = 10;
}
namespace candidate_field {
inline constexpr std::uint32_t kAssembly = 1, kHead = 2, kInterestFree = 8, kFeesPaid = 9,
                               kEmployee = 10, kSubmittedOn = 11, kVettingDue = 12, kStatus = 13,
                               kStatusOn = 14, kNoticeOn = 15, kNoticeTo = 16;
}
namespace vetting_field {
inline constexpr std::uint32_t kCandidate = 1, kCriteria = 3, kResult = 4, kReason = 5,
                               kDecidedOn = 6, kStatus = 7, kCriterion = 1, kPass = 2;
}
namespace ballot_field {
inline constexpr std::uint32_t kAssembly = 1, kHead = 2, kSerial = 3, kParts = 4, kArea = 5,
                               kDelivery = 6, kDeliveredOn = 7, kBox = 9, kReturnedAt = 10,
                               kProxy = 11, kProxyDoc = 12, kSigned = 13, kChoices = 15,
                               kStatus = 16, kReason = 17;
}
namespace box_field {
inline constexpr std::uint32_t kAssembly = 1, kBox = 2, kPapers = 3, kStatus = 4, kClosedAt = 5;
}
namespace tally_field {
inline constexpr std::uint32_t kAssembly = 1, kMatter = 2, kRound = 3, kThreshold = 4,
                               kTotalArea = 5, kTotalHeads = 6, kPartArea = 7, kPartHeads = 8,
                               kAgreeArea = 9, kAgreeHeads = 10, kDisagreeArea = 11,
                               kDisagreeHeads = 12, kAbstainArea = 13, kAbstainHeads = 14,
                               kBoxesMissing = 19, kResults = 20, kOutcome = 21, kCompound = 26,
                               kKind = 27, kStatus = 28, kPublishedOn = 29;
}
// Numbers of states that rules compare by: each list ascends along the life cycle.
enum AssemblyState : std::int64_t {
  kPrepared = 1,
  kAnnounced = 2,
  kVoting = 3,
  kCollecting = 4,
  kSealed = 5,
  kCounted = 6,
  kPublished = 7,
  kEffective = 8,
  kChallenged = 9,
  kUpheld = 10,
  kRevoked = 11,
};
enum BallotState : std::int64_t {
  kBallotPrepared = 1,
  kBallotDelivered = 2,
  kBallotUndeliverable = 3,
  kBallotReturned = 4,
  kBallotValid = 5,
  kBallotInvalid = 6,
  kBallotContested = 7,
};
inline constexpr std::int64_t kReasonNotInSnapshot = 3;
inline constexpr std::int64_t kBoxComplete = 3;
inline constexpr std::int64_t kKindElection = 3;

/// A number of the rules that a record names; nothing if they aren't here or leave it open.
[[nodiscard]] std::optional<std::int64_t> ruled(const Lookup& lookup, const RecordView& record,
                                                std::uint32_t rules_field, std::uint32_t number);
/// A body's size against the bounds of its rules, with the owners' half; `owners` may be absent.
struct Body {
  std::uint32_t rules, min, max, odd;  ///< The rules' field, and the bounds' within it.
  std::string_view field;
  std::string_view zh, en;
};
void body_faults(const RecordView& record, const Lookup& lookup, const Body& body,
                 std::optional<std::int64_t> members, std::optional<std::int64_t> owners,
                 std::vector<Fault>& faults);
/// How many rows there are and how many of them are owners' (column 2 is the side), into two
/// derived fields, so that nobody needs the names for it.
void derive_members(Record& record, std::uint32_t members, std::uint32_t total,
                    std::uint32_t owners, std::int64_t owner_side);
/// Day + days, where both are known; else the derived field goes.
void derive_due(Record& record, std::uint32_t target, std::optional<std::int64_t> day,
                std::optional<std::int64_t> days);
/// Likewise of a deadline: one that falls on a day off ends on the next that is worked (CC 203).
void derive_deadline(Record& record, std::uint32_t target, std::optional<std::int64_t> day,
                     std::optional<std::int64_t> days, const Lookup& lookup);

void vote_rules_faults(const RecordView& record, std::vector<Fault>& faults);
void exclusive_part_faults(const RecordView& record, std::vector<Fault>& faults);
void owner_share_faults(const RecordView& record, std::vector<Fault>& faults);

Result<void> derive_group(Record& record, const Lookup& lookup, const Moment& moment);
void group_faults(const RecordView& record, std::vector<Fault>& faults);
void group_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                            std::vector<Fault>& faults);
void contribute_group(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out);

Result<void> derive_assembly(Record& record, const Lookup& lookup, const Moment& moment);
void assembly_faults(const RecordView& record, std::vector<Fault>& faults);
void assembly_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                               std::vector<Fault>& faults);
void contribute_assembly(const RecordView& record, std::span<const RecordView> peers,
                         std::vector<Contribution>& out);

Result<void> derive_snapshot(Record& record, const Lookup& lookup, const Moment& moment);
void snapshot_faults(const RecordView& record, std::vector<Fault>& faults);

Result<void> derive_matter(Record& record, const Lookup& lookup, const Moment& moment);
void matter_faults(const RecordView& record, std::vector<Fault>& faults);
void matter_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                             std::vector<Fault>& faults);

Result<void> derive_candidate(Record& record, const Lookup& lookup, const Moment& moment);
void candidate_faults(const RecordView& record, std::vector<Fault>& faults);
void candidate_authoring_faults(const RecordView& record, const Lookup& lookup,
                                const Moment& moment, std::vector<Fault>& faults);
void vetting_faults(const RecordView& record, std::vector<Fault>& faults);
void contribute_vetting(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out);

Result<void> derive_ballot(Record& record, const Lookup& lookup, const Moment& moment);
void ballot_faults(const RecordView& record, std::vector<Fault>& faults);
void ballot_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                             std::vector<Fault>& faults);
bool ballot_rivals(const RecordView& record, std::span<const RecordView> peers);
void contribute_ballot(const RecordView& record, std::span<const RecordView> peers,
                       std::vector<Contribution>& out);
void box_faults(const RecordView& record, std::vector<Fault>& faults);

Result<void> derive_tally(Record& record, const Lookup& lookup, const Moment& moment);
void tally_faults(const RecordView& record, std::vector<Fault>& faults);
void contribute_tally(const RecordView& record, std::span<const RecordView> peers,
                      std::vector<Contribution>& out);

}  // namespace linli::model
