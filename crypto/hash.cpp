#include "crypto/hash.h"

#include <sodium.h>

#include <algorithm>

namespace linli::crypto {
namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

void init() {
  static const bool ready = sodium_init() >= 0;
  ensure(ready, "libsodium can't start");
}

Hash hash(std::initializer_list<std::string_view> parts, std::string_view key) {
  ensure(key.size() <= crypto_generichash_KEYBYTES_MAX, "hash: key length");
  init();
  Hash h;
  crypto_generichash_state state;
  crypto_generichash_init(&state, raw(key), key.size(), h.data.size());
  for (const auto part : parts)
    if (!part.empty()) crypto_generichash_update(&state, raw(part), part.size());
  crypto_generichash_final(&state, h.data.data(), h.data.size());
  return h;
}

static_assert(sizeof(crypto_generichash_state) <= 384 && alignof(crypto_generichash_state) <= 64);

Hasher::Hasher(std::string_view key) {
  ensure(key.size() <= crypto_generichash_KEYBYTES_MAX, "Hasher: key length");
  init();
  auto* state = reinterpret_cast<crypto_generichash_state*>(state_.data());
  crypto_generichash_init(state, raw(key), key.size(), Hash::size());
}

void Hasher::update(std::string_view bytes) {
  if (bytes.empty()) return;
  auto* state = reinterpret_cast<crypto_generichash_state*>(state_.data());
  crypto_generichash_update(state, raw(bytes), bytes.size());
}

Hash Hasher::result() const {
  alignas(64) crypto_generichash_state state;
  std::copy(state_.begin(), state_.begin() + sizeof state,
            reinterpret_cast<unsigned char*>(&state));
  Hash h;
  crypto_generichash_final(&state, h.data.data(), h.data.size());
  return h;
}

void random_bytes(unsigned char* out, std::size_t n) {
  init();
  randombytes_buf(out, n);
}

std::string to_hex(std::string_view bytes) {
  std::string hex(bytes.size() * 2 + 1, '\0');  // libsodium ends it with a NUL
  sodium_bin2hex(hex.data(), hex.size(), raw(bytes), bytes.size());
  hex.pop_back();
  return hex;
}

Result<std::string> from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  const int failed =
      sodium_hex2bin(out, bytes.size(), hex.data(), hex.size(), nullptr, nullptr, nullptr);
  if (failed != 0) return fail(Errc::bad_value, "not an even number of hexadecimal digits");
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kBase64);
  text.pop_back();
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 2, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  std::size_t size = 0;
  const int failed = sodium_base642bin(out, bytes.size(), text.data(), text.size(), nullptr, &size,
                                       nullptr, kBase64);
  if (failed != 0) return fail(Errc::bad_value, "not base64url without padding");
  bytes.resize(size);
  // libsodium takes bytes beyond ASCII for letters: two spellings of one thing.
  if (to_base64url(bytes) != text) return fail(Errc::bad_value, "not base64url without padding");
  return bytes;
}

}  // namespace linli::crypto
