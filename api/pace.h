// api/pace.h: how often one account, or one address, may ask (a token bucket each). An IPv6 line
// has 2^64 addresses at least (RFC 6177), so that its /64 counts as one.
//
// A page that loops, or somebody who tries what there is, slows down nobody but themselves. Other
// nodes have their own gate (gate.h); this machine's commands and its first person aren't counted.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace linli::api {

/// Whose line an address is of: of an IPv6 address the first 64 bits; any other text as it is.
[[nodiscard]] std::string network_of(const std::string& address);

class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  /// So many requests at once, and then so many a second.
  struct Allowance {
    double burst, a_second;
  };
  explicit Pace(Allowance allowance) : allowance_(allowance) {}

  /// Zero: it may. Otherwise when to come again. Thread-safe; remembers 10,000 askers at most, and
  /// forgets first who has been quiet for long enough to have everything back.
  [[nodiscard]] std::chrono::seconds wait(const std::string& who, Clock::time_point now);

 private:
  struct Bucket {
    double left;
    Clock::time_point at;
  };
  [[nodiscard]] double filled(const Bucket& bucket, Clock::time_point now) const;
  void forget(Clock::time_point now);

  const Allowance allowance_;
  std::mutex guard_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace linli::api
