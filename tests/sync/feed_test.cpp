#include "sync/feed.h"

#include <catch2/catch.hpp>

namespace linli::sync {
namespace {

Hash hash_of(char name) { return crypto::hash({std::string_view{&name, 1}}); }

}  // namespace

TEST_CASE("feed: takes the next number, refuses all else with a reason of its own", "[sync][I5]") {
  const auto a = hash_of('a'), b = hash_of('b'), c = hash_of('c');
  const FeedTip tip{2, b, 100};  // a is number 1, b number 2
  struct Case {
    const char* name;
    Link next;
    std::optional<Hash> held;
    std::optional<Errc> refused;
  };
  const auto t = GENERATE_COPY(values<Case>({
      {"the next in line", {3, b, c, 101, 105}, {}, {}},
      {"the same once more", {2, a, b, 90, 100}, b, Errc::replay},
      {"an older one once more", {1, Hash{}, a, 80, 80}, a, Errc::replay},
      {"another under a taken number", {2, b, c, 101, 105}, b, Errc::fork},
      {"another first", {1, Hash{}, c, 101, 105}, a, Errc::fork},
      {"next in number, on an older predecessor", {3, a, c, 101, 105}, {}, Errc::fork},
      {"next in number, on no predecessor", {3, Hash{}, c, 101, 105}, {}, Errc::fork},
      {"one too far ahead", {4, c, a, 101, 105}, {}, Errc::gap},
      {"stamped like the one before", {3, b, c, 100, 105}, {}, Errc::malformed},
      {"stamped before the one before", {3, b, c, 1, 105}, {}, Errc::malformed},
      {"a fork with old stamps is a fork", {3, a, c, 1, 2}, {}, Errc::fork},
  }));
  DYNAMIC_SECTION(t.name) {
    const auto got = extend(tip, t.next, t.held);
    REQUIRE(got.has_value() == !t.refused);
    if (got) CHECK((got->seq == 3 && got->hash == c && got->stamp == 105));
    if (!got) CHECK(got.error().code == *t.refused);
  }
}

TEST_CASE("feed: an empty one begins with number 1, without a predecessor", "[sync][I5]") {
  const auto a = hash_of('a'), b = hash_of('b');
  const auto first = extend({}, {1, Hash{}, a, 0, 0}, {});  // a dead clock starts in 1970
  REQUIRE(first);
  CHECK((first->seq == 1 && first->hash == a && first->stamp == 0));
  const auto linked = extend({}, {1, b, a, 5, 5}, {});
  REQUIRE_FALSE(linked);
  CHECK(linked.error().code == Errc::fork);
  const auto second = extend({}, {2, a, b, 5, 5}, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::gap);
}

TEST_CASE("feed: a caller that breaks the contract is a bug, not a refusal", "[sync]") {
  const auto a = hash_of('a');
  CHECK_THROWS(extend({}, {0, Hash{}, a, 1, 1}, {}));
  CHECK_THROWS(extend({1, a, 1}, {1, Hash{}, a, 1, 1}, {}));
  CHECK_THROWS(extend({1, a, 1}, {2, a, a, 2, 2}, a));
  CHECK_THROWS(extend({1, a, 1}, {2, a, a, 3, 2}, {}));
}

}  // namespace linli::sync
