// node/passphrase.h: where the passphrase of a key file comes from.
//
// In this order: the file that LINLI_PASSPHRASE_FILE names; the systemd credential linli-passphrase
// ($CREDENTIALS_DIRECTORY); the person at the terminal, who isn't echoed.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "crypto/key_file.h"

namespace linli::node {

/// A key file, opened with the passphrase if it is sealed. Errors: as KeyFile::read; unauthorised
/// (no passphrase was given: says how to give one).
[[nodiscard]] Result<crypto::KeyFile> open_key_file(const std::filesystem::path& file);
/// Its key. Errors: the same.
[[nodiscard]] Result<crypto::SigningKey> load_key(const std::filesystem::path& file);

/// The passphrase of a sealed key file, from the first of these places that has one. Errors:
/// unauthorised (none has).
[[nodiscard]] Result<crypto::Passphrase> passphrase_of(const std::filesystem::path& file);
/// The same, and it does open that file: what is sealed under a mistyped one would be lost. Errors:
/// as passphrase_of, and as KeyFile::read.
[[nodiscard]] Result<crypto::Passphrase> proven_passphrase_of(const std::filesystem::path& file);
/// Without asking anybody; nothing: no file and no credential has it. Errors: as passphrase_in.
[[nodiscard]] Result<std::optional<crypto::Passphrase>> passphrase_at_hand();
/// Makes a key file, sealed under the passphrase that opens the sealed file `like`. Errors: as
/// KeyFile::read of that, and as KeyFile::create.
[[nodiscard]] Result<void> save_sealed_like(const crypto::SigningKey& key,
                                            const std::filesystem::path& like,
                                            const std::filesystem::path& file);

/// The first line of a file. Errors: io; too_large; forbidden (others may read it), unless
/// `kept_by_system`.
[[nodiscard]] Result<crypto::Passphrase> passphrase_in(const std::filesystem::path& file,
                                                       bool kept_by_system = false);
/// Nothing: there is no terminal.
[[nodiscard]] std::optional<crypto::Passphrase> ask_passphrase(std::string_view question);

}  // namespace linli::node
