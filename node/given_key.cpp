#include "node/given_key.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "node/passphrase.h"
#include "node/store/database.h"
#include "node/tls_shown.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using crypto::KeyFile;
using crypto::Passphrase;
using Wrapping = std::shared_ptr<const crypto::WrappingKey>;

Result<Wrapping> wrapping_in(const KeyFile& file) {
  auto key = std::make_shared<crypto::WrappingKey>();
  if (auto got = file.secret(*key); !got) return fail(got.error());
  return Wrapping(std::move(key));
}

Result<Wrapping> make_wrapping(const fs::path& file, const Passphrase& passphrase) {
  std::error_code ec;
  fs::create_directories(file.parent_path(), ec);
  auto key = std::make_shared<crypto::WrappingKey>();
  crypto::random_bytes(key->data.data(), key->data.size());
  if (auto made = KeyFile::of(*key).create(file, &passphrase); !made) return fail(made.error());
  return Wrapping(std::move(key));
}

Result<Wrapping> open_or_make(const fs::path& file, const Passphrase& passphrase) {
  if (!store::file_exists(file)) return make_wrapping(file, passphrase);
  const auto sealed = KeyFile::is_sealed(file);
  if (!sealed) return fail(sealed.error());
  const auto held = KeyFile::read(file, *sealed ? &passphrase : nullptr);
  if (!held) return fail(held.error());
  if (!*sealed) {
    if (auto put = held->replace(file, &passphrase); !put) return fail(put.error());
  }
  return wrapping_in(*held);
}

/// Puts it into the file's place, and overwrites what stood there.
Result<void> put(const fs::path& file, std::string_view text) {
  const crypto::File old(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (auto kept = write_small_file(file, text); !kept) return kept;
  struct stat st {};
  if (old.ok() && ::fstat(old.fd(), &st) == 0 && st.st_nlink == 0) crypto::overwrite(old.fd());
  return {};
}

/// A node without its key, as after a loss, has no passphrase either.
Result<bool> has_passphrase(const DataDir& dir) {
  if (!store::file_exists(dir.node_key())) return false;
  return KeyFile::is_sealed(dir.node_key());
}

Result<KeyFile> open_quietly(const fs::path& file) {
  const auto sealed = KeyFile::is_sealed(file);
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return KeyFile::read(file);
  const auto at_hand = passphrase_at_hand();
  if (!at_hand) return fail(at_hand.error());
  if (*at_hand) return KeyFile::read(file, &**at_hand);
  return fail(Errc::unauthorised,
              "给定证书的私钥由口令保护，请重新启动节点并输入口令 the given certificate's key is "
              "under the passphrase: start the node again, and type it");
}

}  // namespace

bool is_given_key_wrapped(const DataDir& dir) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.given_key())) return false;
  auto text = read_small_file(files.given_key());
  if (!text) return false;
  const bool wrapped = crypto::is_wrapped(*text);
  crypto::wipe(*text);
  return wrapped;
}

Result<void> GivenKey::open() {
  const auto file = TlsFiles(dir_).given_wrap();
  std::error_code ec;
  const auto written = fs::last_write_time(file, ec);
  // Trying costs as much as guessing shall: not again for the same file, a second later.
  if (!may_ask_ && !ec && written == tried_) {
    return fail(Errc::unauthorised,
                "给定证书的私钥打不开 the given certificate's key can't be opened");
  }
  const auto held = may_ask_ ? open_key_file(file) : open_quietly(file);
  auto wrapping = held ? wrapping_in(*held) : Result<Wrapping>(fail(held.error()));
  if (!wrapping) {
    tried_ = written;
    return fail(wrapping.error());
  }
  wrapping_ = std::move(*wrapping);
  return {};
}

Result<std::string> GivenKey::pem() {
  auto text = read_small_file(TlsFiles(dir_).given_key());
  if (!text || !crypto::is_wrapped(*text)) return text;
  if (wrapping_) {
    auto opened = crypto::unwrap(*text, *wrapping_);
    if (opened) return opened;
    // It may have been given up and made anew meanwhile, with another wrapping.
  }
  if (auto done = open(); !done) return fail(done.error());
  auto opened = crypto::unwrap(*text, *wrapping_);
  std::error_code ec;
  if (!opened) tried_ = fs::last_write_time(TlsFiles(dir_).given_wrap(), ec);
  return opened;
}

Result<void> keep_given_key(const DataDir& dir, std::string_view pem) {
  const TlsFiles files(dir);
  const auto sealed = has_passphrase(dir);
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return put(files.given_key(), pem);
  const auto passphrase = proven_passphrase_of(dir.node_key());
  if (!passphrase) return fail(passphrase.error());
  const auto wrapping = open_or_make(files.given_wrap(), *passphrase);
  if (!wrapping) return fail(wrapping.error());
  return put(files.given_key(), crypto::wrap(pem, **wrapping));
}

Result<void> wrap_given_key(const DataDir& dir, const Passphrase& passphrase) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.given_key()) || is_given_key_wrapped(dir)) return {};
  auto pem = read_small_file(files.given_key());
  if (!pem) return fail(pem.error());
  const auto wrapping = open_or_make(files.given_wrap(), passphrase);
  const auto done = wrapping ? put(files.given_key(), crypto::wrap(*pem, **wrapping))
                             : Result<void>(fail(wrapping.error()));
  crypto::wipe(*pem);
  return done;
}

Result<void> forget_given_key(const DataDir& dir) {
  const TlsFiles files(dir);
  for (const auto& file : {files.given_key(), files.given_wrap()}) {
    if (!store::file_exists(file)) continue;
    if (auto gone = KeyFile::remove(file); !gone) return gone;
  }
  return {};
}

}  // namespace linli::node
