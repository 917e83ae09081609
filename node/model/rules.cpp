#include "node/model/rules.h"

#include <algorithm>
#include <array>

#include "node/model/declare.h"

namespace linli::model {

std::string_view day_bucket(std::int64_t from, std::int64_t to) {
  if (to <= from) return "0";
  const auto days = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  if (days == 1) return "1";
  if (days == 2) return "2";
  if (days <= 7) return "3-7";
  if (days <= 15) return "8-15";
  if (days <= 30) return "16-30";
  if (days <= 60) return "31-60";
  return "61+";
}

// ---- Organisation ------------------------------------------------------------------------------

std::optional<char> uscc_check_character(std::string_view first17) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  static_assert(kAlphabet.size() == 31);
  if (first17.size() != 17) return {};
  std::size_t sum = 0, weight = 1;
  for (const char c : first17) {
    const auto value = kAlphabet.find(c);
    if (value == kAlphabet.npos) return {};
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  return kAlphabet[(31 - sum % 31) % 31];
}

bool valid_uscc(std::string_view code) {
  return code.size() == 18 && uscc_check_character(code.substr(0, 17)) == code[17];
}

std::int64_t property_office_min_dm2(std::int64_t floor_area_dm2) {
  constexpr std::int64_t kM2 = 100;  // dm²
  struct Slice {
    std::int64_t from_dm2, to_dm2, per_mille;
  };
  constexpr std::array<Slice, 3> kSlices = {{{20'000 * kM2, 200'000 * kM2, 4},
                                             {200'000 * kM2, 300'000 * kM2, 3},
                                             {300'000 * kM2, INT64_MAX / 1000, 2}}};
  std::int64_t milli_dm2 = 80 * kM2 * 1000;
  for (const auto& slice : kSlices) {
    const auto inside = std::min(floor_area_dm2, slice.to_dm2) - slice.from_dm2;
    if (inside > 0) milli_dm2 += inside * slice.per_mille;
  }
  return (milli_dm2 + 999) / 1000;
}

// ---- Training ----------------------------------------------------------------------------------

std::int64_t minutes_present(std::int64_t from_ms, std::int64_t to_ms, std::int64_t in_ms,
                             std::optional<std::int64_t> out_ms) {
  const auto first = std::max(from_ms, in_ms);
  const auto last = out_ms ? std::min(to_ms, *out_ms) : to_ms;
  return last > first ? (last - first) / 60'000 : 0;
}

bool attendance_valid(std::int64_t from_ms, std::int64_t to_ms, std::int64_t in_ms,
                      std::optional<std::int64_t> out_ms, std::int64_t percent) {
  // Instants that a calendar has: merged records may hold any number.
  constexpr std::int64_t kInstantMax = 1LL << 50;
  for (const auto ms : {from_ms, to_ms, in_ms, out_ms.value_or(0)}) {
    if (ms < -kInstantMax || ms > kInstantMax) return false;
  }
  if (from_ms >= to_ms || in_ms >= to_ms) return false;
  if (!out_ms) return true;
  const auto present = std::min(to_ms, *out_ms) - std::max(from_ms, in_ms);
  percent = std::clamp<std::int64_t>(percent, 1, 100);
  return present > 0 && present * 100 >= percent * (to_ms - from_ms);
}

// ---- Disclosure --------------------------------------------------------------------------------

namespace {

std::optional<int> year_of(std::string_view text) {
  const auto day = parse_day(std::string(text) + "-01-01");
  if (!day) return {};
  return civil_from_day(*day).year;
}

Period months(PeriodKind kind, int year, int first, int count) {
  const int next_year = first + count > 12 ? year + 1 : year;
  const int next_month = first + count > 12 ? first + count - 12 : first + count;
  return {kind, day_from_civil(year, first, 1), day_from_civil(next_year, next_month, 1) - 1};
}

bool digit_in(char c, char from, char to) { return c >= from && c <= to; }

}  // namespace

std::optional<Period> parse_period(std::string_view text) {
  constexpr std::size_t kPeriodMax = 40;
  const bool worded =
      !text.empty() && text.size() <= kPeriodMax &&
      std::all_of(text.begin(), text.end(), [](char c) {
        return digit_in(c, '0', '9') || digit_in(c, 'a', 'z') || digit_in(c, 'A', 'Z') || c == '-';
      });
  if (!worded) return {};
  const auto year = text.size() >= 4 ? year_of(text.substr(0, 4)) : std::nullopt;
  if (year && text.size() == 4) return months(PeriodKind::year, *year, 1, 12);
  if (year && text.size() == 7 && text[4] == '-') {
    const char part = text[5], number = text[6];
    if (part == 'Q' && digit_in(number, '1', '4')) {
      return months(PeriodKind::quarter, *year, (number - '1') * 3 + 1, 3);
    }
    if (part == 'H' && digit_in(number, '1', '2')) {
      return months(PeriodKind::half_year, *year, (number - '1') * 6 + 1, 6);
    }
    if (const auto first = parse_day(std::string(text) + "-01")) {
      return months(PeriodKind::month, *year, civil_from_day(*first).month, 1);
    }
  }
  const bool version =
      text.size() >= 2 && text[0] == 'v' && text[1] != '0' &&
      std::all_of(text.begin() + 1, text.end(), [](char c) { return digit_in(c, '0', '9'); });
  if (version) return Period{PeriodKind::standing, 0, 0};
  // "2023-13" and "2023-Q5" are slips, no events: an event's name begins with a letter.
  if (digit_in(text[0], '0', '9') || text[0] == '-') return {};
  return Period{PeriodKind::event, 0, 0};
}

std::int64_t due_after_period(std::int64_t period_to, std::int64_t months_after,
                              std::int64_t due_day) {
  const auto end = civil_from_day(period_to);
  const auto month =
      end.month - 1 + static_cast<int>(std::clamp<std::int64_t>(months_after, 0, 120));
  const auto first = day_from_civil(end.year + month / 12, month % 12 + 1, 1);
  const auto next = day_from_civil(end.year + (month + 1) / 12, (month + 1) % 12 + 1, 1);
  return std::min(first + std::clamp<std::int64_t>(due_day, 1, 31), next) - 1;
}

std::optional<std::int64_t> months_later(std::int64_t day, std::int64_t months) {
  // Merged records may hold any number.
  if (day < -500'000 || day > 1'000'000 || months < -1200 || months > 1200) return {};
  const auto from = civil_from_day(day);
  const auto month = from.year * 12 + from.month - 1 + static_cast<int>(months);
  const auto first = day_from_civil(month / 12, month % 12 + 1, 1);
  const auto next = day_from_civil((month + 1) / 12, (month + 1) % 12 + 1, 1);
  return std::min(first + from.day, next) - 1;
}

bool amount_fits(std::int64_t quantity, std::int64_t price_e4, std::int64_t amount_fen) {
  // 1 fen = 100 e4: both sides in 1e-4 yuan, so that nothing is divided.
  const auto priced = product_of(quantity, price_e4);
  const auto amount = product_of(amount_fen, 100);
  if (!priced || !amount || *amount == INT64_MIN) return false;
  const auto off = sum_of(*priced, -*amount);
  return off && *off >= -100 && *off <= 100;
}

// ---- Inspection --------------------------------------------------------------------------------

std::optional<std::int64_t> inspection_score(std::span<const ScoredItem> items,
                                             std::int64_t veto_max) {
  constexpr std::int64_t kWeightMax = 1'000'000;
  std::int64_t good = 0, all = 0;
  bool vetoed = false;
  for (const auto& item : items) {
    if (item.mark == Mark::na) continue;
    if (item.weight < 0 || item.weight > kWeightMax) return {};
    all += item.weight;
    if (item.mark == Mark::ok) good += item.weight;
    if (item.mark == Mark::fail && item.veto) vetoed = true;
  }
  if (all == 0) return {};
  const auto score = (200 * good + all) / (2 * all);
  return vetoed ? std::min(score, veto_max) : score;
}

}  // namespace linli::model
