// crypto/tls.h: a node's TLS key, and the certificates that are shown with a key.
//
// OpenSSL stands behind this header, tls_line.h and tls_authority.h, and nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"

namespace linli::crypto {

inline constexpr std::size_t kTlsSecretBytes = 32;

/// A node's TLS key: P-256, the one kind that every browser takes. Copies share one key.
class TlsKey {
 public:
  [[nodiscard]] static TlsKey generate();
  /// The private number, 32 bytes, the most significant first. Errors: corrupt (it is no key).
  [[nodiscard]] static Result<TlsKey> from_secret(std::string_view secret);
  /// Writes it; the caller wipes it.
  void write_secret(std::array<unsigned char, kTlsSecretBytes>& out) const;
  /// What a node's certificate names it by: BLAKE2b-256("linli/tls-key/1" ‖ SubjectPublicKeyInfo).
  [[nodiscard]] const Hash& hash() const;
  /// Its SubjectPublicKeyInfo, DER.
  [[nodiscard]] std::string public_der() const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit TlsKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// The name of the key in a SubjectPublicKeyInfo (DER), as TlsKey::hash has it.
[[nodiscard]] Hash tls_key_hash(std::string_view public_der);

/// What a certificate for servers says.
struct TlsFacts {
  Hash key{};                      ///< Of its key; see TlsKey::hash.
  std::string subject, issuer;     ///< Common names, or organisations where there is none.
  std::vector<std::string> names;  ///< DNS names and addresses that it is for.
  std::int64_t from_us = 0, until_us = 0;
  bool self_signed = false;
};

/// What a server shows: a certificate, those above it, and the key. Copies share it.
class TlsIdentity {
 public:
  /// Says nothing but the key: for nodes, which know it by its hash.
  [[nodiscard]] static TlsIdentity bare(const TlsKey& key);
  /// The server's certificate first, then those above it, and its key, all PEM. Errors: bad_value
  /// (can't be read, the key doesn't fit, not for servers, too weak); expired; clock_ahead (not
  /// valid yet).
  [[nodiscard]] static Result<TlsIdentity> read(std::string_view certificates, std::string_view key,
                                                std::int64_t now_us);
  /// The same for a key that is here already.
  [[nodiscard]] static Result<TlsIdentity> read(std::string_view certificates, const TlsKey& key,
                                                std::int64_t now_us);
  [[nodiscard]] const TlsFacts& facts() const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit TlsIdentity(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// What the first certificate of a PEM text says. Errors: bad_value.
[[nodiscard]] Result<TlsFacts> tls_facts(std::string_view pem);

}  // namespace linli::crypto
