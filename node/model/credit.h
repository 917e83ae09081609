// node/model/credit.h: numbers, choices, rules and measures of the companies' credit (domain 2.6).
// Points are tenths of a point, integers. How they add up: credit_score.h.
// For this folder's .cpp: declared in credit.cpp, ruled in credit_rules.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

inline constexpr std::uint32_t kTypeCreditRule = 150, kTypeCreditScale = 151,
                               kTypeCreditEvent = 152;

inline constexpr Choice kCreditKinds[] = {{1, "basic", {"基本信息", "Basic"}},
                                          {2, "good", {"良好信息", "Good"}},
                                          {3, "bad", {"不良信息", "Bad"}}};
enum CreditKind : std::int64_t { kCreditBasic = 1, kCreditGood = 2, kCreditBad = 3 };
inline constexpr Choice kCreditLists[] = {{1, "none", {"不列入", "None"}},
                                          {2, "red", {"红榜", "Red list"}},
                                          {3, "black", {"黑榜", "Black list"}}};
inline constexpr Choice kCreditPeriods[] = {
    {1, "calendar_year", {"自然年", "Calendar year"}},
    {2, "twelve_months", {"最近十二个月", "The last twelve months"}}};
enum CreditPeriod : std::int64_t { kCreditCalendarYear = 1, kCreditTwelveMonths = 2 };

/// Points beyond this aren't anybody's rule; sums of them stay far within int64.
inline constexpr std::int64_t kCreditPointsMax = 10'000;
/// 河南省社会信用条例: what is bad about somebody is shown for at most five years.
inline constexpr std::int64_t kCreditMonthsMax = 60;

namespace credit_rule_field {
inline constexpr std::uint32_t kCode = 1, kInForceFrom = 2, kName = 3, kKind = 4, kPoints = 5,
                               kBasis = 6, kValidMonths = 7, kRepairable = 8, kStatus = 9,
                               kInForceTo = 10, kOpensOn = 11;
}

namespace credit_scale_field {
inline constexpr std::uint32_t kInForceFrom = 1, kName = 2, kPeriod = 3, kBase = 4, kBasicMax = 5,
                               kGoodMax = 6, kBands = 7, kBasis = 8, kStatus = 9;
}
namespace credit_band {
inline constexpr std::uint32_t kCode = 1, kName = 2, kFrom = 3, kList = 4;
}

namespace credit_event_field {
inline constexpr std::uint32_t kCompany = 1, kCompoundRef = 2, kRule = 3, kKind = 4, kPoints = 5,
                               kOccurredOn = 6, kValidUntil = 7, kSource = 8, kStatus = 11,
                               kNotifiedOn = 12, kAppealedOn = 13, kSourceCheck = 14,
                               kAppealDueOn = 15, kDecidedOn = 16, kCancelledOn = 17,
                               kCancelReason = 18, kRepairAskedOn = 19, kRepairedOn = 20;
}
/// Of rules and scales: nothing of what was published changes, the next version follows.
enum CreditRuleState : std::int64_t {
  kCreditDraft = 1,
  kCreditPublished = 2,
  kCreditRetired = 3,
};
enum CreditEventState : std::int64_t {
  kCreditProposed = 1,
  kCreditNotified = 2,
  kCreditAppealed = 3,
  kCreditConfirmed = 4,
  kCreditCancelled = 5,
  kCreditRepaired = 6,
  kCreditExpired = 7,
};

/// Was it confirmed, whatever became of it afterwards?
[[nodiscard]] constexpr bool credit_was_confirmed(std::int64_t status) {
  return status == kCreditConfirmed || status == kCreditRepaired || status == kCreditExpired;
}

void credit_rule_faults(const RecordView& record, std::vector<Fault>& faults);
void credit_scale_faults(const RecordView& record, std::vector<Fault>& faults);
void credit_event_faults(const RecordView& record, std::vector<Fault>& faults);
void credit_event_authoring_faults(const RecordView& record, const Lookup& lookup,
                                   const Moment& moment, std::vector<Fault>& faults);
[[nodiscard]] Result<void> derive_credit_event(Record& record, const Lookup& lookup,
                                               const Moment& moment);
void contribute_credit_event(const RecordView& record, std::span<const RecordView> peers,
                             std::vector<Contribution>& out);

/// The family, for schema.cpp.
void add_credit(Schema& schema);

}  // namespace linli::model
