// Community → street → district → hub: the same executable at every level.
#include <algorithm>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

const std::string kDistrictScope = "410700/410702";
const std::string kStreetScope = "410700/410702/410702003";

/// Four levels, each enrolled by the one above it.
struct Chain {
  Scratch scratch;
  Node hub{scratch, "hub"}, district{scratch, "district"}, street{scratch, "street"},
      office{scratch, "office"};

  Chain() {
    must(scratch, {"init", "--data", hub.data(), "--role", "hub", "--name", "示例住建局", "--scope",
                   "410700"});
    for (const auto* type : {"org_unit", "company", "template"}) {
      must(scratch, {"records", "put", "--data", hub.data(), type,
                     std::string(LINLI_SAMPLES) + "/" + type + ".ndjson"});
    }
    hub.start();
    enrol(hub, district, "district", kDistrictScope);
    enrol(district, street, "street", kStreetScope);
    enrol(street, office, "office", kCommunityA);
    app::eventually("the office knows the city", 30s, [&] {
      return office.get("/api/v1/records/template")["items"].size() ==
             hub.get("/api/v1/records/template")["items"].size();
    });
  }
  void enrol(Node& above, Node& node, const std::string& role, const std::string& scope) {
    auto line = must(scratch, {"invite", "--data", above.data(), "--role", role, "--scope", scope,
                               "--name", "示例" + role});
    line.erase(line.find_last_not_of(" \n") + 1);
    must(scratch, {"join", "--data", node.data(), line, "--hub", above.url()});
    node.start();
  }
  std::string exported(Node& node, const std::string& type) {
    return must(scratch, {"export", type, "--data", node.data(), "--format", "ndjson"});
  }
  /// Until these hold what the office holds, and the office has the hub's word for all of it.
  void settle(const std::vector<Node*>& nodes) {
    app::eventually("the chain converges", 60s, [&] {
      if (office.get("/api/v1/node")["waiting"]["sets"] != 0) return false;
      for (const auto* type : {"compound", "inspection"}) {
        const auto want = exported(office, type);
        for (auto* node : nodes) {
          if (exported(*node, type) != want) return false;
        }
      }
      return true;
    });
  }
  std::size_t count(Node& node, const std::string& type) {
    return node.get("/api/v1/records/" + type + "?limit=200")["items"].size();
  }
  void verify(const std::vector<Node*>& nodes) {
    for (auto* node : nodes) must(scratch, {"verify", "--data", node->data()});
  }
};

std::vector<Json> days(int from, int count) {
  std::vector<Json> lines;
  for (int day = from; day < from + count; ++day) {
    lines.push_back(inspection("410702003901101", day));
  }
  return lines;
}

}  // namespace

TEST_CASE("changes go up a chain of relays and receipts come down, also after one was away",
          "[e2e][I1][I3]") {
  Chain city;
  REQUIRE(city.office.batch("compound", {compound(1)}));
  city.settle({&city.hub, &city.district, &city.street});

  SECTION("the street is away for a while") {
    city.street.kill();
    REQUIRE(city.office.batch("inspection", days(1, 5)));
    app::eventually("the office notices", 20s, [&] {
      return city.office.get("/api/v1/node")["upstream"]["mode"] == "offline";
    });
    CHECK(city.office.get("/api/v1/node")["upstream"]["to_send"] >= 1);
    city.street.start();
    city.settle({&city.hub, &city.district, &city.street});
    CHECK(city.count(city.hub, "inspection") == 5);
    CHECK(city.office.get("/api/v1/node")["upstream"]["to_send"] == 0);
    city.verify({&city.hub, &city.district, &city.street, &city.office});
  }
  SECTION("the street burns down with what only it had, and another machine takes its place") {
    city.district.kill();
    REQUIRE(city.office.batch("inspection", days(1, 5)));
    app::eventually("the street holds it", 20s,
                    [&] { return city.count(city.street, "inspection") == 5; });
    REQUIRE(city.count(city.hub, "inspection") == 0);
    city.street.kill();
    city.district.start();
    Node second(city.scratch, "street2");
    city.enrol(city.district, second, "street", kStreetScope);
    must(city.scratch,
         {"upstream", "set", "--data", city.office.data(), second.url(), "--also", city.hub.url()});
    city.settle({&city.hub, &city.district, &second});
    CHECK(city.count(city.hub, "inspection") == 5);
    city.verify({&city.hub, &city.district, &second, &city.office});

    // And when that one is down as well, the hub itself will do.
    second.kill();
    REQUIRE(city.office.batch("inspection", days(6, 3)));
    city.settle({&city.hub});
    CHECK(city.count(city.hub, "inspection") == 8);
    CHECK(city.office.get("/api/v1/node")["upstream"]["url"] == city.hub.url());
    city.verify({&city.hub, &city.district, &city.office});
  }
}

