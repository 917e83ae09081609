// crypto/key_file.h: key files in an envelope that a passphrase opens, and how one takes another's
// place.
//
// Argon2id makes the envelope's key (libsodium's crypto_pwhash), XChaCha20-Poly1305 closes it over
// a plain key file's text; the lines that say how are authenticated along. Bytes: README.md.
#pragma once

#include <cstdint>
#include <filesystem>

#include "crypto/keys.h"
#include "crypto/passphrase.h"
#include "crypto/secret_file.h"

namespace linli::crypto {

/// What opening costs, each time and whoever tries: 0.2–0.5 s on an office's machine.
struct KeyCost {
  std::uint64_t passes = 3, memory_kib = 64 << 10;
};

/// The text of a key file, read into memory that is locked and wiped.
class KeyFile {
 public:
  /// Errors: io; forbidden (others may read it); corrupt (not a key file); of a sealed one
  /// bad_usage (no passphrase), unauthorised (another passphrase, or the file was altered).
  [[nodiscard]] static Result<KeyFile> read(const std::filesystem::path& file,
                                            const Passphrase* passphrase = nullptr);
  /// Errors: io; corrupt (not a key file).
  [[nodiscard]] static Result<bool> is_sealed(const std::filesystem::path& file);
  [[nodiscard]] Result<SigningKey> key() const;
  /// The 32 secret bytes themselves: a TLS key's file has the same form. Errors: corrupt.
  [[nodiscard]] Result<void> secret(Wiped<32>& out) const;
  [[nodiscard]] static KeyFile of(const Wiped<32>& secret);

  /// Makes a new file, mode 0600, sealed if there is a passphrase; never overwrites. It was read
  /// back. Errors: bad_value (passphrase too short), io, disk_full.
  [[nodiscard]] Result<void> create(const std::filesystem::path& file, const Passphrase* passphrase,
                                    const KeyCost& cost = {}) const;
  /// The same in a file's place: at every moment, power cuts included, it is the old one or the new
  /// one, whole. What the old one held is overwritten then, as far as the disk does that. Errors:
  /// as create; the old file stays.
  [[nodiscard]] Result<void> replace(const std::filesystem::path& file,
                                     const Passphrase* passphrase, const KeyCost& cost = {}) const;
  /// Overwrites a key file and removes it. Errors: io.
  [[nodiscard]] static Result<void> remove(const std::filesystem::path& file);

 private:
  KeyFile() = default;
  [[nodiscard]] Result<std::string> sealed(const Passphrase& passphrase, const KeyCost& cost) const;
  Passphrase text_;  ///< Any secret text that is wiped.
};

}  // namespace linli::crypto
