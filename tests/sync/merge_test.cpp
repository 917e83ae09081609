#include "sync/merge.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <set>
#include <sstream>
#include <tuple>

#include "crypto/cbor.h"
#include "tests/support/seed.h"

using namespace linli;
using namespace linli::sync;

namespace {

constexpr std::uint32_t kState = 7;  // grouped with its reason, field 8, as cell 7
constexpr std::uint32_t kDraft = 0, kOpen = 1, kDone = 2, kRejected = 3;

const TypeRule& type_rule() {
  static const TypeRule rule = [] {
    TypeRule r;
    r.state_field = kState;
    r.moves = {{-1, kDraft, 1, 0},
               {kDraft, kOpen, 1, 1},
               {kOpen, kDone, 1, 2},
               {kOpen, kRejected, 1, 5},
               {kDone, kOpen, 1, 3}};
    return r;
  }();
  return rule;
}

MergeRules rules() {
  MergeRules r;
  r.cell_of = [](std::uint32_t field) { return field == 8 ? kState : field == 6 ? 5u : field; };
  r.state_field = kState;
  r.moves = &type_rule();
  return r;
}

FeedId feed(unsigned char name) {
  FeedId id{};
  id.data.fill(name);
  return id;
}

VersionId at(unsigned char name, std::uint64_t seq, std::uint32_t index = 0) {
  return VersionId{feed(name), seq, index};
}

/// One change with its own memory and its order key.
struct Act {
  Change change;
  OrderKey key;
};
std::deque<std::string>& memory() {
  static std::deque<std::string> items;
  return items;
}
std::string_view keep(std::string item) { return memory().emplace_back(std::move(item)); }

Act put(VersionId version, Micros time, std::vector<VersionId> base,
        std::vector<std::pair<std::uint32_t, std::string>> fields, std::uint64_t life = 0) {
  Act act;
  act.change.kind = ChangeKind::put;
  act.change.life = life;
  act.change.stamp = time;
  act.change.base.all = std::move(base);
  for (auto& [field, value] : fields)
    act.change.fields.push_back(FieldValue{field, keep(std::move(value))});
  act.key = OrderKey{true, time, version};
  return act;
}
Act text(VersionId version, Micros time, std::vector<VersionId> base, std::string value,
         std::uint32_t field = 1) {
  return put(version, time, std::move(base), {{field, cbor::encode_text(value)}});
}
Act state_move(VersionId version, Micros time, std::vector<VersionId> base, std::int64_t from,
               std::int64_t to) {
  return put(version, time, std::move(base), {{kState, encode_move({from, to})}});
}
Act removal(VersionId version, Micros time, std::vector<VersionId> base, std::uint64_t life = 0) {
  Act act = put(version, time, std::move(base), {}, life);
  act.change.kind = ChangeKind::remove;
  return act;
}

RecordState fold(const std::vector<Act>& acts) {
  RecordState state;
  for (const auto& act : acts) state.add(act.change, act.key, rules());
  return state;
}
Merged merge(const std::vector<Act>& acts) { return fold(acts).merged(rules()); }

std::string name(const VersionId& v) {
  std::ostringstream out;
  out << static_cast<char>(v.feed.data[0]) << v.seq << '.' << v.index;
  return out.str();
}
void show(std::ostream& out, const Leaf& leaf) {
  out << name(leaf.key.version) << (leaf.key.trusted ? "" : "?") << '@' << leaf.key.time
      << (leaf.removal ? " removal" : "");
  for (const auto& [field, value] : leaf.fields)
    out << ' ' << field << '=' << crypto::to_hex(value);
}
/// All that a person or projection sees, as text.
std::string show(const Merged& m) {
  std::ostringstream out;
  out << "life " << m.life << (m.removed ? " removed" : "") << '\n';
  for (const auto& [field, value] : m.fields)
    out << field << " = " << crypto::to_hex(value) << '\n';
  for (const auto& [cell, version] : m.versions)
    out << "cell " << cell << ' ' << name(version) << '\n';
  for (const auto& conflict : m.conflicts) {
    out << "conflict " << conflict.cell << (conflict.void_move ? " void" : "") << ": ";
    show(out, conflict.winner);
    for (const auto& loser : conflict.losers) show(out << " | ", loser);
    out << '\n';
  }
  return out.str();
}

std::string value(const Merged& m, std::uint32_t field) {
  for (const auto& [number, item] : m.fields)
    if (number == field) return item;
  return {};
}

// What the header promises, word by word, over the whole history: slow, and forgets nothing.

struct Oracle {
  std::vector<Act> acts;

