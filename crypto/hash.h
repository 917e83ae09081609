// crypto/hash.h: BLAKE2b (RFC 7693) and the fixed-size byte strings that everything is named by.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::crypto {

/// N bytes with value semantics; `Tag` keeps kinds apart (a RecordId is no AuthorId).
template <std::size_t N, class Tag>
struct FixedBytes {
  std::array<unsigned char, N> data{};
  auto operator<=>(const FixedBytes&) const = default;
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(data.data()), N};
  }
  [[nodiscard]] bool is_zero() const { return *this == FixedBytes{}; }
  static constexpr std::size_t size() { return N; }
  /// `bytes` must have exactly N bytes (ensure()d: check outside input first).
  static FixedBytes of(std::string_view bytes);
};

using Hash = FixedBytes<32, struct HashTag>;              ///< BLAKE2b-256.
using Signature = FixedBytes<64, struct SignatureTag>;    ///< Ed25519.
using PublicKey = FixedBytes<32, struct PublicKeyTag>;    ///< Ed25519.
using SealingKey = FixedBytes<32, struct SealingKeyTag>;  ///< X25519, for sealed boxes.
using Salt = FixedBytes<32, struct SaltTag>;

/// BLAKE2b-256 of the concatenation. `key` (0–64 bytes) makes it a MAC.
[[nodiscard]] Hash hash(std::initializer_list<std::string_view> parts, std::string_view key = {});

/// BLAKE2b-256 of content that comes piece by piece. Copies go on from where the original was.
class Hasher {
 public:
  explicit Hasher(std::string_view key = {});
  void update(std::string_view bytes);
  [[nodiscard]] Hash result() const;  ///< Of everything so far; more may follow.

 private:
  alignas(64) std::array<unsigned char, 384> state_;  ///< crypto_generichash_state.
};

/// Fills with random bytes from the system.
void random_bytes(unsigned char* out, std::size_t n);
template <class Bytes>
[[nodiscard]] Bytes random() {
  Bytes b;
  random_bytes(b.data.data(), b.data.size());
  return b;
}

[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Lower or upper case; `bad_value` on another character or an odd length.
[[nodiscard]] Result<std::string> from_hex(std::string_view hex);
[[nodiscard]] std::string to_base64url(std::string_view bytes);  ///< No padding.
[[nodiscard]] Result<std::string> from_base64url(std::string_view text);

/// sodium_init(), once; every function of this folder calls it by itself.
void init();

template <std::size_t N, class Tag>
FixedBytes<N, Tag> FixedBytes<N, Tag>::of(std::string_view bytes) {
  ensure(bytes.size() == N, "FixedBytes::of: length");
  FixedBytes b;
  for (std::size_t i = 0; i < N; ++i) b.data[i] = static_cast<unsigned char>(bytes[i]);
  return b;
}

}  // namespace linli::crypto

template <std::size_t N, class Tag>
struct std::hash<linli::crypto::FixedBytes<N, Tag>> {
  std::size_t operator()(const linli::crypto::FixedBytes<N, Tag>& b) const noexcept {
    return std::hash<std::string_view>{}(b.view());
  }
};
