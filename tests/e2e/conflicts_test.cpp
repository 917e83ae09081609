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

}  // namespace linli::e2e
