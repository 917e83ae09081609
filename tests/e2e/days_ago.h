// tests/e2e/days_ago.h: processes that live in the past, for cities with years that are closed.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace linli::e2e {

/// Processes started meanwhile live so many days ago (Debian: faketime). Asked to stop they don't
/// end in time: kill them.
class DaysAgo {
 public:
  explicit DaysAgo(int days) {
    constexpr const char* kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    there_ = std::filesystem::exists(kLibrary);
    if (!there_) return;
    ::setenv("LD_PRELOAD", kLibrary, 1);
    ::setenv("FAKETIME", ("-" + std::to_string(days) + "d").c_str(), 1);
  }
  ~DaysAgo() {
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("FAKETIME");
  }
  DaysAgo(const DaysAgo&) = delete;
  DaysAgo& operator=(const DaysAgo&) = delete;
  [[nodiscard]] bool there() const { return there_; }

 private:
  bool there_ = false;
};

}  // namespace linli::e2e
