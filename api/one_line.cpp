#include "api/one_line.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

namespace linli::api {

void read_over(int socket, Places::Place& place) {
  constexpr int kSliceMilliseconds = 100;
  constexpr std::chrono::milliseconds kLastWords{500};
  constexpr std::size_t kUnreadMax = 1 << 20;
  const Places::Place::Wait wait(place);
  ::shutdown(socket, SHUT_WR);
  const auto until = std::chrono::steady_clock::now() + kLastWords;
  std::array<char, 16384> unread{};
  for (std::size_t n = 0; n < kUnreadMax && std::chrono::steady_clock::now() < until;
       n += unread.size()) {
    pollfd polled{socket, POLLIN, 0};
    if (::poll(&polled, 1, kSliceMilliseconds) <= 0) continue;
    if (::recv(socket, unread.data(), unread.size(), 0) <= 0) return;
  }
}

}  // namespace linli::api
