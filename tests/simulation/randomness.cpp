#include "tests/simulation/randomness.h"

#include <sodium.h>

#include <cstring>

#include "tests/simulation/disk.h"

namespace linli::simulation {
namespace {

std::uint64_t state = 0;

std::uint64_t next() {
  state += 0x9E3779B97F4A7C15u;
  auto z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

const char* name() { return "simulated"; }
std::uint32_t word() { return static_cast<std::uint32_t>(next()); }
void fill(void* out, std::size_t n) {
  auto* at = static_cast<unsigned char*>(out);
  while (n > 0) {
    const auto some = n < 8 ? n : 8;
    const auto value = next();
    std::memcpy(at, &value, some);
    at += some;
    n -= some;
  }
}

randombytes_implementation seeded = {name, word, nullptr, nullptr, fill, nullptr};

}  // namespace

void seed_randomness(std::uint64_t seed) {
  static const bool installed = randombytes_set_implementation(&seeded) == 0;
  (void)installed;
  state = mix(seed);
  reseed_sqlite(seed);
}

Draws::Draws(std::uint64_t seed) : before_(state) { state = mix(seed); }
Draws::~Draws() { state = before_; }

std::uint64_t mix(std::uint64_t seed) {
  auto z = seed + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace linli::simulation
