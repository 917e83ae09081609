#include "node/model/credit_score.h"

#include <algorithm>
#include <tuple>

#include "node/model/credit.h"
#include "node/model/rules.h"

namespace linli::model::credit {

namespace {

struct Named {
  std::string_view name, zh;
};
constexpr Named kStandings[] = {
    {"counts", "计入"},
    {"not_yet", "当日尚未发生或尚未认定"},
    {"before_period", "发生在评分期之前"},
    {"undecided", "尚未认定"},
    {"cancelled", "已撤销"},
    {"repaired", "已修复"},
    {"expired", "有效期已满"},
    {"invalid", "记录不完整或自相矛盾，待核对"},
};

}  // namespace

std::string_view name_of(Standing standing) {
  return kStandings[static_cast<std::size_t>(standing)].name;
}
std::string_view zh_of(Standing standing) {
  return kStandings[static_cast<std::size_t>(standing)].zh;
}

std::int64_t period_start(Period period, std::int64_t day) {
  if (period == Period::calendar_year) return day_from_civil(civil_from_day(day).year, 1, 1);
  // Twelve months that end on `day`: they begin on the day after its like of a year ago.
  return months_later(day, -12).value_or(day) + 1;
}

Standing standing_of(const Event& event, std::int64_t from, std::int64_t day) {
  if (event.invalid) return Standing::invalid;
  if (event.cancelled) return Standing::cancelled;
  if (!event.decided) return Standing::undecided;
  if (event.occurred > day || *event.decided > day) return Standing::not_yet;
  if (event.occurred < from) return Standing::before_period;
  if (event.repaired && *event.repaired <= day) return Standing::repaired;
  if (event.valid_until < day) return Standing::expired;
  return Standing::counts;
}

std::optional<Scale> scale_on(std::span<const Scale> scales, std::int64_t day) {
  const Scale* found = nullptr;
  for (const auto& scale : scales) {
    if (scale.in_force_from > day) continue;
    if (!found || scale.in_force_from > found->in_force_from) found = &scale;
  }
  return found ? std::optional(*found) : std::nullopt;
}

namespace {

void count(Score& score, const Event& event) {
  auto& sums = event.kind == Kind::basic  ? score.basic
               : event.kind == Kind::good ? score.good
                                          : score.bad;
  sums.all += event.points;
}

void cap(Sums& sums, const std::optional<std::int64_t>& max) {
  sums.counted = max ? std::min(sums.all, *max) : sums.all;
}

}  // namespace

Score score_of(std::vector<Event> events, const Scale& scale, std::int64_t day) {
  Score score;
  score.day = day;
  score.from = period_start(scale.period, day);
  score.base = scale.base;
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.occurred, a.id) < std::tie(b.occurred, b.id);
  });
  for (auto& event : events) {
    // Points of nobody's rule: the record is listed as invalid, and sums stay exact.
    if (event.points < 1 || event.points > kCreditPointsMax) event.invalid = true;
    const auto standing = standing_of(event, score.from, day);
    if (standing == Standing::counts) count(score, event);
    score.items.push_back({std::move(event), standing});
  }
  cap(score.basic, scale.basic_max);
  cap(score.good, scale.good_max);
  cap(score.bad, {});
  score.points = score.base + score.basic.counted + score.good.counted - score.bad.counted;
  const auto band = std::find_if(scale.bands.begin(), scale.bands.end(),
                                 [&](const Band& b) { return score.points >= b.from; });
  if (band != scale.bands.end()) score.band = *band;
  add_lines(score, scale);
  return score;
}

}  // namespace linli::model::credit
