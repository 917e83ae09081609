#include "tests/hostile/raw.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace linli::hostile {
namespace {

using Clock = std::chrono::steady_clock;

sockaddr_in address_of(const char* host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

bool ready(int fd, short what, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  pollfd polled{fd, what, 0};
  return ::poll(&polled, 1, static_cast<int>(std::max<long>(left.count(), 0))) > 0;
}

}  // namespace

Raw::Raw(int port, const char* from) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto own = address_of(from, 0), other = address_of("127.0.0.1", port);
  const bool bound = ::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
  if (bound && ::connect(fd_, reinterpret_cast<const sockaddr*>(&other), sizeof other) == 0) return;
  const std::string why = std::strerror(errno);
  ::close(fd_);
  throw std::runtime_error("no connection: " + why);
}

Raw::~Raw() {
  if (fd_ >= 0) ::close(fd_);
}

long Raw::send_some(std::string_view bytes) {
  const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
}

bool Raw::send(std::string_view bytes, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (!bytes.empty()) {
    const auto n = send_some(bytes);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    if (n == 0 && !ready(fd_, POLLOUT, until)) return false;
  }
  return true;
}

std::string Raw::until(std::string_view end, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::string got;
  char buffer[16384];
  while (got.find(end) == std::string::npos && ready(fd_, POLLIN, deadline)) {
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    got.append(buffer, static_cast<std::size_t>(n));
  }
  return got;
}

bool Raw::hung_up(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  char buffer[16384];
  while (ready(fd_, POLLIN, deadline)) {
    if (::recv(fd_, buffer, sizeof buffer, 0) <= 0) return true;
  }
  return false;
}

void Raw::small_window() {
  const int bytes = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::string told(std::string_view answers) {
  if (!answers.starts_with("HTTP/1.1 ")) return answers.empty() ? "closed" : "no HTTP";
  std::string text(answers.substr(9, 3));
  const auto code = answers.find("\"code\":\"");
  const auto next = answers.find("HTTP/1.1 ", 9);
  if (code != std::string_view::npos && code < next) {
    const auto from = code + 8;
    text += ' ' + std::string(answers.substr(from, answers.find('"', from) - from));
  }
  return text;
}

std::string ask(int port, std::string_view bytes) {
  Raw line(port);
  (void)line.send(bytes);
  ::shutdown(line.fd(), SHUT_WR);
  return line.until("\x01never\x01", std::chrono::seconds(8));
}

}  // namespace linli::hostile
