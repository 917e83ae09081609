// tests/support/merge_examples.h: changes of one record, and what they must add up to by
// sync/MERGE.md, written out by hand; tests/vectors/merge.json holds them in bytes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sync/change_set.h"

namespace linli::test::merging {

/// Fields 2 (the state) and 3 (its reason) are the group 60001.
inline constexpr std::uint32_t kState = 2, kReason = 3, kStateCell = 60001;

using Item = std::pair<std::uint32_t, std::string>;  ///< A field and its value, encoded.

/// One change set with one change: its feed's letter and its number there ("b1"), its stamp in
/// minutes, what it was made on, and what it says.
struct Edit {
  std::string name;
  int minute = 0;
  std::vector<std::string> on;
  std::vector<Item> fields;
  sync::ChangeKind kind = sync::ChangeKind::put;
  std::uint64_t life = 0;
  bool flagged = false;    ///< By the receipt that counts.
  int seen = 0;            ///< Time of the hub's head that its author knew; 0: none.
  std::uint32_t cell = 0;  ///< Of this cell it was made on others: …
  std::vector<std::string> on_in_cell = {};
};

struct Dispute {
  std::uint32_t cell;
  std::string winner;
  std::vector<std::string> losers;
  bool is_void = false;
};
struct Example {
  std::string name;
  std::vector<Edit> edits;
  std::vector<Item> fields;
  std::vector<Dispute> conflicts = {};
  std::uint64_t life = 0;
  bool removed = false;
  /// What an author of field 1 names; empty: not said.
  std::vector<std::string> names = {};
};

[[nodiscard]] std::vector<Example> examples();

}  // namespace linli::test::merging
