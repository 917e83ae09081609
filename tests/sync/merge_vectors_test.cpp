// What MERGE.md says, in bytes: tests/vectors/merge.json has change sets of one record and what
// they add up to, which every implementation must find, in every order of arrival. The examples
// stand in tests/support/merge_examples.cpp, their outcome written out by hand. After a new one:
// `linli_tests "[.write-merge-vectors]"`.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "sync/merge.h"
#include "tests/support/merge_examples.h"
#include "tests/support/sync_vectors_detail.h"

namespace linli::test {
namespace {

using namespace vectors;
using namespace merging;

const std::filesystem::path kVector =
    std::filesystem::path{LINLI_TESTS_DIR} / "vectors" / "merge.json";
constexpr std::uint32_t kType = 72;
constexpr Micros kMinute = 60'000'000;

// Into bytes

/// Letters are given in the order of the feeds' names.
FeedName feed_of(char letter, const Hash& city) {
  static const auto authors = [&] {
    std::vector<FeedName> names;
    for (int n = 1; n <= 5; ++n)
      names.push_back({all<AuthorId>(n), std::string(kCommunity), Audience::ancestors, {}});
    std::sort(names.begin(), names.end(),
              [&](const auto& x, const auto& y) { return x.id(city) < y.id(city); });
    return names;
  }();
  return authors.at(static_cast<std::size_t>(letter - 'a'));
}
VersionId version(const std::string& name, const Hash& city) {
  return {feed_of(name[0], city).id(city), std::stoull(name.substr(1)), 0};
}
std::vector<VersionId> versions(const std::vector<std::string>& names, const Hash& city) {
  std::vector<VersionId> list;
  for (const auto& name : names) list.push_back(version(name, city));
  std::sort(list.begin(), list.end());
  return list;
}
/// Its change set. `prev`: of the one before it in its feed.
std::string body_of(const Edit& edit, const Hash& city, const Hash& prev) {
  OwnedSet owned;
  auto& set = owned.set;
  set.city = city;
  set.feed = feed_of(edit.name[0], city);
  set.certificate = all<Hash>(0xCE);
  set.seq = version(edit.name, city).seq;
  set.prev = prev;
  set.policy = all<Hash>(0x90);
  set.schema_version = 1;
  set.time_base = kNoon + edit.minute * kMinute;
  if (edit.seen != 0) set.seen = Seen{1, 500, all<Hash>(0xBB), kNoon + edit.seen * kMinute};
  Change change;
  change.type = kType;
  change.id = all<RecordId>(0x11);
  change.kind = edit.kind;
  change.stamp = set.time_base;
  change.life = edit.life;
  change.base.all = versions(edit.on, city);
  if (edit.cell != 0) change.base.cells = {{edit.cell, versions(edit.on_in_cell, city)}};
  for (const auto& [field, item] : edit.fields) change.fields.push_back({field, owned.keep(item)});
  set.changes.push_back(std::move(change));
  return vectors::body_of(owned);
}

Json fields_json(const std::vector<Item>& fields) {
  Json list = Json::array();
  for (const auto& [field, item] : fields) list.push_back(Json::array({field, to_hex(item)}));
  return list;
}
Json example_json(const Example& example, const Hash& city) {
  Json j{{"name", example.name}, {"sets", Json::array()}};
  std::map<char, Hash> ends;
  for (const auto& edit : example.edits) {
    const auto body = body_of(edit, city, ends[edit.name[0]]);
    ends[edit.name[0]] = change_set_hash(body);
    j["sets"].push_back({{"name", edit.name}, {"body", to_hex(body)}, {"flagged", edit.flagged}});
  }
  Json conflicts = Json::array();
  for (const auto& [cell, winner, losers, is_void] : example.conflicts)
    conflicts.push_back(
        {{"cell", cell}, {"winner", winner}, {"losers", losers}, {"void", is_void}});
  j["merged"] = {{"life", example.life},
                 {"removed", example.removed},
                 {"fields", fields_json(example.fields)},
                 {"conflicts", conflicts}};
  if (!example.names.empty()) j["names"] = example.names;
  return j;
}
Json vector_json() {
  const auto city = make_city().id;
  Json j;
  j["type"] = kType;
  j["id"] = hex(all<RecordId>(0x11));
  j["rules"] = {
      {"groups", {{std::to_string(kState), kStateCell}, {std::to_string(kReason), kStateCell}}},
      {"state_field", kState},
      {"moves", Json::array({Json::array({nullptr, 1, 0}), Json::array({1, 2, 0}),
                             Json::array({1, 3, 5}), Json::array({2, 1, 1})})}};
  j["cases"] = Json::array();
  for (const auto& example : examples()) j["cases"].push_back(example_json(example, city));
  return j;
}

// And back

struct Read {
  std::string name;
  std::string body;
  Change change;
  OrderKey key;
};
std::vector<Read> read_sets(const Json& sets) {
  std::vector<Read> list;
  for (const auto& one : sets) {
    list.push_back({one["name"], unhex(one["body"]), {}, {}});
    const auto set = decode_change_set(list.back().body);
    REQUIRE(set);
    REQUIRE(set->changes.size() == 1);
  }
  // Views point into the bodies, which stay where they are now.
  for (std::size_t n = 0; n < list.size(); ++n) {
    const auto set = *decode_change_set(list[n].body);
    list[n].change = set.changes.front();
    list[n].key = {!sets[n]["flagged"].get<bool>(),
                   std::max(set.changes.front().stamp, set.seen ? set.seen->time : 0),
                   {set.feed.id(set.city), set.seq, 0}};
  }
  return list;
}

struct Rules {
  TypeRule moves;
  MergeRules merge;
};
std::unique_ptr<Rules> read_rules(const Json& rules) {
  auto read = std::make_unique<Rules>();
  for (const auto& move : rules["moves"]) {
    const auto from = move[0].is_null() ? -1 : move[0].get<std::int64_t>();
    read->moves.moves.push_back(
        {from, move[1].get<std::int64_t>(), 1, move[2].get<std::uint32_t>()});
  }
  read->merge.state_field = rules["state_field"].get<std::uint32_t>();
  read->merge.moves = &read->moves;
  read->merge.cell_of = [groups = rules["groups"]](std::uint32_t field) {
    return groups.value(std::to_string(field), field);
  };
  return read;
}

/// As the vector says it.
Json merged_json(const Merged& merged, const std::vector<Read>& sets) {
  const auto name = [&](const Leaf& leaf) {
    const auto at = std::find_if(sets.begin(), sets.end(), [&](const Read& set) {
      return set.key.version == leaf.key.version;
    });
    return at == sets.end() ? std::string("none of these") : at->name;
  };
  Json conflicts = Json::array();
  for (const auto& conflict : merged.conflicts) {
    Json losers = Json::array();
    for (const auto& loser : conflict.losers) losers.push_back(name(loser));
    conflicts.push_back({{"cell", conflict.cell},
                         {"winner", name(conflict.winner)},
                         {"losers", losers},
                         {"void", conflict.void_move}});
  }
  return {{"life", merged.life},
          {"removed", merged.removed},
          {"fields", fields_json(merged.fields)},
          {"conflicts", conflicts}};
}

/// Does every feed's come in its order?
bool comes_in_order(const std::vector<Read>& sets, const std::vector<std::size_t>& order) {
  std::map<FeedId, std::uint64_t> reached;
  return std::all_of(order.begin(), order.end(), [&](std::size_t n) {
    const auto& version = sets[n].key.version;
    return version.seq > std::exchange(reached[version.feed], version.seq);
  });
}

Json read_vector() {
  std::ifstream in(kVector);
  REQUIRE(in);
  return Json::parse(in);
}

}  // namespace

TEST_CASE("merge: writes its vectors anew", "[.write-merge-vectors]") {
  std::ofstream(kVector) << vector_json().dump(1) << '\n';
}

TEST_CASE("merge: the vectors say what is written out here", "[sync][I3]") {
  CHECK(read_vector() == vector_json());
}

TEST_CASE("merge: what the vectors say comes out in every order of arrival", "[sync][I3][I4]") {
  const auto vector = read_vector();
  const auto rules = read_rules(vector["rules"]);
  REQUIRE(vector["cases"].size() > 30);
  for (const auto& example : vector["cases"]) {
    INFO(example["name"]);
    const auto sets = read_sets(example["sets"]);
    std::vector<std::size_t> order(sets.size());
    std::iota(order.begin(), order.end(), 0u);
    int tried = 0;
    do {
      if (!comes_in_order(sets, order)) continue;
      RecordState state;
      for (const auto n : order) state.add(sets[n].change, sets[n].key, rules->merge);
      REQUIRE(merged_json(state.merged(rules->merge), sets) == example["merged"]);
      ++tried;
      if (!example.contains("names")) continue;
      std::vector<VersionId> named;
      for (const auto& set : sets) {
        const auto& names = example["names"];
        if (std::find(names.begin(), names.end(), set.name) != names.end())
          named.push_back(set.key.version);
      }
      std::sort(named.begin(), named.end());
      CHECK(state.base_for({1}).all == named);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(tried > 0);
  }
}

}  // namespace linli::test
