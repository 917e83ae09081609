// tests/bench/office.h: a hub that serves in a process of its own, and an office below it.
#pragma once

#include "city.h"
#include "process.h"

namespace linli::bench {

inline constexpr const char* kCommunity = "410700/410702/s0/c0";

/// Fills a hub with records of one community, serves it, and invites that community's office, to
/// join over a line that is counted.
class Below {
 public:
  /// `snapshot`: the hub makes one of what it holds then.
  Below(const std::filesystem::path& folder, std::size_t records, std::size_t changes,
        bool snapshot = false);

  /// Enrols the office and brings it everything, as `linli join` does.
  Ran join();
  [[nodiscard]] const std::filesystem::path& office() const { return office_; }
  [[nodiscard]] Served& hub() { return *hub_; }
  [[nodiscard]] Wire& wire() { return *wire_; }

 private:
  std::filesystem::path office_;
  std::string invite_;
  std::unique_ptr<Served> hub_;
  std::unique_ptr<Wire> wire_;
};

}  // namespace linli::bench
