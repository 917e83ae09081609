// What a person asks for: granted and to be found again, or refused with field and reason.
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";

const char* const kInspection = R"({"kind":"routine","compound":"410702003901001",
  "company":"91350100M000100Y43","template":["t",1],"inspectors":["J001","J002"],
  "started_at":"2025-12-01T09:00","ended_at":"2025-12-01T10:00","results":{"F01":"ok","C01":"fail"},
  "site_signer":"签字人甲乙","note":"楼道里有一辆旧自行车","status":"submitted"})";

std::vector<std::string> refusals(Node& node, std::string_view type, const std::string& json) {
  auto outcomes = node->put({wish(type, json)});
  REQUIRE(outcomes.has_value());
  std::vector<std::string> all;
  for (const auto& fault : (*outcomes)[0].faults) {
    all.push_back(std::string(info(fault.code).name) + " " + fault.field);
  }
  return all;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE("put: what went in is found again by list, get, history, search and figures",
          "[node][I2]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));
  CHECK(made.done == Outcome::Done::created);
  CHECK(made.scope == kOffice);

  const auto record = get(office, "compound", made);
  CHECK(record["title"] == "示例小区");
  CHECK(record["state"] == "in_service");
  CHECK(record["fields"]["floor_area_dm2"] == 3000000);
  CHECK(record["fields"]["community"]["title"] == "示例社区");
  CHECK(record["confirmed"] == false);
  CHECK(record["invalid"].empty());
  CHECK(store::scope_of(office->store(), "compound", made.id).value() == kOffice);

  const auto listed = store::list_records(
      office->store(), {.type = "compound", .where = {{"compound_code", kCode}}});
  REQUIRE(listed.has_value());
  REQUIRE(listed->items.size() == 1);
  CHECK(listed->items[0] == record);
  CHECK(store::list_records(office->store(), {.type = "compound", .where = {{"name", "别的"}}})
            ->items.empty());
  CHECK(store::list_records(office->store(),
                            {.type = "compound", .where = {{"status", "in_service"}}})
            ->items.size() == 1);
  CHECK(store::list_records(office->store(), {.type = "compound", .where = {{"status", "retired"}}})
            ->items.empty());
  CHECK(store::list_records(office->store(), {.type = "compound", .where = {{"basement", "true"}}})
            ->items.size() == 1);
  CHECK(store::list_records(office->store(), {.type = "compound", .where = {{"nonsense", "1"}}})
            .error()
            .code == Errc::unknown_field);

  edit(office, "compound", made, R"({"name":"新名小区"})");
  const auto history = store::record_history(office->store(), "compound", kOffice, made.id);
  REQUIRE(history.has_value());
  const auto& items = (*history)["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[0]["fields"]["name"] == "示例小区");
  CHECK(items[1]["fields"] == Json{{"name", "新名小区"}});
  CHECK(items[1]["kind"] == "put");
  CHECK(items[1]["node"] == "示例社区");
  CHECK(items[1]["seq"] == 2);

  const auto found = store::search_records(office->store(), "新名", 10);
  REQUIRE(found.has_value());
  REQUIRE((*found)["items"].size() == 1);
  CHECK((*found)["items"][0]["title"] == "新名小区");
  CHECK((*store::search_records(office->store(), "示例小区", 10))["items"].empty());

  const auto stat = store::read_stat(office->store(), {.name = "compounds_in_service",
                                                       .by = {},
                                                       .from = {},
                                                       .to = {},
                                                       .today = {},
                                                       .scope = {},
                                                       .now = office->now()});
  REQUIRE(stat.has_value());
  CHECK((*stat)["total"]["numerator"] == 1);
  // Only the authority takes a compound away.
  exchange(office, hub);
  remove(hub, "compound", made);
  exchange(office, hub);
  CHECK((*store::read_stat(office->store(), {.name = "compounds_in_service",
                                             .by = {},
                                             .from = {},
                                             .to = {},
                                             .today = {},
                                             .scope = {},
                                             .now = office->now()}))["total"]["numerator"] == 0);
  CHECK(get(office, "compound", made)["removed"] == true);
  CHECK(store::list_records(office->store(), {.type = "compound"})->items.empty());
  CHECK((*store::search_records(office->store(), "新名", 10))["items"].empty());
  CHECK(faults(office).empty());
}

TEST_CASE("put: a deleted record comes back when it is entered again", "[node][I4]") {
  City city;
  auto& hub = city.hub();
  const std::string unit = R"({"code":"410704","level":"district","name":"凤泉区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  const auto made = put(hub, "org_unit", unit);
  remove(hub, "org_unit", made);
  const auto again = put(hub, "org_unit", unit);
  CHECK(again.id == made.id);
  CHECK(field(hub, "org_unit", again, "name") == "凤泉区");
  CHECK_FALSE(get(hub, "org_unit", again).contains("removed"));
  CHECK(store::list_conflicts(hub->store())["items"].empty());
  CHECK(faults(hub).empty());
}

TEST_CASE("put: a dry run says what would happen, and keeps nothing", "[node][I2]") {
  City city;
  auto& hub = city.hub();
  const auto before = hub->arrival();
  const auto state = dump(hub);
  const std::string unit = R"({"code":"410704","level":"district","name":"凤泉区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  const auto outcome = put(hub, "org_unit", unit, {.dry_run = true});
  CHECK(outcome.done == Outcome::Done::created);
  CHECK(hub->arrival() == before);
  CHECK(dump(hub) == state);
  CHECK(get(hub, "org_unit", outcome).is_null());
  // What comes after stands on what is there, not on what was tried.
  const auto made = put(hub, "org_unit", unit);
  CHECK(made.id == outcome.id);
  CHECK(made.done == Outcome::Done::created);
  CHECK(faults(hub).empty());
}

TEST_CASE("put: one bad wish takes nothing from the good ones, or all of it if so asked",
          "[node][I2]") {
  City city;
  auto& hub = city.hub();
  const auto company = [](const std::string& name, const std::string& more = {}) {
    return wish("company", R"({"uscc":")" + name +
                               R"(","name":"物业","legal_person":"甲","phone":"1",
      "complaint_phone":"2")" + more +
                               "}");
  };
  const std::vector<node::Wish> wishes{company("91350100M000100Y43"), company("91350100M000100Y44"),
                                       company("91410700MA44444448", R"(,"colour":"red")")};
  const auto together = hub->put(wishes, {.all_or_nothing = true});
  REQUIRE(together.has_value());
  for (const auto& outcome : *together) CHECK(outcome.done == Outcome::Done::refused);
  const auto each = hub->put(wishes);
  REQUIRE(each.has_value());
  CHECK(refusal((*each)[2]) == "unknown_field colour");
  CHECK(number(hub, "SELECT count(*) FROM r_company") ==
        1 + static_cast<std::int64_t>((*each)[1].done == Outcome::Done::created));
}

