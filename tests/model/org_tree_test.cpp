#include "node/model/org_tree.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "node/model/org_link.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

std::int64_t on(const char* text) { return parse_day(text).value(); }
sync::RecordId id(char c) { return sync::RecordId::of(std::string(16, c)); }

OrgUnit unit(char c, const char* code, std::int64_t level, std::optional<char> parent) {
  OrgUnit u;
  u.id = id(c);
  u.code = code;
  u.name = code;
  u.level = level;
  if (parent) u.parent = id(*parent);
  return u;
}

/// City X; districts A and B; streets s (in A) and t (in B); communities m, n (in s), o (in t).
std::vector<OrgUnit> units() {
  return {unit('X', "41", kLevelCity, {}),          unit('A', "41a", kLevelDistrict, 'X'),
          unit('B', "41b", kLevelDistrict, 'X'),    unit('s', "41as", kLevelStreet, 'A'),
          unit('t', "41bt", kLevelStreet, 'B'),     unit('m', "41asm", kLevelCommunity, 's'),
          unit('n', "41asn", kLevelCommunity, 's'), unit('o', "41bto", kLevelCommunity, 't')};
}
std::vector<OrgCompound> compounds() {
  return {{id('k'), "41asm1", "K", "41/41a/41as/41asm", id('m')},
          {id('l'), "41asn1", "L", "41/41a/41as/41asn/41asn1", id('n')}};
}
OrgLink move(char child, char parent, const char* from, const char* to = nullptr) {
  OrgLink link{id(child), id(parent), on(from), {}, kLinkMove, "文"};
  if (to) link.to = on(to);
  return link;
}
OrgLink merge(char child, char into, const char* from) {
  auto link = move(child, into, from);
  link.kind = kLinkMerge;
  return link;
}

std::string codes(const std::vector<const OrgUnit*>& chain) {
  std::string text;
  for (const auto* u : chain) text += (text.empty() ? "" : " ") + u->code;
  return text;
}
std::string names(const OrgTree::Place& place) {
  return place.names[0] + " " + place.names[1] + " " + place.names[2];
}

}  // namespace

TEST_CASE("org: without links everything hangs where its own record says", "[model][org]") {
  const OrgTree tree(units(), compounds(), {});
  CHECK(codes(tree.above(id('m'), 0)) == "41asm 41as 41a 41");
  CHECK(codes(tree.above(id('k'), 0)) == "41asm 41as 41a 41");
  CHECK(*tree.path(*tree.unit("41asm")) == "41/41a/41as/41asm");
  CHECK(tree.changes().empty());
  CHECK(names(tree.place_of_scope("41/41a/41as/41asm/41asm1", 0)) ==
        "41/41a 41/41a/41as 41/41a/41as/41asm");
  CHECK(names(tree.place_of_scope("41/41a", 0)) == "41/41a  ");
  // What the tree doesn't know is called as its path says.
  CHECK(names(tree.place_of_scope("41/41c/41cx/41cxy", 0)) ==
        "41/41c 41/41c/41cx 41/41c/41cx/41cxy");
  CHECK(names(tree.place_of_scope("41/41a/41as/new", 0)) == "41/41a 41/41a/41as 41/41a/41as/new");
}

TEST_CASE("org: a link holds from its first day until the day on which it ends", "[model][org]") {
  const OrgTree tree(units(), compounds(),
                     {move('m', 't', "2024-01-01"), move('m', 's', "2025-01-01", "2025-07-01")});
  const auto at = [&](const char* day) { return codes(tree.above(id('k'), on(day))); };
  CHECK(at("2023-12-31") == "41asm 41as 41a 41");
  CHECK(at("2024-01-01") == "41asm 41bt 41b 41");
  CHECK(at("2025-01-01") == "41asm 41as 41a 41");
  CHECK(at("2025-06-30") == "41asm 41as 41a 41");
  CHECK(at("2025-07-01") == "41asm 41bt 41b 41");  // the one before it goes on
  CHECK(tree.changes().size() == 3);
  CHECK(tree.epoch(on("2023-12-31")) == 0);
  CHECK(tree.epoch(on("2024-01-01")) == 1);
  // Identity stays: the community is called by the path of its birth.
  CHECK(names(*tree.place_of_compound(id('k').view(), on("2024-06-01"))) ==
        "41/41b 41/41b/41bt 41/41a/41as/41asm");
}

TEST_CASE("org: a unit that was merged stands for the one it went into", "[model][org]") {
  const OrgTree tree(units(), compounds(), {merge('m', 'n', "2024-01-01")});
  const auto day = on("2024-01-01");
  CHECK(names(tree.place_of_scope("41/41a/41as/41asm", day)) ==
        "41/41a 41/41a/41as 41/41a/41as/41asn");
  CHECK(names(*tree.place_of_compound(id('k').view(), day)) ==
        "41/41a 41/41a/41as 41/41a/41as/41asn");
  CHECK_FALSE(tree.stands(*tree.unit("41asm"), day));
  CHECK(codes(tree.units_under(*tree.unit("41as"), day)) == "41asn");
  CHECK(tree.compounds_under(*tree.unit("41asn"), day).size() == 2);
  CHECK(codes(tree.units_under(*tree.unit("41as"), day - 1)) == "41asm 41asn");
}

