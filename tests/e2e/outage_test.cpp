// Weeks without a network.
#include "tests/e2e/city.h"

namespace linli::e2e {

TEST_CASE("offices go on through an outage, and the city's figures catch up by themselves",
          "[e2e][I1][I3][I7]") {
  City city({kCommunityA, kCommunityB});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1), compound(2)}));
  REQUIRE(office.batch("inspection", {inspection("410702003901101", 1)}));
  city.settle();
  const auto figure = [&] {
    return city.hub.get("/api/v1/stats/inspections?by=district&from=2023-01-01&to=2024-01-01");
  };
  REQUIRE(figure()["total"]["numerator"] == 1);

  city.hub.kill();
  const auto written = office.batch(
      "inspection", {inspection("410702003901101", 2), inspection("410702003901102", 3)});
  REQUIRE(written);
  for (const auto& line : *written) REQUIRE(line["done"] == "created");
  CHECK(office.get("/api/v1/search?q=%E7%94%B5%E6%A2%AF")["items"].size() == 3);  // 电梯
  CHECK(office.get("/api/v1/node")["waiting"]["changes"] >= 2);

  city.hub.start();
  city.settle();
  const auto after = figure();
  CHECK(after["total"]["numerator"] == 3);
  REQUIRE(after["rows"].size() == 1);
  CHECK(after["rows"][0]["keys"]["district"]["code"] == "410702");
  CHECK(after["freshness"]["communities"].size() == 2);
  CHECK(after["freshness"]["oldest"].is_string());
  CHECK(office.get("/api/v1/node")["confirmed_until"].is_string());
  city.verify();
}

TEST_CASE("three nodes edit one record apart, and agree on it byte for byte", "[e2e][I3][I4]") {
  City city({kCommunityA, kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto id = city.hub.get("/api/v1/records/compound")["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;

  // Apart: the hub is away, and its staff edit at its own machine.
  city.hub.stop();
  for (std::size_t i = 0; i < 2; ++i) {
    const auto edited =
        city.office(i).send("PATCH", path, Json{{"parking_count", 201 + int(i)}}.dump());
    REQUIRE(edited);
    REQUIRE(edited->status == 200);
  }
  must(city.scratch, {"records", "put", "compound", "--data", city.hub.data()},
       Json{{"id", id}, {"scope", kCommunityA}, {"parking_count", 209}, {"lift_count", 9}}.dump());
  city.hub.start();
  city.settle();

  const auto at_hub = city.exported(city.hub, "compound");
  CHECK(at_hub.find("\"lift_count\":9") != std::string::npos);
  for (auto& office : city.offices) {
    CHECK(city.exported(*office, "compound") == at_hub);
    const auto conflicts = office->get("/api/v1/conflicts")["items"];
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["losers"].size() == 2);
    CHECK(conflicts == city.hub.get("/api/v1/conflicts")["items"]);
  }
  city.verify();
}

}  // namespace linli::e2e
