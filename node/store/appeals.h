// node/store/appeals.h: who says why a change set that is held back should stand. Few and small:
// one value of meta, no table.
#pragma once

#include "node/store/log.h"

namespace linli::store {

inline constexpr std::size_t kAppealsMax = 1000;

struct AppealRow {
  crypto::Hash set{};
  crypto::AuthorId speaker{};
  std::string name, reason;  ///< The speaker's, as its certificate has it; its words.
  sync::Micros made = 0;
  std::string bytes;  ///< As it came, signed.
};
/// In the order in which they came. What can't be read is left out.
[[nodiscard]] std::vector<AppealRow> load_appeals(Log& log);
/// Keeps one; an earlier one of the same speaker on the same set gives way, and so do those on sets
/// that aren't held back any more. False: no room.
[[nodiscard]] bool save_appeal(Log& log, const AppealRow& appeal);

}  // namespace linli::store
