#include "sync/clock.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

namespace linli::sync {

TEST_CASE("clock: stamps are the wall clock's as long as it runs forward", "[sync]") {
  HybridClock clock;
  CHECK(clock.tick(1000) == 1000);
  CHECK(clock.tick(2000) == 2000);
}

TEST_CASE("clock: no stamp is given twice, though the wall clock stands or falls back",
          "[sync][I4]") {
  rc::prop("stamps strictly increase", [] {
    HybridClock clock{*rc::gen::inRange<Micros>(0, 1'000'000)};
    Micros before = clock.last();
    const auto walls =
        *rc::gen::container<std::vector<Micros>>(rc::gen::inRange<Micros>(0, 1'000'000));
    for (const Micros wall : walls) {
      if (wall % 3 == 0) clock.observe(wall * 2, wall);
      const Micros stamp = clock.tick(wall);
      RC_ASSERT(stamp > before);
      RC_ASSERT(stamp >= wall);
      RC_ASSERT(clock.last() == stamp);
      before = stamp;
    }
  });
}

TEST_CASE("clock: a stamp comes after what was seen, if that isn't too far ahead", "[sync][I4]") {
  HybridClock clock;
  clock.observe(5000, 1000);
  CHECK(clock.tick(1000) == 5001);
  clock.observe(2000, 1000);  // an old one changes nothing
  CHECK(clock.last() == 5001);
}

TEST_CASE("clock: a peer in 2099 does not carry our clock ahead", "[sync][I4]") {
  HybridClock clock;
  const Micros now = 1'790'000'000'000'000;
  clock.observe(4'070'908'800'000'000, now);
  CHECK(clock.tick(now) == now);
  clock.observe(now + kStampAheadMax, now);
  CHECK(clock.last() == now + kStampAheadMax);
}

TEST_CASE("clock: the system's clock counts microseconds since 1970", "[sync]") {
  const SystemClock clock;
  const Micros year = 365LL * 86'400 * 1'000'000;
  CHECK(clock.now() > 54 * year);
  CHECK(clock.now() < kTimeMax);
}

}  // namespace linli::sync
