// Figures that are split by records say what these are called.
#include "node/model/measure_units.h"
#include "node/store/stat_table.h"
#include "tests/model/examples.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr const char* kUscc = "91350100M000100Y43";
constexpr const char* kVisit = R"({"kind":"campaign","campaign":"fire","template":["t",1],
  "compound":"410702003901001","inspectors":["J001","J002"],"results":{"F01":"ok","C01":"ok"},
  "started_at":"2025-12-03T09:00","ended_at":"2025-12-03T10:00","status":"submitted"})";

Json figure(Node& node, const char* name, const char* by) {
  store::StatRequest request;
  request.name = name;
  request.by = {by};
  request.from = "2025-01-01";
  request.to = "2026-01-01";
  request.today = "2026-01-01";
  request.now = node->now();
  const auto stat = store::read_stat(node->store(), request);
  if (!stat) FAIL(describe(stat.error()));
  return *stat;
}

}  // namespace

TEST_CASE("figures: by company and campaign and rule they show names beside the ids",
          "[node][figures]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  const auto campaign = put(hub, "campaign", R"({"code":"fire","name":"消防专项","kind":"fire",
    "template":["t",1],"from_on":"2025-12-01","to_on":"2025-12-31","quota":5})");
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  put(office, "inspection", kVisit);
  exchange(office, hub);
  put(hub, "service_contract",
      Json{{"compound", {{"key", {"410702003901001"}}, {"scope", kOffice}}},
           {"company", kUscc},
           {"start_on", "2025-01-01"},
           {"kind", "ordinary"},
           {"sign_on", "2024-12-10"},
           {"end_on", "2027-12-31"},
           {"fee_mode", "lump_sum"},
           {"fees", {{{"use", "dwelling"}, {"price_e4", 8950}}}},
           {"notice_days", 60},
           {"status", "active"},
           {"filed_on", "2024-12-25"}}
          .dump());
  const auto by_campaign = figure(hub, "campaign_visited", "campaign");
  REQUIRE(by_campaign["rows"].size() == 1);
  CHECK(by_campaign["rows"][0]["keys"]["campaign"] == to_text(campaign.id));
  CHECK(by_campaign["rows"][0]["labels"]["campaign"] == "消防专项");
  const auto by_company = figure(hub, "company_projects", "company");
  REQUIRE(by_company["rows"].size() == 1);
  const auto name = store::list_records(hub->store(), {.type = "company"});
  REQUIRE(name);
  CHECK(by_company["rows"][0]["labels"]["company"] == name->items[0]["fields"]["name"]);
  // Tables show the name and places keep theirs; whatever isn't here is shown as it is.
  const auto table = store::stat_table(by_campaign);
  CHECK(table.rows[0][0] == "消防专项");
  CHECK(store::csv_of(table).find("消防专项,1") != std::string::npos);
  CHECK_FALSE(figure(hub, "inspections", "district")["rows"][0].contains("labels"));
  auto unknown = by_campaign["rows"][0];
  unknown.erase("labels");
  CHECK(store::text_of_key(unknown, "campaign") == to_text(campaign.id));
}

TEST_CASE("figures: a campaign that inspects more than its targets is at 100 % and no further",
          "[node][figures]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  for (const auto* code : {"410702003901001", "410702003901002", "410702003901003"}) {
    put(office, "compound", compound(code));
  }
  exchange(office, hub);
  const auto campaign = [&](const char* code, Json extra) {
    Json json{{"code", code}, {"name", code}, {"kind", "fire"}, {"template", {"t", 1}}};
    json.update({{"from_on", "2025-12-01"}, {"to_on", "2025-12-31"}});
    json.update(extra);
    put(hub, "campaign", json.dump());
  };
  const auto place = [](const char* code) { return Json{{"key", {code}}, {"scope", kOffice}}; };
  campaign("fire", {{"target_compounds", {place("410702003901001"), place("410702003901002")}}});
  campaign("quota", {{"quota", 1}});
  exchange(office, hub);
  const auto visit = [&](const char* of, const char* code) {
    put(office, "inspection",
        model::test::with(kVisit, Json{{"campaign", of}, {"compound", code}}.dump()));
    exchange(office, hub);
  };
  const auto progress = [&](const char* by) { return figure(hub, "campaign_progress", by); };
  visit("fire", "410702003901003");  // no target
  visit("quota", "410702003901001");
  visit("quota", "410702003901002");
  CHECK(progress("campaign")["total"]["numerator"] == 0);
  CHECK(progress("campaign")["total"]["denominator"] == 2);
  visit("fire", "410702003901001");
  visit("fire", "410702003901001");
  CHECK(progress("campaign")["total"]["numerator"] == 1);
  visit("fire", "410702003901002");
  for (const auto* by : {"campaign", "district", "compound"}) {
    const auto told = progress(by);
    INFO(told.dump());
    CHECK(told["total"]["numerator"] == 2);
    CHECK(told["total"]["denominator"] == 2);
    for (const auto& row : told["rows"]) CHECK(row["numerator"] == row["denominator"]);
  }
  // Of a quota both numbers stand side by side.
  CHECK(figure(hub, "campaign_quota", "campaign")["total"]["numerator"] == 1);
  CHECK(figure(hub, "campaign_visited", "campaign")["total"]["numerator"] == 5);
}

