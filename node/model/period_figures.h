// node/model/period_figures.h: figures of a period that are submitted, checked and approved.
//
// What is approved is never rewritten: what came later is shown beside it (store/corrections.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/model/schema.h"

namespace linli::model {

inline constexpr std::uint32_t kTypePeriodFigures = 160, kTypeFigureSet = 161;

/// Numbers of the fields that other folders read.
namespace period_figures_field {
inline constexpr std::uint32_t kSet = 1, kPeriod = 2, kAsOf = 3, kFigures = 4, kDigest = 5,
                               kNode = 6, kArrival = 7, kChain = 8, kRecords = 9, kIncluded = 10,
                               kCommunities = 11, kReported = 12, kStatus = 20, kReturnReason = 21,
                               kCheckedDigest = 22, kApprovedDigest = 23, kApprovalDoc = 24,
                               kDespite = 25;
inline constexpr std::uint32_t kStatistic = 1, kNumerator = 2, kDenominator = 3;  // of a figure
}  // namespace period_figures_field
enum class FiguresState : std::int64_t { submitted = 1, returned = 2, checked = 3, approved = 4 };

struct PeriodFigure {
  std::string statistic;
  std::int64_t numerator = 0;
  std::optional<std::int64_t> denominator;
  bool operator==(const PeriodFigure&) const = default;
};

/// Of a month, quarter, half-year or year: [from, to) in local days; nothing: no such period.
struct PeriodDays {
  std::int64_t from = 0, to = 0;
};
[[nodiscard]] std::optional<PeriodDays> days_of_period(std::string_view period);

/// What is signed of them, as hex of BLAKE2b-256("linli/period-figures/1" ‖ text), where text is
/// the JSON {"set","scope","period","as_of","figures":[{"statistic","numerator","denominator"}]}
/// without spaces, members in this order, `as_of` as "2023-05-27", a denominator that isn't there
/// null. Nodes that count alike have equal digests.
[[nodiscard]] std::string period_figures_digest(std::string_view set, std::string_view scope,
                                                std::string_view period, std::int64_t as_of,
                                                const std::vector<PeriodFigure>& figures);
/// The figures that a record carries.
[[nodiscard]] std::vector<PeriodFigure> figures_in(const RecordView& record);

void add_period_figures(Schema& schema);

}  // namespace linli::model
