#include "tests/e2e/line.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <deque>

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kBuffer = 8 << 10;   ///< Of each socket: a line holds little.
constexpr auto kLate = 50ms;       ///< A sender that is later than this had nothing to send.
constexpr std::size_t kSlice = 5;  ///< Milliseconds of line time that bytes are moved in.

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void small_buffers(int socket) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace

/// One connection: two sockets, and a thread for each way (two where there is a delay).
struct Line::Call {
  int client = -1, server = -1;
  std::atomic<bool> over{false};
  std::atomic<int> running{2};
  std::thread up, down;

  void hang_up() {
    over = true;
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(server, SHUT_RDWR);
  }
  ~Call() {
    hang_up();
    if (up.joinable()) up.join();
    if (down.joinable()) down.join();
    ::close(client);
    ::close(server);
  }
};

Line::Line(int port, Nature nature) : target_(port), nature_(nature) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  small_buffers(listener_);  // Inherited by what is accepted.
  auto address = loopback(0);
  REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener_, 16) == 0);
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  cut_at_ = nature.cut_after;
  acceptor_ = std::thread([this] { accept_calls(); });
  cutter_ = std::thread([this] { cut_calls(); });
}

Line::~Line() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_all();
  cutter_.join();
  acceptor_.join();
  calls_.clear();
  ::close(listener_);
}

Line::Nature Line::nature() const {
  const std::lock_guard lock(guard_);
  return nature_;
}

void Line::change(Nature nature) {
  {
    const std::lock_guard lock(guard_);
    nature_ = nature;
    cut_at_ = nature.cut_after ? up_.bytes + nature.cut_after : 0;
  }
  changed_.notify_all();
}

void Line::set_down(bool down) {
  {
    const std::lock_guard lock(guard_);
    is_down_ = down;
  }
  if (down) cut();
}

void Line::cut() {
  const std::lock_guard lock(guard_);
  ++cuts_;
  for (auto& call : calls_) call->hang_up();
}

void Line::cut_calls() {
  std::unique_lock lock(guard_);
  auto next = Clock::now() + nature_.cut_every;
  while (!stopping_) {
    changed_.wait_for(lock, 20ms, [&] { return stopping_; });
    if (nature_.cut_every == 0ms || Clock::now() < next) continue;
    next += nature_.cut_every;
    ++cuts_;
    for (auto& call : calls_) call->hang_up();
  }
}

void Line::accept_calls() {
  for (;;) {
    {
      const std::lock_guard lock(guard_);
      if (stopping_) return;
      calls_.remove_if([](const auto& call) { return call->running == 0; });
    }
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 50) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    small_buffers(client);
    small_buffers(server);
    const auto address = loopback(target_);
    bool refuse = false;
    {
      const std::lock_guard lock(guard_);
      refuse = is_down_;
    }
    if (refuse ||
        ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    auto call = std::make_unique<Call>();
    auto& c = *call;
    c.client = client;
    c.server = server;
    c.up = std::thread([this, &c] { pump(c, c.client, c.server, up_, true); });
    c.down = std::thread([this, &c] { pump(c, c.server, c.client, down_, false); });
    const std::lock_guard lock(guard_);
    calls_.push_back(std::move(call));
  }
}

void Line::pump(Call& call, int from, int to, Way& way, bool upwards) {
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  std::deque<Piece> under_way;  // Behind the line's rate, within its delay.
  std::string buffer(64 << 10, '\0');
  bool ended = false;
  while (!call.over) {
    if (!under_way.empty() && under_way.front().due <= Clock::now()) {
      const auto& bytes = under_way.front().bytes;
      if (::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(bytes.size())) {
        break;
      }
      under_way.pop_front();
      continue;
    }
    if (ended && under_way.empty()) break;
    const auto patience =
        under_way.empty()
            ? 50ms
            : std::chrono::ceil<std::chrono::milliseconds>(under_way.front().due - Clock::now());
    pollfd ready{from, POLLIN, 0};
    if (ended) {
      std::this_thread::sleep_for(patience);
      continue;
    }
    if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) continue;
    const auto now_nature = nature();
    const auto rate = upwards ? now_nature.up : now_nature.down;
    const auto most =
        rate > 0 ? std::max<std::size_t>(static_cast<std::size_t>(rate) * kSlice / 1000, 64)
                 : buffer.size();
    const auto n = ::recv(from, buffer.data(), std::min(most, buffer.size()), 0);
    if (n <= 0) {
      ended = true;
      continue;
    }
    auto done = Clock::now();
    if (rate > 0) {
      const std::lock_guard lock(way.guard);
      // Not to the line's account is when this thread was woken late, which adds up on a busy
      // machine.
      if (done - way.free > kLate) way.free = done;
      way.free += std::chrono::microseconds(n * 1'000'000 / rate);
      done = way.free;
    }
    way.bytes += n;
    // The line is busy: nothing more is taken from the socket meanwhile, so that it fills up.
    while (!call.over && Clock::now() < done) {
      std::this_thread::sleep_for(std::min<Clock::duration>(done - Clock::now(), 20ms));
    }
    under_way.push_back({done + now_nature.delay, buffer.substr(0, static_cast<std::size_t>(n))});
    if (upwards) {
      const std::lock_guard lock(guard_);
      if (cut_at_ > 0 && way.bytes >= cut_at_) {
        cut_at_ += nature_.cut_after;
        ++cuts_;
        for (auto& other : calls_) other->hang_up();
      }
    }
  }
  call.hang_up();
  --call.running;
}

}  // namespace linli::e2e
