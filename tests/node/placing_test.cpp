// A record that is there is never made twice because nobody said where: named by its id, or by a
// number that the city gives once, it is found; a second one in another scope is listed.
#include "node/store/conflicts.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
constexpr const char* kNeighbour = "410700/410702/410702003/410702003902";

struct Placing {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& neighbour = city.enrol(kNeighbour, "隔壁社区");
  Outcome place;

  Placing() {
    meet();
    place = put(office, "compound", compound(kCode));
    meet();
  }
  void meet() {
    for (int i = 0; i < 2; ++i) {
      exchange(office, hub);
      exchange(neighbour, hub);
    }
  }
  static std::int64_t compounds(Node& node) {
    return number(node, "SELECT count(*) FROM r_compound");
  }
  static Json rivals(Node& node) {
    return store::find_conflicts(node->store(), {.severity = "rivals"})->at("items");
  }
};

Outcome tried(Node& node, std::string_view type, const Json& json,
              const node::PutOptions& options = {}) {
  auto outcomes = node->put({wish(type, json.dump())}, options);
  REQUIRE(outcomes.has_value());
  return outcomes->front();
}

const node::PutOptions kUpdate{.update = true};

}  // namespace

TEST_CASE("put: an update without a scope is of the record that has the id", "[node][I2]") {
  Placing s;
  const auto id = sync::to_text(s.place.id);
  const auto changed = tried(s.hub, "compound", {{"id", id}, {"name", "改名"}}, kUpdate);
  CHECK(refusal(changed).empty());
  CHECK(changed.done == Outcome::Done::changed);
  CHECK(changed.scope == kOffice);
  CHECK(field(s.hub, "compound", s.place, "name") == "改名");
  CHECK(s.compounds(s.hub) == 1);

  // Without being asked to change, an id that is taken elsewhere is no new record's.
  const auto taken = tried(s.hub, "compound", {{"id", id}, {"name", "又改"}});
  CHECK(refusal(taken) == "duplicate_key id");
  CHECK(taken.faults[0].zh.find(kOffice) != std::string::npos);
  auto whole = Json::parse(compound(kCode));
  whole["id"] = id;
  whole["scope"] = kNeighbour;
  CHECK(refusal(tried(s.hub, "compound", whole)) == "duplicate_key id");
  CHECK(s.compounds(s.hub) == 1);

  // What this node may not write it isn't let to by leaving the scope out.
  const auto company = rows(s.office, "SELECT hex(_id) FROM r_company LIMIT 1");
  REQUIRE(company.size() >= 32);
  auto text = company.substr(0, 32);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  for (auto& c : text) c = static_cast<char>(std::tolower(c));
  CHECK(refusal(tried(s.office, "company", {{"id", text}, {"name", "别名"}}, kUpdate)) ==
        "out_of_scope scope");
}

TEST_CASE("put: an update by a key that is unique in the city needs no scope", "[node][I2]") {
  Placing s;
  const Json change{{"compound_code", kCode}, {"name", "改名"}};
  const auto dry = tried(s.hub, "compound", change, {.dry_run = true, .update = true});
  CHECK(dry.done == Outcome::Done::changed);
  CHECK(dry.id == s.place.id);
  CHECK(dry.scope == kOffice);
  CHECK(tried(s.hub, "compound", change, kUpdate).done == Outcome::Done::changed);
  CHECK(s.compounds(s.hub) == 1);
  CHECK(field(s.hub, "compound", s.place, "name") == "改名");
}

TEST_CASE("put: where several scopes have it the writer says which", "[node][I2]") {
  Placing s;
  auto second = Json::parse(compound(kCode));
  second["scope"] = kNeighbour;
  const auto there = tried(s.hub, "compound", second);
  REQUIRE(refusal(there).empty());
  const auto which = tried(s.hub, "compound", {{"compound_code", kCode}, {"name", "改"}}, kUpdate);
  REQUIRE(refusal(which) == "bad_value scope");
  for (const auto* text : {&which.faults[0].zh, &which.faults[0].en}) {
    CHECK(text->find(kOffice) != std::string::npos);
    CHECK(text->find(kNeighbour) != std::string::npos);
    CHECK(text->find("scope") != std::string::npos);
  }
  const auto said = tried(s.hub, "compound",
                          {{"scope", kOffice}, {"compound_code", kCode}, {"name", "改"}}, kUpdate);
  CHECK(said.id == s.place.id);
}