  bool added(const VersionId& v) const {
    return std::any_of(acts.begin(), acts.end(), [&](const Act& a) {
      return a.key.version.feed == v.feed && a.key.version >= v;
    });
  }
  static bool names(const Base& base, const VersionId& v) {
    const auto in = [&](const auto& list) {
      return std::find(list.begin(), list.end(), v) != list.end();
    };
    return in(base.all) || std::any_of(base.cells.begin(), base.cells.end(),
                                       [&](const auto& c) { return in(c.second); });
  }
  std::uint64_t life() const {
    for (std::uint64_t life = 0;; ++life) {
      const bool begun = std::any_of(acts.begin(), acts.end(), [&](const Act& p) {
        return p.change.kind == ChangeKind::put && p.change.life == life + 1 &&
               std::any_of(acts.begin(), acts.end(), [&](const Act& r) {
                 return r.change.kind == ChangeKind::remove && r.change.life == life &&
                        names(p.change.base, r.key.version);
               });
      });
      if (!begun) return life;
    }
  }

  struct Node {
    Leaf leaf;
    std::vector<VersionId> base;
    StateMove move{-1, -1};
    int standing = 1;  // 0 open, 1 valid, 2 void
  };
  std::map<std::uint32_t, std::map<VersionId, Node>> cells(std::uint64_t life) const {
    std::map<std::uint32_t, std::map<VersionId, Node>> all;
    for (const auto& [change, key] : acts) {
      if (change.life != life) continue;
      if (change.kind != ChangeKind::put && change.kind != ChangeKind::clear) continue;
      for (const auto& f : change.fields) {
        const auto cell = rules().cell_of(f.field);
        Node& node = all[cell][key.version];
        node.leaf.key = key;
        node.leaf.fields.emplace_back(
            f.field, change.kind == ChangeKind::clear ? "\xF6" : std::string(f.value));
        node.base = change.base.of(cell);
        std::erase(node.base, key.version);
        if (f.field != kState || node.leaf.fields.back().second == "\xF6") continue;
        if (const auto m = decode_move(f.value)) node.move = *m;
        if (node.move.from != -1 || node.move.to != -1) node.standing = 0;
      }
    }
    return all;
  }
  void judge(std::map<VersionId, Node>& moves) const {
    for (auto& [v, node] : moves)
      if (node.move.from == -1 && node.move.to == -1) node.standing = 2;  // names no move
    for (bool again = true; again;) {
      again = false;
      for (auto& [v, node] : moves) {
        if (node.standing != 0) continue;
        bool valid = false, unsure = false, any_valid = false;
        for (const auto& b : node.base) {
          if (!moves.contains(b)) {
            unsure |= !added(b);
            continue;
          }
          const Node& base = moves.at(b);
          const bool fits = base.move.to == node.move.from;
          valid |= base.standing == 1 && fits;
          any_valid |= base.standing == 1;
          unsure |= base.standing == 0 && (fits || node.move.from == -1);
        }
        if (!valid && !unsure) valid = node.move.from == -1 && !any_valid;
        node.standing = valid ? 1 : unsure ? 0 : 2;
        again |= node.standing != 0;
      }
    }
  }

