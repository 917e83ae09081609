// An inspector's day: what stands in it, how large it is, and what it costs to ask again.
#include "api/codings.h"
#include "tests/api/contract.h"
#include "tests/api/people.h"
#include "tests/api/wire.h"

namespace linli::test {
namespace {

constexpr const char* kPath = "/api/v1/worklist";

std::string compound_code(int number) { return "410702003901" + std::to_string(100 + number); }

/// Words that no two records share, as real ones don't.
std::string words(int seed, int count) {
  constexpr const char* kWords[] = {"消防通道", "堆放杂物", "电梯机房", "地下车库", "配电箱",
                                    "门禁损坏", "楼道照明", "积水严重", "绿化带",   "垃圾分类",
                                    "充电桩",   "监控盲区", "井盖缺失", "水泵异响", "外墙脱落"};
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += kWords[static_cast<std::size_t>(seed * 7 + i * (seed % 5 + 1)) % std::size(kWords)];
    text += i % 4 == 3 ? "，" : "";
  }
  return text + std::to_string(seed);
}

std::string checklist(int number) {
  Json items = Json::array();
  for (int i = 0; i < 41; ++i) {
    items.push_back({{"item_code", "F" + std::to_string(10 + i)},
                     {"domain", "fire"},
                     {"text", "应当" + words(number * 41 + i, 6) + "符合要求"},
                     {"basis", "河南省物业管理条例第" + std::to_string(10 + i) + "条"},
                     {"weight", 3},
                     {"veto", i == 0},
                     {"default_severity", "general"}});
  }
  return Json{{"code", "day" + std::to_string(number)},
              {"version", 1},
              {"name", "检查表" + std::to_string(number)},
              {"status", "published"},
              {"items", std::move(items)}}
      .dump();
}

void put_all(Node& node, const std::string& type, const std::vector<std::string>& records) {
  std::vector<node::Wish> wishes;
  for (const auto& json : records) wishes.push_back(wish(type, json));
  const auto outcomes = node->put(wishes);
  REQUIRE(outcomes);
  for (const auto& outcome : *outcomes) {
    INFO(type);
    REQUIRE(refusal(outcome) == "");
  }
}

/// A realistic day of an office: 30 compounds, 3 checklists, 40 open findings, 8 inspections.
struct Day {
  City city;
  Node& node;
  std::unique_ptr<Serving> serving;
  std::vector<std::string> inspections;

  Day() : node((put_checklists(city), city.enrol(kOffice, "示例社区"))) {
    exchange(node, city.hub());
    std::vector<std::string> compounds, planned, findings;
    for (int i = 0; i < 30; ++i) {
      compounds.push_back(compound(
          compound_code(i), Json{{"name", words(i, 1) + "花园" + std::to_string(i) + "号院"},
                                 {"address", words(i + 3, 1) + "路" + std::to_string(i) + "号"}}
                                .dump()));
    }
    put_all(node, "compound", compounds);
    for (int i = 0; i < 8; ++i) {
      inspections.push_back("0190a0a0-0000-7000-8000-0000000001" + std::to_string(10 + i));
      planned.push_back(Json{
          {"id", inspections.back()},
          {"kind", "patrol"},
          {"compound", compound_code(i)},
          {"company", "91350100M000100Y43"},
          {"template", Json::array({"day1", 1})},
          {"inspectors", {i % 2 ? "J001" : "J002"}},
          {"started_at", "2025-12-2" + std::to_string(i + 1) + "T09:00"},
          {"status",
           "planned"}}.dump());
    }
    put_all(node, "inspection", planned);
    for (int i = 0; i < 40; ++i) {
      findings.push_back(Json{
          {"inspection", inspections[static_cast<std::size_t>(i % 8)]},
          {"item_code", "F" + std::to_string(10 + i)},
          {"severity", "general"},
          {"description", words(i, 12) + "，请于期限内整改并回复。"},
          {"place", std::to_string(i % 12 + 1) + "号楼" + std::to_string(i % 3 + 1) + "单元"},
          {"photos",
           {crypto::to_hex(crypto::hash({"photo", std::to_string(i)}).view()),
            crypto::to_hex(crypto::hash({"other", std::to_string(i)}).view())}},
          {"responsible", "company"},
          {"status", "open"}}.dump());
    }
    put_all(node, "finding", findings);
    serving = std::make_unique<Serving>(node);
  }
  static void put_checklists(City& city) {
    for (int i = 1; i <= 3; ++i) put(city.hub(), "template", checklist(i));
  }
  [[nodiscard]] OnTheWire ask(const std::string& query = {}, const std::string& head = {}) const {
    return over_the_wire(serving->port(), "GET", kPath + query, head);
  }
  [[nodiscard]] Json read(const std::string& query = {}) const {
    const auto answer = ask(query);
    INFO(answer.body.substr(0, 300));
    REQUIRE(answer.status() == 200);
    return Json::parse(answer.body);
  }
};

}  // namespace

