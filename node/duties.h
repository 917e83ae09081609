// node/duties.h: what falls due by itself: the disclosures that a calendar calls for (domain 2.4).
#pragma once

#include "node/replica.h"

namespace linli::node {

/// Writes, as `expected`, the disclosures of the periods that ended last before `today` (a local
/// day): one for each compound that a company manages in this node's scope and each kind with a
/// calendar that companies owe, with the company whose contract is served there. What is there
/// already is left alone, so it may run as often as one likes; the answer is how many were new.
/// Only offices do this.
[[nodiscard]] Result<std::size_t> expect_disclosures(Replica& replica, std::int64_t today);

/// The period of a kind ("month", "quarter", "half_year", "year") that ended last before `today`:
/// "2023-05", "2023-Q2", "2023-H1", "2023". Empty for kinds without a calendar.
[[nodiscard]] std::string last_period(std::string_view kind, std::int64_t today);

/// Lets a serving node do what falls due: soon after it begins, and every hour. An office writes
/// down its disclosures; streets and who stands above propose credit events (crediting.h); the hub
/// makes the snapshots that are due; every node lets go of personal values whose time is over
/// (retaining.h), and of attachments that nothing refers to.
class Calendar {
 public:
  explicit Calendar(Replica& replica);
  ~Calendar();
  Calendar(const Calendar&) = delete;
  Calendar& operator=(const Calendar&) = delete;

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  bool stopping_ = false;  ///< Guarded by guard_.
  std::thread thread_;
};

}  // namespace linli::node