TEST_CASE("org: a compound moves by itself", "[model][org]") {
  const OrgTree tree(units(), compounds(), {move('k', 'o', "2024-01-01")});
  CHECK(codes(tree.above(id('k'), on("2024-01-01"))) == "41bto 41bt 41b 41");
  CHECK(codes(tree.above(id('m'), on("2024-01-01"))) == "41asm 41as 41a 41");
  // What stands in its scope without naming it goes along.
  CHECK(names(tree.place_of_scope("41/41a/41as/41asm/41asm1", on("2024-01-01"))) ==
        "41/41b 41/41b/41bt 41/41b/41bt/41bto");
}

TEST_CASE("org: a code that a unit had before names it still", "[model][org]") {
  auto all = units();
  all[1].former_codes = {"old"};
  const OrgTree tree(all, compounds(), {});
  CHECK(tree.unit("old")->code == "41a");
  CHECK(names(tree.place_of_scope("41/old", 0)) == "41/41a  ");
  CHECK(tree.unit("none") == nullptr);
}

TEST_CASE("org: loops and what isn't there end somewhere", "[model][org]") {
  const OrgTree loop(units(), compounds(),
                     {merge('m', 'n', "2024-01-01"), merge('n', 'm', "2024-01-01")});
  CHECK(codes(loop.above(id('m'), on("2024-01-01"))) == "41asm 41asn");
  (void)loop.place_of_scope("41/41a/41as/41asm", on("2024-01-01"));
  const OrgTree lost({unit('m', "41asm", kLevelCommunity, 's')}, compounds(),
                     {move('m', 'z', "2024-01-01")});
  CHECK(codes(lost.above(id('m'), on("2024-01-01"))) == "41asm");
  CHECK_FALSE(lost.path(*lost.unit("41asm")));
  // Never in force.
  CHECK(OrgTree(units(), {}, {move('m', 't', "2024-01-01", "2024-01-01")}).changes().empty());
}

TEST_CASE("org: between two changes nothing moves and the order of links is nothing",
          "[model][org]") {
  rc::prop("tree", [] {
    std::vector<OrgLink> links;
    const std::string children = "mnost", parents = "ABstmno";
    const auto count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      OrgLink link{id(*rc::gen::elementOf(children)), id(*rc::gen::elementOf(parents)),
                   *rc::gen::inRange(0, 20),          {},
                   *rc::gen::inRange(1, 4),           ""};
      if (*rc::gen::arbitrary<bool>()) link.to = link.from + *rc::gen::inRange(0, 10);
      links.push_back(link);
    }
    const OrgTree tree(units(), compounds(), links);
    std::reverse(links.begin(), links.end());
    const OrgTree same(units(), compounds(), links);
    for (std::int64_t day = -1; day < 32; ++day) {
      for (const char c : std::string("kl")) {
        const auto chain = codes(tree.above(id(c), day));
        RC_ASSERT(chain == codes(same.above(id(c), day)));
        if (tree.epoch(day) == tree.epoch(day + 1)) {
          RC_ASSERT(chain == codes(tree.above(id(c), day + 1)));
        }
      }
    }
  });
}

TEST_CASE("org: rules of a parent link", "[model][org]") {
  const auto shelf = stocked();
  const auto faults = [&](const char* changes) {
    constexpr std::string_view kLink = R"({"unit":{"type":"org_unit","key":"410702003901"},
      "valid_from":"2024-01-01","parent":"410702007","kind":"move","basis_doc":"文"})";
    return faults_of(made("org_link", with(kLink, changes), shelf), shelf);
  };
  CHECK(faults("{}").empty());
  CHECK(faulty(faults(R"({"valid_to":"2024-01-01"})"), "valid_to"));
  CHECK(faulty(faults(R"({"parent":"410702003901"})"), "parent"));
  CHECK(faulty(faults(R"({"kind":"merge"})"), "parent"));  // a community isn't a street
  CHECK(faulty(faults(R"({"unit":{"type":"org_unit","key":"410702003"}})"), "parent"));
  const auto compound = [&](const char* parent, const char* kind) {
    const auto changes = Json{
        {"unit",
         {{"type", "compound"}, {"key", "410702003901001"}, {"scope", std::string(kOwnScope)}}},
        {"parent", parent},
        {"kind", kind}}.dump();
    return faults(changes.c_str());
  };
  CHECK(compound("410702003901", "move").empty());
  CHECK(faulty(compound("410702007", "move"), "parent"));
  CHECK(faulty(compound("410702003901", "merge"), "kind"));
}
