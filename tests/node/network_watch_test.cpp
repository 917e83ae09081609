// The watch over this machine's network, in a network of the test's own where that can be had.
#include "node/network_watch.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <thread>

namespace linli::node {
namespace {

enum : int { kSeen = 0, kUnseen = 1, kNoNamespace = 2, kTwice = 3, kTooEarly = 4 };

bool set_loopback(bool up) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = up ? IFF_UP : 0;
  const bool done = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return done;
}

/// In a process of its own, whose network has one interface, which is down.
int watch_a_link_come_up() {
  using namespace std::chrono_literals;
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kNoNamespace;
  std::atomic<int> called{0};
  NetworkWatch watch([&] { ++called; });
  std::this_thread::sleep_for(500ms);
  if (called != 0) return kTooEarly;
  if (!set_loopback(true)) return kNoNamespace;
  for (int i = 0; i < 300 && called == 0; ++i) std::this_thread::sleep_for(10ms);
  if (called == 0) return kUnseen;
  std::this_thread::sleep_for(700ms);
  return called == 1 ? kSeen : kTwice;
}

}  // namespace

TEST_CASE("network watch: a link that comes up is noticed, once", "[node]") {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(watch_a_link_come_up());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    WARN("SKIPPED: this machine lets nobody make a network of their own");
    return;
  }
  CHECK(WEXITSTATUS(status) == kSeen);
}

TEST_CASE("network watch: ends at once", "[node]") {
  const auto begun = std::chrono::steady_clock::now();
  {
    const NetworkWatch watch([] {});
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
}

}  // namespace linli::node