  Merged merged() const {
    Merged m;
    m.life = life();
    std::set<VersionId> seen;
    std::vector<OrderKey> removals;
    for (const auto& [change, key] : acts) {
      if (change.kind != ChangeKind::remove || change.life != m.life) continue;
      removals.push_back(key);
      for (const auto& [other, other_key] : acts)
        if (other_key.version != key.version && names(change.base, other_key.version))
          seen.insert(other_key.version);
    }
    m.removed = !removals.empty();
    std::map<VersionId, Leaf> unseen;
    for (auto& [cell, nodes] : cells(m.life)) {
      if (cell == kState) judge(nodes);
      std::vector<Node> leaves;
      for (const auto& [v, node] : nodes) {
        const bool superseded =
            std::any_of(nodes.begin(), nodes.end(), [&, &v = v, &node = node](const auto& o) {
              const auto& other = o.second;
              return std::find(other.base.begin(), other.base.end(), v) != other.base.end() &&
                     (other.standing != 2 || node.standing == 2);
            });
        if (!superseded) leaves.push_back(node);
      }
      if (leaves.empty()) continue;
      const auto strength = [&](const Node& n) {
        std::uint32_t rank = 0;
        for (const auto& rule : type_rule().moves)
          if (cell == kState && rule.from == n.move.from && rule.to == n.move.to) rank = rule.rank;
        return std::tuple(n.standing != 2, n.leaf.key.trusted, rank, n.leaf.key);
      };
      const Node winner = *std::max_element(
          leaves.begin(), leaves.end(),
          [&](const Node& a, const Node& b) { return strength(a) < strength(b); });
      m.versions[cell] = winner.leaf.key.version;
      for (const auto& f : winner.leaf.fields)
        if (f.second != "\xF6") m.fields.push_back(f);
      std::vector<Leaf> losers, voids;
      for (const auto& n : leaves) {
        if (!seen.contains(n.leaf.key.version)) {
          auto& edit = unseen[n.leaf.key.version];
          edit.key = n.leaf.key;
          for (const auto& f : n.leaf.fields) edit.fields.push_back(f);
        }
        if (n.leaf.key != winner.leaf.key) (n.standing == 2 ? voids : losers).push_back(n.leaf);
      }
      const auto by_key = [](const Leaf& a, const Leaf& b) { return a.key > b.key; };
      std::sort(losers.begin(), losers.end(), by_key);
      std::sort(voids.begin(), voids.end(), by_key);
      if (m.removed) continue;
      if (!losers.empty()) m.conflicts.push_back({cell, winner.leaf, losers, false});
      if (!voids.empty() || winner.standing == 2)
        m.conflicts.push_back({cell, winner.leaf, voids, true});
    }
    if (m.removed) {
      std::sort(removals.begin(), removals.end(), [&](const OrderKey& a, const OrderKey& b) {
        return std::tuple(!seen.contains(a.version), a) < std::tuple(!seen.contains(b.version), b);
      });
      m.versions[0] = removals.back().version;
      Conflict conflict{0, Leaf{removals.back(), {}, true}, {}, false};
      for (auto& [v, leaf] : unseen) {
        std::sort(leaf.fields.begin(), leaf.fields.end());
        conflict.losers.push_back(leaf);
      }
      std::sort(conflict.losers.begin(), conflict.losers.end(),
                [](const Leaf& a, const Leaf& b) { return a.key > b.key; });
      if (!conflict.losers.empty()) m.conflicts.push_back(conflict);
    }
    std::sort(m.fields.begin(), m.fields.end());
    return m;
  }
};

// Histories as offices make them: each knows a prefix of every other's feed, and writes on that.

struct Office {
  unsigned char name = 'a';
  std::vector<Act> feed;
  std::vector<std::size_t> read;  // of each office's feed
  RecordState state;
};

std::vector<VersionId> any_versions(test::Chance& chance) {
  std::vector<VersionId> some;
  for (std::size_t n = chance.below(3); n > 0; --n)
    some.push_back(at(static_cast<unsigned char>('a' + chance.below(4)), 1 + chance.below(12)));
  return some;
}

/// `honest`: names what it saw and moves from what is. Otherwise anything the format can say.
Act next_act(Office& office, test::Chance& chance, bool honest) {
  const auto version = at(office.name, office.feed.size() + 1);
  const auto time = static_cast<Micros>(chance.below(50));
  const Merged now = office.state.merged(rules());
  Act act = put(version, time, {}, {});
  act.key.trusted = !chance.percent(10);
  act.change.life = honest || chance.percent(70) ? now.life : chance.below(4);
  const std::size_t what = chance.below(10);
  if (now.removed && honest) {
    act.change.base = office.state.base_for_all();
    if (what == 0) {
      act.change.kind = ChangeKind::remove;
      return act;
    }
    ++act.change.life;
  } else if (what == 0) {
    act.change.kind = ChangeKind::remove;
    act.change.base = office.state.base_for_all();
  }
  std::set<std::uint32_t> cells;
  if (act.change.kind != ChangeKind::remove) {
    std::vector<std::pair<std::uint32_t, std::string>> fields;
    for (std::uint32_t field = 1; field <= 6; ++field)
      if (chance.percent(25))
        fields.emplace_back(field, cbor::encode_int(static_cast<std::int64_t>(chance.below(9))));
    if (chance.percent(40)) {
      StateMove m{-1, static_cast<std::int64_t>(chance.below(4))};
      const std::string held = value(now, kState);
      if (!held.empty() && act.change.life == now.life) m.from = decode_move(held)->to;
      if (!honest && chance.percent(50)) m.from = static_cast<std::int64_t>(chance.below(5)) - 1;
      fields.emplace_back(kState, encode_move(m));
      fields.emplace_back(8, cbor::encode_text("reason"));
    }
    const bool has_state = !fields.empty() && fields.back().first == 8;
    if (chance.percent(10) && !(honest && has_state)) act.change.kind = ChangeKind::clear;
    for (auto& [field, item] : fields) {
      cells.insert(rules().cell_of(field));
      act.change.fields.push_back(FieldValue{field, keep(item)});
    }
    if (act.change.base.empty())
      act.change.base = office.state.base_for({cells.begin(), cells.end()});
  }
  if (!honest && chance.percent(60)) {
    if (chance.percent(50)) act.change.base.all = any_versions(chance);
    for (std::uint32_t cell : {0u, 1u, kState})
      if (chance.percent(20)) act.change.base.cells.emplace_back(cell, any_versions(chance));
    if (chance.percent(10)) act.change.base.all.push_back(version);
  }
  return act;
}

std::vector<std::vector<Act>> history(test::Chance& chance, bool honest) {
  std::vector<Office> offices(2 + chance.below(3));
  for (std::size_t i = 0; i < offices.size(); ++i) {
    offices[i].name = static_cast<unsigned char>('a' + i);
    offices[i].read.resize(offices.size());
  }
  for (std::size_t steps = 5 + chance.below(40); steps > 0; --steps) {
    Office& office = chance.one_of(offices);
    if (chance.percent(50)) {
      const Act act = next_act(office, chance, honest);
      office.state.add(act.change, act.key, rules());
      office.feed.push_back(act);
      continue;
    }
    const std::size_t from = chance.below(offices.size());
    if (offices[from].name == office.name) continue;
    for (auto& done = office.read[from]; done < offices[from].feed.size();) {
      const Act& act = offices[from].feed[done++];
      office.state.add(act.change, act.key, rules());
      if (chance.percent(20)) break;
    }
  }
  std::vector<std::vector<Act>> feeds;
  for (auto& office : offices) feeds.push_back(std::move(office.feed));
  return feeds;
}

/// The feeds interleaved by chance: each in its own order, with some changes again later on.
std::vector<Act> interleave(const std::vector<std::vector<Act>>& feeds, test::Chance& chance) {
  std::vector<Act> all;
  std::vector<std::size_t> done(feeds.size());
  std::size_t left = 0;
  for (const auto& f : feeds) left += f.size();
  while (left > 0) {
    const std::size_t i = chance.below(feeds.size());
    for (std::size_t n = 1 + chance.below(4); n > 0 && done[i] < feeds[i].size(); --n, --left)
      all.push_back(feeds[i][done[i]++]);
    if (!all.empty() && chance.percent(20)) all.push_back(all[chance.below(all.size())]);
  }
  return all;
}

}  // namespace

