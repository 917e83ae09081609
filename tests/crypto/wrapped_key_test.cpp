// A secret text under a key: only that key opens it, and only as it was.
#include "crypto/wrapped_key.h"

#include <catch2/catch.hpp>

#include "crypto/hash.h"

namespace linli::test {
namespace {

void fill(crypto::WrappingKey& key, unsigned char with) { key.data.fill(with); }

}  // namespace

TEST_CASE("wrapped: the key that it was wrapped under opens it and no other does", "[crypto]") {
  crypto::WrappingKey key, other;
  fill(key, 'k');
  fill(other, 'o');
  const std::string secret =
      GENERATE(std::string(), std::string("示例私钥\n"), std::string(6000, 'x'));
  const auto text = crypto::wrap(secret, key);
  CHECK(crypto::is_wrapped(text));
  CHECK(crypto::unwrap(text, key) == secret);
  CHECK(crypto::unwrap(text, other).error().code == Errc::altered);
  // Twice the same isn't the same twice.
  CHECK(crypto::wrap(secret, key) != text);
  if (!secret.empty()) CHECK(text.find(crypto::to_base64url(secret)) == std::string::npos);
}

TEST_CASE("wrapped: every changed and every missing byte is found", "[crypto]") {
  crypto::WrappingKey key;
  fill(key, 'k');
  const auto text = crypto::wrap("示例私钥", key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    auto bent = text;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(crypto::unwrap(bent, key));
    CHECK_FALSE(crypto::unwrap(text.substr(0, i), key));
  }
  CHECK_FALSE(crypto::unwrap(text + "\n", key));
  CHECK_FALSE(crypto::is_wrapped("-----BEGIN PRIVATE KEY-----\n"));
}

TEST_CASE("wrapped: bytes as the document has them", "[crypto]") {
  crypto::WrappingKey key;
  fill(key, 'k');
  // Made in another language from README.md: the nonce is 24 × `n`.
  const std::string vector =
      "linli-wrapped-key 1\n"
      "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5uElxyUXjTyGdiXY3d5W2DIWa3fdfcXZnJAObjww\n";
  CHECK(crypto::unwrap(vector, key) == std::string("示例私钥"));
}

}  // namespace linli::test
