#include "node/tls_shown.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "crypto/secret_file.h"
#include "node/passphrase.h"
#include "node/store/database.h"
#include "node/tls_key.h"

namespace linli::node {
namespace {

namespace fs = std::filesystem;
using crypto::TlsIdentity;

constexpr std::uintmax_t kFileBytesMax = 256u << 10;
constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr auto kTryAgain = std::chrono::minutes(1);
constexpr int kEndsSoonDays = 30;
constexpr sync::Micros kDayMicros = 24LL * 3600 * 1'000'000;

/// What changes when somebody writes one of the files: a file's time is as coarse as the kernel's
/// tick.
struct Look {
  struct File {
    fs::file_time_type time{};
    std::uintmax_t size = 0;
    bool operator==(const File&) const = default;
    static File at(const fs::path& path) {
      std::error_code none;
      return {fs::last_write_time(path, none), fs::file_size(path, none)};
    }
  };
  File given, given_key, server;
  bool operator==(const Look&) const = default;

  static Look at(const TlsFiles& files) {
    return {File::at(files.given()), File::at(files.given_key()), File::at(files.server())};
  }
};

void warn_of(const Error& out_of_time) {
  spdlog::warn(
      "给定的证书现在不能用，改用本节点自己的 a given certificate is no good now, the "
      "node's own is shown: {}",
      describe(out_of_time));
}

}  // namespace

Result<std::string> read_small_file(const fs::path& file) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  std::ifstream in(file, std::ios::binary);
  if (ec || !in) return fail(Errc::io, "读不出，请检查路径与权限 can't read " + file.string());
  if (size > kFileBytesMax)
    return fail(Errc::too_large, "文件超过 256 KiB " + file.string() + " is over 256 KiB");
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
    return fail(
        why == ENOSPC || why == EDQUOT ? Errc::disk_full : Errc::io,
        "写不进，请检查空间、路径与权限 can't write " + file.string() + ": " + std::strerror(why));
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

namespace {

tl::unexpected<Error> unusable(const TlsFiles& files, const Error& why) {
  return fail(why.code,
              files.given().string() + ": " + why.detail +
                  "（linli tls use 换一张，linli tls unuse 不再用 replace or remove it）");
}

/// What somebody gave. Errors: as TlsIdentity::read and GivenKey::pem; io.
Result<TlsIdentity> given_certificate(const TlsFiles& files, GivenKey& key, sync::Micros now) {
  const auto certificate = read_small_file(files.given());
  if (!certificate) return fail(certificate.error());
  auto secret = key.pem();
  if (!secret) return unusable(files, secret.error());
  auto given = TlsIdentity::read(*certificate, *secret, now);
  crypto::wipe(*secret);
  if (given) return given;
  return unusable(files, given.error());
}

/// The same of a key that nobody opens now: only the certificate is looked at.
Result<crypto::TlsFacts> given_facts(const TlsFiles& files, sync::Micros now) {
  const auto certificate = read_small_file(files.given());
  if (!certificate) return fail(certificate.error());
  auto facts = crypto::tls_facts(*certificate);
  if (!facts) return unusable(files, facts.error());
  if (facts->until_us <= now) return unusable(files, {Errc::expired, "已过期 it has ended", {}});
  if (facts->from_us > now) {
    return unusable(files, {Errc::clock_ahead, "尚未生效 it isn't valid yet", {}});
  }
  return facts;
}

Result<crypto::TlsFacts> given_as_far_as_seen(const DataDir& dir, sync::Micros now) {
  const TlsFiles files(dir);
  if (is_given_key_wrapped(dir)) return given_facts(files, now);
  GivenKey key(dir);
  const auto given = given_certificate(files, key, now);
  if (!given) return fail(given.error());
  return given->facts();
}

/// Of the city's authority; nothing: none is there, or it is no good.
Result<std::optional<TlsIdentity>> city_certificate(const TlsFiles& files,
                                                    const crypto::TlsKey& key, sync::Micros now) {
  if (!store::file_exists(files.server())) return std::optional<TlsIdentity>{};
  const auto certificate = read_small_file(files.server());
  if (!certificate) return fail(certificate.error());
  auto own = TlsIdentity::read(*certificate, key, now);
  if (own) return std::optional(std::move(*own));
  // It is made anew by itself; nodes don't need it.
  spdlog::warn("{}: {}", files.server().string(), describe(own.error()));
  return std::optional<TlsIdentity>{};
}

}  // namespace

Result<ForBrowsers> certificate_for_browsers(const DataDir& dir, const crypto::TlsKey& key,
                                             GivenKey& given, sync::Micros now) {
  const TlsFiles files(dir);
  ForBrowsers answer;
  if (store::file_exists(files.given())) {
    auto there = given_certificate(files, given, now);
    if (there) {
      answer.shown = std::move(*there);
      return answer;
    }
    const auto code = there.error().code;
    // Nodes don't need it, and time passes by itself: no reason to stop.
    if (code != Errc::expired && code != Errc::clock_ahead) return fail(there.error());
    answer.out_of_time = there.error();
  }
  auto own = city_certificate(files, key, now);
  if (!own) return fail(own.error());
  answer.shown = std::move(*own);
  return answer;
}

std::optional<GivenTrouble> trouble_of_given(const DataDir& dir, sync::Micros now) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.given())) return std::nullopt;
  const auto given = given_as_far_as_seen(dir, now);
  if (!given) {
    const auto code = given.error().code;
    const char* what = code == Errc::expired       ? "given_certificate_ended"
                       : code == Errc::clock_ahead ? "given_certificate_not_yet_valid"
                                                   : "given_certificate_unusable";
    return GivenTrouble{
        what, "给定的网页证书不能用 the given certificate can't be used: " + given.error().detail};
  }
  const auto days = (given->until_us - now) / kDayMicros;
  if (days >= kEndsSoonDays) return std::nullopt;
  return GivenTrouble{"given_certificate_ends_soon",
                      "给定的网页证书还剩 " + std::to_string(days) +
                          " 天，请用 linli tls use 更换 the given certificate ends in " +
                          std::to_string(days) + " days: replace it with `linli tls use`"};
}

