#include "node/passphrase.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "crypto/secret_file.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using crypto::File;

/// A terminal that doesn't show what is typed, until this goes.
class Unseen {
 public:
  explicit Unseen(int fd) : fd_(fd), ok_(::tcgetattr(fd, &before_) == 0) {
    if (!ok_) return;
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd, TCSAFLUSH, &quiet);
  }
  ~Unseen() {
    if (ok_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  int fd_;
  termios before_{};
  bool ok_;
};

/// Up to the end of the line. False: too long, or the end came before anything.
bool read_line(int fd, crypto::Passphrase& into) {
  for (;;) {
    char c = 0;
    const auto n = ::read(fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) return !into.view().empty();
    if (c == '\n') break;
    if (!into.push(c)) return false;
  }
  if (into.view().ends_with('\r')) into.pop();
  return true;
}

}  // namespace

Result<std::optional<crypto::Passphrase>> passphrase_at_hand() {
  const auto held =
      [](Result<crypto::Passphrase> read) -> Result<std::optional<crypto::Passphrase>> {
    if (!read) return fail(read.error());
    return std::optional(std::move(*read));
  };
  if (const char* named = std::getenv("LINLI_PASSPHRASE_FILE"); named && *named) {
    return held(passphrase_in(named));
  }
  if (const char* kept = std::getenv("CREDENTIALS_DIRECTORY"); kept && *kept) {
    const auto credential = fs::path(kept) / "linli-passphrase";
    std::error_code ec;
    if (fs::exists(credential, ec)) return held(passphrase_in(credential, true));
  }
  return std::optional<crypto::Passphrase>{};
}

Result<crypto::Passphrase> passphrase_of(const fs::path& file) {
  auto at_hand = passphrase_at_hand();
  if (!at_hand) return fail(at_hand.error());
  if (*at_hand) return std::move(**at_hand);
  auto typed = ask_passphrase("口令 passphrase of " + file.string() + ": ");
  if (typed) return std::move(*typed);
  return fail(Errc::unauthorised,
              "密钥由口令保护 " + file.string() +
                  " is sealed under a passphrase: name a file that holds it in "
                  "LINLI_PASSPHRASE_FILE, give it as the systemd credential linli-passphrase, or "
                  "start at a terminal");
}

Result<crypto::Passphrase> proven_passphrase_of(const fs::path& file) {
  auto passphrase = passphrase_of(file);
  if (!passphrase) return passphrase;
  if (auto fits = crypto::KeyFile::read(file, &*passphrase); !fits) return fail(fits.error());
  return passphrase;
}

Result<crypto::KeyFile> open_key_file(const fs::path& file) {
  const auto sealed = crypto::KeyFile::is_sealed(file);
  if (!sealed) return fail(sealed.error());
  if (!*sealed) return crypto::KeyFile::read(file);
  const auto passphrase = passphrase_of(file);
  if (!passphrase) return fail(passphrase.error());
  return crypto::KeyFile::read(file, &*passphrase);
}

Result<crypto::SigningKey> load_key(const fs::path& file) {
  // What isn't sealed needs nothing but the loader that says most exactly what is wrong with it.
  const auto sealed = crypto::KeyFile::is_sealed(file);
  if (!sealed || !*sealed) return crypto::SigningKey::load(file);
  const auto opened = open_key_file(file);
  if (!opened) return fail(opened.error());
  return opened->key();
}

Result<void> save_sealed_like(const crypto::SigningKey& key, const fs::path& like,
                              const fs::path& file) {
  const auto passphrase = proven_passphrase_of(like);
  if (!passphrase) return fail(passphrase.error());
  return crypto::KeyFile::of(key).create(file, &*passphrase);
}

Result<crypto::Passphrase> passphrase_in(const fs::path& file, bool kept_by_system) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (in.fd() < 0 || ::fstat(in.fd(), &st) != 0) {
    return fail(Errc::io, "读不出口令文件，请检查路径与权限 can't read the passphrase in " +
                              file.string() + ": " + std::strerror(errno));
  }
  if (!kept_by_system && S_ISREG(st.st_mode)) {
    if (auto own = crypto::demand_private(file, st.st_mode); !own) return fail(own.error());
  }
  crypto::Passphrase passphrase;
  if (!read_line(in.fd(), passphrase)) {
    return fail(Errc::bad_value, "文件中没有口令，须为一行 " + file.string() +
                                     " holds no passphrase: one line, at most 1024 bytes");
  }
  return passphrase;
}

std::optional<crypto::Passphrase> ask_passphrase(std::string_view question) {
  const File terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.fd() < 0) return std::nullopt;
  const Unseen unseen(terminal.fd());
  const auto say = [&](std::string_view text) {
    [[maybe_unused]] const auto n = ::write(terminal.fd(), text.data(), text.size());
  };
  say(question);
  crypto::Passphrase passphrase;
  const bool read = read_line(terminal.fd(), passphrase);
  say("\n");
  if (!read) return std::nullopt;
  return passphrase;
}

}  // namespace linli::node
