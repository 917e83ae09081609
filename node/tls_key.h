// node/tls_key.h: the node's TLS key, in its folder beside node.key.
#pragma once

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

/// A key in another file of this form. Errors: as open_key_file; corrupt.
[[nodiscard]] Result<crypto::TlsKey> tls_key_in(const std::filesystem::path& file);
/// Makes one, 0600; never overwrites. Errors: io, disk_full.
[[nodiscard]] Result<void> keep_tls_key(const std::filesystem::path& file,
                                        const crypto::TlsKey& key,
                                        const crypto::Passphrase* passphrase = nullptr);

}  // namespace linli::node
