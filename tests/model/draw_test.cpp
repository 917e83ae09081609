#include "node/model/draw.h"

#include <map>
#include <set>

#include "node/model/inspection_draw.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

constexpr const char* kSeed = "2025-11-28 双色球 02 07 13 21 24 30 + 05";
constexpr std::string_view kDraw = R"({"code":"SSJ-1","title":"示例抽取","seed":"7",
  "seed_source":"示例","compounds":["C3","C1","C2"],"inspectors":["J1","J2","J3"],
  "compound_count":2,"template":["t",1],"planned_on":"2023-12-01","status":"drawn"})";

std::vector<std::string> numbered(const std::string& prefix, int count) {
  std::vector<std::string> list;
  for (int i = 1; i <= count; ++i) list.push_back(prefix + std::to_string(i));
  return list;
}
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("draw: the list is the one that another program draws by the rule in DRAW.md",
          "[model][draw]") {
  // Lists and blocks by a few lines of Python with hashlib.blake2b; block 1 by b2sum too.
  CHECK(draw(numbered("C", 5), 3, kSeed, "compounds") == Strings{"C1", "C3", "C2"});
  CHECK(draw(numbered("J", 3), 3, kSeed, "inspectors") == Strings{"J3", "J2", "J1"});
  CHECK(draw(numbered("小区", 200), 12, "7", "compounds") ==
        Strings{"小区83", "小区86", "小区47", "小区27", "小区121", "小区200", "小区122", "小区50",
                "小区80", "小区26", "小区161", "小区189"});
  const auto block = crypto::hash({"linli/draw/1\n", kSeed, "\ncompounds\n1\n"});
  CHECK(crypto::to_hex(block.view()) ==
        "ff927734c47d6227f143a45308712491281844ebea5becbc56533a432fa7d348");
  const auto visits = draw_visits(numbered("C", 5), 3, numbered("J", 3), 2, kSeed);
  REQUIRE(visits.size() == 3);
  CHECK(visits[0].compound == "C1");
  CHECK(visits[0].inspectors == Strings{"J3", "J2"});
  CHECK(visits[1].inspectors == Strings{"J1", "J3"});
  CHECK(visits[2].inspectors == Strings{"J2", "J1"});
}

TEST_CASE("draw: the pool's order doesn't matter and the seed does", "[model][draw]") {
  auto pool = numbered("C", 50);
  const auto drawn = draw(pool, 10u, "a", "compounds");
  std::reverse(pool.begin(), pool.end());
  CHECK(draw(pool, 10u, "a", "compounds") == drawn);
  CHECK(draw(pool, 10u, "b", "compounds") != drawn);
  CHECK(draw(pool, 10u, "a", "inspectors") != drawn);
  // More are drawn after those that were drawn before: the order is part of the list.
  const auto more = draw(pool, 20, "a", "compounds");
  CHECK(Strings(more.begin(), more.begin() + 10) == drawn);
  CHECK(std::set<std::string>(more.begin(), more.end()).size() == 20);
  CHECK(draw(pool, 99, "a", "compounds").size() == 50);
  CHECK(draw({}, 3, "a", "compounds").empty());
  CHECK(draw_visits(pool, 3, {"J1"}, 2, "a").empty());
}

TEST_CASE("draw: nobody is favoured, whatever the size of the pool", "[model][draw]") {
  // 3 · 2^62 doesn't divide 2^64: without passing numbers over, the lower third would come twice as
  // often as the rest.
  DrawNumbers wide("seed", "wide");
  constexpr std::uint64_t kThird = std::uint64_t{1} << 62;
  std::map<std::uint64_t, int> thirds;
  constexpr int kTimes = 6000;
  for (int i = 0; i < kTimes; ++i) ++thirds[wide.below(3 * kThird) / kThird];
  for (std::uint64_t third = 0; third < 3; ++third) {
    CHECK(thirds[third] > kTimes / 3 - 200);
    CHECK(thirds[third] < kTimes / 3 + 200);
  }
  // Each of seven comes first about as often as the others over many seeds.
  std::map<std::string, int> first;
  for (int i = 0; i < 7000; ++i) {
    ++first[draw(numbered("C", 7), 1, std::to_string(i), "compounds").front()];
  }
  CHECK(first.size() == 7);
  for (const auto& [name, times] : first) {
    INFO(name);
    CHECK(times > 850);
    CHECK(times < 1150);
  }
}

TEST_CASE("draw: inspectors have the same load and never visit a compound twice", "[model][draw]") {
  for (const std::size_t people : {2u, 3u, 5u, 8u}) {
    std::map<std::string, int> load;
    const auto inspectors = numbered("J", static_cast<int>(people));
    for (const auto& visit : draw_visits(numbered("C", 40), 33, inspectors, 2, "s")) {
      CHECK(visit.inspectors[0] != visit.inspectors[1]);
      for (const auto& inspector : visit.inspectors) ++load[inspector];
    }
    const auto [least, most] = std::minmax_element(
        load.begin(), load.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    CHECK(load.size() == people);
    CHECK(most->second - least->second <= 1);
  }
}

TEST_CASE("draw: the record holds the list and every node draws it again", "[model][draw]") {
  const auto record = made("inspection_draw", kDraw);
  CHECK(told(faults_of(record)) == "");
  const auto json = fields_to_json(*ViewOf(record));
  CHECK(json["inspectors_each"] == 2);
  REQUIRE(json["drawn"].size() == 2);
  CHECK(json["drawn"][0]["inspectors"].size() == 2);
  CHECK(was_drawn(*ViewOf(record), json["drawn"][0]["compound"].get<std::string>()));
  CHECK_FALSE(was_drawn(*ViewOf(record), "C9"));
  // Somebody changes the list, or the seed under it, or leaves the list out.
  auto other = record;
  other.set(draw_field::kDrawn,
            *made("inspection_draw", with(kDraw, R"({"seed":"8"})")).get(draw_field::kDrawn));
  REQUIRE(*other.get(draw_field::kDrawn) != *record.get(draw_field::kDrawn));
  CHECK(faulty(faults_of(other), "drawn"));
  other.unset(draw_field::kDrawn);
  CHECK(faulty(faults_of(other), "drawn"));
  const auto faults = [](const char* changes) {
    return faults_of(made("inspection_draw", with(kDraw, changes)));
  };
  CHECK(faulty(faults(R"({"compounds":["C1","C1","C2"]})"), "compounds"));
  CHECK(faulty(faults(R"({"inspectors":["J1","J1"]})"), "inspectors"));
  CHECK(faulty(faults(R"({"compound_count":4})"), "compound_count"));
  CHECK(faulty(faults(R"({"inspectors":["J1"]})"), "inspectors_each"));
  CHECK_FALSE(authored("inspection_draw", with(kDraw, R"({"inspectors_each":1})")).has_value());
  CHECK(faulty(faults(R"({"status":"cancelled"})"), "status_reason"));
}
