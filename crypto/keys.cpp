#include "crypto/keys.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include "crypto/secret_file.h"

namespace linli::crypto {
namespace {

constexpr std::string_view kFileHead = "linli-key 1\n";
constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kSeedTextBytes = 43;  // of base64url
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

/// `what` failed with `errno`, on `file`.
tl::unexpected<Error> failed(std::string_view what, const std::filesystem::path& file) {
  const int why = errno;
  const Errc code = why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io;
  return fail(code, std::string(what) + " " + file.string() + ": " + std::strerror(why));
}

/// Reads until `size` bytes or the end; -1 with errno set on failure.
ssize_t read_up_to(int fd, char* out, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(fd, out + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(got);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Makes a new name in `folder` survive a power cut.
bool sync_folder(const std::filesystem::path& folder) {
  const File dir{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return dir.ok() && ::fsync(dir.fd()) == 0;
}

std::string joined(std::string_view domain, std::string_view bytes) {
  std::string message;
  message.reserve(domain.size() + bytes.size());
  message.append(domain).append(bytes);
  return message;
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

SigningKey SigningKey::generate() {
  Wiped<kSeedBytes, char> seed;
  random_bytes(reinterpret_cast<unsigned char*>(seed.data.data()), kSeedBytes);
  return from_seed({seed.data.data(), kSeedBytes});
}

SigningKey SigningKey::from_seed(std::string_view seed32) {
  ensure(seed32.size() == kSeedBytes, "SigningKey::from_seed: length");
  init();
  SigningKey key;
  key.secret_ = static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES));
  if (key.secret_ == nullptr) throw std::bad_alloc{};
  crypto_sign_seed_keypair(key.public_.data.data(), key.secret_, raw(seed32));
  sodium_mprotect_readonly(key.secret_);
  return key;
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& file) {
  init();
  const File in{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!in.ok()) return failed("can't open the key file", file);
  struct stat st {};
  if (::fstat(in.fd(), &st) != 0) return failed("can't look at the key file", file);
  if (!S_ISREG(st.st_mode)) return fail(Errc::corrupt, file.string() + " isn't a file");
  if (auto own = demand_private(file, st.st_mode); !own) return fail(own.error());

  // One byte more than a key file has, to see that nothing follows.
  Wiped<kFileHead.size() + kSeedTextBytes + 2, char> text;
  const ssize_t got = read_up_to(in.fd(), text.data.data(), text.data.size());
  if (got < 0) return failed("can't read the key file", file);
  std::string_view rest{text.data.data(), static_cast<std::size_t>(got)};
  const auto no_key = [&] {
    return fail(Errc::corrupt, "不是密钥文件 " + file.string() + " isn't a key file");
  };
  if (!rest.starts_with(kFileHead)) return no_key();
  rest.remove_prefix(kFileHead.size());
  if (rest.ends_with('\n')) rest.remove_suffix(1);

  Wiped<kSeedBytes, char> seed;
  std::size_t size = 0;
  const int bad = sodium_base642bin(reinterpret_cast<unsigned char*>(seed.data.data()), kSeedBytes,
                                    rest.data(), rest.size(), nullptr, &size, nullptr, kBase64);
  if (bad != 0 || size != kSeedBytes) return no_key();
  return from_seed({seed.data.data(), kSeedBytes});
}

namespace {

using KeyText = Wiped<kFileHead.size() + kSeedTextBytes + 1, char>;

/// libsodium's 64-byte secret starts with the seed. Its base64 ends with a NUL, made a newline.
void make_text(const unsigned char* secret, KeyText& text) {
  ensure(secret != nullptr, "SigningKey: moved from");
  std::memcpy(text.data.data(), kFileHead.data(), kFileHead.size());
  sodium_bin2base64(text.data.data() + kFileHead.size(), kSeedTextBytes + 1, secret, kSeedBytes,
                    kBase64);
  text.data.back() = '\n';
}

}  // namespace

void SigningKey::write_text(const std::function<void(char)>& put) const {
  KeyText text;
  make_text(secret_, text);
  for (const char c : text.data) put(c);
}

Result<void> SigningKey::save(const std::filesystem::path& file) const {
  KeyText text;
  make_text(secret_, text);

  const File out{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!out.ok()) return failed("can't create the key file", file);
  const bool written = write_all(out.fd(), {text.data.data(), text.data.size()}) &&
                       ::fsync(out.fd()) == 0 && sync_folder(file.parent_path());
  if (written) return {};
  const auto error = failed("can't write the key file", file);
  ::unlink(file.c_str());  // ours, since O_EXCL: half a key must not block the next attempt
  return error;
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : public_(other.public_), secret_(std::exchange(other.secret_, nullptr)) {}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  SigningKey taken{std::move(other)};  // wipes what this key held before
  std::swap(public_, taken.public_);
  std::swap(secret_, taken.secret_);
  return *this;
}

SigningKey::~SigningKey() { sodium_free(secret_); }

Signature SigningKey::sign(std::string_view domain, std::string_view bytes) const {
  ensure(secret_ != nullptr, "SigningKey: moved from");
  const std::string message = joined(domain, bytes);
  Signature s;
  crypto_sign_detached(s.data.data(), nullptr, raw(message), message.size(), secret_);
  return s;
}

Hash SigningKey::derive(std::string_view purpose) const {
  ensure(secret_ != nullptr, "SigningKey: moved from");
  // libsodium's 64-byte secret starts with the seed.
  return hash({purpose}, {reinterpret_cast<const char*>(secret_), kSeedBytes});
}

SealingKey SigningKey::sealing_key() const {
  SealingKey key;
  const int bad = crypto_sign_ed25519_pk_to_curve25519(key.data.data(), public_.data.data());
  ensure(bad == 0, "SigningKey: its own public key is valid");
  return key;
}

Result<std::string> SigningKey::unseal(std::string_view sealed) const {
  ensure(secret_ != nullptr, "SigningKey: moved from");
  if (sealed.size() < crypto_box_SEALBYTES) return fail(Errc::altered, "too short to be sealed");
  Wiped<crypto_box_SECRETKEYBYTES, char> secret;
  auto* half = reinterpret_cast<unsigned char*>(secret.data.data());
  const int bad = crypto_sign_ed25519_sk_to_curve25519(half, secret_);
  ensure(bad == 0, "SigningKey: its own secret key is valid");
  std::string opened(sealed.size() - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(reinterpret_cast<unsigned char*>(opened.data()), raw(sealed),
                           sealed.size(), sealing_key().data.data(), half) != 0)
    return fail(Errc::altered, "the seal doesn't open with this key");
  return opened;
}

bool verify(const PublicKey& key, std::string_view domain, std::string_view bytes,
            const Signature& signature) {
  init();
  const std::string message = joined(domain, bytes);
  // libsodium's own checks are the strict ones: canonical S and key, no small order.
  return crypto_sign_verify_detached(signature.data.data(), raw(message), message.size(),
                                     key.data.data()) == 0;
}

}  // namespace linli::crypto
