// tests/e2e/locale.h: the language in which commands speak.
#pragma once

#include <cstdlib>

namespace linli::e2e {

/// Sets LANG, and nothing that stands above it, for the commands of a test.
class Locale {
 public:
  explicit Locale(const char* lang) {
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::setenv("LANG", lang, 1);
  }
  ~Locale() { ::unsetenv("LANG"); }
  Locale(const Locale&) = delete;
  Locale& operator=(const Locale&) = delete;
};

}  // namespace linli::e2e
