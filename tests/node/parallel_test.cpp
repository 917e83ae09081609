// Edits of different fields by people who didn't know of each other: listed alike at every node,
// and only those.
#include <algorithm>

#include "node/store/conflicts.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// A hub, a street and an office that hold one compound.
struct Beside {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome place;

  Beside() {
    exchange(office, hub);
    place = put(office, "compound", compound("410702003901001"));
    meet();
  }
  void meet() {
    for (int i = 0; i < 3; ++i) {
      exchange(office, hub);
      exchange(street, hub);
    }
  }
  static Json list(Node& node) {
    return store::find_conflicts(node->store(), {.severity = "parallel", .now = node->now()})
        ->at("items");
  }
  /// What is listed, which must be the same everywhere: "示例社区 address|市局 lift_count".
  std::string told() {
    const auto text = [](Node& node) {
      std::string all;
      for (const auto& item : list(node)) {
        for (const auto& edit : item["edits"]) {
          all += (all.empty() ? "" : "|") + edit["node"].get<std::string>();
          for (const auto& [name, value] : edit["fields"].items()) all += " " + name;
        }
      }
      return all;
    };
    CHECK(text(street) == text(hub));
    CHECK(text(office) == text(hub));
    return text(hub);
  }
};

Json settled(Node& node, const Outcome& record) {
  Json all = Json::array();
  const auto history = store::record_history(node->store(), "compound", record.scope, record.id);
  for (const auto& step : (*history)["items"]) {
    for (const auto& cell : step["cells"]) {
      if (cell.contains("settled")) all.push_back(cell);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("parallel: what the hub had confirmed it knew when it wrote itself", "[node][I3][I4]") {
  Beside s;
  edit(s.office, "compound", s.place, R"({"lift_count":4})");
  exchange(s.office, s.hub);
  edit(s.hub, "compound", s.place, R"({"address":"新地址1号"})");
  s.meet();
  edit(s.hub, "compound", s.place, R"({"charging_point_count":7})");
  s.meet();
  edit(s.street, "compound", s.place, R"({"parking_count":230})");
  s.meet();
  edit(s.hub, "compound", s.place, R"({"basement":false})");
  s.meet();
  CHECK(s.told().empty());

  // What it hadn't heard of is listed still.
  edit(s.office, "compound", s.place, R"({"lift_count":5})");
  edit(s.hub, "compound", s.place, R"({"address":"新地址2号"})");
  s.meet();
  CHECK(s.told() == "示例社区 lift_count|" + s.hub->identity().name + " address");
}

TEST_CASE("parallel: who names a later number of a feed knew those before", "[node][I4]") {
  Beside s;
  auto& below = s.city.enrol(kOffice, "示例社区乙", crypto::Role::office, &s.street);
  exchange(s.street, s.hub);
  exchange(below, s.street);
  edit(below, "compound", s.place, R"({"lift_count":4})");
  edit(below, "compound", s.place, R"({"address":"新地址1号"})");
  exchange(below, s.street);  // The hub has confirmed neither.
  edit(s.street, "compound", s.place, R"({"address":"新地址2号"})");
  edit(s.street, "compound", s.place, R"({"parking_count":230})");
  s.meet();
  CHECK(s.told().empty());
}

TEST_CASE("parallel: fields beside one that all changed are listed, conflict or not",
          "[node][I4]") {
  Beside s;
  const auto apart = [&](int office, int street, int hub) {
    const auto parking = [](const char* more, int n) {
      return R"({)" + std::string(more) + R"(,"parking_count":)" + std::to_string(n) + "}";
    };
    edit(s.office, "compound", s.place, parking(R"("address":"新地址1号")", office));
    edit(s.street, "compound", s.place, parking(R"("lift_count":4)", street));
    edit(s.hub, "compound", s.place, parking(R"("basement":false)", hub));
    s.meet();
  };
  SECTION("a conflict") { apart(201, 202, 203); }
  SECTION("no conflict: all gave the same") { apart(230, 230, 230); }
  const auto open = s.list(s.hub);
  REQUIRE(open.size() == 1);
  CHECK(s.told() == "示例社区 address|东街街道 lift_count|" + s.hub->identity().name + " basement");
}

TEST_CASE("parallel: a page has no more than it may also where one set changed many records",
          "[node]") {
  Beside s;
  std::vector<Outcome> places{s.place};
  for (int i = 2; i <= 5; ++i) {
    places.push_back(put(s.office, "compound", compound("41070200390100" + std::to_string(i))));
  }
  s.meet();
  for (const auto& place : places) edit(s.hub, "compound", place, R"({"lift_count":4})");
  // One set with two changes of each record, the last that reaches the hub: each is told once.
  std::vector<node::Wish> wishes;
  for (const char* fields : {R"({"address":"新地址1号"})", R"({"address":"新地址2号"})"}) {
    for (const auto& place : places) {
      auto one = wish("compound", fields);
      one.id = place.id;
      one.scope = place.scope;
      wishes.push_back(std::move(one));
    }
  }
  REQUIRE(s.office->put(wishes));
  s.meet();
  REQUIRE(s.list(s.hub).size() == 5);
  std::vector<std::string> told;
  std::vector<std::size_t> sizes;
  store::ConflictQuery query{.severity = "parallel", .limit = 2, .now = s.hub->now()};
  for (Json next = ""; next.is_string();) {
    query.cursor = next.get<std::string>();
    const auto page = store::find_conflicts(s.hub->store(), query);
    REQUIRE(page);
    sizes.push_back((*page)["items"].size());
    for (const auto& item : (*page)["items"]) told.push_back(item["id"]);
    next = (*page)["next_cursor"];
  }
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1});
  std::sort(told.begin(), told.end());
  CHECK(std::adjacent_find(told.begin(), told.end()) == told.end());
}

TEST_CASE("history: a version named for another field settled nothing", "[node][I4]") {
  Beside s;
  // The address's last version is the parking's one before last.
  edit(s.office, "compound", s.place, R"({"address":"新地址1号","parking_count":210})");
  s.meet();
  edit(s.office, "compound", s.place, R"({"parking_count":220})");
  s.meet();
  edit(s.office, "compound", s.place, R"({"address":"新地址2号","parking_count":230})");
  edit(s.street, "compound", s.place, R"({"address":"新地址3号","parking_count":240})");
  s.meet();
  for (auto* node : {&s.hub, &s.street, &s.office}) {
    CHECK(settled(*node, s.place) == Json::array());
  }
  // Who goes on from the two that are open now settles both fields' conflicts.
  edit(s.hub, "compound", s.place, R"({"address":"新地址4号","parking_count":250})");
  s.meet();
  const auto cells = settled(s.office, s.place);
  REQUIRE(cells.size() == 2);
  for (const auto& cell : cells) CHECK(cell["settled"].size() == 2);
}

}  // namespace linli::test
