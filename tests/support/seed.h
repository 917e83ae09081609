// tests/support/seed.h: chance that can be played again: `LINLI_SEED=7 linli_tests "merge: …"`.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace linli::test {

/// The seed of a test's first run: from the environment, else new each time.
[[nodiscard]] inline std::uint64_t first_seed() {
  const char* given = std::getenv("LINLI_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}
/// One run if a seed was given, else `usual` many.
[[nodiscard]] inline int runs(int usual) {
  return std::getenv("LINLI_SEED") != nullptr ? 1 : usual;
}

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  /// 0 … n - 1.
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(engine_);
  }
  bool percent(unsigned p) { return below(100) < p; }
  template <class T>
  T& one_of(std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace linli::test
