// A record's merge state as the store keeps it: CBOR [feeds, versions, life, [* life state]]. Feeds
// and the versions that still have a key are listed once, and named by their place in the list.
#include <algorithm>

#include "crypto/cbor.h"
#include "sync/merge.h"

namespace linli::sync {

struct RecordState::Codec {
  using Feeds = std::map<FeedId, std::uint64_t>;
  using Keys = std::map<VersionId, std::pair<OrderKey, std::uint64_t>>;

  explicit Codec(const RecordState& state) {
    for (const auto& [feed, mark] : state.marks_) feeds[feed];
    for (const auto& [number, life] : state.lives_) {
      for (const auto& [cell_number, cell] : life.cells) {
        for (const auto& [version, leaf] : cell.leaves) keys[version].first = leaf.key;
        for (const auto& version : cell.awaited) feeds[version.feed];
      }
      for (const auto& [cell_number, moves] : life.moves) {
        for (const auto& [version, move] : moves) {
          if (!move.settled) keys[version].first = move.leaf.key;
          for (const auto& name : move.base) feeds[name.feed];
        }
      }
      for (const auto& [version, key] : life.removals) keys[version].first = key;
      for (const auto& version : life.seen) feeds[version.feed];
      for (const auto& version : life.named) feeds[version.feed];
    }
    std::uint64_t place = 0;
    for (auto& [feed, number] : feeds) number = place++;
    place = 0;
    for (auto& [version, key] : keys) key.second = place++;
  }

  void version(cbor::Writer& w, const VersionId& v) const {
    w.uint(feeds.at(v.feed));
    w.uint(v.seq);
    w.uint(v.index);
  }
  template <class Versions>
  void versions(cbor::Writer& w, const Versions& list) const {
    w.array(3 * list.size());
    for (const auto& v : list) version(w, v);
  }
  void leaf(cbor::Writer& w, const Leaf& l) const {
    w.uint(keys.at(l.key.version).second);
    w.map(l.fields.size());
    for (const auto& [field, value] : l.fields) {
      w.uint(field);
      w.raw(value);
    }
  }
  void move(cbor::Writer& w, const VersionId& v, const Move& m) const {
    w.array(m.settled ? 7 : 6);
    if (m.settled)
      version(w, v);
    else
      leaf(w, m.leaf);
    w.uint(static_cast<std::uint64_t>(m.standing));
    w.sint(m.move.from);
    w.sint(m.move.to);
    versions(w, m.base);
  }
  void life(cbor::Writer& w, std::uint64_t number, const Life& l) const;

  Feeds feeds;
  Keys keys;
};

void RecordState::Codec::life(cbor::Writer& w, std::uint64_t number, const Life& l) const {
  w.map(1u + !l.cells.empty() + !l.moves.empty() + !l.removals.empty() + !l.seen.empty() +
        !l.named.empty());
  w.uint(0);
  w.uint(number);
  if (!l.cells.empty()) {
    w.uint(1);
    w.array(3 * l.cells.size());
    for (const auto& [cell_number, cell] : l.cells) {
      w.uint(cell_number);
      w.array(2 * cell.leaves.size());
      for (const auto& [v, one] : cell.leaves) leaf(w, one);
      versions(w, cell.awaited);
    }
  }
  if (!l.moves.empty()) {
    w.uint(2);
    w.array(2 * l.moves.size());
    for (const auto& [cell_number, moves] : l.moves) {
      w.uint(cell_number);
      w.array(moves.size());
      for (const auto& [v, one] : moves) move(w, v, one);
    }
  }
  if (!l.removals.empty()) {
    w.uint(3);
    w.array(l.removals.size());
    for (const auto& [v, key] : l.removals) w.uint(keys.at(v).second);
  }
  if (!l.seen.empty()) {
    w.uint(4);
    versions(w, l.seen);
  }
  if (!l.named.empty()) {
    w.uint(5);
    versions(w, l.named);
  }
}

std::string RecordState::encode() const {
  const Codec codec{*this};
  cbor::Writer w;
  w.array(4);
  w.array(3 * codec.feeds.size());
  for (const auto& [feed, place] : codec.feeds) {
    const auto mark = marks_.find(feed);
    w.bytes(feed.view());
    w.uint(mark == marks_.end() ? 0 : mark->second.seq);
    w.uint(mark == marks_.end() ? 0 : mark->second.index);
  }
  w.array(5 * codec.keys.size());
  for (const auto& [version, key] : codec.keys) {
    codec.version(w, version);
    w.boolean(key.first.trusted);
    w.sint(key.first.time);
  }
  w.uint(life_);
  w.array(lives_.size());
  for (const auto& [number, life] : lives_) codec.life(w, number, life);
  return w.take();
}

namespace {

/// Reads what Codec writes. Places beyond a list latch an error in the reader.
struct StateReader {
  explicit StateReader(std::string_view bytes) : r(bytes) {}

