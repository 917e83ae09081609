#include "tests/simulation/partings.h"

#include <catch2/catch.hpp>

namespace linli::simulation {
namespace {

sync::FeedId feed(char name) { return sync::FeedId::of(std::string(32, name)); }
crypto::Hash set(char name) { return crypto::Hash::of(std::string(32, name)); }

}  // namespace

TEST_CASE("partings: a feed with another set at a number is another branch from there on",
          "[simulation]") {
  const SetsByPlace hub{
      {{feed('f'), 1}, set('a')}, {{feed('f'), 2}, set('b')}, {{feed('g'), 1}, set('c')}};
  CHECK(partings(hub, hub).empty());
  auto phone = hub;
  phone[{feed('f'), 3}] = set('x');
  phone[{feed('h'), 1}] = set('y');
  CHECK(partings(phone, hub).empty());  // What the hub lacks has given way to nothing.
  phone[{feed('f'), 2}] = set('z');
  CHECK(partings(phone, hub) == std::map<sync::FeedId, std::uint64_t>{{feed('f'), 2}});
  phone[{feed('f'), 1}] = set('w');
  CHECK(partings(phone, hub) == std::map<sync::FeedId, std::uint64_t>{{feed('f'), 1}});
}

}  // namespace linli::simulation
