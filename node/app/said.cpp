#include "node/app/said.h"

#include <cstdlib>

namespace linli::app {

std::string clock_text(const Json& clock) {
  if (!clock.is_object()) return "尚未比对 not compared yet";
  const auto at = clock.find("compared");
  const auto compared = at != clock.end() && at->is_string()
                            ? "（比对于 compared " + local_time(at->get<std::string>()) + "）"
                            : std::string();
  if (!clock_is_wrong(clock)) return "正常 right" + compared;
  const auto ahead = clock.value("ahead_ms", std::int64_t{0}) / 1000;
  const auto off = shown_period(std::chrono::seconds(std::abs(ahead)));
  return std::string("本机时钟") + (ahead > 0 ? "快 " : "慢 ") + off +
         "，请校准；照常可用，但所写内容的时间被标为不可信 this machine's clock is " +
         (ahead > 0 ? "fast" : "slow") +
         ": set it right; work goes on, marked as of an unsure time" + compared;
}

std::string unsure_time(const Json& version) {
  return version.value("trusted_clock", true)
             ? std::string()
             : "（时间不可信：该机时钟当时不准，让位于可信的时间 unsure time: its clock was "
               "wrong, and a sure one goes before it）";
}

std::string code_text(std::string_view name) {
  for (const auto& row : errc_table()) {
    if (row.name != name) continue;
    return std::string(name) + "：" + std::string(row.zh) + " " + std::string(row.en);
  }
  return std::string(name);
}

std::string code_in_detail(std::string_view detail) {
  const auto name = detail.substr(0, detail.find_first_of(": "));
  for (const auto& row : errc_table()) {
    if (row.name == name) return std::string(name);
  }
  return {};
}

}  // namespace linli::app
