// api/turned_away.h: logins that a lock turned away untried: counted, not noted one by one.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace linli::api {

/// Counts by an account's name, or by the address where nobody has that name. Bounded. Thread-safe.
class TurnedAway {
 public:
  void count(const std::string& whose) {
    const std::scoped_lock lock(guard_);
    if (counts_.size() >= kMost && !counts_.contains(whose)) counts_.erase(counts_.begin());
    ++counts_[whose];
  }
  /// How many there were since this was asked last.
  [[nodiscard]] std::uint64_t take(const std::string& whose) {
    const std::scoped_lock lock(guard_);
    const auto found = counts_.find(whose);
    if (found == counts_.end()) return 0;
    const auto times = found->second;
    counts_.erase(found);
    return times;
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  std::mutex guard_;
  std::map<std::string, std::uint64_t> counts_;  ///< Guarded.
};

}  // namespace linli::api
