// crypto/passphrase.h: what a person types to open a key file, in memory that is locked and wiped.
#pragma once

#include <string_view>

#include "crypto/result.h"

namespace linli::crypto {

class Passphrase {
 public:
  static constexpr std::size_t kBytesMin = 8, kBytesMax = 1024;

  Passphrase();  ///< Empty.
  Passphrase(Passphrase&& other) noexcept;
  Passphrase& operator=(Passphrase&& other) noexcept;
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;
  ~Passphrase();

  /// False: it would be too long.
  [[nodiscard]] bool push(char c);
  void pop();  ///< Takes the last byte back, if there is one.
  [[nodiscard]] std::string_view view() const { return {bytes_, size_}; }
  /// Is it one to seal with? Errors: bad_value (shorter than kBytesMin).
  [[nodiscard]] Result<void> check() const;

 private:
  char* bytes_ = nullptr;  ///< kBytesMax bytes from sodium_malloc; nullptr once moved from.
  std::size_t size_ = 0;
};

}  // namespace linli::crypto
