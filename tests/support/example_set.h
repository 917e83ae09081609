// tests/support/example_set.h: a change set that is as it should be, for tests that spoil it.
#pragma once

#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/sync_vectors.h"

namespace linli::test {

using namespace sync;

template <class Bytes>
Bytes all(int byte) {
  return Bytes::of(std::string(Bytes::size(), static_cast<char>(byte)));
}

inline OwnedSet example(std::size_t changes = 1) {
  OwnedSet owned;
  ChangeSet& set = owned.set;
  set.city = all<Hash>(1);
  set.feed = {all<AuthorId>(2), "410700/410702", Audience::ancestors, {}};
  set.certificate = all<Hash>(3);
  set.seq = 7;
  set.prev = all<Hash>(4);
  set.time_base = 1'790'000'000'000'000;
  for (std::size_t i = 0; i < changes; ++i) {
    Change change;
    change.type = 40;
    change.id = all<RecordId>(5);
    change.stamp = set.time_base + static_cast<Micros>(i);
    change.fields = {{1, owned.keep(cbor::encode_int(static_cast<std::int64_t>(i)))}};
    set.changes.push_back(std::move(change));
  }
  return owned;
}

inline std::string encoded(const ChangeSet& set) {
  const auto body = encode_change_set(set);
  INFO((body ? "" : describe(body.error())));
  REQUIRE(body);
  return *body;
}

inline std::string array_of(const std::vector<std::string>& items) {
  cbor::Writer w;
  w.array(items.size());
  for (const auto& item : items) w.raw(item);
  return w.take();
}

}  // namespace linli::test