TEST_CASE("figures: sums of money and areas are told with their units and written so",
          "[node][figures]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  put(hub, "disclosure_kind", model::test::kKind);
  exchange(office, hub);
  put(office, "compound", compound("410702003901001"));
  auto disclosure = Json::parse(model::test::kDisclosure);
  disclosure.update({{"period", "2025-Q2"}, {"published_at", "2025-07-20T10:00"}});
  put(office, "disclosure", disclosure.dump());
  exchange(office, hub);
  // 200.00 of 900.00 yuan went to the fund; the node's own numbers are fen.
  const auto share = figure(hub, "fund_share", "community");
  REQUIRE(share["total"]["numerator"] == 20'000);
  REQUIRE(share["total"]["denominator"] == 90'000);
  CHECK(share["unit"]["code"] == "percent");
  CHECK(share["units"] == Json{{"numerator", "fen"}, {"denominator", "fen"}});
  const auto table = store::stat_table(share);
  CHECK(table.headings == std::vector<std::string>{"社区", "值（%）", "分子（元）", "分母（元）"});
  CHECK(table.rows.back() == store::StatCells{"合计", "22.2", "200.00", "900.00"});
  const auto per_area = figure(hub, "common_income_per_m2", "community");
  CHECK(per_area["unit"]["zh"] == "元/㎡");
  CHECK(per_area["units"] == Json{{"numerator", "fen"}, {"denominator", "dm2"}});
  CHECK(store::stat_table(per_area).headings[1] == "值（元/㎡）");
  CHECK(store::stat_table(per_area).headings[3] == "分母（㎡）");
  const auto counted = figure(hub, "inspections", "community");
  CHECK(counted["units"] == Json{{"numerator", "count"}, {"denominator", nullptr}});
  CHECK(store::stat_table(counted).headings[1] == "值");
  // A ratio of money: so many fen over so many things are yuan with two places.
  auto ratio = share;
  ratio["figure"] = "fen";
  ratio["unit"] = {{"code", "yuan"}, {"zh", "元"}, {"en", "yuan"}};
  ratio["units"]["denominator"] = "count";
  ratio["total"] = {{"numerator", 1'250'050}, {"denominator", 3}};
  CHECK(store::stat_table(ratio).rows.back() == store::StatCells{"合计", "4166.83", "12500.50", 3});
}

TEST_CASE("figures: each measure with a unit is one that some type feeds", "[model][figures]") {
  std::set<std::string_view> fed;
  for (const auto& type : model::schema().types) {
    fed.insert(type.measures.begin(), type.measures.end());
  }
  for (const auto& [measure, unit] : model::measure_units()) {
    INFO(measure);
    CHECK(fed.contains(measure));
  }
}

TEST_CASE("figures: what can't be asked is told in both languages with what can",
          "[node][figures]") {
  City city;
  const auto refusal_of = [&](store::StatRequest request) {
    request.now = city.time;
    const auto stat = store::read_stat(city.hub()->store(), request);
    return stat ? std::string() : stat.error().detail;
  };
  const auto split = refusal_of({.name = "findings", .by = {"planet"}});
  CHECK(split.find("planet") != std::string::npos);
  CHECK(split.find("不能按") != std::string::npos);
  CHECK(split.find("month, day, severity, item_code") != std::string::npos);
  CHECK(refusal_of({.name = "findings", .from = "2026-02-30"}).find("没有这一天") !=
        std::string::npos);
  CHECK(refusal_of({.name = "findings", .from = "yesterday"}).find("日期写作") !=
        std::string::npos);
  CHECK(refusal_of({.name = "findings", .from = "2026-03-01", .to = "2026-02-01"}).find("晚于") !=
        std::string::npos);
  CHECK(refusal_of({.name = "nosuch"}).find("没有这项统计") != std::string::npos);
  // A row of records that don't say whose they are has a name too.
  CHECK(store::text_of_key({{"keys", {{"company", ""}}}}, "company") == "（未注明）");
}

TEST_CASE("figures: no spreadsheet runs a name as a formula", "[store][figures]") {
  store::StatTable table;
  for (const auto* name : {"=1+1", "＝1", "\n=1", "@a"}) {
    table.rows = {{Json(name), Json("-12.5"), Json(7)}};
    INFO(name);
    const auto csv = store::csv_of(table);
    CHECK(csv.find("'" + std::string(name)) != std::string::npos);
    CHECK(csv.find(",-12.5,7\r\n") != std::string::npos);
  }
}

}  // namespace linli::test
