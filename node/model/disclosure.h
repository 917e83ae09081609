// node/model/disclosure.h: numbers of the fields of domain 2.4 that its files share. For this
// folder's .cpp: declared in disclosure.cpp, ruled and counted in disclosure_rules.cpp.
#pragma once

#include "node/model/declare.h"

namespace linli::model {

namespace disclosure_kind_field {
inline constexpr std::uint32_t kCode = 1, kPeriods = 5, kDueMonthsAfter = 6, kDueDay = 7,
                               kDueDaysAfter = 8, kLines = 9, kLedger = 10;
inline constexpr std::uint32_t kLineCode = 1, kLineRequired = 4, kLinePartOf = 5;
}  // namespace disclosure_kind_field

namespace disclosure_field {
inline constexpr std::uint32_t kCompound = 1, kKind = 2, kPeriod = 3, kRevision = 4,
                               kCompanyRef = 5, kPeriodFrom = 6, kPeriodTo = 7, kDueOn = 8,
                               kPreparedBy = 9, kLines = 10, kOpening = 11, kClosing = 12,
                               kNote = 13, kPrevious = 14, kStatus = 15, kPublishedAt = 16,
                               kChannelList = 17, kBoardPhoto = 18, kReturnReason = 19,
                               kObjection = 20, kAnswer = 21, kKindCode = 23, kObjectedOn = 24,
                               kAnswerDueOn = 25;
}  // namespace disclosure_field

namespace disclosure_line_field {
inline constexpr std::uint32_t kCode = 1, kDirection = 2, kQuantity = 4, kPrice = 6, kAmount = 7;
}

enum DisclosureLine : std::int64_t { kLineIncome = 1, kLineCost = 2, kLineInfo = 3 };
inline constexpr std::int64_t kChannelBoard = 1;
enum DisclosureState : std::int64_t {
  kDisclosureExpected = 1,
  kDisclosureDrafted = 2,
  kDisclosureSubmitted = 3,
  kDisclosureReturned = 4,
  kDisclosurePublished = 6,
  kDisclosureObjected = 7,
  kDisclosureAnswered = 8,
  kDisclosureSuperseded = 9,
};

Result<void> derive_disclosure(Record& record, const Lookup& lookup, const Moment& moment);
void disclosure_kind_faults(const RecordView& record, std::vector<Fault>& faults);
void disclosure_faults(const RecordView& record, std::vector<Fault>& faults);
void disclosure_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults);
void contribute_disclosure(const RecordView& record, std::span<const RecordView> peers,
                           std::vector<Contribution>& out);

}  // namespace linli::model