TEST_CASE("merge: any interleaving, batching and repetition gives the same bytes", "[sync][I3]") {
  const bool honest = GENERATE(true, false);
  const auto first = test::first_seed();
  for (int run = 0; run < test::runs(400); ++run) {
    const auto seed = first + static_cast<std::uint64_t>(run);
    INFO("LINLI_SEED=" << seed << " honest=" << honest);
    memory().clear();
    test::Chance chance{seed};
    const auto feeds = history(chance, honest);
    std::vector<Act> in_turn;
    for (const auto& f : feeds) in_turn.insert(in_turn.end(), f.begin(), f.end());
    const RecordState once = fold(in_turn);
    const std::string want = show(Oracle{in_turn}.merged());
    REQUIRE(show(once.merged(rules())) == want);
    for (int order = 0; order < 6; ++order) {
      RecordState state;
      for (const auto& act : interleave(feeds, chance)) {
        state.add(act.change, act.key, rules());
        if (!chance.percent(20)) continue;  // through the store, as a restart would
        const auto stored = state.encode();
        auto loaded = RecordState::decode(stored);
        REQUIRE(loaded.has_value());
        REQUIRE(loaded->encode() == stored);
        state = std::move(*loaded);
      }
      REQUIRE(show(state.merged(rules())) == want);
      REQUIRE(state.encode() == once.encode());
    }
  }
}

