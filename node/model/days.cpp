// Local time of record.h. Asia/Shanghai has had no daylight saving since 1991: a fixed offset.
#include <chrono>
#include <cstdio>

#include "node/model/record.h"

namespace linli::model {

namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// Exactly `count` digits from the front of `text`, which moves on; nothing otherwise.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return {};
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return {};
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Up to nine digits of a second; below a millisecond they are dropped.
std::optional<int> milliseconds(std::string_view& text) {
  int ms = 0, count = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (count < 3) ms = ms * 10 + (text.front() - '0');
    ++count;
    text.remove_prefix(1);
  }
  if (count < 1 || count > 9) return {};
  for (; count < 3; ++count) ms *= 10;
  return ms;
}

/// "Z", "+08:00", or nothing: local time.
std::optional<std::int64_t> offset_ms(std::string_view text) {
  if (text.empty()) return kLocalOffsetMs;
  if (text == "Z" || text == "z") return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!skip(text, '+') && !skip(text, '-')) return {};
  const auto hours = digits(text, 2);
  if (!hours || *hours > 23 || !skip(text, ':')) return {};
  const auto minutes = digits(text, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return {};
  return sign * (*hours * 60LL + *minutes) * 60'000;
}

std::int64_t floor_day(std::int64_t ms) {
  const auto day = ms / kDayMs;
  return ms % kDayMs < 0 ? day - 1 : day;
}

}  // namespace

std::int64_t local_day_of_ms(std::int64_t ms) {
  // Total on whatever a peer signed: far outside any calendar the offset doesn't matter.
  if (ms > INT64_MAX - kLocalOffsetMs) return floor_day(ms);
  return floor_day(ms + kLocalOffsetMs);
}

std::int64_t day_from_civil(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  return sys_days{date}.time_since_epoch().count();
}

Civil civil_from_day(std::int64_t day) {
  using namespace std::chrono;
  // std::chrono's calendar ends at ±32767; days beyond it are shown as its last ones.
  constexpr std::int64_t kDayLast = 11'000'000;
  const auto bounded = day < -kDayLast ? -kDayLast : day > kDayLast ? kDayLast : day;
  const year_month_day date{sys_days{days{static_cast<int>(bounded)}}};
  return {int{date.year()}, static_cast<int>(unsigned{date.month()}),
          static_cast<int>(unsigned{date.day()})};
}

std::string day_text(std::int64_t day) {
  const auto date = civil_from_day(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !skip(text, '-')) return {};
  const auto month = digits(text, 2);
  if (!month || !skip(text, '-')) return {};
  const auto day = digits(text, 2);
  if (!day || !text.empty()) return {};
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return {};
  return day_from_civil(*year, *month, *day);
}

std::string instant_text(std::int64_t ms) {
  const auto day = floor_day(ms);
  const auto rest = static_cast<int>(ms - day * kDayMs);
  char text[64];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d.%03dZ", rest / 3'600'000, rest / 60'000 % 60,
                rest / 1000 % 60, rest % 1000);
  return day_text(day) + text;
}

std::optional<std::int64_t> parse_instant(std::string_view text) {
  constexpr std::size_t kDayTextSize = 10;
  if (text.size() < kDayTextSize + 1) return {};
  const auto day = parse_day(text.substr(0, kDayTextSize));
  text.remove_prefix(kDayTextSize);
  if (!day || (!skip(text, 'T') && !skip(text, 't'))) return {};
  const auto hour = digits(text, 2);
  if (!hour || *hour > 23 || !skip(text, ':')) return {};
  const auto minute = digits(text, 2);
  if (!minute || *minute > 59) return {};
  std::optional<int> second = 0, ms = 0;
  if (skip(text, ':')) {
    second = digits(text, 2);
    if (!second || *second > 59) return {};
    if (skip(text, '.')) ms = milliseconds(text);
    if (!ms) return {};
  }
  const auto offset = offset_ms(text);
  if (!offset) return {};
  return *day * kDayMs + ((*hour * 60LL + *minute) * 60 + *second) * 1000 + *ms - *offset;
}

}  // namespace linli::model