TEST_CASE("put: the same key twice is unchanged, and with other content a duplicate", "[node]") {
  City city;
  auto& hub = city.hub();
  const std::string unit = R"({"code":"410704","level":"district","name":"凤泉区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  const std::string renamed = R"({"code":"410704","level":"district","name":"北站区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  const auto made = put(hub, "org_unit", unit);
  const auto arrival = hub->arrival();
  const auto again = put(hub, "org_unit", unit);
  CHECK(again.done == Outcome::Done::unchanged);
  CHECK(again.id == made.id);
  CHECK(hub->arrival() == arrival);
  CHECK(refusal(hub, "org_unit", renamed) == "duplicate_key name");
  CHECK(put(hub, "org_unit", renamed, {.update = true}).done == Outcome::Done::changed);
  CHECK(field(hub, "org_unit", made, "name") == "北站区");
  // Also twice within one batch.
  const std::string other = R"({"code":"410711","level":"district","name":"牧野区",
    "code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})";
  const auto both = hub->put({wish("org_unit", other), wish("org_unit", other)});
  REQUIRE(both.has_value());
  CHECK((*both)[0].done == Outcome::Done::created);
  CHECK((*both)[1].done == Outcome::Done::unchanged);
  CHECK(faults(hub).empty());
}

TEST_CASE("put: each kind of bad wish is refused with its code and field", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));

  struct Case {
    const char* name;
    const char* type;
    std::string json;
    std::string expected;
  };
  const std::string second = "410702003901002";
  const std::vector<Case> cases{
      {"an unknown field", "compound", compound(second, R"({"colour":"red"})"),
       "unknown_field colour"},
      {"a missing field", "compound", compound(second, R"({"name":null})"), "missing_field name"},
      {"another type of value", "compound", compound(second, R"({"lift_count":"eight"})"),
       "bad_value lift_count"},
      {"out of range", "compound", compound(second, R"({"lift_count":-1})"),
       "bad_value lift_count"},
      {"no such choice", "compound", compound(second, R"({"flood_risk":"huge"})"),
       "bad_value flood_risk"},
      {"yuan where fen are meant", "compound", compound(second, R"({"floor_area_dm2":1.5})"),
       "bad_value floor_area_dm2"},
      {"a day that isn't one", "compound",
       compound(second, R"({"first_delivery_on":"2019-02-30"})"), "bad_value first_delivery_on"},
      {"numbers that don't fit", "compound",
       compound(second, R"({"occupied_household_count":999})"),
       "bad_rule occupied_household_count"},
      {"a reference to nothing", "compound", compound(second, R"({"community":"410702003999"})"),
       "dangling_reference community"},
      {"a state that isn't one", "compound", compound(second, R"({"status":"burnt"})"),
       "bad_value status"},
      {"a first state that isn't one", "compound", compound(second, R"({"status":"retired"})"),
       "bad_move status"},
      {"a type that is the hub's", "org_unit",
       R"({"code":"410704","level":"district","name":"凤泉区","code_authority":"gbt2260",
           "parent":"410700","valid_from":"2023-01-01","scope":"410700/410702/410702003/410702003901"})",
       "forbidden "},
      {"a scope that is another's", "compound",
       compound(second, R"({"scope":"410700/410703/410703001/410703001901"})"),
       "out_of_scope scope"},
      {"no object", "compound", "[1,2]", "bad_value "},
      {"a system record", "certificate", R"({"bytes":"AAEC"})", "forbidden "}};
  const auto arrival = office->arrival();
  for (const auto& t : cases) {
    INFO(t.name);
    const auto all = refusals(office, t.type, t.json);
    CAPTURE(all);
    CHECK(has(all, t.expected));
  }
  CHECK(office->arrival() == arrival);
  CHECK(get(office, "compound", made)["version"].get<std::string>() == std::to_string(arrival));
}