TEST_CASE("merge: at every moment a node shows what its changes add up to", "[sync][I3][I4]") {
  const auto first = test::first_seed();
  for (int run = 0; run < test::runs(150); ++run) {
    const auto seed = first + static_cast<std::uint64_t>(run);
    INFO("LINLI_SEED=" << seed);
    memory().clear();
    test::Chance chance{seed};
    const auto feeds = history(chance, chance.percent(50));
    RecordState state;
    Oracle oracle;
    std::set<VersionId> known;
    for (const auto& act : interleave(feeds, chance)) {
      state.add(act.change, act.key, rules());
      if (known.insert(act.key.version).second) oracle.acts.push_back(act);
      REQUIRE(show(state.merged(rules())) == show(oracle.merged()));
    }
  }
}

TEST_CASE("merge: an honest office never makes a void move", "[sync][I4]") {
  const auto first = test::first_seed();
  for (int run = 0; run < test::runs(300); ++run) {
    const auto seed = first + static_cast<std::uint64_t>(run);
    INFO("LINLI_SEED=" << seed);
    memory().clear();
    test::Chance chance{seed};
    const auto feeds = history(chance, true);
    const Merged merged = merge(interleave(feeds, chance));
    for (const auto& conflict : merged.conflicts) REQUIRE_FALSE(conflict.void_move);
  }
}

TEST_CASE("merge: a descendant beats its ancestors whatever the stamps", "[sync][I4]") {
  const Act old = text(at('a', 1), 900, {}, "old"),
            young = text(at('b', 1), 5, {at('a', 1)}, "young");
  for (const auto& order : {std::vector{old, young}, std::vector{young, old}}) {
    const Merged m = merge(order);
    CHECK(value(m, 1) == cbor::encode_text("young"));
    CHECK(m.conflicts.empty());
  }
}

