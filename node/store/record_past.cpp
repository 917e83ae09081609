#include "node/store/record_past.h"

#include <algorithm>
#include <tuple>

#include "crypto/cbor.h"
#include "node/store/condensed.h"

namespace linli::store {
namespace {

bool names(const std::vector<sync::VersionId>& versions, const sync::VersionId& version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

bool names_anywhere(const sync::Base& base, const sync::VersionId& version) {
  return names(base.all, version) ||
         std::any_of(base.cells.begin(), base.cells.end(),
                     [&](const auto& cell) { return names(cell.second, version); });
}

}  // namespace

std::optional<std::string> opened(Log& log, std::int64_t arrival, std::string_view value) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::tag || r.tag() != cbor::kTagCommitment) return std::nullopt;
  const auto commitment = r.bytes(crypto::Hash::size());
  if (!r.ok()) return std::nullopt;
  return log.opened(arrival, crypto::Hash::of(commitment));
}

sync::Micros PastChange::time() const {
  return std::max(change().stamp, loaded->set.seen ? loaded->set.seen->time : 0);
}

std::string_view name_of(Fate::Became became) {
  switch (became) {
    case Fate::Became::stands:
      return "stands";
    case Fate::Became::lost:
      return "lost";
    case Fate::Became::superseded:
      return "superseded";
    case Fate::Became::ended:
      return "ended";
    case Fate::Became::waits:
      return "waits";
  }
  return "waits";
}

RecordPast::RecordPast(Database& db, Log& log, Projector& projector, const Row& row,
                       std::size_t newest)
    : type_(projector.table(type_of_rec(row.rec))->type()),
      state_(projector.state_of(row)),
      merged_(state_.merged(projector.rules(type_.number))) {
  const auto take = [&](std::int64_t arrival, std::int64_t index) {
    changes_.push_back({log.load(arrival), static_cast<std::uint32_t>(index)});
  };
  const auto in = condensed(db, row.rec);
  if (in) snapshot_ = log.part(in->arrival);
  if (!in || row.arrival != in->arrival) take(row.arrival, row.idx);
  auto more = db.prepare(
      "SELECT arrival, idx FROM record_change WHERE rec = ?1 ORDER BY arrival DESC, idx DESC "
      "LIMIT ?2");
  more.bind(1, row.rec).bind(2, static_cast<std::int64_t>(std::min<std::size_t>(newest, 1 << 30)));
  while (more.step()) take(more.integer(0), more.integer(1));
  std::sort(changes_.begin(), changes_.end(), [](const PastChange& a, const PastChange& b) {
    return std::tuple(a.time(), a.version()) < std::tuple(b.time(), b.version());
  });
}

const PastChange* RecordPast::find(const sync::VersionId& version) const {
  const auto found = std::find_if(changes_.begin(), changes_.end(),
                                  [&](const PastChange& c) { return c.version() == version; });
  return found == changes_.end() ? nullptr : &*found;
}

std::vector<std::uint32_t> RecordPast::cells_of(const sync::Change& change) const {
  if (change.kind == sync::ChangeKind::remove) return {kLifeCell};
  if (change.kind == sync::ChangeKind::erase) return {};  // It is no version of any cell.
  std::vector<std::uint32_t> cells;
  for (const auto& field : change.fields) cells.push_back(type_.cell_of(field.field));
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  return cells;
}

sync::Leaf RecordPast::written(const PastChange& change, std::uint32_t cell) const {
  sync::Leaf leaf;
  if (change.change().kind != sync::ChangeKind::put) return leaf;
  for (const auto& field : change.change().fields) {
    if (type_.cell_of(field.field) == cell)
      leaf.fields.emplace_back(field.field, std::string(field.value));
  }
  return leaf;
}

bool RecordPast::is_leaf(const sync::VersionId& version, std::uint32_t cell) const {
  return names(state_.base_for({cell}).all, version);
}

std::optional<sync::VersionId> RecordPast::later(const PastChange& change,
                                                 std::uint32_t cell) const {
  for (const auto& other : changes_) {
    if (other.change().life != change.change().life || other.version() == change.version()) {
      continue;
    }
    const auto touched = cells_of(other.change());
    if (std::find(touched.begin(), touched.end(), cell) == touched.end()) continue;
    if (names(other.change().base.of(cell), change.version())) return other.version();
  }
  return std::nullopt;
}

