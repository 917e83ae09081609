#include "node/model/measure_units.h"

#include <algorithm>
#include <array>

namespace linli::model {
namespace {

constexpr std::array kMeasureUnits = {
    MeasureUnit{"fees_due", Unit::fen},          MeasureUnit{"fees_received", Unit::fen},
    MeasureUnit{"common_income_net", Unit::fen}, MeasureUnit{"common_income_to_fund", Unit::fen},
    MeasureUnit{"in_service_area", Unit::dm2},   MeasureUnit{"tally_part_area", Unit::dm2},
    MeasureUnit{"tally_total_area", Unit::dm2},  MeasureUnit{"person_minutes", Unit::minutes},
    MeasureUnit{"contract_area", Unit::dm2},
};

UnitName unit_of_value(const Statistic& statistic, const StatisticUnits& units) {
  constexpr UnitName kYuan{"yuan", "元", "yuan"};
  if (statistic.figure == Figure::percent) return {"percent", "%", "%"};
  if (statistic.figure == Figure::days) return {"days", "天", "days"};
  if (statistic.figure == Figure::fen) return kYuan;
  // Fen over 0.01 m² are yuan over m².
  const bool by_area = units.denominator == Unit::dm2;
  if (units.numerator == Unit::fen && by_area) return {"yuan_per_m2", "元/㎡", "yuan/m²"};
  if (units.numerator == Unit::fen) return kYuan;
  if (units.numerator == Unit::dm2 && !units.denominator) return {"m2", "㎡", "m²"};
  if (units.numerator == Unit::minutes) return {"minutes", "分钟", "minutes"};
  return {"count", "", ""};
}

}  // namespace

std::span<const MeasureUnit> measure_units() { return kMeasureUnits; }

Unit unit_of_measure(std::string_view measure) {
  const auto known = std::find_if(kMeasureUnits.begin(), kMeasureUnits.end(),
                                  [&](const MeasureUnit& one) { return one.measure == measure; });
  return known == kMeasureUnits.end() ? Unit::count : known->unit;
}

StatisticUnits units_of(const Statistic& statistic) {
  const auto of = [](const Term& term) {
    return term.count != Count::sum ? Unit::count : unit_of_measure(term.measure);
  };
  StatisticUnits units{of(statistic.numerator), {}, {}};
  if (statistic.denominator) units.denominator = of(*statistic.denominator);
  units.value = unit_of_value(statistic, units);
  return units;
}

}  // namespace linli::model
