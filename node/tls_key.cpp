#include "node/tls_key.h"

#include "crypto/secret_file.h"
#include "node/passphrase.h"
#include "node/store/database.h"

namespace linli::node {
namespace {

using Secret = crypto::Wiped<crypto::kTlsSecretBytes>;

Result<crypto::TlsKey> create(const std::filesystem::path& file,
                              const crypto::Passphrase* passphrase) {
  auto key = crypto::TlsKey::generate();
  if (auto kept = keep_tls_key(file, key, passphrase); !kept) return fail(kept.error());
  return key;
}

}  // namespace

Result<crypto::TlsKey> tls_key_in(const std::filesystem::path& file) {
  const auto held = open_key_file(file);
  if (!held) return fail(held.error());
  Secret secret;
  if (auto got = held->secret(secret); !got) return fail(got.error());
  auto key = crypto::TlsKey::from_secret(
      {reinterpret_cast<const char*>(secret.data.data()), secret.data.size()});
  if (!key) return fail(Errc::corrupt, file.string() + " isn't a TLS key");
  return key;
}

Result<void> keep_tls_key(const std::filesystem::path& file, const crypto::TlsKey& key,
                          const crypto::Passphrase* passphrase) {
  Secret secret;
  key.write_secret(secret.data);
  return crypto::KeyFile::of(secret).create(file, passphrase);
}

Result<crypto::TlsKey> make_tls_key(const DataDir& dir) {
  if (store::file_exists(tls_key_file(dir))) return tls_key_in(tls_key_file(dir));
  return create(tls_key_file(dir), nullptr);
}

Result<crypto::TlsKey> tls_key_of(const DataDir& dir) {
  if (store::file_exists(tls_key_file(dir))) return tls_key_in(tls_key_file(dir));
  const auto sealed = crypto::KeyFile::is_sealed(dir.node_key());
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return create(tls_key_file(dir), nullptr);
  const auto passphrase = passphrase_of(dir.node_key());
  if (!passphrase) return fail(passphrase.error());
  // A mistyped one would lock the new key away for ever.
  if (auto opened = crypto::KeyFile::read(dir.node_key(), &*passphrase); !opened) {
    return fail(opened.error());
  }
  return create(tls_key_file(dir), &*passphrase);
}

}  // namespace linli::node
