// node/app/said.h: sentences that several commands say.
#pragma once

#include "node/app/console.h"

namespace linli::app {

/// `clock` as in node::connection: is it so far off that people are told?
[[nodiscard]] inline bool clock_is_wrong(const Json& clock) {
  return clock.is_object() && clock.value("wrong", false);
}
[[nodiscard]] std::string clock_text(const Json& clock);
/// Behind the time of a version whose node's clock the hub called unsure; empty: it didn't.
[[nodiscard]] std::string unsure_time(const Json& version);

/// A reason's name, and what it means to people; the name alone where this version doesn't know it.
[[nodiscard]] std::string code_text(std::string_view name);
/// "name: what an upstream said"; empty: it begins with no reason's name.
[[nodiscard]] std::string code_in_detail(std::string_view detail);

}  // namespace linli::app
