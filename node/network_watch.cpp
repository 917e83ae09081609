#include "node/network_watch.h"

#ifdef __linux__

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace linli::node {
namespace {

/// Addresses, routes and the carrier come one after the other when a line comes up.
constexpr int kQuietMs = 300;

int listen_to_kernel() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

/// Does the message say that something may be reachable now that wasn't?
bool brings_network(const nlmsghdr& head) {
  if (head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_NEWROUTE) return true;
  if (head.nlmsg_type != RTM_NEWLINK || head.nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) {
    return false;
  }
  return (static_cast<const ifinfomsg*>(NLMSG_DATA(&head))->ifi_flags & IFF_RUNNING) != 0;
}

/// Takes all that waits in the socket.
bool read_news(int fd) {
  bool back = false;
  alignas(nlmsghdr) std::array<char, 16384> buffer;
  for (;;) {
    sockaddr_nl from{};
    socklen_t size = sizeof from;
    const auto got =
        ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0 && errno == EINTR) continue;
    // More came than the socket holds: what was lost may have been good news.
    if (got < 0 && errno == ENOBUFS) {
      back = true;
      continue;
    }
    if (got <= 0) return back;
    if (from.nl_pid != 0) continue;  // Not from the kernel.
    auto left = static_cast<unsigned>(got);
    for (auto* head = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(head, left);
         head = NLMSG_NEXT(head, left)) {
      back = brings_network(*head) || back;
    }
  }
}

}  // namespace

NetworkWatch::NetworkWatch(std::function<void()> back)
    : back_(std::move(back)), netlink_(listen_to_kernel()), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (netlink_ >= 0 && stop_ >= 0) thread_ = std::thread([this] { run(); });
}

NetworkWatch::~NetworkWatch() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    (void)!::write(stop_, &one, sizeof one);
    thread_.join();
  }
  if (netlink_ >= 0) ::close(netlink_);
  if (stop_ >= 0) ::close(stop_);
}

void NetworkWatch::run() {
  std::array<pollfd, 2> fds{{{netlink_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  for (bool back = false;;) {
    const int ready = ::poll(fds.data(), fds.size(), back ? kQuietMs : -1);
    if (ready < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (ready > 0 && (fds[0].revents & POLLNVAL) != 0) return;
    if (ready > 0) {
      back = read_news(netlink_) || back;
    } else if (ready == 0 && back) {
      back = false;
      back_();
    }
  }
}

}  // namespace linli::node

#else

namespace linli::node {

NetworkWatch::NetworkWatch(std::function<void()> back) : back_(std::move(back)) {}
NetworkWatch::~NetworkWatch() = default;
void NetworkWatch::run() {}

}  // namespace linli::node

#endif
