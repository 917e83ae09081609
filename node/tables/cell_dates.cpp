#include "node/tables/cell_dates.h"

#include <cstdio>

#include "node/model/record.h"
#include "node/tables/decimal.h"

namespace linli::tables {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// 1 to `most` digits from the front of `text`, which moves on.
std::optional<int> digits(std::string_view& text, std::size_t most) {
  int n = 0;
  std::size_t count = 0;
  while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    n = n * 10 + (text[count++] - '0');
  }
  text.remove_prefix(count);
  if (count == 0) return {};
  return n;
}

bool skip(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (skip(text, " ")) {
  }
}

int days_of(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

std::optional<std::int64_t> day_of(int year, int month, int day, Why& why) {
  const auto y = std::to_string(year), m = std::to_string(month), d = std::to_string(day);
  if (year < 1800 || year > 9999) {
    why = {"没有 " + y + " 年这样的年份", "no year " + y};
    return {};
  }
  if (month < 1 || month > 12) {
    why = {"一年没有第 " + m + " 个月", "there is no month " + m};
    return {};
  }
  if (day < 1 || day > days_of(year, month)) {
    why = {y + " 年 " + m + " 月没有 " + d + " 日", "there is no day " + d + " in " + y + "-" + m};
    return {};
  }
  return model::day_from_civil(year, month, day);
}

/// The date in front of `text`, which moves on.
std::optional<std::int64_t> take_day(std::string_view& text, Why& why) {
  const auto all = text;
  const auto year = digits(text, 8);
  if (!year) return {};
  if (all.size() - text.size() == 8) {
    return day_of(*year / 10'000, *year / 100 % 100, *year % 100, why);
  }
  if (all.size() - text.size() != 4) return {};
  std::string_view between;
  for (const std::string_view one : {"-", "/", ".", "年"}) {
    if (skip(text, one)) between = one;
  }
  if (between.empty()) return {};
  skip_spaces(text);
  const auto month = digits(text, 2);
  const bool in_words = between == "年";
  if (!month || !skip(text, in_words ? "月" : between)) return {};
  skip_spaces(text);
  const auto day = digits(text, 2);
  if (!day) return {};
  if (in_words && !skip(text, "日") && !skip(text, "号")) return {};
  return day_of(*year, *month, *day, why);
}

/// "9:30", "09:30:15.250", "9时30分15秒", "9点": milliseconds of the day.
std::optional<std::int64_t> take_time(std::string_view& text, Why& why) {
  const auto hour = digits(text, 2);
  if (!hour) return {};
  int minute = 0, second = 0, ms = 0;
  if (skip(text, "时") || skip(text, "点")) {
    if (const auto m = digits(text, 2)) {
      minute = *m;
      if (skip(text, "分")) {
        if (const auto s = digits(text, 2)) {
          second = *s;
          if (!skip(text, "秒")) return {};
        }
      }
    }
  } else {
    if (!skip(text, ":")) return {};
    const auto m = digits(text, 2);
    if (!m) return {};
    minute = *m;
    if (skip(text, ":")) {
      const auto s = digits(text, 2);
      if (!s) return {};
      second = *s;
    }
    if (skip(text, ".")) {
      const auto before = text.size();
      const auto part = digits(text, 3);
      if (!part) return {};
      ms = *part;
      for (auto n = before - text.size(); n < 3; ++n) ms *= 10;
    }
  }
  if (*hour > 23 || minute > 59 || second > 59) {
    why = {"一天没有这个时刻", "there is no such time of day"};
    return {};
  }
  return ((*hour * 60LL + minute) * 60 + second) * 1000 + ms;
}

/// "Z", "+08:00"; nothing given: local.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (text.empty()) return model::kLocalOffsetMs;
  if (skip(text, "Z") || skip(text, "z")) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!skip(text, "+") && !skip(text, "-")) return {};
  const auto hours = digits(text, 2);
  if (!hours || !skip(text, ":")) return {};
  const auto minutes = digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return {};
  return sign * (*hours * 60LL + *minutes) * 60'000;
}

}  // namespace

std::optional<std::int64_t> read_day(std::string_view text, Why& why) {
  const auto day = take_day(text, why);
  if (!day) return {};
  if (text.empty()) return day;
  if (!skip(text, "T")) skip_spaces(text);
  const auto time = take_time(text, why);
  if (!time || !text.empty()) return {};
  if (*time == 0) return day;
  why = {"这里只填日期，不填时刻", "a day without a time belongs here"};
  return {};
}

std::optional<std::int64_t> read_instant(std::string_view text, Why& why) {
  const auto day = take_day(text, why);
  if (!day) return {};
  if (text.empty()) {
    why = {"还缺时刻，如 2024-03-05 09:30", "the time is missing: 2024-03-05 09:30"};
    return {};
  }
  if (!skip(text, "T")) skip_spaces(text);
  const auto time = take_time(text, why);
  if (!time) return {};
  skip_spaces(text);
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return {};
  return *day * kDayMs + *time - *offset;
}

std::optional<std::int64_t> read_serial(std::string_view number, bool from_1904) {
  auto days = parse_decimal(number);
  if (!days || days->negative) return {};
  days->round_to_15();
  constexpr std::int64_t kDaysMax = 2'958'465;  // 9999-12-31
  constexpr int kPartPlaces = 10;               // A hundred-thousandth of a second.
  // Whole days and their parts apart: no point floats here.
  const int whole_digits = static_cast<int>(days->digits.size()) - days->scale;
  if (whole_digits > 7) return {};
  std::int64_t whole = 0, part = 0;
  for (int i = 0; i < whole_digits; ++i) {
    const auto at = static_cast<std::size_t>(i);
    whole = whole * 10 + (at < days->digits.size() ? days->digits[at] - '0' : 0);
  }
  for (int i = 0; i < kPartPlaces; ++i) {
    const int at = whole_digits + i;
    const bool there = at >= 0 && at < static_cast<int>(days->digits.size());
    part = part * 10 + (there ? days->digits[static_cast<std::size_t>(at)] - '0' : 0);
  }
  if (whole > kDaysMax) return {};
  const std::int64_t seconds = (part * 86'400 + 5'000'000'000) / 10'000'000'000;
  // A spreadsheet of 1900 has a 29 February 1900, which nobody had.
  const std::int64_t first = from_1904 ? -24'107 : whole < 60 ? -25'568 : -25'569;
  return (whole + first) * kDayMs + seconds * 1000;
}

std::string instant_cell(std::int64_t ms) {
  const auto day = model::local_day_of_ms(ms);
  const auto rest = static_cast<int>(ms + model::kLocalOffsetMs - day * kDayMs);
  char text[32];
  std::snprintf(text, sizeof text, " %02d:%02d", rest / 3'600'000, rest / 60'000 % 60);
  auto out = model::day_text(day) + text;
  if (rest % 60'000 != 0) {
    std::snprintf(text, sizeof text, ":%02d", rest / 1000 % 60);
    out += text;
  }
  if (rest % 1000 != 0) {
    std::snprintf(text, sizeof text, ".%03d", rest % 1000);
    out += text;
  }
  return out;
}

}  // namespace linli::tables
