// tests/simulation/randomness.h: what libsodium and SQLite take for random, from a seed.
#pragma once

#include <cstdint>

namespace linli::simulation {

/// Every nonce, salt, id and key that is drawn from now on follows from the seed alone.
void seed_randomness(std::uint64_t seed);

/// Draws from a seed of its own, then goes on where the one before was.
class Draws {
 public:
  explicit Draws(std::uint64_t seed);
  ~Draws();
  Draws(const Draws&) = delete;
  Draws& operator=(const Draws&) = delete;

 private:
  std::uint64_t before_;
};

/// Spreads a seed: neighbours have nothing in common (splitmix64).
[[nodiscard]] std::uint64_t mix(std::uint64_t seed);

}  // namespace linli::simulation
