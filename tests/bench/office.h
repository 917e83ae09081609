// tests/bench/office.h: a hub that serves in a process of its own, and an office below it.
#pragma once

#include <optional>

#include "city.h"
#include "process.h"

namespace linli::bench {

inline constexpr const char* kCommunity = "410700/410702/s0/c0";

/// Fills a hub with records of one community, serves it, and invites two offices of that community,
/// to join over a line that is counted.
class Below {
 public:
  /// `snapshot`: the hub makes one of what it holds then.
  Below(const std::filesystem::path& folder, std::size_t records, std::size_t changes,
        bool snapshot = false);

  /// Enrols an office and brings it everything, as `linli join` does.
  Ran join(std::size_t which = 0);
  [[nodiscard]] std::filesystem::path office(std::size_t which = 0) const;
  /// New change sets of the community's writer, as whom they come from hands them over: one record
  /// in each.
  [[nodiscard]] std::vector<sync::Object> more(std::size_t sets);
  [[nodiscard]] const Hash& writer() const { return writer_->certificate(); }
  [[nodiscard]] Served& hub() { return *hub_; }
  [[nodiscard]] Wire& wire() { return *wire_; }

 private:
  std::filesystem::path folder_;
  Records source_;
  std::optional<Writer> writer_;
  std::vector<std::string> invites_;
  std::unique_ptr<Served> hub_;
  std::unique_ptr<Wire> wire_;
};

}  // namespace linli::bench
