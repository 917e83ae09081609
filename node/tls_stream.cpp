#include "node/tls_stream.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

namespace linli::node {
namespace {

void tell_place(const sockaddr_storage& address, socklen_t size, std::string& ip, int& port) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (::getnameinfo(raw, size, host.data(), host.size(), service.data(), service.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  ip = host.data();
  port = static_cast<int>(std::strtol(service.data(), nullptr, 10));
}

}  // namespace

bool TlsStream::is_readable() const {
  return line_.pending() || crypto::wait_for(line_.socket(), false, reading_);
}

bool TlsStream::is_writable() const {
  pollfd line{line_.socket(), POLLOUT | POLLRDHUP, 0};
  const int got = ::poll(&line, 1, static_cast<int>(writing_.count()));
  return got > 0 && (line.revents & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) == 0;
}

ssize_t TlsStream::read(char* into, size_t most) { return line_.read(into, most, reading_); }

ssize_t TlsStream::write(const char* bytes, size_t size) {
  return line_.write(bytes, size, writing_) ? static_cast<ssize_t>(size) : -1;
}

void TlsStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(line_.socket(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    tell_place(address, size, ip, port);
  }
}

void TlsStream::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(line_.socket(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    tell_place(address, size, ip, port);
  }
}

}  // namespace linli::node
