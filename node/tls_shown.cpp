#include "node/tls_shown.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "crypto/secret_file.h"
#include "node/store/database.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using crypto::TlsIdentity;

constexpr std::uintmax_t kFileBytesMax = 256u << 10;
constexpr auto kLookEvery = std::chrono::seconds(1);

/// What changes when somebody writes one of the files.
struct Look {
  fs::file_time_type given{}, given_key{}, server{};
  bool operator==(const Look&) const = default;

  static Look at(const TlsFiles& files) {
    std::error_code none;
    Look look;
    look.given = fs::last_write_time(files.given(), none);
    look.given_key = fs::last_write_time(files.given_key(), none);
    look.server = fs::last_write_time(files.server(), none);
    return look;
  }
};

/// Keeps what browsers are shown as the files have it.
struct Watch {
  Replica& replica;
  crypto::TlsServerSide& side;
  const crypto::TlsKey key;
  Look seen;
  std::chrono::steady_clock::time_point looked = std::chrono::steady_clock::now();
  std::mutex guard = {};  ///< Each https address has a thread of its own.

  void look() {
    const std::lock_guard lock(guard);
    const auto now = std::chrono::steady_clock::now();
    if (now - looked < kLookEvery) return;
    looked = now;
    const auto there = Look::at(TlsFiles(replica.dir()));
    if (there == seen) return;
    seen = there;
    auto changed = certificate_for_browsers(replica.dir(), key, replica.now());
    if (!changed) {
      spdlog::warn("证书未更换，仍用原来的 the certificate stays as it was: {}",
                   describe(changed.error()));
      return;
    }
    side.show_browsers(std::move(*changed));
    spdlog::info("证书已更换 browsers are shown another certificate from now on");
  }
};

}  // namespace

Result<std::string> read_small_file(const fs::path& file) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  std::ifstream in(file, std::ios::binary);
  if (ec || !in) return fail(Errc::io, "can't read " + file.string());
  if (size > kFileBytesMax) return fail(Errc::too_large, file.string() + " is over 256 KiB");
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<void> write_small_file(const fs::path& file, std::string_view text) {
  std::error_code ec;
  fs::create_directories(file.parent_path(), ec);
  auto part = file;
  part += ".new";
  fs::remove(part, ec);
  const auto failed = [&] {
    const int why = errno;
    fs::remove(part, ec);
    return fail(why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io,
                "can't write " + file.string() + ": " + std::strerror(why));
  };
  {
    const crypto::File out(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out.ok() ||
        ::write(out.fd(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(out.fd()) != 0) {
      return failed();
    }
  }
  if (::rename(part.c_str(), file.c_str()) != 0) return failed();
  const crypto::File dir(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.ok() || ::fsync(dir.fd()) != 0) return failed();
  return {};
}

Result<std::optional<TlsIdentity>> certificate_for_browsers(const DataDir& dir,
                                                            const crypto::TlsKey& key,
                                                            sync::Micros now) {
  const TlsFiles files(dir);
  if (store::file_exists(files.given())) {
    const auto certificate = read_small_file(files.given());
    if (!certificate) return fail(certificate.error());
    const auto secret = read_small_file(files.given_key());
    if (!secret) return fail(secret.error());
    auto given = TlsIdentity::read(*certificate, *secret, now);
    if (!given) {
      return fail(given.error().code,
                  files.given().string() + ": " + given.error().detail +
                      "（linli tls use 换一张，linli tls unuse 不再用 replace or "
                      "remove it）");
    }
    return std::optional(std::move(*given));
  }
  if (!store::file_exists(files.server())) return std::optional<TlsIdentity>{};
  const auto certificate = read_small_file(files.server());
  if (!certificate) return fail(certificate.error());
  auto own = TlsIdentity::read(*certificate, key, now);
  if (own) return std::optional(std::move(*own));
  // It is made anew by itself; nodes don't need it.
  spdlog::warn("{}: {}", files.server().string(), describe(own.error()));
  return std::optional<TlsIdentity>{};
}

Result<std::unique_ptr<crypto::TlsServerSide>> tls_server_side(Replica& replica) {
  const auto key = tls_key_of(replica.dir());
  if (!key) return fail(key.error());
  const TlsFiles files(replica.dir());
  // Best effort: without it, a renewal opens the key.
  (void)write_small_file(files.public_key(), crypto::to_hex(key->public_der())).has_value();
  const auto seen = Look::at(files);
  auto shown = certificate_for_browsers(replica.dir(), *key, replica.now());
  if (!shown) return fail(shown.error());
  auto side = std::make_unique<crypto::TlsServerSide>(TlsIdentity::bare(*key));
  side->show_browsers(std::move(*shown));
  const std::shared_ptr<Watch> watch(new Watch{replica, *side, *key, seen});
  side->on_line([watch] { watch->look(); });
  return side;
}

}  // namespace linli::node
