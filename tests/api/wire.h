// tests/api/wire.h: what really goes over the line, byte by byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

namespace linli::test {

/// One answer as it came.
struct OnTheWire {
  std::string head, body;
  [[nodiscard]] std::size_t bytes() const { return head.size() + 4 + body.size(); }
  [[nodiscard]] int status() const { return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3)); }
  /// Of the first header of that name; empty: none.
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

/// Sends a request on a connection of its own and reads until the other side hangs up. `head`:
/// lines after the first, each ended by \r\n.
inline OnTheWire over_the_wire(int port, const std::string& method, const std::string& path,
                               const std::string& head = {}, const std::string& body = {}) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  const timeval patience{60, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto request =
      method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + head;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n" + body;
  for (std::size_t at = 0; at < request.size();) {
    const auto n = ::send(fd, request.data() + at, request.size() - at, MSG_NOSIGNAL);
    if (n <= 0) break;  // It hung up: what it said is read all the same.
    at += static_cast<std::size_t>(n);
  }
  std::string got;
  char part[16384];
  for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;) {
    got.append(part, static_cast<std::size_t>(n));
  }
  ::close(fd);
  const auto end = got.find("\r\n\r\n");
  if (end == std::string::npos) return {got, {}};
  return {got.substr(0, end), got.substr(end + 4)};
}

/// A connection of one's own, for bytes that no client would send.
class Raw {
 public:
  explicit Raw(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void send(const std::string& bytes) const {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  /// False: nobody listens any more.
  [[nodiscard]] bool try_send(const std::string& bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// What comes, until `word` is in it or nothing comes any more.
  std::string until(const std::string& word) {
    char part[4096];
    while (got_.find(word) == std::string::npos) {
      const auto n = ::recv(fd_, part, sizeof part, 0);
      if (n <= 0) break;
      got_.append(part, static_cast<std::size_t>(n));
    }
    return got_;
  }

 private:
  int fd_;
  std::string got_;
};

}  // namespace linli::test
