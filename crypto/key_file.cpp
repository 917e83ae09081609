#include "crypto/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "crypto/secret_file.h"

namespace linli::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlainHead = "linli-key 1\n", kSealedHead = "linli-key 2\n";
constexpr std::string_view kKind = "argon2id ";
constexpr std::size_t kFileBytesMax = 512;
constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
/// A file may ask for so much and no more: somebody else may have written it.
constexpr std::uint64_t kPassesMax = 16, kMemoryKibMax = 1u << 20;
static_assert(crypto_pwhash_argon2id_SALTBYTES == 16);

tl::unexpected<Error> failed(std::string_view what, const fs::path& file) {
  const int why = errno;
  const Errc code = why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io;
  return fail(code, std::string(what) + " " + file.string() + ": " + std::strerror(why));
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// A small file's bytes, and whether others may read it.
struct Small {
  Wiped<kFileBytesMax + 1> bytes;
  std::size_t size = 0;
  mode_t mode = 0;
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data.data()), size};
  }
};

Result<void> read_small(const fs::path& file, Small& small) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (!in.ok() || ::fstat(in.fd(), &st) != 0)
    return failed("打不开密钥文件 can't open the key file", file);
  if (!S_ISREG(st.st_mode))
    return fail(Errc::corrupt, "不是普通文件 " + file.string() + " isn't a file");
  const auto n = ::read(in.fd(), small.bytes.data.data(), small.bytes.data.size());
  if (n < 0) return failed("读不出密钥文件 can't read the key file", file);
  small.size = static_cast<std::size_t>(n);
  small.mode = st.st_mode & 07777u;
  if (small.size > kFileBytesMax)
    return fail(Errc::corrupt, "不是密钥文件，请从备份恢复 " + file.string() + " isn't a key file");
  return {};
}

struct Sealed {
  std::string beside;  ///< The lines that say how: sealed along.
  KeyCost cost;
  std::string salt, nonce, box;
};

std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

bool read_number(std::string_view text, std::uint64_t most, std::uint64_t& number) {
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  return bad == std::errc{} && end == text.data() + text.size() && number > 0 && number <= most;
}

std::optional<Sealed> parse(std::string_view text) {
  Sealed sealed;
  const auto whole = text;
  if (take_until(text, '\n').size() + 1 != kSealedHead.size()) return std::nullopt;
  auto how = take_until(text, '\n');
  sealed.beside = whole.substr(0, whole.size() - text.size());
  if (!how.starts_with(kKind)) return std::nullopt;
  how.remove_prefix(kKind.size());
  if (!read_number(take_until(how, ' '), kPassesMax, sealed.cost.passes)) return std::nullopt;
  if (!read_number(take_until(how, ' '), kMemoryKibMax, sealed.cost.memory_kib))
    return std::nullopt;
  const auto salt = from_base64url(how), box = from_base64url(take_until(text, '\n'));
  if (!salt || salt->size() != crypto_pwhash_argon2id_SALTBYTES || !text.empty())
    return std::nullopt;
  if (!box || box->size() < kNonceBytes + kTagBytes) return std::nullopt;
  sealed.salt = *salt;
  sealed.nonce = box->substr(0, kNonceBytes);
  sealed.box = box->substr(kNonceBytes);
  return sealed;
}

using SealKey = Wiped<crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;

