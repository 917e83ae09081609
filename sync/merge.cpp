#include "sync/merge.h"

#include <algorithm>
#include <tuple>

namespace linli::sync {
namespace {

constexpr std::uint32_t kLifeCell = 0;
constexpr std::string_view kNull = "\xF6";

std::string value_of(const Change& change, const FieldValue& field) {
  return std::string(change.kind == ChangeKind::clear ? kNull : field.value);
}

/// What a change writes, by the cell it stands in.
std::map<std::uint32_t, Leaf> leaves_written(const Change& change, const OrderKey& key,
                                             const MergeRules& rules) {
  std::map<std::uint32_t, Leaf> written;
  for (const auto& field : change.fields) {
    const std::uint32_t cell = rules.cell_of(field.field);
    ensure(cell != kLifeCell, "merge: cell 0 is the life cell");
    Leaf& leaf = written[cell];
    leaf.key = key;
    leaf.fields.emplace_back(field.field, value_of(change, field));
  }
  return written;
}

/// A version of the state's group that names no move would reset the state past every rule: it is
/// void, whatever it stands on.
StateMove move_of(const Leaf& leaf, std::uint32_t state_field) {
  for (const auto& [field, value] : leaf.fields) {
    if (field != state_field || value == kNull) continue;
    if (const auto move = decode_move(value)) return *move;
  }
  return StateMove{-1, -1};
}

std::uint32_t rank_of(const StateMove& move, const MergeRules& rules) {
  if (rules.moves == nullptr) return 0;
  for (const auto& rule : rules.moves->moves)
    if (rule.from == move.from && rule.to == move.to) return rule.rank;
  return 0;
}

bool greater_key(const Leaf& a, const Leaf& b) { return a.key > b.key; }

/// An author that names its own version, by mistake or not, must not make its value vanish.
std::vector<VersionId> without_self(std::vector<VersionId> named, const VersionId& self) {
  std::erase(named, self);
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  return named;
}

/// All versions that the author had seen, whichever cell it names them for: a change is seen whole.
std::vector<VersionId> all_named(const Base& base, const VersionId& self) {
  auto named = base.all;
  for (const auto& [cell, versions] : base.cells)
    named.insert(named.end(), versions.begin(), versions.end());
  return without_self(std::move(named), self);
}

using Fields = std::vector<std::pair<std::uint32_t, std::string>>;

Fields with_values(Fields fields) {
  std::erase_if(fields, [](const auto& field) { return field.second == kNull; });
  std::sort(fields.begin(), fields.end());
  return fields;
}

}  // namespace

bool says_the_same(const Leaf& a, const Leaf& b) {
  return with_values(a.fields) == with_values(b.fields);
}

bool is_lost(const Conflict& conflict, const Leaf& loser) {
  return conflict.cell == kLifeCell || conflict.void_move || !says_the_same(loser, conflict.winner);
}

// Adding

void RecordState::add(const Change& change, const OrderKey& key, const MergeRules& rules) {
  const VersionId& self = key.version;
  if (added(self)) return;
  if (change.life >= life_) {
    if (change.kind == ChangeKind::remove) {
      Life& life = lives_[change.life];
      life.removals.emplace(self, key);
      life.seen.merge([&] {
        const auto named = all_named(change.base, self);
        return std::set<VersionId>(named.begin(), named.end());
      }());
    } else if (change.kind == ChangeKind::put || change.kind == ChangeKind::clear) {
      put(lives_[change.life], change, key, rules);
    }
    // The other kinds move no value: an erasure acts on commitments, outside of the merge.
  }
  remember(self);
  begin_lives();
  prune();
}

void RecordState::put(Life& life, const Change& change, const OrderKey& key,
                      const MergeRules& rules) {
  const VersionId& self = key.version;
  const std::uint32_t state_cell =
      rules.state_field ? rules.cell_of(*rules.state_field) : kLifeCell;  // no field is in cell 0
  for (auto& [number, leaf] : leaves_written(change, key, rules)) {
    auto base = without_self(change.base.of(number), self);
    if (number == state_cell) {
      const StateMove move = move_of(leaf, *rules.state_field);
      const bool claims = move.from != -1 || move.to != -1;
      life.moves[number].emplace(
          self, Move{std::move(leaf), move, claims ? Standing::open : Standing::invalid, false,
                     std::move(base)});
      continue;
    }
    Cell& cell = life.cells[number];
    for (const auto& version : base)
      if (cell.leaves.erase(version) == 0) cell.awaited.insert(version);  // unless pruned
    if (!cell.awaited.contains(self)) cell.leaves.emplace(self, std::move(leaf));
  }
  if (change.life > life_ && change.kind == ChangeKind::put) {
    const auto named = all_named(change.base, self);
    life.named.insert(named.begin(), named.end());
  }
}

bool RecordState::added(const VersionId& version) const {
  const auto mark = marks_.find(version.feed);
  return mark != marks_.end() && Mark{version.seq, version.index} <= mark->second;
}

void RecordState::remember(const VersionId& version) {
  marks_[version.feed] = Mark{version.seq, version.index};
}

/// Once begun a life never ends by what still comes: only by a removal and a put that names it.
void RecordState::begin_lives() {
  while (true) {
    const auto now = lives_.find(life_), next = lives_.find(life_ + 1);
    if (now == lives_.end() || next == lives_.end()) return;
    const auto& named = next->second.named;
    const bool begun = std::any_of(named.begin(), named.end(), [&](const VersionId& version) {
      return now->second.removals.contains(version);
    });
    if (!begun) return;
    next->second.named.clear();
    lives_.erase(lives_.begin(), next);
    ++life_;
  }
}

/// Drops every name that can't matter any more, so that equal sets of changes leave equal bytes.
void RecordState::prune() {
  for (auto& [number, life] : lives_) {
    for (auto& [cell_number, moves] : life.moves) settle(moves);
    for (auto& [cell_number, cell] : life.cells)
      std::erase_if(cell.awaited, [&](const VersionId& v) { return added(v); });
    std::erase_if(life.cells, [](const auto& entry) {
      return entry.second.leaves.empty() && entry.second.awaited.empty();
    });
  }
  std::erase_if(lives_, [](const auto& entry) {
    const Life& life = entry.second;
    return life.cells.empty() && life.moves.empty() && life.removals.empty() && life.named.empty();
  });
}

// State moves

RecordState::Standing RecordState::judge(const Moves& moves, const VersionId& version) const {
  const Move& self = moves.at(version);
  const bool creates = self.move.from == -1;
  bool undecided = false, on_valid = false;
  for (const auto& name : self.base) {
    const auto base = moves.find(name);
    if (base == moves.end()) {
      undecided = undecided || !added(name);
      continue;
    }
    const bool fits = base->second.move.to == self.move.from;
    if (base->second.standing == Standing::valid) {
      if (fits) return Standing::valid;
      on_valid = true;
    }
    if (base->second.standing == Standing::open && (fits || creates)) undecided = true;
  }
  if (undecided) return Standing::open;
  return creates && !on_valid ? Standing::valid : Standing::invalid;
}

/// Decides what can be decided for good. Each step only takes away uncertainty, so that the end
/// doesn't depend on the order of arrival.
void RecordState::settle(Moves& moves) const {
  for (bool again = true; again;) {
    again = false;
    for (auto& [version, move] : moves) {
      if (move.standing != Standing::open) continue;
      move.standing = judge(moves, version);
      again = again || move.standing != Standing::open;
    }
  }
  for (auto& [version, move] : moves) {
    if (move.standing == Standing::open) continue;
    bool all_settled = true;
    for (const auto& name : move.base) {
      const auto base = moves.find(name);
      if (base == moves.end()) {
        all_settled = all_settled && added(name);
        continue;
      }
      const bool waits =
          move.standing == Standing::invalid && base->second.standing == Standing::open;
      all_settled = all_settled && !waits;
      if (move.standing == Standing::valid || base->second.standing == Standing::invalid)
        base->second.settled = true;
    }
    if (all_settled) move.base.clear();
  }
  for (auto& [version, move] : moves)
    if (move.settled) move.leaf = Leaf{};
}

std::vector<const RecordState::Move*> RecordState::leaves_of(const Moves& moves) {
  std::set<VersionId> superseded;
  for (const auto& [version, move] : moves)
    if (move.standing == Standing::open) superseded.insert(move.base.begin(), move.base.end());
  std::vector<const Move*> leaves;
  for (const auto& [version, move] : moves)
    if (!move.settled && !superseded.contains(version)) leaves.push_back(&move);
  return leaves;
}

// Reading

const RecordState::Life* RecordState::current() const {
  const auto life = lives_.find(life_);
  return life == lives_.end() ? nullptr : &life->second;
}

bool RecordState::removed() const {
  const Life* life = current();
  return life != nullptr && !life->removals.empty();
}

namespace {

/// Takes one cell's leaves, winner first, into the result.
void show(Merged& merged, std::uint32_t cell, const Leaf& winner) {
  merged.versions[cell] = winner.key.version;
  for (const auto& [field, value] : winner.fields)
    if (value != kNull) merged.fields.emplace_back(field, value);
}

bool differ(const Leaf& winner, const std::vector<Leaf>& losers) {
  return std::any_of(losers.begin(), losers.end(),
                     [&](const Leaf& loser) { return !says_the_same(loser, winner); });
}

void list(Merged& merged, std::uint32_t cell, const Leaf& winner, std::vector<Leaf> losers,
          bool void_move, bool void_winner = false) {
  std::sort(losers.begin(), losers.end(), greater_key);
  merged.conflicts.push_back(Conflict{cell, winner, std::move(losers), void_move, void_winner});
}

}  // namespace

Merged RecordState::merged(const MergeRules& rules) const {
  Merged merged;
  merged.life = life_;
  merged.removed = removed();
  const Life* life = current();
  if (life == nullptr) return merged;
  std::map<VersionId, Leaf> unseen;  // edits that met a delete, each change's cells together
  const auto note_unseen = [&](const Leaf& leaf) {
    if (life->seen.contains(leaf.key.version)) return;
    Leaf& edit = unseen[leaf.key.version];
    edit.key = leaf.key;
    edit.fields.insert(edit.fields.end(), leaf.fields.begin(), leaf.fields.end());
  };

  for (const auto& [number, cell] : life->cells) {
    std::vector<Leaf> leaves;
    for (const auto& [version, leaf] : cell.leaves) leaves.push_back(leaf);
    if (leaves.empty()) continue;
    std::for_each(leaves.begin(), leaves.end(), note_unseen);
    std::sort(leaves.begin(), leaves.end(), greater_key);
    show(merged, number, leaves.front());
    if (leaves.size() == 1 || merged.removed) continue;
    std::vector<Leaf> losers(leaves.begin() + 1, leaves.end());
    if (differ(leaves.front(), losers)) list(merged, number, leaves.front(), losers, false);
  }

  for (const auto& [number, moves] : life->moves) {
    auto leaves = leaves_of(moves);
    if (leaves.empty()) continue;
    const auto strength = [&](const Move* m) {
      return std::tuple(m->standing != Standing::invalid, m->leaf.key.trusted,
                        rank_of(m->move, rules), m->leaf.key);
    };
    std::sort(leaves.begin(), leaves.end(),
              [&](const Move* a, const Move* b) { return strength(a) > strength(b); });
    const Move& winner = *leaves.front();
    std::vector<Leaf> losers, void_losers;
    for (const Move* move : leaves) {
      note_unseen(move->leaf);
      if (move == &winner) continue;
      (move->standing == Standing::invalid ? void_losers : losers).push_back(move->leaf);
    }
    show(merged, number, winner.leaf);
    if (merged.removed) continue;
    if (differ(winner.leaf, losers)) list(merged, number, winner.leaf, std::move(losers), false);
    if (!void_losers.empty() || winner.standing == Standing::invalid)
      list(merged, number, winner.leaf, std::move(void_losers), true,
           winner.standing == Standing::invalid);
  }

  if (merged.removed) {
    // Two authors who delete agree: the later one's name stands for both. If each names the other
    // (which no honest author can do) both count as leaves, so that the record stays removed.
    OrderKey last = life->removals.begin()->second;
    bool last_is_leaf = false;
    for (const auto& [version, key] : life->removals) {
      const bool leaf = !life->seen.contains(version);
      if (std::tie(leaf, key) >= std::tie(last_is_leaf, last)) last = key, last_is_leaf = leaf;
    }
    merged.versions[kLifeCell] = last.version;
    std::vector<Leaf> losers;
    for (auto& [version, leaf] : unseen) {
      std::sort(leaf.fields.begin(), leaf.fields.end());
      losers.push_back(std::move(leaf));
    }
    if (!losers.empty()) list(merged, kLifeCell, Leaf{last, {}, true}, std::move(losers), false);
  }
  std::sort(merged.fields.begin(), merged.fields.end());
  std::stable_sort(merged.conflicts.begin(), merged.conflicts.end(),
                   [](const Conflict& a, const Conflict& b) { return a.cell < b.cell; });
  return merged;
}

void RecordState::each_value(
    const std::function<void(std::uint32_t field, std::string_view value)>& found) const {
  const auto leaf = [&](const Leaf& l) {
    for (const auto& [field, value] : l.fields) found(field, value);
  };
  for (const auto& [number, life] : lives_) {
    for (const auto& [cell_number, cell] : life.cells)
      for (const auto& [version, l] : cell.leaves) leaf(l);
    for (const auto& [cell_number, moves] : life.moves)
      for (const auto& [version, move] : moves) leaf(move.leaf);
  }
}

void RecordState::leaves_of_cell(const Life& life, std::uint32_t number,
                                 std::set<VersionId>& into) {
  if (number == kLifeCell)
    for (const auto& [version, key] : life.removals)
      if (!life.seen.contains(version)) into.insert(version);
  if (const auto cell = life.cells.find(number); cell != life.cells.end())
    for (const auto& [version, leaf] : cell->second.leaves) into.insert(version);
  if (const auto moves = life.moves.find(number); moves != life.moves.end())
    for (const Move* move : leaves_of(moves->second)) into.insert(move->leaf.key.version);
}

Base RecordState::base_for(const std::vector<std::uint32_t>& cells) const {
  // One list for all cells: a version that is a leaf of one cell and touches another as well is
  // that one's leaf or ancestor, so naming it there too changes nothing.
  std::set<VersionId> leaves;
  if (const Life* life = current())
    for (const std::uint32_t cell : cells) leaves_of_cell(*life, cell, leaves);
  return Base{{leaves.begin(), leaves.end()}, {}};
}

Base RecordState::base_for_all() const {
  std::vector<std::uint32_t> cells{kLifeCell};
  if (const Life* life = current()) {
    for (const auto& [number, cell] : life->cells) cells.push_back(number);
    for (const auto& [number, moves] : life->moves) cells.push_back(number);
  }
  return base_for(cells);
}

}  // namespace linli::sync
