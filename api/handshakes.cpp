#include "api/handshakes.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace linli::api {
namespace {

using Step = crypto::TlsLine::Step;

/// For who calls http:// where https:// is spoken.
constexpr std::string_view kSpeakTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: "
    "close\r\n\r\n"
    "请改用 https:// 访问。 Here it is https://, not http://.\n";

}  // namespace

Handshakes::Handshakes(Ready ready)
    : ready_(std::move(ready)), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  thread_ = std::thread([this] { run(); });
}

Handshakes::~Handshakes() { stop(); }

void Handshakes::take(std::shared_ptr<TlsCaller> caller) {
  {
    const std::lock_guard lock(guard_);
    if (stopping_) return;
    arrived_.push_back(std::move(caller));
  }
  ::eventfd_write(bell_.fd(), 1);
}

void Handshakes::stop() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  ::eventfd_write(bell_.fd(), 1);
  if (thread_.joinable()) thread_.join();
}

void Handshakes::take_in() {
  std::list<std::shared_ptr<TlsCaller>> arrived;
  {
    const std::lock_guard lock(guard_);
    arrived.swap(arrived_);
  }
  for (auto& caller : arrived) waiting_.push_back({std::move(caller), Clock::now() + kMost});
  while (waiting_.size() > kPlaces) {
    const auto stranger = std::find_if(waiting_.begin(), waiting_.end(),
                                       [](const auto& one) { return !one.caller->known; });
    waiting_.erase(stranger == waiting_.end() ? waiting_.begin() : stranger);
  }
}

void Handshakes::step(Waiting& waiting) {
  waiting.wants = waiting.caller->line->shake_hands();
  if (waiting.wants == Step::wants_read || waiting.wants == Step::wants_write) return;
  waiting.over = true;
  if (waiting.wants == Step::done) ready_(std::move(waiting.caller));
  if (waiting.wants == Step::plain_http) {
    (void)::send(waiting.caller->socket.fd(), kSpeakTls.data(), kSpeakTls.size(), MSG_NOSIGNAL);
  }
}

void Handshakes::run() {
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign(1, {bell_.fd(), POLLIN, 0});
    for (const auto& w : waiting_) {
      const short wanted = w.wants == Step::wants_write ? POLLOUT : POLLIN;
      polled.push_back({w.caller->socket.fd(), wanted, 0});
    }
    // The oldest runs out first; a moment more, so that its time is over then.
    const auto left = waiting_.empty() ? std::chrono::milliseconds(-1)
                                       : std::chrono::duration_cast<std::chrono::milliseconds>(
                                             waiting_.front().until - Clock::now());
    const int wait = waiting_.empty() ? -1 : static_cast<int>(std::max<long>(left.count(), 0)) + 5;
    ::poll(polled.data(), polled.size(), wait);
    std::uint64_t rung = 0;
    ::eventfd_read(bell_.fd(), &rung);
    {
      const std::lock_guard lock(guard_);
      if (stopping_) break;
    }
    std::size_t at = 1;
    for (auto& w : waiting_) {
      if (polled[at++].revents != 0) step(w);
    }
    const auto now = Clock::now();
    waiting_.remove_if([&](const auto& w) { return w.over || w.until <= now; });
    take_in();
  }
  waiting_.clear();
  const std::lock_guard lock(guard_);
  arrived_.clear();
}

}  // namespace linli::api
