// Units that move and merge: figures of the past stay where they were, records stay as they are.
#include "node/store/org_moves.h"

#include "node/store/provenance.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

std::int64_t day(const char* text) { return model::parse_day(text).value(); }

/// "红旗区 1; 卫滨区 2": a figure by district.
std::string by_district(Node& node, const char* name, const char* from, const char* to,
                        const char* scope = "") {
  const auto stat = store::read_stat(node->store(), {.name = name,
                                                     .by = {"district"},
                                                     .from = from,
                                                     .to = to,
                                                     .today = "2026-01-01",
                                                     .scope = scope,
                                                     .now = node->now()});
  REQUIRE(stat.has_value());
  std::string text;
  for (const auto& row : (*stat)["rows"]) {
    text += (text.empty() ? "" : "; ") + row["keys"]["district"].value("name", "") + " " +
            std::to_string(row["numerator"].get<std::int64_t>());
  }
  return text;
}

/// The sum of what stands behind a figure of one place, and the figure: "1 of 1".
std::string behind(Node& node, const char* name, const char* from, const char* to,
                   const char* scope) {
  store::ProvenanceRequest request;
  request.stat = {.name = name,
                  .by = {},
                  .from = from,
                  .to = to,
                  .today = "2026-01-01",
                  .scope = scope,
                  .now = node->now()};
  const auto found = store::read_provenance(node->store(), request);
  REQUIRE(found.has_value());
  std::int64_t sum = 0;
  for (const auto& item : (*found)["items"]) {
    for (const auto& c : item["contributions"]) {
      if (c["term"] == "numerator") sum += c["n"].get<std::int64_t>();
    }
  }
  return std::to_string(sum) + " of " + (*found)["figure"]["total"]["numerator"].dump();
}

store::OrgMove to_other_street(const char* unit) {
  return {unit, "410703001", day("2025-07-01"), false, "新政文〔2025〕8号"};
}

std::string patrol(const char* on) {
  return Json{{"kind", "patrol"},
              {"compound", kCode},
              {"template", {"t", 1}},
              {"inspectors", {"J001"}},
              {"started_at", std::string(on) + "T09:00"},
              {"ended_at", std::string(on) + "T10:00"},
              {"results", {{"C01", "ok"}}},
              {"status", "submitted"}}
      .dump();
}

/// A hub that has an office's compound, inspected in May and in September of 2025.
struct Moving {
  City city;
  Node& hub = city.hub();
  Node& office;
  Moving() : office(city.enrol(kOffice, "示例社区")) {
    exchange(office, hub);
    put(office, "compound", compound(kCode, R"({"status_on":"2024-01-01"})"));
    put(office, "inspection", patrol("2025-05-05"));
    put(office, "inspection", patrol("2025-09-09"));
    exchange(office, hub);
  }
};

}  // namespace

TEST_CASE("org: a move is shown before it is written, and then figures follow it",
          "[node][org][I7]") {
  Moving at;
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2026-01-01") == "红旗区 2");
  const auto move = to_other_street("410702003901");
  const auto preview = store::preview_move(at.hub->store(), move, day("2026-01-01"));
  REQUIRE(preview.has_value());
  CHECK((*preview)["before"][0]["code"] == "410702003");
  CHECK((*preview)["after"][0]["code"] == "410703001");
  CHECK((*preview)["compounds"] == 1);
  bool told = false;  // the district that loses the inspection of September
  for (const auto& figure : (*preview)["figures"]) {
    const bool lost = figure["statistic"] == "inspections" && figure["unit"]["code"] == "410702";
    if (lost) told = figure["before"] == 1 && figure["after"] == 0;
  }
  CHECK(told);
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2026-01-01") == "红旗区 2");

  put(at.hub, "org_link", (*preview)["record"].dump());
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2026-01-01") == "红旗区 1; 卫滨区 1");
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2025-07-01") == "红旗区 1");
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2026-01-01", "410700/410703") ==
        "卫滨区 1");
  CHECK(by_district(at.hub, "compounds_in_service", "2025-01-01", "2025-07-01") == "红旗区 1");
  CHECK(by_district(at.hub, "compounds_in_service", "2025-01-01", "2026-01-01") == "卫滨区 1");
  // Records stay as and where they were: scope is identity.
  CHECK(number(at.hub,
               "SELECT count(*) FROM r_compound c JOIN scope s ON s.id = c._scope"
               " WHERE s.path = '410700/410702/410702003/410702003901'") == 1);
  CHECK(faults(at.hub).empty());
  // The office has the city's tree as well, and says the same.
  exchange(at.office, at.hub);
  CHECK(by_district(at.office, "inspections", "2025-01-01", "2026-01-01") == "红旗区 1; 卫滨区 1");
}

