#include "crypto/cbor.h"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/hash.h"
#include "tests/crypto/random_text.h"

using namespace linli;
using cbor::Kind;
using tests::mutated;
using tests::random_text;

namespace {

std::string unhex(std::string_view hex) { return crypto::from_hex(hex).value(); }

std::string repeat(std::string_view s, std::size_t n) {
  std::string all;
  while (n-- > 0) all += s;
  return all;
}

/// Any value that the format can say.
struct Value {
  Kind kind = Kind::null;
  std::int64_t number = 0;                      // uint, nint; boolean as 0 and 1
  std::string string;                           // bytes, text; the content of a tag
  std::vector<Value> items;                     // array
  std::vector<std::pair<Value, Value>> fields;  // map
};

std::string encode(const Value& v);

void write(cbor::Writer& w, const Value& v) {
  switch (v.kind) {
    case Kind::uint:
      return w.uint(static_cast<std::uint64_t>(v.number));
    case Kind::nint:
      return w.sint(v.number);
    case Kind::bytes:
      return w.bytes(v.string);
    case Kind::text:
      return w.text(v.string);
    case Kind::tag:
      w.tag(cbor::kTagCommitment);
      return w.bytes(v.string);
    case Kind::boolean:
      return w.boolean(v.number != 0);
    case Kind::array:
      w.array(v.items.size());
      for (const auto& item : v.items) write(w, item);
      return;
    case Kind::map:
      w.map(v.fields.size());
      for (const auto& [key, value] : v.fields) write(w, key), write(w, value);
      return;
    default:
      return w.null();
  }
}

std::string encode(const Value& v) {
  cbor::Writer w;
  write(w, v);
  return w.take();
}

/// Reads with the streaming calls, which a bad length or depth must not lead astray.
Value read(cbor::Reader& r) {
  Value v;
  v.kind = r.peek();
  switch (v.kind) {
    case Kind::uint:
      v.number = static_cast<std::int64_t>(r.uint());
      break;
    case Kind::nint:
      v.number = r.sint();
      break;
    case Kind::bytes:
      v.string = r.bytes();
      break;
    case Kind::text:
      v.string = r.text();
      break;
    case Kind::tag:
      r.tag();
      v.string = r.bytes(32);
      break;
    case Kind::boolean:
      v.number = r.boolean() ? 1 : 0;
      break;
    case Kind::array:
      for (std::size_t left = r.array(); left > 0 && r.ok(); --left) v.items.push_back(read(r));
      break;
    case Kind::map:
      for (std::size_t left = r.map(); left > 0 && r.ok(); --left) {
        auto key = read(r);
        v.fields.emplace_back(std::move(key), read(r));
      }
      break;
    default:
      r.null();
  }
  return v;
}

std::int64_t random_number() {
  const auto v = *rc::gen::oneOf(
      rc::gen::inRange<std::int64_t>(0, 300), rc::gen::arbitrary<std::int64_t>(),
      rc::gen::element<std::int64_t>(23, 24, 255, 256, 65535, 65536, 0xFFFFFFFF, 0x100000000,
                                     std::numeric_limits<std::int64_t>::max()));
  return v < 0 ? ~v : v;
}

Value random_value(int levels) {
  Value v;
  v.kind = *rc::gen::element(Kind::uint, Kind::nint, Kind::bytes, Kind::text, Kind::tag,
                             Kind::boolean, Kind::null, Kind::array, Kind::map);
  const bool nests = v.kind == Kind::array || v.kind == Kind::map;
  if (nests && levels == 0) v.kind = Kind::uint;
  if (v.kind == Kind::uint) v.number = random_number();
  if (v.kind == Kind::nint) v.number = ~random_number();
  if (v.kind == Kind::boolean) v.number = *rc::gen::inRange(0, 2);
  if (v.kind == Kind::bytes) v.string = *rc::gen::arbitrary<std::string>();
  if (v.kind == Kind::text) v.string = random_text();
  if (v.kind == Kind::tag)
    v.string = *rc::gen::container<std::string>(32, rc::gen::arbitrary<char>());
  const int count = nests && levels > 0 ? *rc::gen::inRange(0, 5) : 0;
  for (int i = 0; i < count && v.kind == Kind::array; ++i)
    v.items.push_back(random_value(levels - 1));
  for (int i = 0; i < count && v.kind == Kind::map; ++i)
    v.fields.emplace_back(random_value(levels - 1), random_value(levels - 1));
  const auto key = [](const auto& field) { return encode(field.first); };
  std::sort(v.fields.begin(), v.fields.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  v.fields.erase(std::unique(v.fields.begin(), v.fields.end(),
                             [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                 v.fields.end());
  return v;
}

}  // namespace

TEST_CASE("cbor: writes and reads the vectors of RFC 8949 appendix A", "[crypto]") {
  struct Case {
    std::int64_t number;
    const char* hex;
  };
  for (const auto& t :
       std::vector<Case>{{0, "00"},
                         {1, "01"},
                         {10, "0a"},
                         {23, "17"},
                         {24, "1818"},
                         {25, "1819"},
                         {100, "1864"},
                         {255, "18ff"},
                         {256, "190100"},
                         {1000, "1903e8"},
                         {65535, "19ffff"},
                         {65536, "1a00010000"},
                         {1000000, "1a000f4240"},
                         {4294967295, "1affffffff"},
                         {4294967296, "1b0000000100000000"},
                         {1000000000000, "1b000000e8d4a51000"},
                         {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
                         {-1, "20"},
                         {-10, "29"},
                         {-100, "3863"},
                         {-1000, "3903e7"},
                         {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}}) {
    CAPTURE(t.hex);
    CHECK(crypto::to_hex(cbor::encode_int(t.number)) == t.hex);
    const auto bytes = unhex(t.hex);
    cbor::Reader r{bytes};
    CHECK(r.sint() == t.number);
    CHECK(r.finish().has_value());
    CHECK(cbor::validate(bytes).has_value());
  }
  CHECK(cbor::encode_text("") == unhex("60"));
  CHECK(cbor::encode_text("IETF") == unhex("6449455446"));
  CHECK(cbor::encode_text("水") == unhex("63e6b0b4"));
  CHECK(cbor::encode_bytes("\1\2\3\4") == unhex("4401020304"));
  CHECK(cbor::encode_bool(false) == unhex("f4"));
  CHECK(cbor::encode_bool(true) == unhex("f5"));
  for (const auto* hex : {"f6", "80", "83010203", "8301820203820405", "a0", "a201020304",
                          "a26161016162820203", "826161a161626163",
                          "98190102030405060708090a0b0c0d"
                          "0e0f101112131415161718181819"}) {
    CAPTURE(hex);
    const auto bytes = unhex(hex);
    CHECK(cbor::validate(bytes).has_value());
    cbor::Reader r{bytes};
    CHECK(encode(read(r)) == bytes);
  }
}

TEST_CASE("cbor: refuses every other spelling of a value, with a reason", "[crypto]") {
  const std::string commitment = "d9a06e5820" + repeat("ab", 32);
  REQUIRE(cbor::validate(unhex(commitment)).has_value());
  struct Case {
    const char* name;
    std::string hex;
    const char* why;
  };
  const auto t = GENERATE_COPY(values<Case>({
      {"nothing", "", "too early"},
      {"two items", "0000", "left over"},
      {"23 in two bytes", "1817", "shortest"},
      {"255 in three bytes", "1900ff", "shortest"},
      {"65535 in five bytes", "1a0000ffff", "shortest"},
      {"2^32-1 in nine bytes", "1b00000000ffffffff", "shortest"},
      {"-24 in two bytes", "3817", "shortest"},
      {"a string's length in two bytes", "580141", "shortest"},
      {"an array's length in two bytes", "980100", "shortest"},
      {"the tag in five bytes", "da0000a06e5820" + repeat("ab", 32), "shortest"},
      {"2^63", "1b8000000000000000", "64 bits"},
      {"-2^63-1", "3b8000000000000000", "64 bits"},
      {"a half of a number", "19ff", "too early"},
      {"reserved length 28", "1c", "reserved"},
      {"indefinite bytes", "5f4101ff", "indefinite"},
      {"indefinite text", "7f6161ff", "indefinite"},
      {"indefinite array", "9f01ff", "indefinite"},
      {"indefinite map", "bf0101ff", "indefinite"},
      {"break", "ff", "indefinite"},
      {"half float", "f93c00", "float"},
      {"float", "fa47c35000", "float"},
      {"double", "fb3ff199999999999a", "float"},
      {"undefined", "f7", "simple"},
      {"simple 16", "f0", "simple"},
      {"simple 255", "f8ff", "simple"},
      {"false in two bytes", "f814", "simple"},
      {"text cut off", "6261", "too early"},
      {"text that isn't UTF-8", "61ff", "UTF-8"},
      {"text in Latin-1 behind ASCII", "6961626364656667e920", "UTF-8"},
      {"keys out of order", "a202000100", "order"},
      {"a key twice", "a201000100", "order"},
      {"text keys out of order", "a2616200616100", "order"},
      {"longer text key first", "a262616100616200", "order"},
      {"-1 before 1", "a220000100", "order"},
      {"nested keys out of order", "81a101a220000100", "order"},
      {"map that misses a value", "a101", "longer"},
      {"array that misses an item", "8200", "longer"},
      {"array whose last item is cut off", "82001900", "too early"},
      {"an item too many", "810000", "left over"},
      {"array of 2^62", "9b4000000000000000", "longer"},
      {"map of 2^62", "bb4000000000000000", "longer"},
      {"bytes of 2^64-1", "5bffffffffffffffff", "too early"},
      {"text of 2^64-1", "7bffffffffffffffff", "too early"},
      {"tag 0", "c074323031332d30332d32315432303a30343a30305a", "tag"},
      {"big number", "c249010000000000000000", "tag"},
      {"commitment of 31 bytes", "d9a06e581f" + repeat("ab", 31), "32 bytes"},
      {"commitment in text", "d9a06e7820" + repeat("61", 32), "32 bytes"},
      {"commitment on a commitment", "d9a06e" + commitment, "32 bytes"},
      {"commitment cut off", "d9a06e5820" + repeat("ab", 31), "too early"},
      {"tag with nothing behind it", "d9a06e", "32 bytes"},
      {"17 arrays in each other", repeat("81", 17) + "00", "deep"},
      {"17 maps in each other", repeat("a100", 17) + "00", "deep"},
      {"17 maps in each other's keys", repeat("a1", 17) + "00" + repeat("00", 17), "deep"},
      {"a million arrays in each other", repeat("81", 1000000), "deep"},
  }));
  DYNAMIC_SECTION(t.name) {
    const auto got = cbor::validate(unhex(t.hex));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::malformed);
    CHECK_THAT(got.error().detail, Catch::Contains(t.why));
    CHECK_THAT(got.error().detail, Catch::Contains("at byte "));
  }
}

TEST_CASE("cbor: takes nesting up to sixteen levels", "[crypto]") {
  CHECK(cbor::validate(unhex(repeat("81", 16) + "00")).has_value());
  CHECK(cbor::validate(unhex(repeat("a100", 16) + "00")).has_value());
  CHECK(cbor::validate(unhex(repeat("81", 16) + "d9a06e5820" + repeat("ab", 32))).has_value());
}

TEST_CASE("cbor: takes map keys of any kind in bytewise order", "[crypto]") {
  // 10, 100, -1, "z", "aa", [100], [-1], false: the example of RFC 8949 §4.2.1
  CHECK(cbor::validate(unhex("a80a001864002000617a00626161008118640081200"
                             "0f400"))
            .has_value());
  CHECK(cbor::validate(unhex("a80a001864002000617a0062616100812000811864"
                             "00f400"))
            .error()
            .code == Errc::malformed);
}

TEST_CASE("cbor: equal values have equal bytes: what is written is read and written alike",
          "[crypto]") {
  CHECK(rc::check([] {
    const auto bytes = encode(random_value(4));
    RC_ASSERT(cbor::validate(bytes).has_value());
    cbor::Reader r{bytes};
    const auto value = read(r);
    RC_ASSERT(r.finish().has_value());
    RC_ASSERT(encode(value) == bytes);
    cbor::Reader whole{bytes};
    RC_ASSERT(whole.item() == bytes);
    RC_ASSERT(whole.at_end());
  }));
}

TEST_CASE("cbor: mutated bytes never crash, and never mean what other bytes mean", "[crypto]") {
  CHECK(rc::check([] {
    const auto bytes = mutated(encode(random_value(4)));
    const bool valid = cbor::validate(bytes).has_value();
    RC_CLASSIFY(valid);
    cbor::Reader r{bytes};
    const auto value = read(r);
    if (!valid) return;  // the streaming calls leave the order of a map's keys to IntMap
    RC_ASSERT(r.finish().has_value());
    RC_ASSERT(encode(value) == bytes);
  }));
}

TEST_CASE("cbor: random bytes never crash", "[crypto]") {
  CHECK(rc::check([](const std::string& bytes) {
    cbor::Reader r{bytes};
    while (!r.at_end()) {
      const auto item = r.item();
      if (r.ok()) RC_ASSERT(cbor::validate(item).has_value());
    }
    RC_ASSERT(r.at_end());
  }));
}

TEST_CASE("cbor writer: refuses by exception what the format can't say", "[crypto]") {
  cbor::Writer w;
  CHECK_THROWS(w.uint(std::uint64_t{1} << 63));
  CHECK_THROWS(w.text("\xff"));
  CHECK_THROWS(w.tag(0));
  CHECK(w.view().empty());
}

TEST_CASE("cbor reader: after the first error every call answers empty, the error stays",
          "[crypto]") {
  const auto bytes = unhex(
      "0a"
      "61ff"
      "01");
  cbor::Reader r{bytes};
  CHECK(r.uint() == 10);
  CHECK(r.position() == 1);
  CHECK(r.text().empty());
  CHECK_FALSE(r.ok());
  const auto first = r.finish().error().detail;
  CHECK(r.peek() == Kind::none);
  CHECK(r.uint() == 0);
  CHECK(r.sint() == 0);
  CHECK(r.bytes().empty());
  CHECK(r.bytes(3).empty());
  CHECK(r.array() == 0);
  CHECK(r.map() == 0);
  CHECK(r.tag() == 0);
  CHECK_FALSE(r.boolean());
  r.null();
  CHECK(r.item().empty());
  cbor::IntMap m{r};
  CHECK_FALSE(m.next());
  r.reject("something else");
  CHECK(r.at_end());
  CHECK(r.finish().error().detail == first);
}

TEST_CASE("cbor reader: each call takes its own kind only", "[crypto]") {
  const auto hex = GENERATE("00", "20", "4161", "6161", "80", "a0", "f5", "f6",
                            "d9a06e5820abababababababababababababababababababababababababababababab"
                            "abababab");
  const auto bytes = unhex(hex);
  const auto takes = [&](auto call) {
    cbor::Reader r{bytes};
    call(r);
    return r.ok();
  };
  CAPTURE(hex);
  const Kind kind = cbor::Reader{bytes}.peek();
  CHECK(takes([](auto& r) { r.uint(); }) == (kind == Kind::uint));
  CHECK(takes([](auto& r) { r.sint(); }) == (kind == Kind::uint || kind == Kind::nint));
  CHECK(takes([](auto& r) { r.bytes(); }) == (kind == Kind::bytes));
  CHECK(takes([](auto& r) { r.bytes(1); }) == (kind == Kind::bytes));
  CHECK_FALSE(takes([](auto& r) { r.bytes(2); }));
  CHECK(takes([](auto& r) { r.text(); }) == (kind == Kind::text));
  CHECK(takes([](auto& r) { r.array(); }) == (kind == Kind::array));
  CHECK(takes([](auto& r) { r.map(); }) == (kind == Kind::map));
  CHECK(takes([](auto& r) { r.tag(); }) == (kind == Kind::tag));
  CHECK(takes([](auto& r) { r.boolean(); }) == (kind == Kind::boolean));
  CHECK(takes([](auto& r) { r.null(); }) == (kind == Kind::null));
  CHECK(takes([](auto& r) { r.item(); }));
}

TEST_CASE("int map: keys come as 0, 1, … and then -1, -2, …, each once", "[crypto]") {
  const auto keys_of = [](std::string_view hex) -> std::optional<std::vector<std::int64_t>> {
    const auto bytes = unhex(hex);
    cbor::Reader r{bytes};
    std::vector<std::int64_t> keys;
    for (cbor::IntMap m{r}; m.next();) {
      keys.push_back(m.key());
      r.item();
    }
    if (!r.finish()) return std::nullopt;
    return keys;
  };
  using Keys = std::vector<std::int64_t>;
  CHECK(keys_of("a0") == Keys{});
  CHECK(keys_of("a500f601f61818f620f621f6") == Keys{0, 1, 24, -1, -2});
  CHECK(keys_of("a11b7fffffffffffffff00") == Keys{std::numeric_limits<std::int64_t>::max()});
  CHECK(keys_of("a21b7fffffffffffffff003b7fffffffffffffff00") ==
        Keys{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()});
  CHECK(keys_of("a100f600") == std::nullopt);      // a byte left over
  CHECK(keys_of("a200f600f6") == std::nullopt);    // 0 twice
  CHECK(keys_of("a220f620f6") == std::nullopt);    // -1 twice
  CHECK(keys_of("a201f600f6") == std::nullopt);    // 1, 0
  CHECK(keys_of("a221f620f6") == std::nullopt);    // -2, -1
  CHECK(keys_of("a220f600f6") == std::nullopt);    // -1, 0
  CHECK(keys_of("a200f66161f6") == std::nullopt);  // a text key
  CHECK(keys_of("a200f6") == std::nullopt);        // one pair missing
  CHECK(keys_of("8100") == std::nullopt);          // no map
}
