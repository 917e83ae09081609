// tests/hostile/spout.h: somebody on the line who speaks no HTTP and never stops.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

namespace linli::hostile {

/// Accepts whoever comes and sends him `begin`, then `piece` without an end (up to `most` bytes).
class Spout {
 public:
  Spout(std::string begin, std::string piece, std::size_t most)
      : begin_(std::move(begin)), piece_(std::move(piece)), most_(most) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Spout() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  Spout(const Spout&) = delete;
  Spout& operator=(const Spout&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int served() const { return served_; }

 private:
  void run() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      char request[4096];
      (void)!::recv(fd, request, sizeof request, 0);
      bool open = ::send(fd, begin_.data(), begin_.size(), MSG_NOSIGNAL) > 0;
      for (std::size_t sent = 0; open && !stopping_ && sent < most_; sent += piece_.size()) {
        open = ::send(fd, piece_.data(), piece_.size(), MSG_NOSIGNAL) > 0;
      }
      ++served_;
      ::close(fd);
    }
  }
  const std::string begin_, piece_;
  const std::size_t most_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> served_{0};
  std::thread thread_;
};

}  // namespace linli::hostile
