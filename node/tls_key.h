// node/tls_key.h: the node's TLS key, in its folder beside node.key.
#pragma once

#include <optional>

#include "crypto/hash.h"
#include "crypto/passphrase.h"
#include "crypto/tls.h"
#include "node/data_dir.h"

namespace linli::node {

[[nodiscard]] inline std::filesystem::path tls_key_file(const DataDir& dir) {
  return dir.root() / "tls.key";
}
/// Makes `tls.key` of a new node, 0600. One that is there stays. Errors: as tls_key_of.
[[nodiscard]] Result<crypto::TlsKey> make_tls_key(const DataDir& dir);
/// The node's TLS key. A node of an earlier version gets one now, under the passphrase that its
/// node.key is under. Errors: as open_key_file; io, disk_full.
[[nodiscard]] Result<crypto::TlsKey> tls_key_of(const DataDir& dir);

/// The name of that key (crypto::TlsKey::hash), where no passphrase is needed to tell: from the
/// key, or from what a serving node left beside it. Nothing: nobody can tell now, or it has none.
[[nodiscard]] std::optional<crypto::Hash> tls_key_hash_of(const DataDir& dir);

/// A TLS key that takes the place of the one in use as soon as the node's certificate names it;
/// durable, under the passphrase of node.key. Errors: as tls_key_of.
[[nodiscard]] Result<crypto::TlsKey> make_next_tls_key(const DataDir& dir);
/// Puts it into place if `certified`, which the node's certificate names, is its name. Otherwise
/// nothing happens. Errors: io.
[[nodiscard]] Result<void> settle_tls_key(const DataDir& dir, const crypto::Hash& certified);

/// A key in another file of this form. Errors: as open_key_file; corrupt.
[[nodiscard]] Result<crypto::TlsKey> tls_key_in(const std::filesystem::path& file);
/// Makes one, 0600; never overwrites. Errors: io, disk_full.
[[nodiscard]] Result<void> keep_tls_key(const std::filesystem::path& file,
                                        const crypto::TlsKey& key,
                                        const crypto::Passphrase* passphrase = nullptr);

}  // namespace linli::node