namespace {

/// Keeps what browsers are shown as the files have it.
struct Watch {
  Replica& replica;
  crypto::TlsServerSide& side;
  const crypto::TlsKey key;
  GivenKey given;
  Look seen;
  /// A given certificate is there, but not in its time: a clock may be set right.
  bool out_of_time = false;
  sync::Micros until = 0;  ///< When what is shown ends; 0: nothing is.
  bool broken = false;     ///< What is there can't be used: somebody may be writing it.
  std::chrono::steady_clock::time_point looked = std::chrono::steady_clock::now(), tried = looked;
  std::mutex guard = {};  ///< Each https address has a thread of its own.

  void look() {
    const std::lock_guard lock(guard);
    const auto now = std::chrono::steady_clock::now();
    if (now - looked < kLookEvery) return;
    looked = now;
    const auto there = Look::at(TlsFiles(replica.dir()));
    const bool files_changed = there != seen;
    const bool ended = until != 0 && until <= replica.now();
    const bool again = out_of_time && now - tried >= kTryAgain;
    if (!files_changed && !again && !ended && !broken) return;
    tried = now;
    seen = there;
    auto changed = certificate_for_browsers(replica.dir(), key, given, replica.now());
    if (!changed) return stay(changed.error(), files_changed, ended);
    broken = false;
    const bool still = out_of_time && changed->out_of_time && !files_changed && !ended;
    out_of_time = changed->out_of_time.has_value();
    if (still) return;
    if (out_of_time) warn_of(*changed->out_of_time);
    show(std::move(changed->shown));
  }

 private:
  /// What is there is no good: what was shown before is, as long as it is.
  void stay(const Error& why, bool is_news, bool ended) {
    broken = true;
    if (is_news) {
      spdlog::warn("证书未更换，仍用原来的 the certificate stays as it was: {}", describe(why));
    }
    if (!ended) return;
    auto own = city_certificate(TlsFiles(replica.dir()), key, replica.now());
    show(own ? std::move(*own) : std::nullopt);
  }
  void show(std::optional<TlsIdentity> shown) {
    until = shown ? shown->facts().until_us : 0;
    side.show_browsers(std::move(shown));
    spdlog::info("证书已更换 browsers are shown another certificate from now on");
  }
};

/// An earlier version put given keys beside the node as they came.
Result<void> wrap_what_came_before(const DataDir& dir) {
  if (!store::file_exists(TlsFiles(dir).given_key()) || is_given_key_wrapped(dir)) return {};
  const auto sealed = crypto::KeyFile::is_sealed(dir.node_key());
  if (!sealed || !*sealed) return {};
  const auto passphrase = proven_passphrase_of(dir.node_key());
  if (!passphrase) return fail(passphrase.error());
  return wrap_given_key(dir, *passphrase);
}

}  // namespace

Result<std::unique_ptr<crypto::TlsServerSide>> tls_server_side(Replica& replica) {
  const auto key = tls_key_of(replica.dir());
  if (!key) return fail(key.error());
  const TlsFiles files(replica.dir());
  // Best effort: without it, a renewal opens the key.
  (void)write_small_file(files.public_key(), crypto::to_hex(key->public_der())).has_value();
  const auto seen = Look::at(files);
  GivenKey given(replica.dir());
  if (auto wrapped = wrap_what_came_before(replica.dir()); !wrapped) return fail(wrapped.error());
  auto found = certificate_for_browsers(replica.dir(), *key, given, replica.now());
  given.ask_nobody();
  if (!found) return fail(found.error());
  if (found->out_of_time) warn_of(*found->out_of_time);
  auto side = std::make_unique<crypto::TlsServerSide>(TlsIdentity::bare(*key));
  const auto until = found->shown ? found->shown->facts().until_us : 0;
  side->show_browsers(std::move(found->shown));
  const std::shared_ptr<Watch> watch(new Watch{replica, *side, *key, std::move(given), seen,
                                               found->out_of_time.has_value(), until});
  side->on_line([watch] { watch->look(); });
  return side;
}

}  // namespace linli::node
