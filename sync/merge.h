// sync/merge.h: what the changes to one record add up to, whatever the order they arrive in (I3,
// I4).
//
// Per cell (a field, or a group that merges as one) the versions form a DAG: each names the ones it
// was made on. A version that no other names is a leaf. One leaf: the value. Several that don't all
// say the same: a conflict, won by the greatest order key; the others stay listed.
//
// Memory grows with what is open, not with history: of an ordinary cell only leaves are kept. That
// the rest can be told from what hasn't come yet is owed to feeds being applied in order: per feed
// the state keeps the last version that touched this record, and whatever the feed numbered up to
// there has been added, or never will be. A state move stays, in some ten bytes: a late move may
// name it, and must be judged alike on every node.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <set>
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

/// Do two leaves of one cell leave the same values? Told by what every node holds: the encoded
/// bytes of plain values, the commitments of others. A field without a value says nothing.
[[nodiscard]] bool says_the_same(const Leaf& a, const Leaf& b);

/// How a type's fields are grouped, and how its state moves; given by the schema.
struct MergeRules {
  std::function<std::uint32_t(std::uint32_t field)> cell_of;  ///< Never 0 (0 is the life cell).
  std::optional<std::uint32_t> state_field;
  const TypeRule* moves = nullptr;  ///< Ranks; may be null.
};

struct Conflict {
  std::uint32_t cell = 0;  ///< 0: edits that met a delete.
  Leaf winner;
  std::vector<Leaf> losers;  ///< Greatest order key first; of cell 0 one for each change.
  /// The losers name a state that wasn't current (rule 7). Without losers: the winner does, and
  /// stands only because there is no other.
  bool void_move = false;
  bool void_winner = false;  ///< The winner is void as well: no valid move is there.
};
/// Was it lost to the winner? Not if it says the same, and a third one made the conflict.
[[nodiscard]] bool is_lost(const Conflict& conflict, const Leaf& loser);

struct Merged {
  std::uint64_t life = 0;
  bool removed = false;  ///< Then `fields` are what they were, for a person who looks back.
  std::vector<std::pair<std::uint32_t, std::string>> fields;  ///< Ascending; cleared ones left out.
  std::map<std::uint32_t, VersionId> versions;                ///< Winner of each cell that has one.
  std::vector<Conflict> conflicts;
};

/// The rules, cell by cell:
/// - Life: a removal ends its life. A life above 0 has begun once a put of it names a removal of
///   the one before; until then its changes wait, and then those of earlier lives are dropped.
///   Leaves that no removal of their life names are edits that met a delete: a conflict in cell 0.
/// - State: a move is valid if its `from` is the `to` of a valid version that it names, or null if
///   it names no valid one; undecided (and taken as valid) while that hangs on a version that
///   hasn't come; else void, as is a version of the state's group that holds no move. A void one
///   supersedes only void ones and wins only among them: naming a wrong `from` is no way round the
///   policy. Between valid leaves: trusted clock, then rank, then order key.
/// - Any other: the leaf with the greatest order key. A version replaces the whole group it is of.
/// - Leaves that all say the same are no conflict: nobody disagrees. Void moves are listed anyway.
class RecordState {
 public:
  /// Adds one change of this record; what was added already is left alone. Changes of one feed come
  /// in their order (seq, then index), those of several feeds in any: the same changes give the
  /// same state, with the same bytes. To take one back, fold the others again. `rules` are the same
  /// at every call; a new schema means folding again.
  void add(const Change& change, const OrderKey& key, const MergeRules& rules);

  [[nodiscard]] Merged merged(const MergeRules& rules) const;
  /// The base that a new change of the given cells must name: all leaves of each of them (an edit
  /// made now settles what it saw). For a removal or revival: of every cell and the life cell.
  [[nodiscard]] Base base_for(const std::vector<std::uint32_t>& cells) const;
  [[nodiscard]] Base base_for_all() const;
  [[nodiscard]] std::uint64_t life() const { return life_; }
  /// Nothing but erasures has touched it so far: there is no record yet.
  [[nodiscard]] bool blank() const { return lives_.empty(); }
  [[nodiscard]] bool removed() const;
  /// Every value that is kept, of whatever life.
  void each_value(
      const std::function<void(std::uint32_t field, std::string_view value)>& found) const;

  /// For the store: opaque, stable within one version of the store. Equal states have equal bytes.
  [[nodiscard]] std::string encode() const;
  /// Errors: corrupt, unless `bytes` are exactly what encode() writes.
  [[nodiscard]] static Result<RecordState> decode(std::string_view bytes);

 private:
  /// The last version of a feed that touched this record.
  struct Mark {
    std::uint64_t seq = 0;
    std::uint32_t index = 0;
    auto operator<=>(const Mark&) const = default;
  };
  struct Cell {
    std::map<VersionId, Leaf> leaves;
    std::set<VersionId> awaited;  ///< Named as base, not added yet: superseded when they come.
  };
  enum class Standing : std::uint8_t { open = 0, valid = 1, invalid = 2 };
  struct Move {
    Leaf leaf;  ///< Without its fields once settled.
    StateMove move;
    Standing standing = Standing::open;
    bool settled = false;         ///< Superseded for good, whatever may still come.
    std::vector<VersionId> base;  ///< Ascending; emptied once it can't change anything any more.
  };
  using Moves = std::map<VersionId, Move>;
  struct Life {
    std::map<std::uint32_t, Cell> cells;
    std::map<std::uint32_t, Moves> moves;  ///< The state cell, if the type has one.
    std::map<VersionId, OrderKey> removals;
    std::set<VersionId> seen;   ///< Named by a removal of this life.
    std::set<VersionId> named;  ///< Named by a put, while this life hasn't begun.
  };
  struct Codec;

  [[nodiscard]] bool added(const VersionId& version) const;
  void put(Life& life, const Change& change, const OrderKey& key, const MergeRules& rules);
  void remember(const VersionId& version);
  void begin_lives();
  void prune();
  void settle(Moves& moves) const;
  [[nodiscard]] Standing judge(const Moves& moves, const VersionId& version) const;
  [[nodiscard]] const Life* current() const;
  static std::vector<const Move*> leaves_of(const Moves& moves);
  static void leaves_of_cell(const Life& life, std::uint32_t cell, std::set<VersionId>& into);

  std::map<FeedId, Mark> marks_;
  std::uint64_t life_ = 0;
  std::map<std::uint64_t, Life> lives_;  ///< The current one, and those that wait to begin.
};

}  // namespace linli::sync
