// api/peer.h: who is at the other end of a socket.
#pragma once

#include <string>

namespace linli::api {

/// Empty and 0 where the system doesn't tell (any more).
struct Address {
  std::string ip;
  int port = 0;
};
[[nodiscard]] Address peer_of(int socket);
[[nodiscard]] Address own_end_of(int socket);

}  // namespace linli::api
