#include "node/app/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace linli::app {

bool log_to_stderr(const std::string& level) {
  const auto known = spdlog::level::from_str(level);
  if (known == spdlog::level::off && level != "off") return false;
  // stdout belongs to answers: whatever reads them must not find log lines between.
  auto logger =
      std::make_shared<spdlog::logger>("linli", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->set_level(known);
  spdlog::set_default_logger(std::move(logger));
  return true;
}

void log_info(std::string_view line) { spdlog::info("{}", line); }

}  // namespace linli::app
