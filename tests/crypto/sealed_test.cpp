#include "crypto/sealed.h"

#include <catch2/catch.hpp>

#include "crypto/keys.h"

namespace linli::crypto {

TEST_CASE("seal: only the recipient opens it, and only unchanged", "[crypto]") {
  const auto office = SigningKey::generate(), other = SigningKey::generate();
  const std::string secret = "a key of thirty-two bytes, random";
  auto sealed = *seal(office.sealing_key(), secret);
  CHECK(sealed.size() == secret.size() + kSealBytes);
  CHECK(*office.unseal(sealed) == secret);
  CHECK(other.unseal(sealed).error().code == Errc::altered);
  CHECK(office.unseal("short").error().code == Errc::altered);
  CHECK(*seal(office.sealing_key(), secret) != sealed);
  for (auto& byte : sealed) {
    byte = static_cast<char>(byte ^ 1);
    CHECK(office.unseal(sealed).error().code == Errc::altered);
    byte = static_cast<char>(byte ^ 1);
  }
  CHECK(seal(SealingKey{}, secret).error().code == Errc::bad_value);
}

TEST_CASE("stream: chunks open in their order, each once, to the last", "[crypto]") {
  const auto key = StreamKey::generate();
  StreamSealer sealer(key);
  const auto first = sealer.push("one", "beside", false);
  const auto second = sealer.push("", "", false);
  const auto last = sealer.push("three", "", true);
  const auto open = [&] { return std::move(*StreamOpener::begin(key, sealer.header())); };
  auto opener = open();
  CHECK(opener.pull(first, "beside")->bytes == "one");
  CHECK_FALSE(opener.pull(second, "")->last);
  const auto end = *opener.pull(last, "");
  CHECK(end.bytes == "three");
  CHECK(end.last);

  CHECK(open().pull(first, "other").error().code == Errc::altered);
  CHECK(open().pull(second, "").error().code == Errc::altered);
  CHECK(open().pull(first.substr(1), "beside").error().code == Errc::altered);
  CHECK(open().pull("x", "beside").error().code == Errc::altered);
  CHECK(StreamOpener::begin(key, "short").error().code == Errc::altered);
  auto another = *StreamOpener::begin(StreamKey::generate(), sealer.header());
  CHECK(another.pull(first, "beside").error().code == Errc::altered);
  auto twice = open();
  REQUIRE(twice.pull(first, "beside").has_value());
  CHECK(twice.pull(first, "beside").error().code == Errc::altered);
  std::string no_key(31, 'x');
  CHECK(StreamKey::of(no_key).error().code == Errc::altered);
  CHECK(no_key == std::string(31, '\0'));
}

}  // namespace linli::crypto
