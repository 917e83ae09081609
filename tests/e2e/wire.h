// tests/e2e/wire.h: a bad network on purpose, for real IP packets between real processes.
//
// Two network namespaces, each with a TUN device; a thread of the test carries packets from one to
// the other with a rate, a delay, loss, cuts, and ways that are dead. TCP does in it what it does
// on such a line: it sends again, waits longer, and gives up. Needs CAP_SYS_ADMIN, CAP_NET_ADMIN
// and /dev/net/tun (`impossible` says what is missing); no kernel module but tun.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace linli::e2e {

/// A network namespace, with its loopback up. Gone with its last process.
class Namespace {
 public:
  Namespace();
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  /// Runs `what` with the calling thread in here: the sockets and processes it makes are, too.
  template <class What>
  auto inside(What&& what) const {
    const Visit visit(fd_);
    return std::forward<What>(what)();
  }

 private:
  struct Visit {
    explicit Visit(int there);
    ~Visit();
    int back;
  };
  int fd_ = -1;
};

/// The wire between `office()` and `hub()`. Thread-safe.
class Wire {
 public:
  struct Way {
    std::int64_t rate = 0;               ///< Bytes a second, IP headers included; 0: no limit.
    std::chrono::milliseconds delay{0};  ///< One way.
    double loss = 0;                     ///< Of packets, by chance, the same for a seed.
    bool dead = false;                   ///< Nothing comes through, and nobody says so.
  };
  struct Nature {
    Way up, down;                            ///< From and to the office.
    std::chrono::milliseconds cut_every{0};  ///< 0: never.
    /// What became of connections from before a cut: packets vanish, as behind a modem that got
    /// another address; or, true, the first one is answered with a reset, as some gateways do.
    bool resets = false;
  };
  static constexpr const char* kHub = "198.18.0.1";  ///< RFC 2544: of no real network.
  static constexpr const char* kOffice = "198.18.0.2";
  static constexpr std::int64_t kQueueBytes =
      32 << 10;  ///< Waiting for the rate; what is over is lost.

  /// Why no wire can be made here; nothing: it can.
  [[nodiscard]] static std::optional<std::string> impossible();

  explicit Wire(std::uint64_t seed);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] const Namespace& hub() const { return hub_; }
  [[nodiscard]] const Namespace& office() const { return office_; }
  void change(const Nature& nature);  ///< From the next packets on; the time to a cut begins anew.
  void cut();                         ///< Now: what is under way is lost, and each connection dead.

  struct Figures {
    std::int64_t bytes = 0;  ///< Put on the wire by either side, headers and lost ones included.
    std::int64_t packets = 0, lost = 0;
    int cuts = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Packet {
    Clock::time_point due;
    std::string bytes;
  };
  struct Direction {
    int from = -1, to = -1;
    std::mt19937_64 random;
    Clock::time_point free{};  ///< When the rate has done with what it was given.
    std::deque<Packet> under_way;
  };
  void run();
  void carry(Direction& way, const Way& nature, std::string packet, bool upwards);
  [[nodiscard]] bool belongs(const std::string& packet, bool upwards);
  void deliver(Direction& way);
  void cut_now();

  Namespace hub_, office_;
  int hub_device_ = -1, office_device_ = -1;
  mutable std::mutex guard_;  ///< Over all that follows.
  Nature nature_;
  Direction up_, down_;
  std::set<std::pair<std::uint16_t, std::uint16_t>> calls_;  ///< Ports of those since the last cut.
  Clock::time_point next_cut_{};
  Figures figures_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace linli::e2e
