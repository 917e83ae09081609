#include "crypto/wrapped_key.h"

#include <sodium.h>

#include "crypto/hash.h"

namespace linli::crypto {
namespace {

constexpr std::string_view kHead = "linli-wrapped-key 1\n";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

tl::unexpected<Error> doesnt_open() {
  return fail(Errc::altered,
              "包裹的私钥打不开，或已损坏 the wrapped key doesn't open: it was "
              "altered, or is under another key");
}

}  // namespace

std::string wrap(std::string_view secret, const WrappingKey& key) {
  std::string nonce(kNonceBytes, '\0');
  random_bytes(raw(nonce), nonce.size());
  std::string box(secret.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(box), nullptr, raw(secret), secret.size(),
                                             raw(kHead), kHead.size(), nullptr, raw(nonce),
                                             key.data.data());
  return std::string(kHead) + to_base64url(nonce + box) + "\n";
}

bool is_wrapped(std::string_view text) { return text.starts_with(kHead); }

Result<std::string> unwrap(std::string_view text, const WrappingKey& key) {
  if (!is_wrapped(text) || !text.ends_with('\n')) return doesnt_open();
  text.remove_prefix(kHead.size());
  if (text.empty()) return doesnt_open();
  text.remove_suffix(1);
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return doesnt_open();
  const auto nonce = std::string_view(*bytes).substr(0, kNonceBytes);
  const auto box = std::string_view(*bytes).substr(kNonceBytes);
  std::string secret(box.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(secret), nullptr, nullptr, raw(box),
                                                 box.size(), raw(kHead), kHead.size(), raw(nonce),
                                                 key.data.data()) != 0) {
    return doesnt_open();
  }
  return secret;
}

}  // namespace linli::crypto
