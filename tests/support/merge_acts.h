// tests/support/merge_acts.h: changes of one record in a few words, and what they add up to as
// text.
#pragma once

#include <deque>
#include <sstream>

#include "crypto/cbor.h"
#include "sync/merge.h"

namespace linli::test::acts {

using namespace sync;

inline constexpr std::uint32_t kState = 7;  // grouped with its reason, field 8, as cell 7
inline constexpr std::uint32_t kDraft = 0, kOpen = 1, kDone = 2, kRejected = 3;

inline const TypeRule& type_rule() {
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

inline MergeRules rules() {
  MergeRules r;
  r.cell_of = [](std::uint32_t field) { return field == 8 ? kState : field == 6 ? 5u : field; };
  r.state_field = kState;
  r.moves = &type_rule();
  return r;
}

inline FeedId feed(unsigned char name) {
  FeedId id{};
  id.data.fill(name);
  return id;
}

inline VersionId at(unsigned char name, std::uint64_t seq, std::uint32_t index = 0) {
  return VersionId{feed(name), seq, index};
}

/// One change with its own memory and its order key.
struct Act {
  Change change;
  OrderKey key;
};
inline std::deque<std::string>& memory() {
  static std::deque<std::string> items;
  return items;
}
inline std::string_view keep(std::string item) { return memory().emplace_back(std::move(item)); }

inline Act put(VersionId version, Micros time, std::vector<VersionId> base,
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
inline Act text(VersionId version, Micros time, std::vector<VersionId> base, std::string value,
                std::uint32_t field = 1) {
  return put(version, time, std::move(base), {{field, cbor::encode_text(value)}});
}
inline Act state_move(VersionId version, Micros time, std::vector<VersionId> base,
                      std::int64_t from, std::int64_t to) {
  return put(version, time, std::move(base), {{kState, encode_move({from, to})}});
}
inline Act removal(VersionId version, Micros time, std::vector<VersionId> base,
                   std::uint64_t life = 0) {
  Act act = put(version, time, std::move(base), {}, life);
  act.change.kind = ChangeKind::remove;
  return act;
}

inline RecordState fold(const std::vector<Act>& acts) {
  RecordState state;
  for (const auto& act : acts) state.add(act.change, act.key, rules());
  return state;
}
inline Merged merge(const std::vector<Act>& acts) { return fold(acts).merged(rules()); }

inline std::string name(const VersionId& v) {
  std::ostringstream out;
  out << static_cast<char>(v.feed.data[0]) << v.seq << '.' << v.index;
  return out.str();
}
inline void show(std::ostream& out, const Leaf& leaf) {
  out << name(leaf.key.version) << (leaf.key.trusted ? "" : "?") << '@' << leaf.key.time
      << (leaf.removal ? " removal" : "");
  for (const auto& [field, value] : leaf.fields)
    out << ' ' << field << '=' << crypto::to_hex(value);
}
/// All that a person or projection sees, as text.
inline std::string show(const Merged& m) {
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

inline std::string value(const Merged& m, std::uint32_t field) {
  for (const auto& [number, item] : m.fields)
    if (number == field) return item;
  return {};
}

}  // namespace linli::test::acts
