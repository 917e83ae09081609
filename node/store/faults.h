// node/store/faults.h: what verify found wrong, whom and what it concerns, and what helps.
#pragma once

#include <string>
#include <vector>

#include "node/store/log.h"

namespace linli::store {

/// What a person should do.
enum class Remedy {
  rebuild,     ///< The log is whole, what was worked out of it isn't: `linli rebuild`.
  begin_anew,  ///< The hub has confirmed it: joining anew brings it back.
  save_first,  ///< It isn't known to be anywhere else: look for a backup, or ask its author.
  restore,     ///< This is the hub: its newest backup; the nodes give back what came later.
  fetch,       ///< An attachment: it is fetched once its broken file is out of the way.
};
[[nodiscard]] std::string_view name_of(Remedy remedy);

struct VerifyFault {
  std::string what;  ///< One line that begins with the place: "log 12: …", "feed 3fa2…".
  std::int64_t arrival = 0;  ///< Of the entry in the log; 0: none.
  Remedy remedy = Remedy::begin_anew;

  // Filled in by explain(), as far as the database still tells.
  std::string change_set{};            ///< Its hash, hexadecimal; empty: no change set.
  std::uint64_t number = 0;            ///< In its author's feed.
  std::string author_id{}, author{};   ///< Hexadecimal; the name in its certificate.
  std::vector<std::string> records{};  ///< "inspection 0190d3a2-…": at most kRecordsNamed.
  std::size_t records_left_out = 0;
};
inline constexpr std::size_t kRecordsNamed = 8;

class People;
/// Says whose change set it is, which records it changed, and what helps. `at_hub`: this node gives
/// the receipts. Reads what the tables say, not the entry itself: that one can't be trusted.
void explain(Log& log, const People& people, bool at_hub, VerifyFault& fault);

}  // namespace linli::store
