// api/gate.h: places for exchanges, and when to come again if there is none.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>

namespace linli::api {

/// A bounded number of places, shared by callers (a network each, pace.h). When a whole city comes
/// back at once, most are sent away: each is told another time, as if it stood in a queue that
/// moves as fast as exchanges go. Who holds a quarter of them leaves the last quarter to others,
/// and who is sent away over and over makes nobody wait longer but itself. Strangers (guests.h),
/// however many they are, leave the last quarter to who is known, and stand in a queue of their
/// own. Thread-safe.
class Gate {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Gate(int places) : places_(places), quarter_(places / 4) {}

  /// A place, given back when it goes; it also measures how long one is needed.
  class Place {
   public:
    Place(Gate& gate, std::string caller, bool known)
        : gate_(&gate), caller_(std::move(caller)), known_(known), begun_(Clock::now()) {}
    Place(Place&& other) noexcept
        : gate_(other.gate_),
          caller_(std::move(other.caller_)),
          known_(other.known_),
          begun_(other.begun_) {
      other.gate_ = nullptr;
    }
    ~Place();
    Place& operator=(Place&&) = delete;

   private:
    Gate* gate_;
    std::string caller_;
    bool known_;
    Clock::time_point begun_;
  };
  /// `known`: somebody there has proven who it is.
  [[nodiscard]] std::optional<Place> enter(const std::string& caller, bool known);

  /// For a caller who found no place: 1 s to an hour, spread by chance.
  [[nodiscard]] std::chrono::seconds come_again(const std::string& caller, bool known,
                                                Clock::time_point now = Clock::now());

 private:
  struct Caller {
    int places = 0;
    Clock::time_point booked_until{};  ///< The end of its own queue.
  };
  /// Those who are known, and strangers: apart, so that however many strangers there are change
  /// nothing for the others but what is free.
  struct Side {
    int taken = 0;
    Clock::time_point booked_until{};  ///< The end of the queue of those sent away.
    std::unordered_map<std::string, Caller> callers;
    Caller& named(const std::string& caller, Clock::time_point now);
  };
  void leave(const std::string& caller, bool known, Clock::duration needed);
  Side& side(bool known) { return known ? known_ : strangers_; }

  const int places_, quarter_;
  std::mutex guard_;  ///< Guards what follows.
  Side known_, strangers_;
  std::chrono::duration<double> usual_{0.05};  ///< How long a place is needed, lately.
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace linli::api
