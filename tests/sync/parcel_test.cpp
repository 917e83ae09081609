// Change sets as they travel.
#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "crypto/cbor.h"
#include "tests/support/example_set.h"

namespace linli::sync {

using test::all;
using test::array_of;
using test::encoded;
using test::example;
namespace gen = rc::gen;

TEST_CASE("change set: a parcel survives its bytes, with and without openings", "[sync][I10]") {
  Parcel parcel{encoded(example().set), all<crypto::Signature>(1), {}};
  CHECK(Parcel::decode(parcel.encode())->openings.empty());
  parcel.openings = {{0, all<crypto::Salt>(1), cbor::encode_text("张三")},
                     {7, all<crypto::Salt>(2), array_of({})}};
  const auto back = Parcel::decode(parcel.encode());
  REQUIRE(back);
  CHECK(back->body == parcel.body);
  CHECK(back->signature == parcel.signature);
  REQUIRE(back->openings.size() == 2);
  CHECK(back->openings[1].ordinal == 7);
  CHECK(back->openings[1].value == parcel.openings[1].value);
  rc::prop("mutation", [&] {
    std::string bytes = parcel.encode();
    bytes[*gen::inRange<std::size_t>(0, bytes.size())] = *gen::arbitrary<char>();
    const auto mutated = Parcel::decode(bytes);
    if (mutated) RC_ASSERT(mutated->encode() == bytes);
  });
}

TEST_CASE("change set: a parcel that no batch would carry is too large", "[sync]") {
  Parcel parcel{encoded(example().set), {}, {}};
  parcel.openings = {{0, {}, cbor::encode_bytes(std::string(kParcelBytesMax, 'x'))}};
  const auto large = Parcel::decode(parcel.encode());
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Errc::too_large);
  parcel.openings.clear();
  parcel.body.assign(kChangeSetBytesMax + 1, 'x');
  const auto body = Parcel::decode(parcel.encode());
  REQUIRE_FALSE(body);
  CHECK(body.error().code == Errc::too_large);
}

}  // namespace linli::sync