TEST_CASE("merge: concurrent edits are a conflict that names the losers", "[sync][I4]") {
  std::vector<Act> acts{
      text(at('a', 1), 1, {}, "first"), text(at('b', 1), 7, {at('a', 1)}, "seven"),
      text(at('c', 1), 9, {at('a', 1)}, "nine"), text(at('d', 1), 7, {at('a', 1)}, "also seven")};
  std::sort(acts.begin(), acts.end(), [](const Act& a, const Act& b) { return a.key < b.key; });
  const std::string want = show(merge(acts));
  do CHECK(show(merge(acts)) == want);
  while (std::next_permutation(acts.begin(), acts.end(),
                               [](const Act& a, const Act& b) { return a.key < b.key; }));
  const Merged m = merge(acts);
  CHECK(value(m, 1) == cbor::encode_text("nine"));
  REQUIRE(m.conflicts.size() == 1);
  CHECK(m.conflicts[0].winner.key.version == at('c', 1));
  REQUIRE(m.conflicts[0].losers.size() == 2);
  CHECK(m.conflicts[0].losers[0].key.version == at('d', 1));
  CHECK(m.conflicts[0].losers[1].key.version == at('b', 1));

  SECTION("which goes once a change names all leaves") {
    Act settle = text(at('a', 2), 2, fold(acts).base_for({1}).all, "settled");
    CHECK(settle.change.base.all.size() == 3);
    acts.push_back(settle);
    const Merged after = merge(acts);
    CHECK(value(after, 1) == cbor::encode_text("settled"));
    CHECK(after.conflicts.empty());
  }
  SECTION("and stays while one leaf isn't named") {
    acts.push_back(text(at('a', 2), 20, {at('b', 1), at('c', 1)}, "half"));
    const Merged after = merge(acts);
    REQUIRE(after.conflicts.size() == 1);
    REQUIRE(after.conflicts[0].losers.size() == 1);
    CHECK(after.conflicts[0].losers[0].key.version == at('d', 1));
  }
}

TEST_CASE("merge: a stamp that a receipt flagged never wins over one it didn't", "[sync][I4]") {
  Act future = text(at('a', 1), 1'000'000, {}, "future");
  future.key.trusted = false;
  const Act honest = text(at('b', 1), 5, {}, "honest");
  const Merged m = merge({future, honest});
  CHECK(value(m, 1) == cbor::encode_text("honest"));
  REQUIRE(m.conflicts.size() == 1);

  Act stated = state_move(at('a', 1), 1'000'000, {at('z', 9)}, kOpen, kRejected);
  stated.key.trusted = false;  // not even with the greater rank
  const Merged s = merge({stated, state_move(at('b', 1), 5, {at('z', 9)}, kDraft, kOpen)});
  CHECK(value(s, kState) == encode_move({kDraft, kOpen}));
}

TEST_CASE("merge: fields of a group are one value, others merge apart", "[sync][I4]") {
  const auto one = cbor::encode_int(1), two = cbor::encode_int(2);
  const Merged m = merge({put(at('a', 1), 1, {}, {{3, one}, {5, one}, {6, one}}),
                          put(at('b', 1), 2, {at('a', 1)}, {{5, two}}),
                          put(at('c', 1), 3, {at('a', 1)}, {{3, two}})});
  CHECK(m.conflicts.empty());
  CHECK(value(m, 3) == two);
  CHECK(value(m, 5) == two);
  CHECK(value(m, 6).empty());  // b wrote the group without it
}

TEST_CASE("merge: clearing a field is a value like any other", "[sync][I4]") {
  Act clear = put(at('b', 1), 9, {}, {{1, cbor::encode_text("ignored")}});
  clear.change.kind = ChangeKind::clear;
  SECTION("made on what it clears") {
    clear.change.base.all = {at('a', 1)};
    const Merged m = merge({text(at('a', 1), 1, {}, "x"), clear});
    CHECK(m.fields.empty());
    CHECK(m.versions.at(1) == at('b', 1));
    CHECK(m.conflicts.empty());
  }
  SECTION("beside another edit") {
    const Merged m = merge({text(at('a', 1), 1, {}, "x"), clear});
    CHECK(m.fields.empty());
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].losers[0].key.version == at('a', 1));
  }
}