TEST_CASE("org: moves that can't be are refused with what is wrong", "[node][org]") {
  Moving at;
  const auto refused = [&](const store::OrgMove& move) {
    const auto preview = store::preview_move(at.hub->store(), move, day("2026-01-01"));
    REQUIRE_FALSE(preview.has_value());
    return std::string(info(preview.error().code).name) + " " + preview.error().field;
  };
  const auto from = day("2025-07-01");
  CHECK(refused({"999", "410703001", from, false, ""}) == "not_found unit");
  CHECK(refused({"410702003901", "999", from, false, ""}) == "not_found to");
  CHECK(refused({"410702003901", "410702003", from, false, ""}) == "bad_rule to");  // is there
  CHECK(refused({"410702003901", "410703001901", from, false, ""}) == "bad_rule to");
  CHECK(refused({"410702003901", "410703001", from, true, ""}) == "bad_rule to");
  CHECK(refused({"410702", "410702003", from, false, ""}) == "bad_rule to");  // below itself
  CHECK(refused({kCode, "410703001", from, false, ""}) == "bad_rule to");     // not a community
}

TEST_CASE(
    "org: who moves a compound is told where its records stay and how others come to see them",
    "[node][org][I6]") {
  Moving at;
  const store::OrgMove move{kCode, "410703001901", day("2025-07-01"), false, "文"};
  const auto preview = store::preview_move(at.hub->store(), move, day("2026-01-01"));
  REQUIRE(preview.has_value());
  REQUIRE((*preview)["notes"].size() == 1);
  for (const char* language : {"zh", "en"}) {
    const auto text = (*preview)["notes"][0][language].get<std::string>();
    CHECK(text.find(std::string("--add ") + kOffice) != std::string::npos);
  }
}

TEST_CASE("org: a merged community's figures are those of the one it went into", "[node][org]") {
  Moving at;
  const store::OrgMove merge{"410702003901", "410703001901", day("2025-07-01"), true, "文"};
  const auto preview = store::preview_move(at.hub->store(), merge, day("2026-01-01"));
  REQUIRE(preview.has_value());
  put(at.hub, "org_link", (*preview)["record"].dump());
  CHECK(by_district(at.hub, "inspections", "2025-01-01", "2026-01-01") == "红旗区 1; 卫滨区 1");
  const auto tree = store::org_tree(at.hub->store(), day("2025-07-01"));
  REQUIRE(tree.has_value());
  std::string codes;
  for (const auto& unit : (*tree)["units"]) {
    codes += unit["code"].get<std::string>() + ":" + std::to_string(unit["compounds"].size()) + " ";
  }
  CHECK(codes == "410700:0 410702:0 410702003:0 410703:0 410703001:0 410703001901:1 ");
  const auto then = store::org_tree(at.hub->store(), day("2025-06-30"));
  CHECK(then->at("units").size() == 7);
}

TEST_CASE("org: what stands behind a figure follows the tree like the figure", "[node][org][I7]") {
  Moving at;
  const char* const kOld = "410700/410702";
  const char* const kNew = "410700/410703";
  const auto year = [&](const char* name, const char* scope) {
    return behind(at.hub, name, "2025-01-01", "2026-01-01", scope);
  };
  CHECK(year("inspections", kOld) == "2 of 2");
  CHECK(year("inspections", kNew) == "0 of 0");
  const auto preview =
      store::preview_move(at.hub->store(), to_other_street("410702003901"), day("2026-01-01"));
  REQUIRE(preview.has_value());
  put(at.hub, "org_link", (*preview)["record"].dump());
  CHECK(year("inspections", kOld) == "1 of 1");
  CHECK(year("inspections", kNew) == "1 of 1");
  CHECK(year("compounds_in_service", kOld) == "0 of 0");
  CHECK(year("compounds_in_service", kNew) == "1 of 1");
  CHECK(behind(at.hub, "compounds_in_service", "2025-01-01", "2025-07-01", kOld) == "1 of 1");
  CHECK(behind(at.hub, "inspections", "2025-08-01", "2026-01-01",
               "410700/410702/410702003/410702003901") == "1 of 1");
}

