// crypto/passwords.h: passwords are kept as Argon2id hashes; checking one costs the same always.
#pragma once

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace linli::crypto {

/// Memory of one hashing. Callers bound how many run at once: it is taken from an old PC's.
inline constexpr std::size_t kPasswordBytesMemory = 64u << 20;
inline constexpr std::size_t kPasswordCharactersMin = 10;
inline constexpr std::size_t kPasswordBytesMax = 200;

/// A text that holds salt, cost and hash ("$argon2id$v=19$m=65536,t=2,p=1$…"). Errors: io (no
/// memory for it). Takes about 0.1 s on a new machine, 0.4 s on an old one.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
/// Does the password fit? Compares in constant time. Errors: io (no memory).
[[nodiscard]] Result<bool> password_fits(std::string_view hash, std::string_view password);
/// A hash that nothing fits and that costs as much to check: for names that nobody has.
[[nodiscard]] Result<std::string> hash_of_nothing();

/// Is it good enough? Errors: bad_value, says what to do: at least 10 characters, 5 of them
/// different, not holding the name.
[[nodiscard]] Result<void> check_password(std::string_view password, std::string_view name);

/// Overwrites a password that was used; the text is empty then.
void wipe(std::string& secret);

}  // namespace linli::crypto
