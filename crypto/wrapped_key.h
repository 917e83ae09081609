// crypto/wrapped_key.h: a secret text of any length under a key that somebody else keeps.
//
//   linli-wrapped-key 1
//   BOX        ; nonce (24 bytes) ‖ sealed text, in base64url
//
// XChaCha20-Poly1305 (IETF), with the first line, its end included, as additional data.
#pragma once

#include <string>
#include <string_view>

#include "crypto/passwords.h"
#include "crypto/secret_file.h"

namespace linli::crypto {

using WrappingKey = Wiped<32>;

[[nodiscard]] std::string wrap(std::string_view secret, const WrappingKey& key);
/// Does it begin like one?
[[nodiscard]] bool is_wrapped(std::string_view text);
/// The caller wipes it (passwords.h). Errors: altered (another key, or a byte was changed).
[[nodiscard]] Result<std::string> unwrap(std::string_view text, const WrappingKey& key);

}  // namespace linli::crypto