TEST_CASE("edit: moves, frozen content, keys and versions are guarded", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  const auto made = put(office, "inspection", kInspection);
  CHECK(field(office, "inspection", made, "score") != "-");
  const auto change = [&](std::string_view type, const Outcome& record, const std::string& json,
                          std::optional<std::int64_t> version = {}) {
    auto w = wish(type, json);
    w.id = record.id;
    w.scope = record.scope;
    w.if_version = version;
    const auto outcomes = office->put({w});
    REQUIRE(outcomes.has_value());
    return refusal((*outcomes)[0]);
  };
  CHECK(change("inspection", made, R"({"status":"planned"})") == "bad_move status");
  const auto version = std::stoll(get(office, "inspection", made)["version"].get<std::string>());
  CHECK(change("inspection", made, R"({"note":"改"})", version - 1) == "stale");
  CHECK(change("inspection", made, R"({"note":"改"})", version) == "");
  CHECK(change("inspection", made, R"({"status":"reviewed"})") == "");
  CHECK(change("inspection", made, R"({"note":"再改"})") == "frozen note");
  CHECK(change("inspection", made, R"({"status":"closed"})") == "");
  CHECK(field(office, "inspection", made, "note") == "改");

  const auto place = store::list_records(office->store(), {.type = "compound"})->items[0];
  Outcome at;
  at.scope = kOffice;
  at.id = *sync::record_id(place["id"].get<std::string>());
  CHECK(change("compound", at, R"({"compound_code":"410702003901009"})") == "bad_value id");
  // An office may not take a compound out of service: that is the authority's.
  CHECK(change("compound", at, R"({"status":"retired","status_on":"2025-01-01"})") ==
        "bad_move status");
  Outcome nowhere;
  nowhere.scope = kOffice;
  nowhere.id = crypto::random<sync::RecordId>();
  CHECK(change("compound", nowhere, R"({"name":"x"})") == "not_found id");
  // Several moves at once are one wish, and every step is there.
  const auto next = put(office, "inspection", kInspection);
  CHECK(change("inspection", next, R"({"status":"closed"})") == "");
  CHECK(field(office, "inspection", next, "status") == "closed");
  CHECK(number(office, "SELECT count(*) FROM conflict") == 0);
  CHECK(faults(office).empty());
}

TEST_CASE("put: a thousand wishes at once become few change sets, all in order", "[node][I9]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  std::vector<node::Wish> wishes{wish("compound", compound(kCode))};
  for (int i = 0; i < 1200; ++i) {
    wishes.push_back(wish("building", R"({"compound":"410702003901001","building_no":")" +
                                          std::to_string(i) + R"(","floors_above":6})"));
  }
  const auto outcomes = office->put(wishes);
  REQUIRE(outcomes.has_value());
  for (const auto& outcome : *outcomes) REQUIRE(outcome.done == Outcome::Done::created);
  CHECK(number(office, "SELECT count(*) FROM r_building") == 1200);
  CHECK(number(office, "SELECT count(*) FROM log WHERE kind = 1 AND peer = 0") <= 5);
  CHECK(store::list_records(office->store(), {.type = "building", .limit = 1000})->items.size() ==
        1000);
  CHECK(faults(office).empty());
}

TEST_CASE("put: personal and erasable values never stand in the signed bytes", "[node][I10]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  const auto made = put(office, "inspection", kInspection);
  CHECK(field(office, "inspection", made, "site_signer") == "签字人甲乙");
  auto lease = office->store().read();
  auto bodies = lease->prepare("SELECT body FROM log WHERE kind = 1");
  while (bodies.step()) {
    const auto body = store::unpack_body(bodies.blob(0));
    CHECK(body.find("签字人甲乙") == std::string::npos);
    CHECK(body.find("旧自行车") == std::string::npos);
  }
  CHECK((*store::search_records(office->store(), "自行车", 5))["items"].size() == 1);
  CHECK((*store::search_records(office->store(), "签字人甲", 5))["items"].empty());
}

}  // namespace linli::test
