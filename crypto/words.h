// crypto/words.h: fingerprints of keys as eight words that two people compare by telephone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace linli::crypto {

/// 64 bits, a word for each byte (word_list.h). Who wants to stand between two people needs a key
/// with the very fingerprint of one that exists: 2^64 keys tried. Each side's key has words of its
/// own; words over both keys together would fall to 2^32, since both could be chosen.
class Words {
 public:
  /// Of a key: the first 8 bytes of BLAKE2b-256("linli/words/1" ‖ key).
  [[nodiscard]] static Words of_key(const PublicKey& key);
  /// Of who admits to a city, root and key: the same over city ‖ key.
  [[nodiscard]] static Words of_issuer(const Hash& city, const PublicKey& key);

  /// As zh() writes them. Errors: bad_value.
  [[nodiscard]] static Result<Words> read(std::string_view zh);

  [[nodiscard]] std::string zh() const;  ///< Spaces between the words, two in the middle.
  [[nodiscard]] std::string en() const;
  /// Are these the words, in Chinese or in English? Spaces, punctuation and capitals don't matter.
  [[nodiscard]] bool are(std::string_view text) const;
  bool operator==(const Words&) const = default;

 private:
  [[nodiscard]] static Words of(std::initializer_list<std::string_view> parts);
  std::array<std::uint8_t, 8> bytes_{};
};

}  // namespace linli::crypto
