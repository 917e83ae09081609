// tests/e2e/ahead.h: processes whose clock stands ahead.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace linli::e2e {

/// Processes started meanwhile live so far in the future (Debian: faketime).
class Ahead {
 public:
  explicit Ahead(const std::string& how_far) {
    ::setenv("LD_PRELOAD", kLibrary, 1);
    ::setenv("FAKETIME", how_far.c_str(), 1);
  }
  ~Ahead() {
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("FAKETIME");
  }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;
  static std::optional<std::string> why_not() {
    if (std::filesystem::exists(kLibrary)) return std::nullopt;
    return "libfaketime isn't here";
  }

 private:
  static constexpr const char* kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
};

}  // namespace linli::e2e
