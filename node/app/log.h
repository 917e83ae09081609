// node/app/log.h: where the log goes. The one place of this folder that sees the logging library.
#pragma once

#include <string>
#include <string_view>

namespace linli::app {

/// From trace to critical, or off. False: there is no such level.
[[nodiscard]] bool log_to_stderr(const std::string& level);
void log_info(std::string_view line);

}  // namespace linli::app
