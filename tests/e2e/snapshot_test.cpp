// A reinstalled office that begins with the hub's snapshot, and one that lets go of closed years,
// as their operators would do it.
#include <optional>

#include "tests/e2e/city.h"
#include "tests/e2e/days_ago.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

std::string compound_line(int number) { return compound(number).dump() + "\n"; }

/// Inspections of 2023: a year that is closed.
std::string inspections(int n) {
  std::string lines;
  for (int i = 0; i < n; ++i) lines += inspection("410702003901101", i).dump() + "\n";
  return lines;
}

}  // namespace

TEST_CASE("a new office begins with the hub's snapshot and shows what the old one showed",
          "[e2e][I3]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  must(city.scratch, {"records", "put", "compound", "--data", office.data()}, compound_line(1));
  must(city.scratch, {"records", "put", "inspection", "--data", office.data()}, inspections(300));
  city.settle();
  const auto made =
      Json::parse(must(city.scratch, {"snapshot", "--data", city.hub.data(), "--json"}));
  REQUIRE(made["items"].size() >= 1);
  CHECK(made["items"][0]["records"] >= 300);
  // Asked again there is nothing to do.
  CHECK(Json::parse(must(city.scratch, {"snapshot", "--data", city.hub.data(), "--json"}))["items"]
            .empty());

  office.stop();  // Its disk broke: another machine takes its place.
  const auto invite = must(city.scratch, {"invite", "--data", city.hub.data(), "--role", "office",
                                          "--scope", kCommunityA, "--name", "新机"});
  Node fresh{city.scratch, "fresh"};
  must(city.scratch, {"join", "--data", fresh.data(), invite.substr(0, invite.find('\n')), "--hub",
                      city.hub.url()});
  const auto verified =
      Json::parse(must(city.scratch, {"verify", "--data", fresh.data(), "--json"}));
  CHECK(verified["holds"] == true);
  CHECK(verified["snapshot_parts"] >= 1);
  CHECK(city.exported(fresh, "inspection") == city.exported(city.hub, "inspection"));
  CHECK(city.exported(fresh, "compound") == city.exported(city.hub, "compound"));

  must(city.scratch, {"records", "put", "compound", "--data", fresh.data()}, compound_line(2));
  must(city.scratch, {"sync", "--data", fresh.data()});
  CHECK(city.exported(fresh, "compound") == city.exported(city.hub, "compound"));
  city.hub.stop();
  must(city.scratch, {"verify", "--data", city.hub.data()});
  must(city.scratch, {"rebuild", "--data", fresh.data()});
  must(city.scratch, {"verify", "--data", fresh.data()});
}

TEST_CASE("closed years are let go of: looked at first, fetched and compared, while all serve",
          "[e2e][I2][I7]") {
  std::optional<DaysAgo> then(std::in_place, 400);
  if (!then->there()) {
    return void(skip("there is no libfaketime here to found a city last year with"));
  }
  City city({kCommunityA});
  auto& office = city.office(0);
  must(city.scratch, {"records", "put", "compound", "--data", office.data()}, compound_line(1));
  must(city.scratch, {"records", "put", "inspection", "--data", office.data()}, inspections(200));
  city.settle();
  office.kill();  // Under a clock that isn't the machine's they don't end in time when asked.
  city.hub.kill();
  then.reset();
  city.hub.start();
  office.start();
  must(city.scratch, {"records", "put", "compound", "--data", office.data()}, compound_line(2));
  city.settle();

  const auto prune = [&](const Node& node, std::vector<std::string> more) {
    std::vector<std::string> words{"prune", "--data", node.data(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return linli(city.scratch, words);
  };
  const auto refused = prune(city.hub, {});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("keeps every change set") != std::string::npos);
  CHECK(prune(office, {"--before", "2999"}).code == 1);
  CHECK(prune(office, {"--before", "last"}).code == 2);
  // Without a snapshot nothing may go, and it says so.
  const auto early = Json::parse(prune(office, {}).out);
  CHECK(early["sets"] == 0);
  CHECK(early["without_snapshot"] > 0);

  must(city.scratch, {"snapshot", "--data", city.hub.data()});
  const std::string figure = "/api/v1/stats/inspections?by=district&from=2023-01-01&to=2024-01-01";
  const auto records = city.exported(office, "inspection");
  const auto figures = office.get(figure)["rows"];
  const auto sets = [&] {
    return Json::parse(must(city.scratch, {"verify", "--data", office.data(), "--json"}))
        .at("change_sets")
        .get<int>();
  };
  const auto before = sets();
  const auto looked = Json::parse(prune(office, {"--dry-run"}).out);
  CHECK(looked["without_snapshot"] > 0);  // It isn't here yet: the command fetches it.
  CHECK(sets() == before);
  const auto told = must(city.scratch, {"prune", "--data", office.data(), "--dry-run"});
  CHECK(told.find("would go now：0 ") != std::string::npos);
  CHECK(told.find("0 MiB") != std::string::npos);
  CHECK(told.find("would go after snapshots have been asked for") != std::string::npos);
  CHECK(told.find("no snapshot of the hub covers them") == std::string::npos);
  const auto done = prune(office, {});
  CAPTURE(done.out, done.err);
  REQUIRE(done.code == 0);
  CHECK(Json::parse(done.out)["sets"] > 0);
  CHECK(Json::parse(done.out)["faults"].empty());
  CHECK(sets() < before);
  CHECK(city.exported(office, "inspection") == records);
  CHECK(office.get(figure)["rows"] == figures);
  must(city.scratch, {"records", "put", "compound", "--data", office.data()}, compound_line(3));
  city.settle();
  city.verify();
}

}  // namespace linli::e2e