Result<void> stretch(const Passphrase& passphrase, std::string_view salt, const KeyCost& cost,
                     SealKey& key) {
  const auto words = passphrase.view();
  if (crypto_pwhash_argon2id(key.data.data(), key.data.size(), words.data(), words.size(),
                             raw(salt), cost.passes,
                             static_cast<std::size_t>(cost.memory_kib) << 10,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return fail(Errc::io, "打开密钥所需的内存不足 opening the key needs " +
                              std::to_string(cost.memory_kib >> 10) +
                              " MiB of memory, which this machine hasn't free");
  }
  return {};
}

bool sync_folder(const fs::path& folder) {
  const File dir(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return dir.ok() && ::fsync(dir.fd()) == 0;
}

Result<void> write_new(const fs::path& file, std::string_view text) {
  const File out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.ok()) return failed("建不了密钥文件 can't create the key file", file);
  const bool written =
      ::write(out.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(out.fd()) == 0 && sync_folder(file.parent_path());
  if (written) return {};
  const auto error = failed("写不进密钥文件 can't write the key file", file);
  ::unlink(file.c_str());
  return error;
}

}  // namespace

Result<bool> KeyFile::is_sealed(const fs::path& file) {
  Small small;
  if (auto read = read_small(file, small); !read) return fail(read.error());
  const bool sealed = small.view().starts_with(kSealedHead);
  if (!sealed && !small.view().starts_with(kPlainHead)) {
    return fail(Errc::corrupt, "不是密钥文件，请从备份恢复 " + file.string() + " isn't a key file");
  }
  return sealed;
}

Result<KeyFile> KeyFile::read(const fs::path& file, const Passphrase* passphrase) {
  Small small;
  if (auto read = read_small(file, small); !read) return fail(read.error());
  if (auto own = demand_private(file, small.mode); !own) return fail(own.error());
  const auto no_key = [&] {
    return fail(Errc::corrupt, "不是密钥文件，请从备份恢复 " + file.string() + " isn't a key file");
  };
  KeyFile held;
  const auto take = [&held](std::string_view text) {
    for (const char c : text) {
      if (!held.text_.push(c)) return false;
    }
    return held.key().has_value();
  };
  if (small.view().starts_with(kPlainHead)) {
    if (!take(small.view())) return no_key();
    return held;
  }
  const auto envelope = parse(small.view());
  if (!envelope) return no_key();
  if (!passphrase)
    return fail(Errc::bad_usage,
                "密钥由口令保护 " + file.string() + " is sealed under a passphrase");
  SealKey key;
  if (auto made = stretch(*passphrase, envelope->salt, envelope->cost, key); !made) {
    return fail(made.error());
  }
  Wiped<kFileBytesMax> text;
  unsigned long long size = 0;
  if (envelope->box.size() > text.data.size() ||
      crypto_aead_xchacha20poly1305_ietf_decrypt(text.data.data(), &size, nullptr,
                                                 raw(envelope->box), envelope->box.size(),
                                                 raw(envelope->beside), envelope->beside.size(),
                                                 raw(envelope->nonce), key.data.data()) != 0) {
    return fail(Errc::unauthorised, "口令不对，或文件已损坏 the passphrase doesn't open " +
                                        file.string() + ", or the file was altered");
  }
  if (!take({reinterpret_cast<const char*>(text.data.data()), size})) return no_key();
  return held;
}

KeyFile KeyFile::of(const SigningKey& key) {
  KeyFile held;
  key.write_text([&held](char c) { ensure(held.text_.push(c), "a key file's text is short"); });
  return held;
}

KeyFile KeyFile::of(const Wiped<32>& secret) {
  Wiped<64, char> coded;
  sodium_bin2base64(coded.data.data(), coded.data.size(), secret.data.data(), secret.data.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  KeyFile made;
  bool fits = true;
  for (const char c : kPlainHead) fits = fits && made.text_.push(c);
  for (const char* c = coded.data.data(); *c != '\0'; ++c) fits = fits && made.text_.push(*c);
  ensure(fits && made.text_.push('\n'), "key file: the text of a key");
  return made;
}

Result<SigningKey> KeyFile::key() const {
  Wiped<kSeedBytes> seed;
  if (auto got = secret(seed); !got) return fail(got.error());
  return SigningKey::from_seed({reinterpret_cast<const char*>(seed.data.data()), kSeedBytes});
}

Result<void> KeyFile::secret(Wiped<32>& seed) const {
  auto rest = text_.view();
  if (!rest.starts_with(kPlainHead))
    return fail(Errc::corrupt, "不是密钥文件的内容 not a key file's text");
  rest.remove_prefix(kPlainHead.size());
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  std::size_t size = 0;
  const int bad = sodium_base642bin(seed.data.data(), kSeedBytes, rest.data(), rest.size(), nullptr,
                                    &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (bad != 0 || size != kSeedBytes)
    return fail(Errc::corrupt, "不是密钥文件的内容 not a key file's text");
  return {};
}

Result<std::string> KeyFile::sealed(const Passphrase& passphrase, const KeyCost& cost) const {
  if (auto fits = passphrase.check(); !fits) return fail(fits.error());
  std::string salt(crypto_pwhash_argon2id_SALTBYTES, '\0'), nonce(kNonceBytes, '\0');
  random_bytes(reinterpret_cast<unsigned char*>(salt.data()), salt.size());
  random_bytes(reinterpret_cast<unsigned char*>(nonce.data()), nonce.size());
  const auto beside = std::string(kSealedHead) + std::string(kKind) + std::to_string(cost.passes) +
                      " " + std::to_string(cost.memory_kib) + " " + to_base64url(salt) + "\n";
  SealKey key;
  if (auto made = stretch(passphrase, salt, cost, key); !made) return fail(made.error());
  const auto text = text_.view();
  std::string box(text.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(box.data()), nullptr,
                                             raw(text), text.size(), raw(beside), beside.size(),
                                             nullptr, raw(nonce), key.data.data());
  return beside + to_base64url(nonce + box) + "\n";
}

Result<void> KeyFile::create(const fs::path& file, const Passphrase* passphrase,
                             const KeyCost& cost) const {
  if (passphrase) {
    const auto text = sealed(*passphrase, cost);
    if (!text) return fail(text.error());
    if (auto written = write_new(file, *text); !written) return written;
  } else if (auto written = write_new(file, text_.view()); !written) {
    return written;
  }
  const auto back = read(file, passphrase);
  if (back && back->text_.view() == text_.view()) return {};
  ::unlink(file.c_str());
  return fail(Errc::io,
              "写入后读回的内容不同 " + file.string() + " can't be read back as it was written");
}

Result<void> KeyFile::replace(const fs::path& file, const Passphrase* passphrase,
                              const KeyCost& cost) const {
  auto next = file;
  next += ".new";
  ::unlink(next.c_str());  // What a power cut left.
  if (auto made = create(next, passphrase, cost); !made) return made;
  const File old(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (::rename(next.c_str(), file.c_str()) != 0) {
    const auto error = failed("换不了密钥文件 can't replace the key file", file);
    ::unlink(next.c_str());
    return error;
  }
  // Only once the new name is certain to stay may the old bytes go.
  if (!sync_folder(file.parent_path()))
    return failed("新密钥文件写不到磁盘 can't make the new key file stay", file);
  struct stat st {};
  if (old.ok() && ::fstat(old.fd(), &st) == 0 && st.st_nlink == 0) overwrite(old.fd());
  return {};
}

Result<void> KeyFile::remove(const fs::path& file) {
  const File old(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!old.ok()) return failed("打不开密钥文件 can't open the key file", file);
  overwrite(old.fd());
  if (::unlink(file.c_str()) != 0) return failed("删不掉密钥文件 can't remove the key file", file);
  if (!sync_folder(file.parent_path()))
    return failed("文件夹写不到磁盘 can't sync the folder of", file);
  return {};
}

}  // namespace linli::crypto
