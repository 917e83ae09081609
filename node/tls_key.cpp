#include "node/tls_key.h"

#include "crypto/secret_file.h"
#include "node/lost_key.h"
#include "node/passphrase.h"
#include "node/store/database.h"
#include "node/tls_shown.h"

namespace linli::node {
namespace {

using Secret = crypto::Wiped<crypto::kTlsSecretBytes>;

Result<crypto::TlsKey> create(const std::filesystem::path& file,
                              const crypto::Passphrase* passphrase) {
  auto key = crypto::TlsKey::generate();
  if (auto kept = keep_tls_key(file, key, passphrase); !kept) return fail(kept.error());
  return key;
}

/// Under the passphrase that node.key is under.
Result<crypto::TlsKey> create_like_node_key(const DataDir& dir, const std::filesystem::path& file) {
  if (WithoutKey::here() && !store::file_exists(dir.node_key())) return create(file, nullptr);
  const auto sealed = crypto::KeyFile::is_sealed(dir.node_key());
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return create(file, nullptr);
  const auto passphrase = proven_passphrase_of(dir.node_key());
  if (!passphrase) return fail(passphrase.error());
  return create(file, &*passphrase);
}

/// Called by the key's name, so that nobody needs its passphrase to tell which it is.
std::filesystem::path next_tls_key(const DataDir& dir, const std::string& name) {
  return dir.root() / ("tls.key.next-" + name);
}

}  // namespace

Result<crypto::TlsKey> tls_key_in(const std::filesystem::path& file) {
  const auto held = open_key_file(file);
  if (!held) return fail(held.error());
  Secret secret;
  if (auto got = held->secret(secret); !got) return fail(got.error());
  auto key = crypto::TlsKey::from_secret(
      {reinterpret_cast<const char*>(secret.data.data()), secret.data.size()});
  if (!key) return fail(Errc::corrupt, "不是 TLS 密钥 " + file.string() + " isn't a TLS key");
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
  return create_like_node_key(dir, tls_key_file(dir));
}

std::optional<crypto::Hash> tls_key_hash_of(const DataDir& dir) {
  const auto sealed = crypto::KeyFile::is_sealed(tls_key_file(dir));
  if (sealed && !*sealed) {
    if (const auto key = tls_key_in(tls_key_file(dir))) return key->hash();
    return std::nullopt;
  }
  if (!sealed) return std::nullopt;
  const auto kept = read_small_file(TlsFiles(dir).public_key());
  const auto der = kept ? crypto::from_hex(*kept) : Result<std::string>(fail(kept.error()));
  if (!der) return std::nullopt;
  return crypto::tls_key_hash(*der);
}

Result<crypto::TlsKey> make_next_tls_key(const DataDir& dir) {
  const auto part = next_tls_key(dir, "made");
  std::error_code ec;
  std::filesystem::remove(part, ec);
  auto key = create_like_node_key(dir, part);
  if (!key) return key;
  std::filesystem::rename(part, next_tls_key(dir, crypto::to_hex(key->hash().view())), ec);
  if (ec)
    return fail(Errc::io,
                "改不了名，请检查权限 can't rename " + part.string() + ": " + ec.message());
  return key;
}

Result<void> settle_tls_key(const DataDir& dir, const crypto::Hash& certified) {
  const auto next = next_tls_key(dir, crypto::to_hex(certified.view()));
  if (!store::file_exists(next)) return {};
  std::error_code ec;
  std::filesystem::rename(next, tls_key_file(dir), ec);
  if (ec)
    return fail(Errc::io,
                "改不了名，请检查权限 can't rename " + next.string() + ": " + ec.message());
  // What was told of the key before isn't true any more.
  std::filesystem::remove(TlsFiles(dir).public_key(), ec);
  return {};
}

}  // namespace linli::node
