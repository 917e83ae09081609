// Values that stand in signed bytes as commitments, and what opens them.
#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/example_set.h"

namespace linli::sync {

using test::all;
using test::array_of;
using test::encoded;
using test::example;

TEST_CASE("change set: commitments are found at any depth, in the order of the bytes",
          "[sync][I10]") {
  const auto committed = [](int byte) {
    cbor::Writer w;
    w.tag(cbor::kTagCommitment);
    w.bytes(all<Hash>(byte).view());
    return w.take();
  };
  auto owned = example(2);
  auto& changes = owned.set.changes;
  cbor::Writer map;
  map.map(2);
  map.uint(1), map.raw(committed(3));
  map.uint(2), map.raw(array_of({committed(4)}));
  // Bytes that look like a commitment, within a string, are none.
  const std::string decoy = cbor::encode_bytes(committed(9));
  changes[0].fields = {{1, owned.keep(committed(1))},
                       {2, owned.keep(array_of({decoy, committed(2), "\xF6"}))},
                       {3, owned.keep(map.take())},
                       {4, owned.keep(decoy)}};
  changes[1].fields = {{8, owned.keep(committed(5))}};
  const std::string body = encoded(owned.set);
  const auto set = decode_change_set(body);
  REQUIRE(set);
  const auto found = commitments(*set);
  REQUIRE(found.size() == 5);
  const std::vector<std::uint32_t> fields{1, 2, 3, 3, 8};
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].commitment == all<Hash>(static_cast<int>(i) + 1));
    CHECK(found[i].field == fields[i]);
    CHECK(found[i].change == (i == 4 ? 1u : 0u));
  }
}

TEST_CASE("change set: a commitment binds value, salt and place", "[sync][I10]") {
  const crypto::Salt salt = all<crypto::Salt>(1);
  const Hash city = all<Hash>(2);
  const RecordId id = all<RecordId>(3);
  const std::string value = cbor::encode_text("张三");
  const Hash c = commitment(salt, city, 40, "410700", id, 5, value);
  CHECK(c == commitment(salt, city, 40, "410700", id, 5, value));
  CHECK(c != commitment(all<crypto::Salt>(9), city, 40, "410700", id, 5, value));
  CHECK(c != commitment(salt, all<Hash>(9), 40, "410700", id, 5, value));
  CHECK(c != commitment(salt, city, 41, "410700", id, 5, value));
  CHECK(c != commitment(salt, city, 40, "410700/a", id, 5, value));
  CHECK(c != commitment(salt, city, 40, "410700", all<RecordId>(9), 5, value));
  CHECK(c != commitment(salt, city, 40, "410700", id, 6, value));
  CHECK(c != commitment(salt, city, 40, "410700", id, 5, cbor::encode_text("李四")));
}

TEST_CASE("change set: an opening must fit the commitment it names", "[sync][I10]") {
  auto owned = example();
  ChangeSet& set = owned.set;
  const crypto::Salt salt = all<crypto::Salt>(1);
  const std::string value = cbor::encode_text("张三");
  const Hash c = commitment(salt, set.city, 40, set.feed.scope, set.changes[0].id, 1, value);
  cbor::Writer w;
  w.tag(cbor::kTagCommitment);
  w.bytes(c.view());
  set.changes[0].fields[0].value = owned.keep(w.take());
  const auto found = commitments(set);
  const auto opened = [&](const Opening& opening) {
    const auto fits = check_opening(set, found, opening);
    return fits ? std::optional<Errc>{} : fits.error().code;
  };
  CHECK(opened({0, salt, value}) == std::nullopt);
  CHECK(opened({1, salt, value}) == Errc::bad_value);
  CHECK(opened({0, all<crypto::Salt>(2), value}) == Errc::corrupt);
  CHECK(opened({0, salt, cbor::encode_text("李四")}) == Errc::corrupt);
  CHECK(opened({0, salt, value + value}) == Errc::bad_value);
  CHECK(opened({0, salt, ""}) == Errc::bad_value);
  CHECK(opened({0, salt, array_of({std::string(set.changes[0].fields[0].value)})}) ==
        Errc::bad_value);
  ++set.changes[0].id.data[0];  // the same commitment, copied to another record
  CHECK(opened({0, salt, value}) == Errc::corrupt);
}

}  // namespace linli::sync