namespace {

/// "红旗区 1/1; 卫滨区 0/2", or by another split: "2025-05 1/1".
std::string ratio(Node& node, const char* name, std::vector<std::string> by, const char* from,
                  const char* to) {
  const auto stat = store::read_stat(
      node->store(),
      {.name = name, .by = by, .from = from, .to = to, .today = "2026-01-01", .now = node->now()});
  REQUIRE(stat.has_value());
  std::string text;
  for (const auto& row : (*stat)["rows"]) {
    text += text.empty() ? "" : "; ";
    for (const auto& split : by) {
      const auto& key = row["keys"][split];
      text += (key.is_object() ? key.value("name", "") : key.get<std::string>()) + " ";
    }
    text += row["numerator"].dump() + "/" + row["denominator"].dump();
  }
  return text;
}

/// The compound of Moving is inspected in May and September; another district has one that isn't.
/// A finding of May was fixed in time, one of September wasn't. The compound moves on 1 July.
struct Crossing : Moving {
  Node& other = city.enrol(kOtherOffice, "另一社区");
  Crossing() {
    exchange(other, hub);
    put(other, "compound", compound("410703001901001", R"({"status_on":"2024-01-01"})"));
    exchange(other, hub);
    finding("2025-05-05", "2025-05-20", R"({"status":"closed","fixed_on":"2025-05-10",
      "closed_on":"2025-05-10"})");
    finding("2025-09-09", "2025-09-20", R"({"status":"open"})");
    exchange(office, hub);
  }
  void finding(const char* on, const char* due, const char* state) {
    const auto visit = put(office, "inspection", patrol(on));
    Json json{{"inspection", to_text(visit.id)},
              {"item_code", "C01"},
              {"severity", "minor"},
              {"description", "楼道有杂物"},
              {"place", "3号楼"},
              {"responsible", "company"},
              {"found_on", on},
              {"due_on", due}};
    json.update(Json::parse(state));
    put(office, "finding", json.dump());
  }
  void move(const char* unit, const char* to) {
    const auto preview = store::preview_move(
        hub->store(), {unit, to, day("2025-07-01"), false, "新政文〔2025〕8号"}, day("2026-01-01"));
    REQUIRE(preview.has_value());
    put(hub, "org_link", (*preview)["record"].dump());
  }
};

}  // namespace

TEST_CASE("org: a ratio whose period crosses a move is right in numerator and denominator",
          "[node][org][I7]") {
  Crossing at;
  const bool alone = GENERATE(true, false);  // The compound alone, or its whole community.
  CHECK(ratio(at.hub, "inspection_coverage", {"district"}, "2025-01-01", "2026-01-01") ==
        "红旗区 1/1; 卫滨区 0/1");
  if (alone) at.move(kCode, "410703001901");
  if (!alone) at.move("410702003901", "410703001");
  // Of those that are in service in a district at the end, those that were inspected: wherever they
  // hung on the day of the visit. Before, 红旗区 had one inspected of none.
  CHECK(ratio(at.hub, "inspection_coverage", {"district"}, "2025-01-01", "2026-01-01") ==
        "卫滨区 1/2");
  CHECK(ratio(at.hub, "inspection_coverage", {"district"}, "2025-01-01", "2025-07-01") ==
        "红旗区 1/1; 卫滨区 0/1");
  CHECK(ratio(at.hub, "inspection_coverage", {"district"}, "2025-05-01", "2025-08-01") ==
        "卫滨区 1/2");
  CHECK(ratio(at.hub, "inspection_coverage", {"month", "district"}, "2025-05-01", "2025-10-01") ==
        "2025-05 红旗区 1/1; 2025-05 卫滨区 0/1; 2025-06 红旗区 0/1; 2025-06 卫滨区 0/1; "
        "2025-07 卫滨区 0/2; 2025-08 卫滨区 0/2; 2025-09 卫滨区 1/2");
  CHECK(ratio(at.hub, "inspection_coverage", {}, "2025-01-01", "2026-01-01").empty());
  // What is counted on its own day stands where things hung on that day, both times.
  CHECK(ratio(at.hub, "rectified_on_time", {"district"}, "2025-01-01", "2026-01-01") ==
        "红旗区 1/1; 卫滨区 0/1");
  // What stands behind it is counted the same way.
  for (const auto* scope : {"410700/410702", "410700/410703"}) {
    INFO(scope);
    const auto told = behind(at.hub, "inspection_coverage", "2025-01-01", "2026-01-01", scope);
    CHECK(told.substr(told.find(" of ")) ==
          (scope == std::string("410700/410703") ? " of 1" : " of 0"));
    const bool here = scope == std::string("410700/410703");
    CHECK((told.front() == '0') == !here);
  }
  exchange(at.office, at.hub);
  CHECK(ratio(at.office, "rectified_on_time", {"district"}, "2025-01-01", "2026-01-01") ==
        "红旗区 1/1; 卫滨区 0/1");
  CHECK(faults(at.hub).empty());
}

}  // namespace linli::test
