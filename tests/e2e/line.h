// tests/e2e/line.h: a bad line on purpose: a TCP relay on loopback with a rate, a delay, and cuts.
//
// Stands between a node and its upstream. Bytes take the line's time in each direction, all
// connections share it, and little is held ready before or behind it: what a modem does.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace linli::e2e {

class Line {
 public:
  struct Nature {
    std::int64_t up = 0,
                 down = 0;  ///< Bytes a second from and to the client; 0: as fast as it goes.
    std::chrono::milliseconds delay{0};      ///< One way.
    std::chrono::milliseconds cut_every{0};  ///< All connections, with what is under way; 0: never.
    std::int64_t cut_after = 0;              ///< Likewise, after so many bytes upwards; 0: never.
  };

  /// Listens on a port of its own and leads to 127.0.0.1:`port`.
  Line(int port, Nature nature);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void cut();                  ///< Now.
  void set_down(bool down);    ///< True: connections are refused until it is up again.
  void change(Nature nature);  ///< From the next bytes on.
  /// Bytes that took the line's time so far, those that a cut lost included.
  [[nodiscard]] std::int64_t bytes_up() const { return up_.bytes; }
  [[nodiscard]] std::int64_t bytes_down() const { return down_.bytes; }
  [[nodiscard]] int cuts() const { return cuts_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Way {
    std::mutex guard;
    Clock::time_point free{};  ///< When the line has done with what it was given.
    std::atomic<std::int64_t> bytes{0};
  };
  struct Call;
  void accept_calls();
  void cut_calls();
  void pump(Call& call, int from, int to, Way& way, bool upwards);
  [[nodiscard]] Nature nature() const;

  int target_, port_ = 0, listener_ = -1;
  mutable std::mutex guard_;
  std::condition_variable changed_;
  Nature nature_;                           ///< Guarded by guard_.
  std::list<std::unique_ptr<Call>> calls_;  ///< Guarded by guard_.
  bool stopping_ = false, is_down_ = false;
  std::int64_t cut_at_ = 0;  ///< Of bytes upwards; guarded by guard_.
  std::atomic<int> cuts_{0};
  Way up_, down_;
  std::thread acceptor_, cutter_;
};

}  // namespace linli::e2e
