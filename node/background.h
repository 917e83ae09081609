// node/background.h: what a thread of our own does. Nobody above it would catch an exception: one
// read of a bad disk would end the process, and with it everybody's work.
#pragma once

#include <spdlog/spdlog.h>

#include <exception>
#include <string_view>

namespace linli::node {

/// Does it. False: it threw, which is logged; the thread goes on with what comes next.
template <typename Duty>
bool survives(std::string_view what, Duty duty) {
  try {
    duty();
    return true;
  } catch (const std::exception& e) {
    spdlog::error("{}: {}", what, e.what());
    return false;
  }
}

}  // namespace linli::node