TEST_CASE("merge: an edit that met a delete surfaces", "[sync][I4]") {
  const Act made = text(at('a', 1), 1, {}, "made");
  const Act gone = removal(at('b', 1), 5, {at('a', 1)});
  const Act edit =
      put(at('c', 1), 3, {at('a', 1)}, {{1, cbor::encode_text("edit")}, {2, cbor::encode_int(2)}});
  SECTION("without one the record is just gone") {
    const Merged m = merge({made, gone});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
    CHECK(m.versions.at(0) == at('b', 1));
  }
  SECTION("whichever comes first") {
    for (const auto& order : {std::vector{made, gone, edit}, std::vector{edit, gone, made}}) {
      const Merged m = merge(order);
      CHECK(m.removed);
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].cell == 0);
      CHECK(m.conflicts[0].winner.removal);
      REQUIRE(m.conflicts[0].losers.size() == 1);  // one change, though it touched two cells
      CHECK(m.conflicts[0].losers[0].fields.size() == 2);
    }
  }
  SECTION("and is settled by a delete that saw it") {
    const auto base = fold({made, gone, edit}).base_for_all();
    const Merged m = merge({made, gone, edit, removal(at('b', 2), 6, base.all)});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
    CHECK(m.versions.at(0) == at('b', 2));
  }
  SECTION("or by a put of the next life") {
    const auto base = fold({made, gone, edit}).base_for_all();
    const Act again = put(at('c', 2), 7, base.all, {{1, cbor::encode_text("again")}}, 1);
    const Merged m = merge({again, edit, gone, made});
    CHECK(m.life == 1);
    CHECK_FALSE(m.removed);
    CHECK(value(m, 1) == cbor::encode_text("again"));
    CHECK(value(m, 2).empty());  // fields of the life before don't project
    CHECK(m.conflicts.empty());
  }
  SECTION("two who delete agree") {
    const Merged m = merge({made, gone, removal(at('d', 1), 9, {at('a', 1)})});
    CHECK(m.removed);
    CHECK(m.conflicts.empty());
  }
}

TEST_CASE("merge: a life begins only with a put that names the delete", "[sync][I4]") {
  const Act made = text(at('a', 1), 1, {}, "made");
  const Act claim = put(at('b', 1), 2, {at('a', 1)}, {{1, cbor::encode_text("claim")}}, 1);
  CHECK(value(merge({made, claim}), 1) == cbor::encode_text("made"));
  const Act gone = removal(at('a', 2), 3, {at('a', 1)});
  CHECK(merge({made, claim, gone}).removed);  // it doesn't name this one either
  const Act revive = put(at('c', 1), 4, {at('a', 2)}, {{2, cbor::encode_int(2)}}, 1);
  const Merged m = merge({claim, revive, made, gone});
  CHECK(m.life == 1);
  CHECK(value(m, 1) == cbor::encode_text("claim"));  // it is of the life that has begun now
  CHECK(value(m, 2) == cbor::encode_int(2));
}

TEST_CASE("merge: concurrent state moves are decided by rank, then by key", "[sync][I4]") {
  const std::vector<Act> made{state_move(at('a', 1), 1, {}, -1, kDraft),
                              state_move(at('a', 2), 2, {at('a', 1)}, kDraft, kOpen)};
  auto acts = made;
  acts.push_back(state_move(at('b', 1), 9, {at('a', 2)}, kOpen, kDone));
  acts.push_back(state_move(at('c', 1), 3, {at('a', 2)}, kOpen, kRejected));
  const Merged m = merge(acts);
  CHECK(value(m, kState) == encode_move({kOpen, kRejected}));
  REQUIRE(m.conflicts.size() == 1);
  CHECK_FALSE(m.conflicts[0].void_move);
  CHECK(m.conflicts[0].losers[0].key.version == at('b', 1));
}

