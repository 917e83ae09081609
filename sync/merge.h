// sync/merge.h: what the changes to one record add up to, whatever the order they arrive in (I3, I4).
//
// Per cell the versions form a DAG: each names the ones it was made on. A version that no other
// names is a leaf. One leaf: the value. Several: a conflict, won by the greatest order key; the
// others stay listed. Folding is commutative and idempotent.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sync/change_set.h"
#include "sync/policy.h"

namespace linli::sync {

/// Between concurrent leaves the greater wins: trusted clock first, then time, then names.
struct OrderKey {
  bool trusted = true;  ///< False once a receipt flagged the set's clock (rule 12).
  Micros time = 0;      ///< max(stamp, seen.time).
  VersionId version;
  auto operator<=>(const OrderKey&) const = default;
};

struct Leaf {
  OrderKey key;
  std::vector<std::pair<std::uint32_t, std::string>> fields;  ///< Null item: cleared.
  bool removal = false;                                       ///< Of the life cell only.
};

/// How a type's fields are grouped, and how its state moves; given by the schema.
struct MergeRules {
  std::function<std::uint32_t(std::uint32_t field)> cell_of;  ///< Never 0 (0 is the life cell).
  std::optional<std::uint32_t> state_field;
  const TypeRule* moves = nullptr;  ///< Ranks; may be null.
};

struct Conflict {
  std::uint32_t cell = 0;  ///< 0: edits that met a delete.
  Leaf winner;
  std::vector<Leaf> losers;  ///< Greatest order key first.
  bool void_move = false;    ///< The loser named a state that wasn't current (rule 7).
};

struct Merged {
  std::uint64_t life = 0;
  bool removed = false;
  std::vector<std::pair<std::uint32_t, std::string>> fields;  ///< Ascending; cleared ones left out.
  std::map<std::uint32_t, VersionId> versions;  ///< Winner of each cell that has one.
  std::vector<Conflict> conflicts;
};

class RecordState {
 public:
  /// Adds one change. The same change twice, and any order, give the same state, provided that in
  /// the end the same changes were added. A version named as base that hasn't been added is
  /// remembered and stays superseded when it comes.
  void add(const Change& change, const OrderKey& key, const MergeRules& rules);

  [[nodiscard]] Merged merged(const MergeRules& rules) const;
  /// The base that a new change of the given cells must name: all leaves of each of them (an edit
  /// made now settles what it saw). For a removal or revival: of every cell and the life cell.
  [[nodiscard]] Base base_for(const std::vector<std::uint32_t>& cells) const;
  [[nodiscard]] Base base_for_all() const;
  [[nodiscard]] std::uint64_t life() const;
  [[nodiscard]] bool removed() const;

  /// For the store: opaque, stable within one version of the store. Equal states have equal bytes.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<RecordState> decode(std::string_view bytes);

 private:
  struct Version {
    Leaf leaf;
    std::vector<VersionId> base;
    bool superseded = false;
    std::uint64_t life = 0;
  };
  /// All versions of each cell; a superseded one keeps its name and state move, not its value.
  std::map<std::uint32_t, std::map<VersionId, Version>> cells_;
  std::map<std::uint32_t, std::vector<VersionId>> awaited_;  ///< Named as base, not added yet.
};

}  // namespace linli::sync