TEST_CASE("what the hub writes reaches an office in less than a second, through relays as well",
          "[e2e]") {
  Chain city;
  app::eventually("all listen", 30s, [&] {
    for (auto* node : {&city.district, &city.street, &city.office}) {
      if (node->get("/api/v1/node")["upstream"]["mode"] != "live") return false;
    }
    return true;
  });
  Node direct(city.scratch, "direct");
  city.enrol(city.hub, direct, "office", kCommunityB);
  app::eventually("it listens", 30s,
                  [&] { return direct.get("/api/v1/node")["upstream"]["mode"] == "live"; });
  std::vector<double> direct_took, below_took;
  for (int i = 0; i < 10; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto passed = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    };
    REQUIRE(city.hub.batch("city_figure", {Json{{"name", "示例"},
                                                {"year", 2000 + i},
                                                {"title", "示例"},
                                                {"value", i},
                                                {"unit", "个"},
                                                {"source", "示例"},
                                                {"as_of", "2022-12-31"}}}));
    const auto want = static_cast<std::size_t>(i + 1);
    app::eventually("it is at the office", 20s,
                    [&] { return city.count(direct, "city_figure") == want; });
    direct_took.push_back(passed());
    app::eventually("it is at the end of the chain", 20s,
                    [&] { return city.count(city.office, "city_figure") == want; });
    below_took.push_back(passed());
  }
  std::sort(direct_took.begin(), direct_took.end());
  std::sort(below_took.begin(), below_took.end());
  WARN("seconds, median and slowest of ten: " << direct_took[5] << ", " << direct_took[9]
                                              << " at an office of the hub; " << below_took[5]
                                              << ", " << below_took[9] << " behind two relays");
  CHECK(direct_took[5] < 1.0);
  CHECK(below_took[5] < 2.0);
}

TEST_CASE("a pause holds the background, not the hand, and settings outlive a restart", "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  const auto& data = office.data();
  const auto status = [&] {
    return Json::parse(must(city.scratch, {"sync", "status", "--data", data, "--json"}));
  };
  must(city.scratch, {"sync", "pause", "--data", data, "--for", "2h"});
  REQUIRE(office.batch("compound", {compound(1)}));
  app::eventually("it rests", 10s, [&] { return status()["connection"]["mode"] == "paused"; });
  office.stop();
  CHECK(status()["connection"]["mode"] == "stopped");
  CHECK(status()["connection"]["paused"]["until"].is_string());
  CHECK(status()["connection"]["to_send"] == 1);
  office.start();
  app::eventually("it still rests", 10s,
                  [&] { return status()["connection"]["mode"] == "paused"; });
  CHECK(city.exported(city.hub, "compound").empty());

  must(city.scratch, {"sync", "--data", data});
  CHECK_FALSE(city.exported(city.hub, "compound").empty());
  CHECK(status()["connection"]["to_send"] == 0);
  must(city.scratch, {"sync", "metered", "on", "--data", data});
  must(city.scratch, {"sync", "resume", "--data", data});
  app::eventually("it goes on", 10s, [&] { return status()["connection"]["mode"] == "polling"; });
  CHECK(status()["connection"]["metered"] == true);
  must(city.scratch, {"sync", "metered", "off", "--data", data});
  app::eventually("it listens again", 20s,
                  [&] { return status()["connection"]["mode"] == "live"; });

  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"sync"},
           {"sync", "metered", "maybe", "--data", data},
           {"sync", "pause", "--data", data, "--for", "soon"},
           {"upstream", "set", "--data", data, "ftp://x"},
           {"upstream", "set", "--data", city.hub.data(), "http://x"}}) {
    const auto ran = linli(city.scratch, wrong);
    INFO(wrong.front() << " " << ran.err);
    CHECK(ran.code != 0);
    CHECK_FALSE(ran.err.empty());
  }
  CHECK(must(city.scratch, {"upstream", "show", "--data", data}) == city.hub.url() + "\n");
}

}  // namespace linli::e2e