TEST_CASE("merge: a move from a state that wasn't current is void", "[sync][I4][I5]") {
  const Act made = state_move(at('a', 1), 1, {}, -1, kDraft);
  const Act wrong = state_move(at('b', 1), 99, {at('a', 1)}, kOpen, kDone);  // it was a draft
  SECTION("it doesn't win, and doesn't supersede what it names") {
    for (const auto& order : {std::vector{made, wrong}, std::vector{wrong, made}}) {
      const Merged m = merge(order);
      CHECK(value(m, kState) == encode_move({-1, kDraft}));
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].void_move);
      CHECK(m.conflicts[0].losers[0].key.version == at('b', 1));
    }
  }
  SECTION("what is built on it is void as well") {
    const Merged m = merge({made, wrong, state_move(at('b', 2), 100, {at('b', 1)}, kDone, kOpen)});
    CHECK(value(m, kState) == encode_move({-1, kDraft}));
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].void_move);
  }
  SECTION("so is one of the group that names no move at all") {
    const Act reason = put(at('b', 1), 99, {at('a', 1)}, {{8, cbor::encode_text("why")}});
    Act clear = state_move(at('b', 1), 99, {at('a', 1)}, kDraft, kOpen);
    clear.change.kind = ChangeKind::clear;
    for (const auto& other : {reason, clear}) {
      const Merged m = merge({made, other});
      CHECK(value(m, kState) == encode_move({-1, kDraft}));
      REQUIRE(m.conflicts.size() == 1);
      CHECK(m.conflicts[0].void_move);
    }
  }
  SECTION("until what it names has come it counts") {
    const Merged m = merge({wrong});
    CHECK(value(m, kState) == encode_move({kOpen, kDone}));
    CHECK(m.conflicts.empty());
  }
  SECTION("alone it stands, and is listed") {
    const Merged m = merge({state_move(at('b', 1), 1, {}, kOpen, kDone)});
    CHECK(value(m, kState) == encode_move({kOpen, kDone}));
    REQUIRE(m.conflicts.size() == 1);
    CHECK(m.conflicts[0].void_move);
    CHECK(m.conflicts[0].losers.empty());
  }
  SECTION("a person settles it by naming it") {
    auto acts = std::vector{made, wrong};
    acts.push_back(state_move(at('c', 1), 3, fold(acts).base_for({kState}).all, kDraft, kOpen));
    const Merged m = merge(acts);
    CHECK(value(m, kState) == encode_move({kDraft, kOpen}));
    CHECK(m.conflicts.empty());
  }
}

TEST_CASE("merge: ten thousand edits by one office leave a small state", "[sync][I9]") {
  RecordState state;
  state.add(text(at('a', 1), 1, {}, "value").change, OrderKey{true, 1, at('a', 1)}, rules());
  const std::size_t one = state.encode().size();
  CHECK(one < 80);
  for (std::uint64_t seq = 2; seq <= 10'000; ++seq) {
    const auto time = static_cast<Micros>(seq);
    memory().clear();
    const Act act = text(at('a', seq), time, state.base_for({1}).all, "value");
    state.add(act.change, act.key, rules());
  }
  CHECK(state.encode().size() <= one + 8);
}

TEST_CASE("merge: a state move is remembered in some ten bytes", "[sync][I9]") {
  std::vector<Act> acts{state_move(at('a', 1), 1, {}, -1, kDraft)};
  for (std::uint64_t seq = 2; seq <= 201; ++seq)
    acts.push_back(
        state_move(at('a', seq), 1, {at('a', seq - 1)}, seq == 2 ? kDraft : kOpen, kOpen));
  const auto first = fold({acts[0]}).encode().size();
  CHECK(fold(acts).encode().size() <= first + 200 * 11);
}

TEST_CASE("merge: a stored state is read back exactly or not at all", "[sync]") {
  const auto stored =
      fold({text(at('a', 1), 1, {}, "x"), state_move(at('b', 1), 2, {at('c', 4)}, kDraft, kOpen),
            removal(at('b', 2), 3, {at('a', 1), at('d', 1)})})
          .encode();
  REQUIRE(RecordState::decode(stored).has_value());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const auto cut = RecordState::decode(stored.substr(0, i));
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error().code == Errc::corrupt);
    std::string changed = stored;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    const auto other = RecordState::decode(changed);  // other names or values: still a state
    if (other) CHECK(other->encode() == changed);
  }
  CHECK_FALSE(RecordState::decode(stored + '\0').has_value());
}