TEST_CASE("rivals: one compound code in two scopes is listed until one of them is over",
          "[node][I4]") {
  Placing s;
  CHECK(s.rivals(s.hub).empty());
  const auto mine = put(s.neighbour, "compound", compound(kCode));
  s.meet();
  CHECK(mine.scope == kNeighbour);
  CHECK(s.rivals(s.neighbour).empty());  // It holds the one.
  const auto listed = s.rivals(s.hub);
  REQUIRE(listed.size() == 2);
  for (const auto& one : listed) {
    CHECK(one["type"] == "compound");
    CHECK(one["key"] == Json{{"compound_code", kCode}});
    REQUIRE(one["others"].size() == 1);
    CHECK(one["others"][0]["scope"] != one["scope"]);
  }
  CHECK(s.hub->store().compare_projections({}).value() == std::vector<std::string>{});
  CHECK(faults(s.hub).empty());
  SECTION("deleted") { remove(s.hub, "compound", mine); }
  SECTION("retired") {
    edit(s.hub, "compound", mine, R"({"status":"retired","status_on":"2025-12-31"})");
  }
  CHECK(s.rivals(s.hub).empty());
  CHECK(s.hub->store().compare_projections({}).value() == std::vector<std::string>{});
}

TEST_CASE("put: whoever writes on is told of the conflicts that it settles", "[node][I4]") {
  Placing s;
  edit(s.office, "compound", s.place, R"({"name":"甲的名","lift_count":3})");
  edit(s.hub, "compound", s.place, R"({"name":"市局的名","lift_count":4})");
  s.meet();
  const auto open = [&] { return store::find_conflicts(s.hub->store(), {})->at("items").size(); };
  REQUIRE(open() == 2);
  const Json row{{"compound_code", kCode}, {"name", "第三名"}, {"lift_count", 5}};
  CHECK(tried(s.hub, "compound", row, {.dry_run = true, .update = true}).settled == 2);
  CHECK(open() == 2);
  const Json other{{"compound_code", kCode}, {"charging_point_count", 9}};
  CHECK(tried(s.hub, "compound", other, kUpdate).settled == 0);
  CHECK(open() == 2);
  CHECK(tried(s.hub, "compound", row, kUpdate).settled == 2);
  CHECK(open() == 0);
  CHECK(tried(s.hub, "compound", row, kUpdate).settled == 0);
}

TEST_CASE("conflicts: a page holds no more than was asked for, and none is empty", "[node]") {
  Placing s;
  edit(s.office, "compound", s.place, R"({"name":"甲的名","lift_count":3,"address":"甲路"})");
  edit(s.hub, "compound", s.place, R"({"name":"市局的名","lift_count":4,"address":"乙路"})");
  s.meet();
  const auto all = store::find_conflicts(s.hub->store(), {})->at("items");
  REQUIRE(all.size() == 3);
  Json paged = Json::array();
  std::string cursor;
  for (int page = 1; page <= 3; ++page) {
    const auto found = store::find_conflicts(s.hub->store(), {.cursor = cursor, .limit = 1});
    REQUIRE(found.has_value());
    REQUIRE((*found)["items"].size() == 1);
    paged.push_back((*found)["items"][0]);
    CHECK((*found)["next_cursor"].is_null() == (page == 3));
    if (page < 3) cursor = (*found)["next_cursor"].get<std::string>();
  }
  CHECK(paged == all);
  const auto two = store::find_conflicts(s.hub->store(), {.limit = 2});
  CHECK((*two)["items"].size() == 2);
  const auto third = store::find_conflicts(
      s.hub->store(), {.cursor = (*two)["next_cursor"].get<std::string>(), .limit = 2});
  CHECK((*third)["items"] == Json::array({all[2]}));
  for (const char* bad : {"x", "5.", "5.x", "0", "-3.1", "5.1vv"}) {
    CHECK_FALSE(store::find_conflicts(s.hub->store(), {.cursor = bad}).has_value());
  }
}

TEST_CASE("history: what a reference names is told with its title", "[node]") {
  Placing s;
  const auto history = store::record_history(s.hub->store(), "compound", kOffice, s.place.id);
  CHECK((*history)["items"][0]["fields"]["community"]["title"] == "示例社区");
}

}  // namespace linli::test
