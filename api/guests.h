// api/guests.h: networks from which somebody has proven who it is: a node by its signature, a
// person by an account. When more call than there are places, theirs come first, and some are kept
// for them: a flood from ten thousand addresses is one of strangers.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace linli::api {

/// Thread-safe. Remembers 10,000 networks (pace.h) for a week after they were last seen, and
/// forgets the one first that was away for the longest.
class Guests {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours kRemembered{7 * 24};
  static constexpr std::size_t kMost = 10'000;

  /// Who called from there has just proven who it is.
  void welcome(const std::string& network, Clock::time_point now = Clock::now());
  [[nodiscard]] bool knows(const std::string& network, Clock::time_point now = Clock::now()) const;

 private:
  mutable std::mutex guard_;
  std::unordered_map<std::string, Clock::time_point> seen_;  ///< Guarded.
};

}  // namespace linli::api
