// tests/support/device_pair.h: a hub and two devices that exchange with it, for tests of sync/.
#pragma once

#include <catch2/catch.hpp>
#include <utility>

#include "tests/support/sim_node.h"

namespace linli::test {

using namespace sync;

struct Pair {
  explicit Pair(std::size_t devices = 2) : city(devices) {}
  /// Devices that have met the hub once, so that a session runs.
  void meet() {
    REQUIRE(exchange(device, hub).finished);
    REQUIRE(exchange(other, hub).finished);
  }
  void write(int n) {
    for (int i = 0; i < n; ++i) device.write('A', 1, i);
  }

  Micros now = 1'700'000'000'000'000;
  SimCity city;
  SimNode hub{city, 0, now}, device{city, 1, now}, other{city, 2, now};
};

inline bool once(bool& done) { return !std::exchange(done, true); }

inline crypto::SignedBody signed_by(const crypto::SigningKey& key, const Request& request) {
  const auto body = request.encode();
  return {body, key.sign(crypto::kDomainRequest, body)};
}

}  // namespace linli::test
