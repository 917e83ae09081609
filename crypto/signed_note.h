// crypto/signed_note.h: texts signed as C2SP has it: signed-note, tlog-checkpoint, and the Ed25519
// cosignatures of tlog-cosignature.
//
// What is signed here begins with an origin line or with "cosignature/v1": never with "linli/", as
// everything else that these keys sign does (keys.h). So one can't be read as the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.h"
#include "crypto/merkle.h"

namespace linli::crypto {

[[nodiscard]] std::string to_base64(std::string_view bytes);  ///< RFC 4648 §4, padded.
[[nodiscard]] Result<std::string> from_base64(
    std::string_view text);  ///< Strict. Errors: malformed.

inline constexpr std::size_t kNoteBytesMax = 64u << 10;
inline constexpr std::size_t kNoteSignaturesMax = 64;
inline constexpr std::string_view kNoOriginPrefix = "linli/";  ///< See above.

/// What a signature line was made with; the numbers are C2SP's.
enum class NoteType : std::uint8_t { ed25519 = 0x01, cosignature = 0x04 };

/// A key under a name, as a verifier knows it.
struct NoteKey {
  std::string name;
  NoteType type = NoteType::ed25519;
  PublicKey key{};
  [[nodiscard]] std::uint32_t id() const;  ///< First 4 bytes of SHA-256(name ‖ \n ‖ type ‖ key).
  [[nodiscard]] std::string vkey() const;  ///< "name+id+base64(type ‖ key)"
  /// Errors: malformed (also an id that isn't the key's).
  [[nodiscard]] static Result<NoteKey> from_vkey(std::string_view text);
};

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  std::string bytes;                       ///< Without the key id.
  [[nodiscard]] std::string line() const;  ///< "— name base64\n"
};

struct SignedNote {
  std::string text;  ///< Ends with a newline; no blank line behind it.
  std::vector<NoteSignature> signatures;
  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large.
  [[nodiscard]] static Result<SignedNote> decode(std::string_view note);
};

/// A tree head: the text of a checkpoint.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  TreeHash root{};
  std::vector<std::string> extensions;
  [[nodiscard]] std::string encode() const;
  /// Errors: malformed.
  [[nodiscard]] static Result<Checkpoint> decode(std::string_view text);
};

/// Signs as the log. The text must not begin with kNoOriginPrefix.
[[nodiscard]] NoteSignature sign_note(const SigningKey& key, std::string name,
                                      std::string_view text);
/// Signs as a witness: "as of `time`, this is the greatest tree that I have seen, and it goes on
/// from all before". `time`: seconds since 1970.
[[nodiscard]] NoteSignature cosign(const SigningKey& key, std::string name, std::string_view text,
                                   std::uint64_t time);

/// Did `key` sign the note? Errors: unauthorised (no signature of that name and id), bad_signature.
[[nodiscard]] Result<void> check_note(const SignedNote& note, const NoteKey& key);
/// When `key` cosigned it. Errors: likewise.
[[nodiscard]] Result<std::uint64_t> check_cosignature(const SignedNote& note, const NoteKey& key);

}  // namespace linli::crypto
