// node/model/measure_units.h: in what a statistic's numbers are counted, for who shows them.
#pragma once

#include <optional>

#include "node/model/schema.h"
#include "node/model/values.h"

namespace linli::model {

/// What a measure's numbers are: fen, dm², minutes; else things that are counted.
[[nodiscard]] Unit unit_of_measure(std::string_view measure);
/// Those that aren't counts.
struct MeasureUnit {
  std::string_view measure;
  Unit unit;
};
[[nodiscard]] std::span<const MeasureUnit> measure_units();

struct StatisticUnits {
  Unit numerator = Unit::count;
  std::optional<Unit> denominator = {};
  /// Behind the value as people read it: {"yuan", "元", "yuan"}, {"yuan_per_m2", …}; its texts are
  /// empty for counts.
  UnitName value;
};
[[nodiscard]] StatisticUnits units_of(const Statistic& statistic);

}  // namespace linli::model