std::optional<sync::VersionId> RecordPast::delete_of(std::uint64_t life) const {
  std::optional<sync::VersionId> last;
  for (const auto& other : changes_) {
    if (other.change().kind == sync::ChangeKind::remove && other.change().life == life) {
      last = other.version();
    }
  }
  return last;
}

Fate RecordPast::fate_of_delete(const PastChange& change) const {
  if (change.change().life > merged_.life) return {Fate::Became::waits, {}};
  if (change.change().life == merged_.life) return {Fate::Became::stands, {}};
  for (const auto& other : changes_) {
    if (other.change().life == change.change().life + 1 &&
        names_anywhere(other.change().base, change.version())) {
      return {Fate::Became::superseded, other.version()};
    }
  }
  return {Fate::Became::superseded, {}};
}

Fate RecordPast::fate(const PastChange& change, std::uint32_t cell) const {
  if (cell == kLifeCell) return fate_of_delete(change);
  const auto version = change.version();
  if (change.change().life > merged_.life) return {Fate::Became::waits, {}};
  if (change.change().life < merged_.life) {
    if (const auto by = later(change, cell)) return {Fate::Became::superseded, by};
    return {Fate::Became::ended, delete_of(change.change().life)};
  }
  for (const auto& conflict : merged_.conflicts) {
    // Of cell 0 a loser is a whole change: whatever cell it wrote met the delete.
    if (conflict.cell != cell && conflict.cell != kLifeCell) continue;
    for (const auto& loser : conflict.losers) {
      if (loser.key.version == version && sync::is_lost(conflict, loser) && !later(change, cell)) {
        return {Fate::Became::lost, conflict.winner.key.version};
      }
    }
  }
  const auto winner = merged_.versions.find(cell);
  if (winner != merged_.versions.end() && winner->second == version) {
    if (!merged_.removed) return {Fate::Became::stands, {}};
    return {Fate::Became::ended, merged_.versions.at(kLifeCell)};
  }
  const auto by = later(change, cell);
  // It says what stands, and nobody has gone on from it alone.
  if (!by && !merged_.removed && is_leaf(version, cell)) return {Fate::Became::stands, {}};
  return {Fate::Became::superseded, by};
}

/// What the named versions of a cell were made on, there, and those on, and so on: none of it was
/// open any more to who named them.
std::set<sync::VersionId> RecordPast::beneath(const std::vector<sync::VersionId>& named,
                                              std::uint32_t cell) const {
  std::set<sync::VersionId> below;
  std::vector<sync::VersionId> open = named;
  while (!open.empty()) {
    const auto* change = find(open.back());
    open.pop_back();
    if (!change) continue;
    for (const auto& version : change->change().base.of(cell)) {
      if (below.insert(version).second) open.push_back(version);
    }
  }
  return below;
}

std::vector<sync::VersionId> RecordPast::settled_by(const PastChange& change,
                                                    std::uint32_t cell) const {
  std::vector<sync::VersionId> open;
  const auto& base = change.change().base;
  for (const auto& version : cell == kLifeCell ? base.all : base.of(cell)) {
    const auto* named = find(version);
    if (!named || named->change().life != change.change().life) continue;
    const auto touched = cells_of(named->change());
    if (std::find(touched.begin(), touched.end(), cell) != touched.end()) open.push_back(version);
  }
  if (cell != kLifeCell && open.size() > 1) {
    // Named for another cell of the same change, where it still was one.
    const auto below = beneath(open, cell);
    std::erase_if(open, [&](const auto& version) { return below.contains(version); });
  }
  // Those who all said the same were no conflict.
  const bool settled = std::any_of(open.begin(), open.end(), [&](const auto& version) {
    return cell == kLifeCell ||
           !sync::says_the_same(written(*find(version), cell), written(*find(open.front()), cell));
  });
  if (open.size() < 2 || !settled) open.clear();
  return open;
}

}  // namespace linli::store
