// Histories by chance, against what merge.h promises word by word.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "tests/support/merge_acts.h"
#include "tests/support/seed.h"

using namespace linli;
using namespace linli::sync;
using namespace linli::test::acts;

namespace {

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

  static std::map<std::uint32_t, std::string> by_field(const Leaf& leaf) {
    std::map<std::uint32_t, std::string> values;
    for (const auto& f : leaf.fields)
      if (f.second != "\xF6") values[f.first] = f.second;
    return values;
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
      const bool agreed = std::all_of(losers.begin(), losers.end(), [&](const Leaf& l) {
        return by_field(l) == by_field(winner.leaf);
      });
      if (!agreed) m.conflicts.push_back({cell, winner.leaf, losers, false});
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
