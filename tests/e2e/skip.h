// tests/e2e/skip.h: a test that can't be held here says so, and isn't counted as one that passed
// silently.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>
#include <string>

namespace linli::e2e {

/// True, and a warning that shows even where all passes: the test ends. Where LINLI_NO_SKIP is set
/// (a machine that is meant to hold them all) it fails instead.
inline bool skip(const std::optional<std::string>& why) {
  if (!why) return false;
  if (std::getenv("LINLI_NO_SKIP")) FAIL("can't be held here: " << *why);
  WARN("SKIPPED: " << *why);
  return true;
}

}  // namespace linli::e2e
