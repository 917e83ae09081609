// Figures over HTTP: tables, what stands behind them, and who may look.
#include "tests/api/people.h"

namespace linli::test {
namespace {

constexpr const char* kCode = "410702003901001";
constexpr const char* kVisit = R"({"kind":"routine","compound":"410702003901001",
  "template":["t",1],"inspectors":["J001","J002"],"results":{"F01":"ok","C01":"ok"},
  "started_at":"2025-12-03T09:00","ended_at":"2025-12-03T10:00","status":"submitted"})";

struct Scene {
  City city;
  Node& office = city.enrol(kOffice, "示例社区");
  std::unique_ptr<Serving> serving;
  std::unique_ptr<node::HttpClient> client;

  Scene() {
    put(city.hub(), "figure_set", R"({"code":"monthly","name":"月报",
      "statistics":["inspections"],"periods":["month"]})");
    exchange(office, city.hub());
    put(office, "compound", compound(kCode));
    put(office, "inspection", kVisit);
    exchange(office, city.hub());
    serving = std::make_unique<Serving>(city.hub());
    client = std::make_unique<node::HttpClient>(serving->url());
  }
  node::HttpAnswer get(const std::string& path) {
    auto answer = client->send("GET", path, {}, {}, {});
    INFO(path);
    if (!answer) FAIL(describe(answer.error()));
    return *answer;
  }
};

}  // namespace

TEST_CASE("api: a figure opens to what stands behind it, and comes as a table", "[api][I7]") {
  Scene s;
  const std::string stat = "/api/v1/stats/inspections?period=2025-12&today=2026-01-01";
  const auto json = Json::parse(s.get(stat).body);
  CHECK(json["total"]["numerator"] == 1);
  CHECK(json["from"] == "2025-12-01");
  CHECK(json["approved"].is_null());
  CHECK(json["freshness"]["reporting"]["numerator"] == 1);
  const auto csv = s.get(stat + "&by=community&format=csv");
  CHECK(csv.headers.at("content-type").rfind("text/csv", 0) == 0);
  CHECK(csv.body.find("合计,1") != std::string::npos);
  const auto xlsx = s.get(stat + "&format=xlsx");
  CHECK(xlsx.status == 200);
  CHECK(xlsx.body.rfind("PK", 0) == 0);
  CHECK(s.get(stat + "&format=pdf").status == 422);

  const std::string behind = "/api/v1/stats/inspections/provenance?period=2025-12&today=2026-01-01";
  const auto found = Json::parse(s.get(behind).body);
  REQUIRE(found["items"].size() == 1);
  CHECK(found["items"][0]["type"] == "inspection");
  const auto at = found["position"]["arrival"].dump();
  put(s.office, "inspection", kVisit);
  exchange(s.office, s.city.hub());
  CHECK(Json::parse(s.get(behind).body)["figure"]["records"] == 2);
  const auto again = Json::parse(s.get(behind + "&at=" + at).body);
  CHECK(again["figure"] == found["figure"]);
  CHECK(again["digest"] == found["digest"]);
  CHECK(s.get(behind + "&at=0").status == 422);
  CHECK(s.get(behind + "&only=nothing%3Dx").status == 422);
}

TEST_CASE("api: figures of a period are drafted, put, and reviewed", "[api]") {
  Scene s;
  const auto draft = s.get("/api/v1/figures/draft?set=monthly&period=2025-12&scope=410700");
  REQUIRE(draft.status == 200);
  const auto made =
      s.client->send("POST", "/api/v1/records/period_figures", draft.body, "application/json", {});
  REQUIRE(made.has_value());
  INFO(made->body);
  REQUIRE(made->status == 201);
  const auto id = Json::parse(made->body)["id"].get<std::string>();
  const auto review = Json::parse(s.get("/api/v1/figures/" + id + "?recompute=1").body);
  CHECK(review["same"] == true);
  CHECK(review["recomputed"]["same"] == true);
  CHECK(s.get("/api/v1/figures/draft?set=none&period=2025-12").status == 404);
}

}  // namespace linli::test
