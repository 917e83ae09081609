#include "crypto/certificate.h"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "crypto/cbor.h"
#include "tests/support/paper_certificates.h"

using namespace linli;
using namespace linli::crypto;
using namespace linli::test::paper;

TEST_CASE("scope: a prefix covers itself and what lies below it, by whole segments", "[crypto]") {
  CHECK(scope_covers("410700", "410700"));
  CHECK(scope_covers("410700", "410700/410702"));
  CHECK(scope_covers("410700/410702", "410700/410702/001/a-1"));
  CHECK_FALSE(scope_covers("410700", "4107001"));
  CHECK_FALSE(scope_covers("410700", "410700-a"));
  CHECK_FALSE(scope_covers("410700/410702", "410700"));
  CHECK_FALSE(scope_covers("410700/410702", "410700/410703"));
  CHECK_FALSE(scope_covers("", "410700"));
}

TEST_CASE("scope: a path has one to eight segments of lower case, digits and dashes", "[crypto]") {
  const std::string longest(32, 'a');
  for (const auto& good : std::vector<std::string>{"410700", "a", "a-1/b/0", "1/2/3/4/5/6/7/8",
                                                   longest, "x/" + longest, "-"}) {
    CAPTURE(good);
    CHECK(valid_scope(good));
  }
  for (const auto& bad : std::vector<std::string>{
           "", "/", "a/", "/a", "a//b", "A", "a_b", "a b", "新乡", "a.b", "..", "a/../b",
           "1/2/3/4/5/6/7/8/9", "1/2/3/4/5/6/7/8/", longest + "a", std::string("a\0b", 3), "a\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_scope(bad));
  }
}

TEST_CASE("role: has a name each, and a number on the wire for ever", "[crypto]") {
  const std::vector<std::pair<int, std::string_view>> roles{
      {1, "hub"},    {2, "district"}, {3, "street"}, {4, "office"},
      {5, "device"}, {6, "company"},  {7, "auditor"}};
  for (const auto& [number, name] : roles) {
    CHECK(name_of(static_cast<Role>(number)) == name);
    CHECK(role_named(name) == static_cast<Role>(number));
  }
  CHECK_FALSE(role_named("mayor").has_value());
  CHECK_THROWS(name_of(static_cast<Role>(0)));
}

TEST_CASE("certificate: its bytes are the documented ones, for ever", "[crypto][I5]") {
  const auto key = key_of('r');
  const auto root = root_of(key);
  CHECK(to_hex(root.encode()) ==
        "a700010101027821e696b0e4b9a1e5b882e4bd8fe688bfe5928ce59f8ee4b9a1e5bbbae8aebee5b18003663431"
        "30373030048158205b6489c9c7fd0dcf50545e7c164886ef40491ec06c7f1b123041797e8117535e0501061b00"
        "060a24181e4000");
  auto c = certificate_for(key, root_hash(root.encode()), root_hash(root.encode()));
  c.subject = AuthorId::of("0123456789abcdef");
  CHECK(to_hex(c.encode()) ==
        "af000101582093cffb602a749932b3fbf60029a078a52a63500562471ff68c8b286f0da957bb02070350303132"
        "333435363738396162636465660458205b6489c9c7fd0dcf50545e7c164886ef40491ec06c7f1b123041797e81"
        "17535e0558200275cc7f7149b4deae36a3b4ba1d0104fbed232b7b8c927ab1a378d11849915e0703086fe8a7a3"
        "e694bee8b7afe8a197e9819309816d3431303730302f3431303730320b0f0c030d030e1903e80f192328105820"
        "93cffb602a749932b3fbf60029a078a52a63500562471ff68c8b286f0da957bb");
  c.tls_key = Hash::of(std::string(32, 't'));
  c.excluded = {"410700/410702/009"};
  CHECK(to_hex(c.encode()) ==
        "b1000101582093cffb602a749932b3fbf60029a078a52a63500562471ff68c8b286f0da957bb02070350303132"
        "333435363738396162636465660458205b6489c9c7fd0dcf50545e7c164886ef40491ec06c7f1b123041797e81"
        "17535e0558200275cc7f7149b4deae36a3b4ba1d0104fbed232b7b8c927ab1a378d11849915e06582074747474"
        "747474747474747474747474747474747474747474747474747474740703086fe8a7a3e694bee8b7afe8a197e9"
        "819309816d3431303730302f3431303730320a81713431303730302f3431303730322f3030390b0f0c030d030e"
        "1903e80f19232810582093cffb602a749932b3fbf60029a078a52a63500562471ff68c8b286f0da957bb");
  CHECK(certificate_hash("body") == hash({"linli/certificate/1", "body"}));
  CHECK(root_hash("body") == hash({"linli/root/1", "body"}));
}

TEST_CASE("certificate: what was encoded is decoded alike", "[crypto]") {
  const auto key = key_of('k');
  auto c = certificate_for(key, hash({"city"}), hash({"issuer"}));
  SECTION("without the parts that may be absent") {}
  SECTION("with all parts") {
    c.tls_key = hash({"tls"});
    c.excluded = {"410700/410702/009", "410700/410702/010"};
    c.paths.push_back("410700/410703");
  }
  SECTION("at the edges of each number") {
    c.serial = std::numeric_limits<std::int64_t>::max();
    c.audiences = c.rights = c.delegation = std::numeric_limits<std::uint32_t>::max();
    c.valid_from_us = std::numeric_limits<std::int64_t>::min();
    c.valid_until_us = std::numeric_limits<std::int64_t>::max();
    c.name = std::string(200, 'n');
  }
  const auto got = Certificate::decode(c.encode());
  REQUIRE(got.has_value());
  CHECK(got->encode() == c.encode());
  CHECK(got->suite == 1);
  CHECK(got->city == c.city);
  CHECK(got->serial == c.serial);
  CHECK(got->subject == c.subject);
  CHECK(got->signing_key == c.signing_key);
  CHECK(got->sealing_key == c.sealing_key);
  CHECK(got->tls_key == c.tls_key);
  CHECK(got->role == c.role);
  CHECK(got->name == c.name);
  CHECK(got->paths == c.paths);
  CHECK(got->excluded == c.excluded);
  CHECK(got->audiences == c.audiences);
  CHECK(got->rights == c.rights);
  CHECK(got->delegation == c.delegation);
  CHECK(got->valid_from_us == c.valid_from_us);
  CHECK(got->valid_until_us == c.valid_until_us);
  CHECK(got->issuer == c.issuer);
}

TEST_CASE("certificate: a body that isn't the layout is refused", "[crypto]") {
  const auto body = certificate_for(key_of('k'), hash({"city"}), hash({"issuer"})).encode();
  REQUIRE(Certificate::decode(body).has_value());
  const auto refusal = [](const std::string& bytes) {
    const auto got = Certificate::decode(bytes);
    return got ? std::optional<Errc>{} : got.error().code;
  };
  SECTION("each required key must be there") {
    for (std::int64_t key = 0; key <= 16; ++key) {
      if (key == 6 || key == 10) continue;
      CAPTURE(key);
      CHECK(refusal(without(body, key)) == Errc::malformed);
    }
  }
  SECTION("each value must have its type and range") {
    using cbor::encode_bytes, cbor::encode_int, cbor::encode_text;
    const std::string zero32(32, '\0'), long_name(201, 'n');
    const std::vector<std::pair<std::int64_t, std::string>> bad{
        {0, encode_text("1")},
        {1, encode_bytes("short")},
        {2, encode_int(-1)},
        {3, encode_bytes(zero32)},
        {4, encode_bytes("short")},
        {5, encode_text(zero32)},
        {6, encode_bytes(zero32)},  // absent is left out, so that there is one spelling
        {6, encode_bytes("short")},
        {7, encode_text("hub")},
        {8, encode_text("")},
        {8, encode_text(long_name)},
        {8, encode_bytes("name")},
        {9, texts({})},
        {9, texts({"410700", "Not/A/Scope"})},
        {9, texts(std::vector<std::string>(257, "410700"))},
        {9, encode_text("410700")},
        {10, texts({})},  // likewise
        {10, texts({"a//b"})},
        {11, encode_int(std::int64_t{1} << 32)},
        {12, encode_int(std::int64_t{1} << 32)},
        {13, encode_int(std::int64_t{1} << 32)},
        {13, encode_int(-1)},
        {14, encode_int(9'000)},  // begins when it ends
        {14, encode_bytes("1")},
        {15, encode_int(0)},
        {16, encode_bytes("short")}};
    for (const auto& [key, value] : bad) {
      CAPTURE(key, to_hex(value).substr(0, 40));
      CHECK(refusal(with(body, key, value)) == Errc::malformed);
    }
  }
  SECTION("other shapes") {
    CHECK(refusal("") == Errc::malformed);
    CHECK(refusal(cbor::encode_int(1)) == Errc::malformed);
    CHECK(refusal(body + "x") == Errc::malformed);
    CHECK(refusal(body.substr(0, body.size() - 1)) == Errc::malformed);
    CHECK(refusal(with(body, 18, "\xf9\x3c\x01")) == Errc::malformed);  // a float under a new key
  }
}

TEST_CASE("certificate: a later version's additions are passed over, or wait if critical",
          "[crypto]") {
  const auto body = certificate_for(key_of('k'), hash({"city"}), hash({"issuer"})).encode();
  const auto refusal = [](const std::string& bytes) {
    const auto got = Certificate::decode(bytes);
    return got ? std::optional<Errc>{} : got.error().code;
  };
  CHECK(refusal(with(body, 18, texts({"new"}))) == std::nullopt);
  CHECK(refusal(with(body, 17, cbor::encode_bytes(std::string(32, 'b')))) == std::nullopt);
  CHECK(refusal(with(body, 17, cbor::encode_bytes(std::string(32, '\0')))) == Errc::malformed);
  CHECK(refusal(with(body, 1'000'000, cbor::encode_int(1))) == std::nullopt);
  CHECK(refusal(with(body, -1, cbor::encode_int(1))) == Errc::malformed);  // Known: earlier keys.
  CHECK(refusal(with(body, -2, cbor::encode_int(1))) == Errc::unknown_critical);
  CHECK(refusal(with(body, -1000, texts({"new"}))) == Errc::unknown_critical);
  CHECK(refusal(with(body, 0, cbor::encode_int(2))) == Errc::unknown_critical);
  CHECK(refusal(with(body, 7, cbor::encode_int(8))) == Errc::unknown_critical);
  // What is broken is broken, critical or not: it must not wait for an upgrade.
  CHECK(refusal(with(without(body, 3), -2, cbor::encode_int(1))) == Errc::malformed);
  CHECK(refusal(with(body, -2, cbor::encode_int(1)) + "x") == Errc::malformed);
}

TEST_CASE("certificate: covers its paths, less what is excluded", "[crypto]") {
  Certificate c;
  c.paths = {"410700/410702", "410700/410703/001"};
  c.excluded = {"410700/410702/009"};
  CHECK(c.covers("410700/410702"));
  CHECK(c.covers("410700/410702/001/a"));
  CHECK(c.covers("410700/410703/001"));
  CHECK_FALSE(c.covers("410700"));
  CHECK_FALSE(c.covers("410700/410703"));
  CHECK_FALSE(c.covers("410700/410702/009"));
  CHECK_FALSE(c.covers("410700/410702/009/a"));
  CHECK(c.covers("410700/410702/0091"));
}

TEST_CASE("root statement: what was encoded is decoded alike, all else is refused", "[crypto]") {
  auto s = root_of(key_of('r'));
  s.keys.push_back(key_of('q').public_key());
  s.threshold = 2;
  s.version = 3;
  s.created_us = -5;
  const auto body = s.encode();
  const auto got = RootStatement::decode(body);
  REQUIRE(got.has_value());
  CHECK(got->encode() == body);
  CHECK(got->version == 3);
  CHECK(got->name == s.name);
  CHECK(got->scope == s.scope);
  CHECK(got->keys == s.keys);
  CHECK(got->threshold == 2);
  CHECK(got->created_us == -5);

  const auto refusal = [](const std::string& bytes) {
    const auto other = RootStatement::decode(bytes);
    return other ? std::optional<Errc>{} : other.error().code;
  };
  for (std::int64_t key = 0; key <= 6; ++key) {
    CAPTURE(key);
    CHECK(refusal(without(body, key)) == Errc::malformed);
  }
  using cbor::encode_int, cbor::encode_text;
  CHECK(refusal(with(body, 1, encode_int(0))) == Errc::malformed);
  CHECK(refusal(with(body, 2, encode_text(""))) == Errc::malformed);
  CHECK(refusal(with(body, 3, encode_text("A"))) == Errc::malformed);
  CHECK(refusal(with(body, 4, texts({}))) == Errc::malformed);
  CHECK(refusal(with(body, 5, encode_int(0))) == Errc::malformed);
  CHECK(refusal(with(body, 5, encode_int(3))) == Errc::malformed);
  auto crowd = s;
  crowd.keys.assign(17, key_of('r').public_key());
  CHECK(refusal(crowd.encode()) == Errc::malformed);
  CHECK(refusal(with(body, 7, encode_int(1))) == std::nullopt);
  CHECK(refusal(with(body, -1, encode_int(1))) == Errc::unknown_critical);
  CHECK(refusal(with(body, 0, encode_int(2))) == Errc::unknown_critical);
}

TEST_CASE("signed body: is exactly [body, signature]", "[crypto]") {
  const SignedBody s{"body", Signature::of(std::string(64, 's'))};
  const auto got = SignedBody::decode(s.encode());
  REQUIRE(got.has_value());
  CHECK(got->body == "body");
  CHECK(got->signature == s.signature);
  for (const auto& bad :
       {std::string{}, s.encode() + "x", s.encode().substr(1), texts({"body", "signature"}),
        s.encode().substr(0, 20), cbor::encode_bytes("body")}) {
    CHECK(SignedBody::decode(bad).error().code == Errc::malformed);
  }
}

TEST_CASE("certificate: mutated bytes never crash, never pass, and never mean another body",
          "[crypto]") {
  const City city;
  const auto body = city.street().encode();
  const auto bytes = sign(city.street(), city.district_key);
  const auto mutate = [](std::string s) {
    const auto at = *rc::gen::inRange<std::size_t>(0, s.size());
    const char c = *rc::gen::arbitrary<char>();
    const int how = *rc::gen::inRange(0, 4);
    if (how == 0) s[at] = c;
    if (how == 1) s[at] = static_cast<char>(s[at] ^ (1 << (c & 7)));
    if (how == 2) s.insert(at, 1, c);
    if (how == 3) s.erase(at, 1);
    return s;
  };
  CHECK(rc::check([&] {
    for (int i = 0; i < 20; ++i) {
      const auto other = mutate(body);
      const auto c = Certificate::decode(other);
      if (!c || c->encode() == other) continue;
      // Only additions of a later version may get lost in the struct; the bytes are kept beside it.
      bool has_addition = false;
      cbor::Reader r{other};
      for (cbor::IntMap m{r}; m.next(); r.item()) has_addition = has_addition || m.key() > 16;
      RC_ASSERT(has_addition);
    }
  }));
  CHECK(rc::check([&] {
    const auto other = mutate(bytes);
    if (other == bytes) return;
    auto book = city.book;
    RC_ASSERT_FALSE(book.add(other).has_value());
  }));
}