TEST_CASE("worklist: a realistic day fits in 50 KB and costs less than 1 KB to ask again",
          "[api][I9]") {
  const Day day;
  const auto coded = day.ask({}, "Accept-Encoding: gzip\r\n");
  REQUIRE(coded.status() == 200);
  REQUIRE(coded.header("Content-Encoding") == "gzip");
  const auto plain = api::decoded("gzip", coded.body, 8u << 20);
  REQUIRE(plain);
  INFO("a day: " << plain->size() << " bytes, " << coded.bytes() << " gzipped with headers");
  CHECK(coded.bytes() <= 50'000);
  const auto json = Json::parse(*plain);
  CHECK(differences(json, contract()["paths"][kPath]["get"]) == std::vector<std::string>{});
  CHECK(json["compounds"].size() == 30);
  CHECK(json["templates"].size() == 4);  // One is the test city's own.
  CHECK(json["findings"].size() == 40);
  CHECK(json["inspections"].size() == 8);
  CHECK(json["left_out"].empty());
  CHECK(json["whole"] == true);
  CHECK(json["templates"][0]["fields"]["items"].size() == 41);
  CHECK(json["findings"][0]["fields"]["photos"].size() == 2);

  const auto again =
      day.ask({}, "Accept-Encoding: gzip\r\nIf-None-Match: " + coded.header("ETag") + "\r\n");
  CHECK(again.status() == 304);
  INFO("asked again: " << again.bytes() << " bytes");
  CHECK(again.bytes() < 1000);
  const auto nothing =
      day.ask("?since=" + json["since"].get<std::string>(), "Accept-Encoding: gzip\r\n");
  CHECK(nothing.status() == 200);
  INFO("since, nothing new: " << nothing.bytes() << " bytes");
  CHECK(nothing.bytes() < 1000);
}

TEST_CASE("worklist: one's own inspections come first, and what is due first before the rest",
          "[api]") {
  const Day day;
  const auto mine = day.read("?inspector=J001");
  CHECK(mine["inspector"] == "J001");
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(mine["inspections"][i]["fields"]["inspectors"][0] == (i < 4 ? "J001" : "J002"));
  }
  std::string before;
  for (const auto& finding : mine["findings"]) {
    const auto due = finding["fields"]["due_on"].get<std::string>();
    CHECK(before <= due);
    before = due;
  }
  CHECK(day.read("?scope=" + std::string(kOtherOffice))["findings"].empty());
  CHECK(day.read("?scope=" + std::string(kOtherOffice))["templates"].size() == 4);
}

TEST_CASE("worklist: since tells what came onto the list and what left it", "[api][I9]") {
  const Day day;
  const auto held = day.read();
  const auto first = held["findings"][0], second = held["findings"][1];
  const auto finding = [&](const Json& one) {
    Outcome outcome;
    outcome.scope = one["scope"];
    outcome.id = *sync::record_id(one["id"].get<std::string>());
    return outcome;
  };
  edit(day.node, "finding", finding(first), R"({"status":"withdrawn","withdrawn_reason":"重复"})");
  edit(day.node, "finding", finding(second), R"({"place":"9号楼"})");
  put(day.node, "compound", compound(compound_code(77)));
  put(day.node, "building",
      R"({"compound":")" + compound_code(1) + R"(","building_no":"1","floors_above":3})");
  const auto news = day.read("?since=" + held["since"].get<std::string>());
  CHECK(news["whole"] == false);
  REQUIRE(news["findings"].size() == 1);
  CHECK(news["findings"][0]["id"] == second["id"]);
  CHECK(news["findings"][0]["fields"]["place"] == "9号楼");
  REQUIRE(news["gone"].size() == 1);
  CHECK(news["gone"][0]["id"] == first["id"]);
  CHECK(news["compounds"].size() == 1);
  CHECK(news["templates"].empty());
}

TEST_CASE("worklist: what is no position, no number or nobody's business is refused", "[api]") {
  Office office;
  auto here = office.browser();
  for (const auto& since : {"abc", "9.9.9.9", "", "%F0%9F%8F%98", "%3Cscript%3E"}) {
    INFO(since);
    CHECK(said(here.ask("GET", std::string(kPath) + "?since=" + since)) == "409 bad_cursor");
  }
  CHECK(said(here.ask("GET", std::string(kPath) + "?inspector=" + std::string(5'000, 'x'))) ==
        "422 bad_value");
  CHECK(here.ask("GET", std::string(kPath) + "?inspector=%F0%9F%8F%98").status == 200);
  office.add("管理员", "office", true);
  office.add("J001", "inspector");
  office.add("物业", "company");
  CHECK(here.ask("GET", kPath).status == 401);
  REQUIRE(here.log_in("物业").status == 200);
  CHECK(said(here.ask("GET", kPath)) == "403 forbidden");
  auto inspector = office.browser();
  REQUIRE(inspector.log_in("J001").status == 200);
  const auto day = inspector.ask("GET", kPath);
  REQUIRE(day.status == 200);
  CHECK(Json::parse(day.body)["inspector"] == "J001");
}

}  // namespace linli::test
