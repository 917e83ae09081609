// node/store/stat_split.h: what a statistic's rows are split by, and the days that it asks for. For
// this folder's reading of statistics.
#pragma once

#include <algorithm>
#include <array>

#include "node/store/aggregates.h"

namespace linli::store::statistics {

using model::Count;
using model::Over;
using model::Statistic;
using model::Term;

inline constexpr std::size_t kRowsMax = 100'000;

/// [from, to) in local days.
struct Days {
  std::int64_t from = 0, to = 0;
  [[nodiscard]] bool empty() const { return from >= to; }
};

/// A day that ends or begins a range: up to the day after the last on which something can count.
[[nodiscard]] inline std::int64_t bounded_end(std::int64_t day) {
  const auto last = bounded_day(INT64_MAX);
  return day > last ? last + 1 : bounded_day(day);
}

[[nodiscard]] inline std::int64_t first_day_of_month(std::int64_t month) {
  return model::day_from_civil(static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, 1);
}

enum class By : std::uint8_t { district, street, community, compound, month, day, dim1, dim2 };

[[nodiscard]] inline std::optional<By> by_of(std::string_view name, const Statistic& statistic) {
  constexpr std::array<std::pair<std::string_view, By>, 6> kAlways = {{{"district", By::district},
                                                                       {"street", By::street},
                                                                       {"community", By::community},
                                                                       {"compound", By::compound},
                                                                       {"month", By::month},
                                                                       {"day", By::day}}};
  for (const auto& [known, by] : kAlways) {
    if (name == known) return by;
  }
  if (name.empty()) return {};
  if (name == statistic.dim1) return By::dim1;
  if (name == statistic.dim2) return By::dim2;
  return {};
}

[[nodiscard]] inline bool is_dim(By by) { return by == By::dim1 || by == By::dim2; }

struct Split {
  std::vector<By> by;
  [[nodiscard]] bool has(By wanted) const {
    return std::find(by.begin(), by.end(), wanted) != by.end();
  }
  [[nodiscard]] bool by_time() const { return has(By::month) || has(By::day); }
  [[nodiscard]] bool by_place() const {
    return has(By::district) || has(By::street) || has(By::community);
  }
  [[nodiscard]] Split without_dims() const {
    Split rest;
    std::copy_if(by.begin(), by.end(), std::back_inserter(rest.by),
                 [](By b) { return !is_dim(b); });
    return rest;
  }
  /// The end of the period that `day` lies in.
  [[nodiscard]] std::int64_t period_end(std::int64_t day) const {
    return has(By::day) ? day + 1 : first_day_of_month(month_of_day(day) + 1);
  }
};

}  // namespace linli::store::statistics
