// A draw makes planned inspections by the one road, where the compounds are.
#include "node/drawing.h"

#include "node/store/draws.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// A hub, two offices with three compounds each.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Scene() {
    exchange(office, hub);
    for (const auto* code : {"410702003901001", "410702003901002", "410702003901003"}) {
      put(office, "compound", compound(code));
    }
    exchange(office, hub);
  }
  [[nodiscard]] static Json wish(const char* changes = "{}") {
    Json json{{"code", "SSJ-1"},
              {"title", "示例抽取"},
              {"seed", "02 07 13"},
              {"seed_source", "示例开奖"},
              {"inspectors", {"J001", "J002", "J003"}},
              {"compound_count", 2},
              {"template", {"t", 1}},
              {"planned_on", "2026-01-20"},
              {"status", "drawn"}};
    json.update(Json::parse(changes));
    return json;
  }
  Result<Json> draw(const char* changes = "{}", bool dry_run = false) const {
    node::PutOptions options;
    options.dry_run = dry_run;
    return node::draw_inspections(*hub, wish(changes), options);
  }
  [[nodiscard]] std::int64_t inspections(Node& node) const {
    return number(node, "SELECT count(*) FROM r_inspection");
  }
};

std::string refused(const Result<Json>& answer) {
  if (answer) return "";
  return std::string(info(answer.error().code).name) + " " + answer.error().field;
}

}  // namespace

TEST_CASE("draw: a dry run shows the list and keeps nothing", "[node][draw]") {
  Scene s;
  const auto tried = s.draw("{}", true);
  REQUIRE(tried);
  CHECK((*tried)["dry_run"] == true);
  REQUIRE((*tried)["visits"].size() == 2);
  for (const auto& visit : (*tried)["visits"]) {
    CHECK(visit["done"] == "created");
    CHECK(visit["inspection"].is_null());
    CHECK(visit["faults"].empty());
  }
  CHECK(s.inspections(s.hub) == 0);
  CHECK(number(s.hub, "SELECT count(*) FROM r_inspection_draw") == 0);
  // The real one gives the same list.
  const auto made = s.draw();
  REQUIRE(made);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK((*made)["visits"][i]["compound"] == (*tried)["visits"][i]["compound"]);
    CHECK((*made)["visits"][i]["inspectors"] == (*tried)["visits"][i]["inspectors"]);
  }
}

TEST_CASE("draw: inspections are planned where the compounds are and once only", "[node][draw]") {
  Scene s;
  const auto made = s.draw();
  REQUIRE(made);
  CHECK(s.inspections(s.hub) == 2);
  CHECK((*made)["draw"]["done"] == "created");
  exchange(s.office, s.hub);
  CHECK(s.inspections(s.office) == 2);  // The office sees what it has to do.
  const auto& visit = (*made)["visits"][0];
  CHECK(visit["scope"] == kOffice);
  const auto id = *sync::record_id(visit["inspection"].get<std::string>());
  const auto planned = store::get_record(s.office->store(), "inspection", kOffice, id);
  REQUIRE(planned);
  CHECK((*planned)["state"] == "planned");
  CHECK((*planned)["fields"]["kind"] == "random");
  CHECK((*planned)["fields"]["inspectors"] == visit["inspectors"]);
  CHECK((*planned)["invalid"].empty());
  // The same draw again makes nothing twice, and leaves alone what was done since.
  auto done = wish("inspection", R"({"status":"started","started_at":"2026-01-01T08:00"})");
  done.id = id;
  done.scope = kOffice;
  REQUIRE(refusal(s.office->put({done})->front()) == "");
  exchange(s.office, s.hub);
  const auto again = s.draw();
  REQUIRE(again);
  CHECK((*again)["draw"]["done"] == "there");
  for (const auto& one : (*again)["visits"]) CHECK(one["done"] == "there");
  CHECK(s.inspections(s.hub) == 2);
  CHECK(store::get_record(s.hub->store(), "inspection", kOffice, id)->at("state") == "started");
  const auto shown = store::read_draw(s.hub->store(), "SSJ-1");
  REQUIRE(shown);
  CHECK((*shown)["same"] == true);
  CHECK((*shown)["visits"][0]["inspection"]["state"] == "started");
  CHECK((*shown)["again"].size() == 2);
  CHECK(faults(s.hub).empty());
}

