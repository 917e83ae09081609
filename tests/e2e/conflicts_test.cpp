// Two offices disagree offline; a person settles it from the command line, and all agree.
#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

Json told(const Scratch& scratch, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  return Json::parse(must(scratch, arguments));
}

}  // namespace

TEST_CASE("a conflict is listed, settled on the command line, and gone everywhere", "[e2e][I4]") {
  City city({kCommunityA, kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto id = city.hub.get("/api/v1/records/compound")["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;
  city.hub.stop();
  for (std::size_t i = 0; i < 2; ++i) {
    const auto edited =
        city.office(i).send("PATCH", path, Json{{"parking_count", 201 + int(i)}}.dump());
    REQUIRE(edited);
    REQUIRE(edited->status == 200);
  }
  city.hub.start();
  city.settle();

  const auto data = city.office(0).data();
  const auto listed = told(city.scratch, {"conflicts", "list", "--data", data});
  REQUIRE(listed["items"].size() == 1);
  const auto& conflict = listed["items"][0];
  const auto address = conflict["conflict"].get<std::string>();
  CHECK(told(city.scratch, {"conflicts", "show", address, "--data", data}) == conflict);
  const auto shown = must(city.scratch, {"conflicts", "show", address, "--data", data});
  CHECK(shown.find("--take") != std::string::npos);
  const auto lost = conflict["losers"][0]["version"].get<std::string>();
  const auto value = conflict["losers"][0]["fields"]["parking_count"];

  // Through the running office; a dry run and an unseen version change nothing.
  CHECK(told(city.scratch, {"conflicts", "resolve", address, "--take", lost, "--dry-run", "--data",
                            data})["done"] == "would_settle");
  const auto unseen = linli(city.scratch, {"conflicts", "resolve", address, "--keep", "--seen",
                                           "0123456789abcdef", "--data", data});
  CHECK(unseen.code == 1);
  CHECK(linli(city.scratch, {"conflicts", "resolve", address, "--data", data}).code == 2);
  CHECK(linli(city.scratch,
              {"conflicts", "resolve", address, "--keep", "--take", lost, "--data", data})
            .code == 2);
  CHECK(told(city.scratch, {"conflicts", "list", "--data", data})["items"].size() == 1);
  const auto done =
      told(city.scratch, {"conflicts", "resolve", address, "--take", lost, "--data", data});
  CHECK(done["done"] == "settled");
  city.settle();
  for (auto* node : {&city.hub, &city.office(0), &city.office(1)}) {
    CHECK(node->get("/api/v1/conflicts")["items"].empty());
    CHECK(node->get(path)["fields"]["parking_count"] == value);
  }
  const auto history =
      told(city.scratch, {"records", "history", "compound", id, "--data", city.office(1).data()});
  CHECK(history["items"].back()["origin"].get<std::string>().starts_with("conflict: take"));
  CHECK(history["items"].back()["cells"][0]["settled"].size() == 2);
  const auto sets = told(city.scratch, {"sync", "status", "--sets", "--data", data});
  CHECK(sets["summary"]["waiting"] == 0);
  CHECK(sets["summary"]["lost"] == 0);
  CHECK(sets["items"][0]["state"] == "safe");
  CHECK(sets["items"][0]["changes"][0]["became"] == "stands");
  city.verify();
}

TEST_CASE("a whole row put again settles what was open and says so", "[e2e][I4]") {
  City city({kCommunityA});
  REQUIRE(city.office(0).batch("compound", {compound(1)}));
  city.settle();
  const auto record = city.hub.get("/api/v1/records/compound")["items"][0];
  const auto id = record["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;
  city.hub.stop();
  const auto apart = Json{{"parking_count", 201}, {"lift_count", 3}};
  REQUIRE(city.office(0).send("PATCH", path, apart.dump())->status == 200);
  const auto line = [&](const Json& fields) {
    Json json{{"id", id}};
    json.update(fields);
    return json.dump() + "\n";
  };
  const auto put = [&](const std::string& in, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"records", "put", "--data", city.hub.data(), "compound"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return linli(city.scratch, arguments, in);
  };
  // The hub isn't told in which community it stands: there is one of this id.
  const auto edited = put(line({{"parking_count", 202}, {"lift_count", 4}}), {"--update"});
  CHECK(edited.code == 0);
  CHECK(edited.err.find("1 accepted (1 changed)") != std::string::npos);
  CHECK(edited.err.find("settled") == std::string::npos);
  const auto taken = put(line({{"parking_count", 205}}));
  CHECK(taken.code == 1);
  CHECK(taken.err.find("duplicate_key") != std::string::npos);
  CHECK(taken.err.find(kCommunityA) != std::string::npos);
  city.hub.start();
  city.settle();
  CHECK(city.hub.get("/api/v1/conflicts")["items"].size() == 2);
  const auto tried =
      put(line({{"parking_count", 203}, {"lift_count", 5}}), {"--update", "--dry-run"});
  CHECK(tried.err.find("会一并处理 2 处冲突 would settle 2 conflicts") != std::string::npos);
  CHECK(city.hub.get("/api/v1/conflicts")["items"].size() == 2);
  const auto answers =
      city.hub.batch("compound", {Json::parse(line({{"parking_count", 203}}))}, "&update=1");
  REQUIRE(answers);
  CHECK(answers->front()["settled"] == 1);
  const auto settled = put(line({{"parking_count", 203}, {"lift_count", 5}}), {"--update"});
  CHECK(settled.err.find("一并处理了 1 处冲突 settled 1 conflict") != std::string::npos);
  CHECK(city.hub.get("/api/v1/conflicts")["items"].empty());
  city.settle();
  const auto sets =
      must(city.scratch, {"sync", "status", "--sets", "--data", city.office(0).data()});
  CHECK(sets.find("部分后被修改 partly superseded (2/") != std::string::npos);
  const auto told =
      must(city.scratch, {"records", "history", "compound", id, "--data", city.office(0).data()});
  CHECK(told.find(record["fields"]["community"]["title"].get<std::string>()) != std::string::npos);
  // A delete that met an edit is the hub's to keep: the office isn't offered what it may not do.
  city.hub.stop();
  REQUIRE(city.office(0).send("PATCH", path, R"({"lift_count":6})")->status == 200);
  must(city.scratch, {"records", "delete", "compound", id, "--data", city.hub.data()});
  city.hub.start();
  city.settle();
  const auto address = city.hub.get("/api/v1/conflicts")["items"][0]["conflict"].get<std::string>();
  const auto shown = [&](Node& node) {
    return must(city.scratch, {"conflicts", "show", address, "--data", node.data()});
  };
  CHECK(shown(city.hub).find("--keep") != std::string::npos);
  CHECK(shown(city.office(0)).find("--keep") == std::string::npos);
  CHECK(shown(city.office(0)).find("--take") != std::string::npos);
  city.verify();
}

TEST_CASE("settled while no node runs it goes over with the next exchange", "[e2e][I4]") {
  City city({kCommunityA, kCommunityA});
  auto& here = city.office(0);
  REQUIRE(here.batch("compound", {compound(1)}));
  city.settle();
  const auto id = city.hub.get("/api/v1/records/compound")["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;
  city.hub.stop();
  for (std::size_t i = 0; i < 2; ++i) {
    const Json fields{{"parking_count", 201 + int(i)}};
    const auto edited = city.office(i).send("PATCH", path, fields.dump());
    REQUIRE(edited);
    REQUIRE(edited->status == 200);
  }
  city.hub.start();
  city.settle();
  here.stop();
  const auto listed = told(city.scratch, {"conflicts", "list", "--data", here.data()});
  REQUIRE(listed["items"].size() == 1);
  const auto& conflict = listed["items"][0];
  const auto address = conflict["conflict"].get<std::string>();
  const auto value = conflict["losers"][0]["fields"]["parking_count"];
  const auto done = told(city.scratch, {"conflicts", "resolve", address, "--take",
                                        conflict["losers"][0]["version"], "--data", here.data()});
  CHECK(done["done"] == "settled");
  CHECK(done["writes"]["settles"].size() == 2);
  CHECK(told(city.scratch, {"conflicts", "list", "--data", here.data()})["items"].empty());
  must(city.scratch, {"sync", "--data", here.data()});
  CHECK(city.hub.get("/api/v1/conflicts")["items"].empty());
  CHECK(city.hub.get(path)["fields"]["parking_count"] == value);
  const auto steps =
      told(city.scratch, {"records", "history", "compound", id, "--data", here.data()});
  CHECK(steps["items"].back()["origin"].get<std::string>().starts_with("conflict: take"));
  here.start();
  city.settle();
  CHECK(city.office(1).get("/api/v1/conflicts")["items"].empty());
  city.verify();
}

TEST_CASE("one record written over its open conflict says that it settled it", "[e2e][I4]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  const auto id = city.hub.get("/api/v1/records/compound")["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;
  city.hub.stop();
  REQUIRE(office.send("PATCH", path, R"({"parking_count":201,"lift_count":3})")->status == 200);
  must(city.scratch, {"records", "put", "--update", "--data", city.hub.data(), "compound"},
       Json{{"id", id}, {"parking_count", 202}, {"lift_count", 4}}.dump() + "\n");
  city.hub.start();
  city.settle();
  REQUIRE(city.hub.get("/api/v1/conflicts")["items"].size() == 2);
  const auto changed = [&](const std::string& fields) {
    const auto answer = city.hub.send("PATCH", path, fields);
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    return Json::parse(answer->body);
  };
  CHECK_FALSE(changed(R"({"charging_point_count":31})").contains("settled"));
  CHECK(changed(R"({"parking_count":203,"lift_count":5})")["settled"] == 2);
  CHECK(city.hub.get("/api/v1/conflicts")["items"].empty());
  CHECK_FALSE(changed(R"({"parking_count":204})").contains("settled"));
  CHECK_FALSE(city.hub.get(path).contains("settled"));
}

}  // namespace linli::e2e
