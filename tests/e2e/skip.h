// tests/e2e/skip.h: a test that this machine can't run says so where it is read.
#pragma once

#include <catch2/catch.hpp>
#include <string>

namespace linli::e2e {

/// Say it, and return from the test.
inline void skip(const std::string& reason) { WARN("skipped: " << reason); }

}  // namespace linli::e2e
