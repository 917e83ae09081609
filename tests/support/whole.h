// tests/support/whole.h: is a node in order, whatever has befallen it?
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/city.h"

namespace linli::test {

/// How many change sets are held back.
inline std::int64_t held(Node& node) {
  return number(node, "SELECT count(*) FROM log WHERE standing = 1");
}

/// Verified, nothing waits, and a rebuild and another start show what it shows now.
inline void check_whole(Node& node) {
  CHECK(faults(node) == std::vector<std::string>{});
  CHECK(number(node, "SELECT count(*) FROM waiting") == 0);
  const auto shown = dump(node);
  node->store().rebuild({});
  CHECK(dump(node) == shown);
  node.close();
  node.open();
  CHECK(dump(node) == shown);
}

}  // namespace linli::test
