#include "crypto/hash.h"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <string>
#include <unordered_set>

using namespace linli;
using namespace linli::crypto;

TEST_CASE("hash: is BLAKE2b (RFC 7693) with 32 bytes of output", "[crypto]") {
  const auto hex = [](const Hash& h) { return to_hex(h.view()); };
  CHECK(hex(hash({})) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  CHECK(hex(hash({"abc"})) == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CHECK(hex(hash({"abc"}, "kkkkk")) ==
        "bd03700094d907b2f4ced5d1b2c916d4abaccd60d122ff76e7fb4f1788bb84cb");
  std::string key64;
  for (char c = 0; c < 64; ++c) key64.push_back(c);
  CHECK(hex(hash({"abc"}, key64)) ==
        "dff38c978666dff5631db35ca15535520d134f5c8060ea569c6a178ad393719f");
  CHECK_THROWS(hash({"abc"}, key64 + "!"));
}

TEST_CASE("hash: of parts is the hash of their concatenation", "[crypto]") {
  CHECK(hash({"a", "", "bc"}) == hash({"abc"}));
  CHECK(hash({"", ""}) == hash({}));
  CHECK(hash({"abc"}) != hash({"abd"}));
}

TEST_CASE("fixed bytes: are values of exactly their length", "[crypto]") {
  CHECK(Hash{}.is_zero());
  const Hash h = hash({"abc"});
  CHECK_FALSE(h.is_zero());
  CHECK(Hash::of(h.view()) == h);
  CHECK(Hash{} < h);
  CHECK_THROWS(Hash::of("short"));
  CHECK(std::unordered_set<Hash>{h, h, Hash{}}.size() == 2);
}

TEST_CASE("random: bytes differ from call to call", "[crypto]") {
  CHECK(random<Salt>() != random<Salt>());
}

TEST_CASE("hex: is read back in either case, and refuses all else", "[crypto]") {
  CHECK(to_hex(std::string_view{"\x00\xfe\x41", 3}) == "00fe41");
  CHECK(from_hex("00FEfe").value() == std::string_view("\x00\xfe\xfe", 3));
  CHECK(from_hex("").value().empty());
  for (const auto* bad : {"0", "0g", "00 ", " 00", "0x00", "00:11", "é0"}) {
    CAPTURE(bad);
    const auto got = from_hex(bad);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::bad_value);
  }
}

TEST_CASE("base64url: has no padding, and only one spelling is read", "[crypto]") {
  CHECK(to_base64url("") == "");
  CHECK(to_base64url("f") == "Zg");  // RFC 4648 §10
  CHECK(to_base64url("foobar") == "Zm9vYmFy");
  CHECK(to_base64url("\xfb\xff") == "-_8");
  for (const auto* bad :
       {"Zg==", "Zh", "Z", "+/8", "Zm9v YmFy", "Zg\n", "字", "\xed\xed\xed\xed"}) {
    CAPTURE(bad);
    const auto got = from_base64url(bad);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::bad_value);
  }
}

TEST_CASE("hex and base64url: whatever was written is read back", "[crypto]") {
  CHECK(rc::check([](const std::string& bytes) {
    RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
    RC_ASSERT(from_base64url(to_base64url(bytes)).value() == bytes);
  }));
}
