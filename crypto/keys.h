// crypto/keys.h: Ed25519 signing keys and the files they are kept in (libsodium).
#pragma once

#include <filesystem>
#include <string_view>

#include "crypto/hash.h"

namespace linli::crypto {

/// A signing key pair. Can't be copied; the secret half lives in locked memory and is wiped.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  /// From 32 seed bytes (RFC 8032 secret key): for test vectors and key files.
  [[nodiscard]] static SigningKey from_seed(std::string_view seed32);
  /// Reads a key file. Errors: io; corrupt (not a key file); forbidden (others may read it: the
  /// message says which mode it has and that 0600 is needed).
  [[nodiscard]] static Result<SigningKey> load(const std::filesystem::path& file);
  /// Creates the file with mode 0600, fsyncs it and its folder. Errors: io, disk_full; never
  /// overwrites.
  [[nodiscard]] Result<void> save(const std::filesystem::path& file) const;

  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  /// Ed25519 over `domain ‖ bytes`. Thread-safe.
  [[nodiscard]] Signature sign(std::string_view domain, std::string_view bytes) const;
  /// A secret of the holder's own for another purpose: BLAKE2b-256(key = seed, purpose).
  [[nodiscard]] Hash derive(std::string_view purpose) const;
  /// The X25519 public key that belongs to it (sealed boxes).
  [[nodiscard]] SealingKey sealing_key() const;
  /// Opens what `seal` (crypto/sealed.h) closed to sealing_key(). Errors: altered (it was changed,
  /// or sealed to another key). Thread-safe.
  [[nodiscard]] Result<std::string> unseal(std::string_view sealed) const;

 private:
  SigningKey() = default;
  PublicKey public_{};
  unsigned char* secret_ = nullptr;  ///< 64 bytes from sodium_malloc; nullptr once moved from.
};

/// Does `signature` fit `domain ‖ bytes`? Strict: refuses small-order keys and non-canonical S.
[[nodiscard]] bool verify(const PublicKey& key, std::string_view domain, std::string_view bytes,
                          const Signature& signature);

// The domain strings: what is signed as one kind of thing can never be read as another.
inline constexpr std::string_view kDomainRoot = "linli/root/1";
inline constexpr std::string_view kDomainCertificate = "linli/certificate/1";
inline constexpr std::string_view kDomainChangeSet = "linli/change-set/1";
inline constexpr std::string_view kDomainReceipt = "linli/receipt/1";
inline constexpr std::string_view kDomainRuling = "linli/ruling/1";
inline constexpr std::string_view kDomainRevocation = "linli/revocation/1";
inline constexpr std::string_view kDomainHoldings = "linli/holdings/1";
inline constexpr std::string_view kDomainSnapshot = "linli/snapshot/1";
inline constexpr std::string_view kDomainRequest = "linli/sync-request/1";
inline constexpr std::string_view kDomainResponse = "linli/sync-response/1";
inline constexpr std::string_view kDomainLive = "linli/live/1";
inline constexpr std::string_view kDomainBlobRequest = "linli/blob-request/1";
inline constexpr std::string_view kDomainBlobResponse = "linli/blob-response/1";
inline constexpr std::string_view kDomainInvite = "linli/invite/1";
inline constexpr std::string_view kDomainEnrol = "linli/enrol-request/1";
inline constexpr std::string_view kDomainBundle = "linli/bundle/1";

}  // namespace linli::crypto
