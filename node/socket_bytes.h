// node/socket_bytes.h: how much really went over a TCP connection, as the kernel counts it.
#pragma once

#include <cstdint>

namespace linli::node {

/// Since the connection was made. What is only held ready to be sent doesn't count.
struct SocketBytes {
  std::uint64_t confirmed = 0;  ///< Sent, and confirmed by the machine at the other end.
  std::uint64_t received = 0;
};

/// Nothing where `socket` is no TCP connection any more.
[[nodiscard]] SocketBytes socket_bytes(int socket);

}  // namespace linli::node