  std::uint32_t small() {
    const std::uint64_t v = r.uint();
    if (v > UINT32_MAX) r.reject("beyond 32 bits");
    return static_cast<std::uint32_t>(v);
  }
  std::size_t groups(std::size_t of) {
    const std::size_t n = r.array();
    if (n % of != 0) r.reject("an incomplete group");
    return r.ok() ? n / of : 0;
  }
  VersionId version() {
    const std::uint64_t place = r.uint();
    if (place >= feeds.size()) r.reject("no such feed");
    VersionId v;
    if (r.ok()) v.feed = feeds[static_cast<std::size_t>(place)];
    v.seq = r.uint();
    v.index = small();
    return v;
  }
  std::vector<VersionId> versions() {
    std::vector<VersionId> list;
    for (std::size_t n = groups(3); n > 0 && r.ok(); --n) list.push_back(version());
    return list;
  }
  OrderKey key() {
    const std::uint64_t place = r.uint();
    if (place >= keys.size()) r.reject("no such version");
    return r.ok() ? keys[static_cast<std::size_t>(place)] : OrderKey{};
  }
  Leaf leaf() {
    Leaf l;
    l.key = key();
    for (cbor::IntMap m{r}; m.next();) {
      if (m.key() < 0 || m.key() > UINT32_MAX) r.reject("no such field");
      l.fields.emplace_back(static_cast<std::uint32_t>(m.key()), r.item());
    }
    return l;
  }

  cbor::Reader r;
  std::vector<FeedId> feeds;
  std::vector<OrderKey> keys;
};

}  // namespace

Result<RecordState> RecordState::decode(std::string_view bytes) {
  RecordState state;
  StateReader in{bytes};
  cbor::Reader& r = in.r;
  if (r.array() != 4) r.reject("expected four parts");
  for (std::size_t n = in.groups(3); n > 0 && r.ok(); --n) {
    const auto name = r.bytes(FeedId::size());
    Mark mark;
    mark.seq = r.uint();
    mark.index = in.small();
    if (!r.ok()) break;
    in.feeds.push_back(FeedId::of(name));
    if (mark != Mark{}) state.marks_[in.feeds.back()] = mark;
  }
  for (std::size_t n = in.groups(5); n > 0 && r.ok(); --n) {
    OrderKey key;
    key.version = in.version();
    key.trusted = r.boolean();
    key.time = r.sint();
    in.keys.push_back(key);
  }
  state.life_ = r.uint();
  std::vector<VersionId> added;
  for (const auto& key : in.keys) added.push_back(key.version);

  const auto read_cells = [&](Life& life) {
    for (std::size_t n = in.groups(3); n > 0 && r.ok(); --n) {
      Cell& cell = life.cells[in.small()];
      for (std::size_t k = in.groups(2); k > 0 && r.ok(); --k) {
        Leaf leaf = in.leaf();
        cell.leaves.emplace(leaf.key.version, std::move(leaf));
      }
      const auto awaited = in.versions();
      cell.awaited.insert(awaited.begin(), awaited.end());
    }
  };
  const auto read_move = [&](Moves& moves) {
    Move move;
    VersionId version;
    const std::size_t parts = r.array();
    move.settled = parts == 7;
    if (parts != 6 && parts != 7) r.reject("no state move");
    if (move.settled)
      added.push_back(version = in.version());
    else
      version = (move.leaf = in.leaf()).key.version;
    const std::uint64_t standing = r.uint();
    if (standing > 2) r.reject("no such standing");
    move.standing = static_cast<Standing>(standing);
    move.move.from = r.sint();
    move.move.to = r.sint();
    move.base = in.versions();
    moves.emplace(version, std::move(move));
  };
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    Life life;
    std::uint64_t number = 0;
    for (cbor::IntMap m{r}; m.next();) {
      switch (m.key()) {
        case 0:
          number = r.uint();
          break;
        case 1:
          read_cells(life);
          break;
        case 2:
          for (std::size_t n = in.groups(2); n > 0 && r.ok(); --n) {
            Moves& moves = life.moves[in.small()];
            for (std::size_t k = r.array(); k > 0 && r.ok(); --k) read_move(moves);
          }
          break;
        case 3:
          for (std::size_t n = r.array(); n > 0 && r.ok(); --n) {
            const OrderKey key = in.key();
            life.removals.emplace(key.version, key);
          }
          break;
        case 4: {
          const auto seen = in.versions();
          life.seen.insert(seen.begin(), seen.end());
          break;
        }
        case 5: {
          const auto named = in.versions();
          life.named.insert(named.begin(), named.end());
          break;
        }
        default:
          r.reject("unknown key");
      }
    }
    state.lives_.emplace(number, std::move(life));
  }
  if (const auto whole = r.finish(); !whole) return fail(Errc::corrupt, whole.error().detail);
  // What stands in a record was added to it, and its feed has a mark from then on.
  const auto was_added = [&](const VersionId& v) {
    const auto mark = state.marks_.find(v.feed);
    return mark != state.marks_.end() && Mark{v.seq, v.index} <= mark->second;
  };
  if (!std::all_of(added.begin(), added.end(), was_added)) {
    return fail(Errc::corrupt, "a version that no feed's mark covers");
  }
  // Order, repetition, unused names: whatever encode() wouldn't write isn't what was stored.
  if (state.encode() != bytes) return fail(Errc::corrupt, "not a stored record state");
  return state;
}

}  // namespace linli::sync
