#include "node/socket_bytes.h"

// The kernel's own header: that of the C library lacks the counts.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace linli::node {

SocketBytes socket_bytes(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {info.tcpi_bytes_acked, info.tcpi_bytes_received};
}

}  // namespace linli::node
