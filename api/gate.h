// api/gate.h: places for exchanges, and when to come again if there is none.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <random>

namespace linli::api {

/// A bounded number of places. When a whole city comes back at once, most are sent away: each is
/// told another time, as if it stood in a queue that moves as fast as exchanges go. Thread-safe.
class Gate {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Gate(int places) : places_(places) {}

  /// A place, given back when it goes; it also measures how long one is needed.
  class Place {
   public:
    explicit Place(Gate& gate) : gate_(&gate), begun_(Clock::now()) {}
    Place(Place&& other) noexcept : gate_(other.gate_), begun_(other.begun_) {
      other.gate_ = nullptr;
    }
    ~Place();
    Place& operator=(Place&&) = delete;

   private:
    Gate* gate_;
    Clock::time_point begun_;
  };
  [[nodiscard]] std::optional<Place> enter();

  /// For somebody who found no place: 1 s to an hour, spread by chance.
  [[nodiscard]] std::chrono::seconds come_again(Clock::time_point now = Clock::now());

 private:
  void leave(Clock::duration needed);

  const int places_;
  std::mutex guard_;  ///< Guards what follows.
  int taken_ = 0;
  std::chrono::duration<double> usual_{0.05};  ///< How long a place is needed, lately.
  Clock::time_point booked_until_{};           ///< The end of the queue of those sent away.
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace linli::api
