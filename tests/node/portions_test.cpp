// How much goes into one request, and what a line that breaks costs then.
#include "node/portions.h"

#include "sync/exchange.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

using node::Portions;
using Took = Portions::Took;

/// Goes on over a line of so many bytes a second (of objects) and `delay` a round trip.
void over(Portions& portions, int times, std::size_t rate, Took delay) {
  for (int i = 0; i < times; ++i) {
    const auto size = portions.size();
    portions.arrived(size, delay + Took(size * 1000 / rate));
  }
}

Took time_of(const Portions& portions, std::size_t rate) {
  return Took(portions.size() * 1000 / rate);
}

}  // namespace

TEST_CASE("portions: a fast line soon gets whole batches", "[node]") {
  Portions portions;
  CHECK(portions.size() == Portions::kFirst);
  over(portions, 2, 50'000'000, Took(2));
  CHECK(portions.size() == sync::kBatchBytesAim);
}

TEST_CASE("portions: what a slow line is given takes about as long as is aimed at", "[node]") {
  const std::size_t rate = GENERATE(2'000u, 4'000u, 15'000u, 40'000u);
  const auto fits = [&](const Portions& portions) {
    CHECK(time_of(portions, rate) <= portions.aim());
    const bool least = portions.size() == Portions::kLeast;
    CHECK((least || time_of(portions, rate) >= portions.aim() * 6 / 10));
  };
  Portions portions;
  over(portions, 60, rate, Took(600));
  CHECK(portions.aim() == Portions::kAimMost);
  fits(portions);

  // Every 40 s from now on.
  for (int cuts = 0; cuts < 6; ++cuts) {
    portions.cut(portions.size(), Took(2'000));
    for (Took passed{0}; passed < Took(36'000);) {
      const auto took = Took(600) + time_of(portions, rate);
      portions.arrived(portions.size(), took);
      passed += took;
    }
  }
  CHECK(portions.aim() <= Took(6'000));
  CHECK(portions.aim() >= Took(4'000));
  if (rate > 2'000) fits(portions);

  over(portions, 60, rate, Took(600));  // It was whole for a good while.
  CHECK(portions.aim() == Portions::kAimMost);
  fits(portions);
}

TEST_CASE("portions: a fast line that becomes a bad one is noticed within two cuts", "[node]") {
  Portions portions;
  over(portions, 3, 50'000'000, Took(2));
  REQUIRE(portions.size() == sync::kBatchBytesAim);
  for (int cuts = 0; cuts < 2; ++cuts) portions.cut(portions.size(), Took(10'000));
  CHECK(portions.size() <= 128u << 10);
}

TEST_CASE("portions: cuts make them smaller, down to a least, and small talk doesn't count",
          "[node]") {
  Portions portions;
  portions.cut(0, Took(10));
  CHECK(portions.size() == Portions::kFirst / 4);
  for (int i = 0; i < 20; ++i) portions.cut(0, Took(10));
  CHECK(portions.size() == Portions::kLeast);
  portions.arrived(100, Took(600));  // A poll.
  CHECK(portions.size() == Portions::kLeast);
  // One set may be larger than was wished: what it took says what the line carries.
  portions.arrived(10 * Portions::kLeast, Took(40'000));
  CHECK(portions.size() <= 2 * Portions::kLeast);
  // No clock that is set meanwhile brings it down.
  portions.arrived(Portions::kLeast, Took(-5));
  CHECK(portions.size() > Portions::kLeast);
}

TEST_CASE("portions: a line that breaks costs one portion, and what went through is counted",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  for (int i = 10; i < 70; ++i) {
    put(office, "compound", compound("4107020039011" + std::to_string(i)));
  }
  Portions portions;
  for (int i = 0; i < 20; ++i) portions.cut(0, Took(10));
  REQUIRE(portions.size() == Portions::kLeast);

  std::size_t largest = 0, wire = 0;
  int left = 3;  // The fourth answer is lost.
  Line line;
  line.ask = [&](std::string& body) {
    const auto request = sync::Request::decode(sync::unpack(body)->body);
    std::size_t bytes = 0;
    for (const auto& object : request->objects) bytes += object.bytes.size();
    largest = std::max(largest, bytes);
    wire += bytes;
    CHECK(request->portion == portions.size());
    city.time += 1'000'000;
    return true;
  };
  line.answer = [&](std::string&) { return left-- > 0; };
  node::Findings found;
  const auto broken = try_exchange(office, hub, line, &found, &portions);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == Errc::unreachable);
  CHECK(found.got_on);
  CHECK(found.so_far.round_trips == 4);
  CHECK(found.so_far.sent > 0);
  CHECK(largest < Portions::kLeast + 2048);  // One object more than was wished, at most.

  const auto first = found.so_far.sent;
  left = 1'000;
  const auto rest = try_exchange(office, hub, line, &found, &portions);
  REQUIRE(rest);
  CHECK(first + rest->sent == 60);
  std::size_t all = 0;
  const auto page = office->outgoing(hub->identity().certificate, 0, 0);
  for (const auto& object : page->objects) all += object.bytes.size();
  CHECK(wire <= all + largest);
  CHECK(export_all(office) == export_all(hub));
}

}  // namespace linli::test