TEST_CASE("draw: what is planned is what the draw holds however it was typed", "[node][draw]") {
  Scene s;
  const auto made = s.draw(R"({"seed":" 02 07 13 ","inspectors_each":null,
      "inspectors":[" J003","J001 ","J002"],"code":"SSJ-1 "})");
  REQUIRE(made);
  const auto shown = store::read_draw(s.hub->store(), "SSJ-1");
  REQUIRE(shown);
  CHECK((*shown)["same"] == true);
  REQUIRE((*made)["visits"].size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK((*made)["visits"][i]["compound"] == (*shown)["again"][i]["compound"]);
    CHECK((*made)["visits"][i]["inspectors"] == (*shown)["again"][i]["inspectors"]);
    CHECK((*shown)["visits"][i]["inspection"].is_object());
  }
}

TEST_CASE("draw: one that was cancelled plans nothing more", "[node][draw]") {
  Scene s;
  const auto made = s.draw();
  REQUIRE(made);
  Outcome draw;
  draw.scope = kCity;
  draw.id = *sync::record_id((*made)["draw"]["id"].get<std::string>());
  edit(s.hub, "inspection_draw", draw, R"({"status":"cancelled","status_reason":"重抽"})");
  auto again = Scene::wish();
  again.erase("status");
  CHECK(refused(node::draw_inspections(*s.hub, again, {})) == "frozen code");
}

TEST_CASE("draw: two units may give one code and neither is taken for the other's",
          "[node][draw]") {
  Scene s;
  auto& street = s.city.enrol(kStreet, "示例街道", crypto::Role::street);
  exchange(street, s.hub);
  REQUIRE(s.draw());
  const auto theirs = node::draw_inspections(
      *street, Scene::wish(R"({"seed":"another","compound_count":3,"inspectors":["J7","J8"]})"),
      {});
  REQUIRE(theirs);
  CHECK((*theirs)["draw"]["scope"] == kStreet);
  exchange(street, s.hub);
  // One code, and nobody says whose: none is shown.
  CHECK(refused(store::read_draw(s.hub->store(), "SSJ-1")) == "bad_value scope");
  const auto ours = store::read_draw(s.hub->store(), "SSJ-1", kCity);
  REQUIRE(ours);
  CHECK((*ours)["record"]["scope"] == kCity);
  CHECK((*ours)["visits"].size() == 2);
  const auto shown = store::read_draw(s.hub->store(), "SSJ-1", kStreet);
  REQUIRE(shown);
  CHECK((*shown)["record"]["scope"] == kStreet);
  CHECK((*shown)["same"] == true);
  REQUIRE((*shown)["visits"].size() == 3);
  for (const auto& visit : (*shown)["visits"]) {
    REQUIRE(visit["inspection"].is_object());
    const auto id = *sync::record_id(visit["inspection"]["id"].get<std::string>());
    const auto planned = store::get_record(s.hub->store(), "inspection", kOffice, id);
    REQUIRE(planned);
    CHECK((*planned)["fields"]["draw"]["scope"] == kStreet);
    CHECK((*planned)["fields"]["inspectors"] == visit["inspectors"]);
  }
  CHECK(refused(store::read_draw(s.hub->store(), "SSJ-1", kOffice)) == "not_found code");
}

TEST_CASE("draw: nobody draws until the list suits", "[node][draw]") {
  Scene s;
  REQUIRE(s.draw());
  // Another seed under the same code, a typed list, a compound that wasn't drawn.
  CHECK(refused(s.draw(R"({"seed":"another"})")) == "duplicate_key seed");
  CHECK(refused(s.draw(R"({"code":"SSJ-2","drawn":[]})")) != "");
  CHECK(refused(s.draw(R"({"code":"SSJ-2","compounds":["410702003901009"]})")) ==
        "not_found compounds");
  CHECK(refused(s.draw(R"({"code":"SSJ-2","compound_count":9})")) == "bad_rule compound_count");
  CHECK(s.inspections(s.hub) == 2);
  const auto shown = store::read_draw(s.hub->store(), "SSJ-1");
  REQUIRE(shown);
  std::set<std::string> drawn;
  for (const auto& one : (*shown)["again"]) drawn.insert(one["compound"].get<std::string>());
  for (const auto* code : {"410702003901001", "410702003901002", "410702003901003"}) {
    const Json inspection{{"kind", "random"},
                          {"compound", {{"key", {code}}, {"scope", kOffice}}},
                          {"template", {"t", 1}},
                          {"inspectors", {"J001", "J002"}},
                          {"started_at", "2026-01-20T09:00"},
                          {"status", "planned"},
                          {"draw", "SSJ-1"}};
    INFO(code);
    CHECK(refusal(s.hub, "inspection", inspection.dump()) ==
          (drawn.contains(code) ? "" : "bad_rule draw"));
  }
  CHECK(store::read_draw(s.hub->store(), "nothing").error().code == Errc::not_found);
}

}  // namespace linli::test
