// A length of time as people write it.
#include "node/app/console.h"

namespace linli::app {

std::optional<std::chrono::seconds> period(const std::string& text) {
  constexpr std::int64_t kLongest = 366LL * 24 * 3600;
  if (text.size() < 2 || text.size() > 10) return {};
  std::int64_t number = 0;
  for (const char c : std::string_view(text).substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return {};
    number = number * 10 + (c - '0');
  }
  const char unit = text.back();
  const std::int64_t factor = unit == 's'   ? 1
                              : unit == 'm' ? 60
                              : unit == 'h' ? 3600
                              : unit == 'd' ? 24 * 3600
                                            : 0;
  if (factor == 0 || number < 1 || number > kLongest / factor) return {};
  return std::chrono::seconds(number * factor);
}

std::string shown_period(std::chrono::seconds time) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {24 * 3600, " 天"}, {3600, " 小时"}, {60, " 分"}, {1, " 秒"}};
  auto left = time.count();
  std::string text;
  int told = 0;
  for (const auto& [seconds, unit] : kUnits) {
    const bool last = seconds == 1 && text.empty();
    if (told == 2 || (left < seconds && !last)) continue;
    text += (text.empty() ? "" : " ") + std::to_string(left / seconds) + unit;
    left %= seconds;
    ++told;
  }
  return text;
}

}  // namespace linli::app
