// node/network_watch.h: notices that this machine's network came back.
#pragma once

#include <functional>
#include <thread>

namespace linli::node {

/// Calls `back` from a thread of its own, shortly after a link came up, an address was added or a
/// route changed (rtnetlink), once for all that comes within a moment. Where the system has no such
/// thing, or doesn't let us listen, it never calls.
class NetworkWatch {
 public:
  explicit NetworkWatch(std::function<void()> back);
  ~NetworkWatch();
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

 private:
  void run();

  std::function<void()> back_;
  int netlink_ = -1, stop_ = -1;  ///< -1: couldn't be had.
  std::thread thread_;
};

}  // namespace linli::node
