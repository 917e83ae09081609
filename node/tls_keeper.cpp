// The certificate that browsers trust is had by itself, and renewed (tls_certificates.h).
#include <spdlog/spdlog.h>

#include "node/background.h"
#include "node/tls_certificates.h"

namespace linli::node {

CertificateKeeper::CertificateKeeper(Replica& node, std::function<std::string()> upstream)
    : node_(node), upstream_(std::move(upstream)) {
  thread_ = std::thread([this] { run(); });
}

CertificateKeeper::~CertificateKeeper() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CertificateKeeper::run() {
  constexpr auto kLook = std::chrono::seconds(2);
  constexpr auto kRetry = std::chrono::minutes(5);
  constexpr auto kCompare = std::chrono::hours(24);
  const TlsFiles files(node_.dir());
  std::filesystem::file_time_type seen{}, seen_authority{};
  auto next = std::chrono::steady_clock::now(), compare = next, tell = next;
  std::unique_lock lock(guard_);
  // What a command writes is seen soon: only two files' times are looked at.
  while (!changed_.wait_for(lock, kLook, [&] { return stopping_; })) {
    std::error_code none;
    const auto names = std::filesystem::last_write_time(files.names(), none);
    const auto authority = std::filesystem::last_write_time(files.authority_key(), none);
    const bool changed = names != seen || authority != seen_authority;
    if (!changed && std::chrono::steady_clock::now() < next) continue;
    seen = names;
    seen_authority = authority;
    next = std::chrono::steady_clock::now() + kRetry;
    const bool due = std::chrono::steady_clock::now() >= compare;
    lock.unlock();
    if (std::chrono::steady_clock::now() >= tell) {
      if (const auto given = trouble_of_given(node_.dir(), node_.now())) spdlog::warn(given->text);
      tell = std::chrono::steady_clock::now() + kCompare;
    }
    bool renewed = false;
    survives("the certificate for browsers", [&] { renewed = renew(due); });
    if (renewed && due) compare = std::chrono::steady_clock::now() + kCompare;
    lock.lock();
  }
}

bool CertificateKeeper::renew(bool compare) {
  const auto done = renew_certificate(
      node_,
      [this](const std::string& request) {
        return ask_certificate_above(node_, upstream_(), request);
      },
      compare);
  if (!done) {
    // Away from the hub for weeks is ordinary; there is time for it.
    const bool ordinary =
        done.error().code == Errc::unreachable || done.error().code == Errc::not_found;
    spdlog::log(ordinary ? spdlog::level::debug : spdlog::level::warn,
                "证书 no certificate for browsers: {}", describe(done.error()));
  } else if (*done) {
    spdlog::info("已取得浏览器证书 a certificate for browsers was issued");
  }
  return done.has_value();
}

}  // namespace linli::node
