// What a person is told of what waits, and of the exchange: figures that fit what really waits.
#include <httplib.h>

#include <algorithm>

#include "tests/e2e/ahead.h"
#include "tests/e2e/city.h"
#include "tests/e2e/line.h"
#include "tests/e2e/skip.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNobody = "http://127.0.0.1:9";

Json upstream_of(Node& node) { return node.get("/api/v1/node")["upstream"]; }

std::int64_t waiting(const Scratch& scratch, const Node& node) {
  const auto sets = must(scratch, {"sync", "status", "--sets", "--json", "--data", node.data()});
  return Json::parse(sets)["summary"]["waiting"].get<std::int64_t>();
}

/// One change set of some 60 KB that hardly gets smaller.
std::vector<Json> large_set() {
  std::vector<Json> lines;
  std::uint64_t random = 88172645463325252U;
  for (int i = 0; i < 60; ++i) {
    auto line = inspection("410702003901101", 1 + i % 28);
    std::string note;
    while (note.size() < 1000) {
      random ^= random << 13;
      random ^= random >> 7;
      random ^= random << 17;
      note += std::to_string(random);
    }
    line["note"] = note;
    lines.push_back(line);
  }
  return lines;
}

/// Answers every request alike.
class Odd {
 public:
  explicit Odd(const std::function<void(httplib::Response&)>& answer) {
    const auto handler = [this, answer](const httplib::Request&, httplib::Response& response) {
      ++asked_;
      answer(response);
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Odd() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  httplib::Server server_;
  std::atomic<int> asked_{0};
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("what the hub has confirmed doesn't wait whoever the upstream is", "[e2e]") {
  City city({kCommunityA.substr(0, kCommunityA.rfind('/')), kCommunityA});
  auto& street = city.office(0);
  auto& office = city.office(1);
  city.settle();
  must(city.scratch, {"upstream", "set", street.url(), "--data", office.data()});
  app::eventually("it has met the street", 20s, [&] {
    const auto told = upstream_of(office);
    return told["url"] == street.url() && told["state"] == "ok";
  });
  for (int n = 1; n < 4; ++n) REQUIRE(office.batch("compound", {compound(n)}));
  city.settle();
  must(city.scratch, {"upstream", "set", kNobody, "--data", office.data()});
  app::eventually("it found nobody", 20s, [&] { return upstream_of(office)["mode"] == "offline"; });
  CHECK(upstream_of(office)["to_send"] == 0);
  CHECK(waiting(city.scratch, office) == 0);
  office.stop();
  const auto stopped = [&] {
    return Json::parse(must(city.scratch, {"sync", "status", "--json", "--data", office.data()}));
  };
  CHECK(stopped()["connection"]["to_send"] == 0);
  office.start();

  REQUIRE(office.batch("compound", {compound(4)}));
  CHECK(waiting(city.scratch, office) == 1);
  // With two addresses that are both down it counts the same by either.
  city.hub.stop();
  must(city.scratch,
       {"upstream", "set", kNobody, "--also", city.hub.url(), "--data", office.data()});
  std::set<std::string> used;
  app::eventually("it has tried both", 60s, [&] {
    const auto told = upstream_of(office);
    used.insert(told["url"].get<std::string>());
    CHECK(told["to_send"] == 1);
    return used.size() == 2;
  });
  office.stop();
  CHECK(stopped()["connection"]["to_send"] == 1);
}

TEST_CASE("a long request tells how much of it went over and how long it takes", "[e2e]") {
  constexpr std::int64_t kRate = 8000;
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  Line line(std::stoi(city.hub.url().substr(city.hub.url().rfind(':') + 1)), {});
  must(city.scratch, {"upstream", "set", line.url(), "--data", office.data()});
  app::eventually("it talks over the line", 20s, [&] {
    return upstream_of(office)["url"] == line.url() && line.bytes_up() > 0 &&
           upstream_of(office)["state"] == "ok";
  });
  line.change({.up = kRate, .down = kRate});
  const auto answers = office.batch("inspection", large_set());
  REQUIRE(answers);
  REQUIRE(answers->front()["done"] == "created");

  std::set<std::pair<std::uint64_t, std::uint64_t>> gone;  // Sets sent, and bytes of the next.
  int moments = 0;
  app::eventually("the set is over", 120s, [&] {
    const auto told = upstream_of(office);
    const auto& exchange = told["exchange"];
    if (!exchange.is_object()) return told["to_send"] == 0;
    INFO(told.dump());
    if (exchange["request"].is_object() && exchange["request"]["bytes"] > 20'000) {
      const auto& request = exchange["request"];
      CHECK(told["to_send"] >= 1);
      CHECK(request["gone"] <= request["bytes"]);
      if (request["gone"] > 0 && request["gone"] < request["bytes"]) {
        gone.emplace(exchange["sent"].get<std::uint64_t>(), request["gone"].get<std::uint64_t>());
        const auto& left = exchange["seconds_left"];
        if (left.is_number()) {
          ++moments;
          CHECK(left <= 60);
          CHECK(exchange["bytes_per_s"] > 0);
        }
      }
    }
    return false;
  });
  CHECK(gone.size() >= 2);
  CHECK(moments >= 2);
}

TEST_CASE("a busy upstream is obeyed also when it is only asked who it is", "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  city.settle();
  Odd busy([](httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "37");
  });
  must(city.scratch, {"upstream", "set", busy.url(), "--data", office.data()});
  app::eventually("it was told to wait", 20s,
                  [&] { return upstream_of(office)["mode"] == "slow_down"; });
  CHECK(busy.asked() == 1);
  CHECK(upstream_of(office)["last_error"] == "");
}

TEST_CASE("a portal that answers with a page is told from a node of an older version", "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  city.settle();
  office.stop();
  Odd portal([](httplib::Response& response) {
    response.set_content("<html>请登录</html>", "text/html; charset=utf-8");
  });
  must(city.scratch, {"upstream", "set", portal.url(), "--data", office.data()});
  const auto met = linli(city.scratch, {"sync", "--data", office.data()});
  CHECK(met.code == 1);
  CHECK(met.err.find("网页") != std::string::npos);
  CHECK(met.err.find("升级对方软件") == std::string::npos);
}

TEST_CASE("the agent's settings are answered with as they are now and misspelt ones refused",
          "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  city.settle();
  const auto told = [&](const std::string& path, const std::string& body) {
    const auto answer = office.send("POST", "/api/v1/agent/" + path, body);
    REQUIRE(answer);
    auto json = Json::parse(answer->body);
    json["status"] = answer->status;
    return json;
  };
  for (int i = 0; i < 5; ++i) {
    const auto paused = told("pause", R"({"for_s":600})");
    CHECK(paused["paused"] == true);
    CHECK(paused["upstream"]["mode"] == "paused");
    CHECK(paused["upstream"]["paused"]["until"].is_string());
    const auto resumed = told("resume", "{}");
    CHECK(resumed["paused"] == false);
    CHECK(resumed["upstream"]["mode"] != "paused");
    CHECK(resumed["upstream"]["paused"].is_null());
    CHECK(told("metered", R"({"on":true})")["upstream"]["metered"] == true);
    CHECK(told("metered", R"({"on":false})")["upstream"]["metered"] == false);
  }
  const auto unknown = told("pause", R"({"x":1})");
  CHECK(unknown["status"] == 400);
  CHECK(unknown.dump().find("bad_usage") != std::string::npos);
  CHECK(unknown.dump().find('x') != std::string::npos);
  CHECK(told("pause", "[]")["status"] == 400);
  CHECK(told("metered", R"({"on":true,"off":false})")["status"] == 400);
  CHECK(told("upstream", R"({"urls":[],"url":"x"})")["status"] == 400);
  CHECK(upstream_of(office)["paused"].is_null());
  CHECK(upstream_of(office)["metered"] == false);
}

TEST_CASE(
    "an office that syncs by command hears of its wrong clock and all see which value is of it",
    "[e2e][I4]") {
  if (skip(Ahead::why_not())) return;
  City city({kCommunityA, kCommunityA});
  auto& wrong = city.office(0);
  REQUIRE(wrong.batch("compound", {compound(1)}));
  city.settle();
  const auto id = city.hub.get("/api/v1/records/compound")["items"][0]["id"].get<std::string>();
  const auto path = "/api/v1/records/compound/" + id;
  wrong.stop();
  REQUIRE(city.office(1).send("PATCH", path, R"({"parking_count":202})")->status == 200);
  city.settle();
  {
    const Ahead year("+400d");
    const auto line = Json{{"id", id}, {"parking_count", 201}}.dump() + "\n";
    must(city.scratch, {"records", "put", "--update", "--data", wrong.data(), "compound", "-"},
         line);
    const auto synced = linli(city.scratch, {"sync", "--data", wrong.data()});
    INFO(synced.err);
    CHECK(synced.code == 0);
    CHECK(synced.err.find("本机时钟快") != std::string::npos);
    const auto json = Json::parse(must(city.scratch, {"sync", "--json", "--data", wrong.data()}));
    CHECK(json.value("clock", Json::object()).value("wrong", false));
    const auto status = must(city.scratch, {"sync", "status", "--data", wrong.data()});
    CHECK(status.find("本机时钟快") != std::string::npos);
  }
  const auto right = linli(city.scratch, {"sync", "--data", wrong.data()});
  CHECK(right.err.find("时钟") == std::string::npos);
  const auto& seen = city.office(1).data();
  app::eventually("the other office has it", 20s,
                  [&] { return city.office(1).get("/api/v1/conflicts")["items"].size() == 1; });
  CHECK(must(city.scratch, {"conflicts", "list", "--data", seen}).find("时间不可信") !=
        std::string::npos);
  CHECK(must(city.scratch, {"records", "history", "compound", id, "--data", seen})
            .find("时间不可信") != std::string::npos);
}

TEST_CASE("a node's health names a wrong clock until it is set right", "[e2e]") {
  if (skip(Ahead::why_not())) return;
  City city({kCommunityA});
  auto& office = city.office(0);
  city.settle();
  const auto warned = [](Node& node) {
    const auto warnings = node.get("/healthz")["warnings"];
    return std::find(warnings.begin(), warnings.end(), "clock_wrong") != warnings.end();
  };
  CHECK_FALSE(warned(office));
  office.stop();
  {
    const Ahead days("+2d");
    office.start();
  }
  app::eventually("it has compared clocks", 30s, [&] { return warned(office); });
  CHECK(upstream_of(office)["clock"]["wrong"] == true);
  CHECK_FALSE(warned(city.hub));
  office.kill();
  office.start();
  app::eventually("it has compared them again", 30s, [&] { return !warned(office); });
}

TEST_CASE("a revoked node says so while it runs and when it doesn't", "[e2e]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  city.settle();
  CHECK(office.get("/healthz")["warnings"].empty());
  const auto author = office.get("/api/v1/node")["author"].get<std::string>();
  must(city.scratch, {"revoke", author, "--reason", "示例", "--data", city.hub.data()});
  app::eventually("it was told", 30s, [&] { return upstream_of(office)["revoked"] == true; });
  CHECK(office.get("/healthz")["warnings"] == Json::array({"key_revoked"}));
  const auto running = linli(city.scratch, {"sync", "status", "--data", office.data()});
  CHECK(running.out.find("离线") == std::string::npos);
  CHECK(running.err.find("吊销") != std::string::npos);
  office.stop();
  const auto stopped = linli(city.scratch, {"sync", "status", "--data", office.data()});
  CHECK(stopped.err.find("吊销") != std::string::npos);
}

TEST_CASE("a sibling for an upstream and the last path taken away are refused with their reasons",
          "[e2e]") {
  City city({kCommunityA, kCommunityB});
  auto& office = city.office(0);
  city.settle();
  office.stop();
  must(city.scratch, {"upstream", "set", city.office(1).url(), "--data", office.data()});
  const auto met = linli(city.scratch, {"sync", "--data", office.data()});
  CHECK(met.code == 1);
  CHECK(met.err.find("不在本机之上") != std::string::npos);
  const auto author = city.office(1).get("/api/v1/node")["author"].get<std::string>();
  const auto taken = linli(city.scratch, {"nodes", "scopes", author, "--remove", kCommunityB,
                                          "--data", city.hub.data()});
  CHECK(taken.code == 1);
  CHECK(taken.err.find("没有任何范围") != std::string::npos);
  CHECK(taken.err.find("您的角色") == std::string::npos);
}

TEST_CASE("a node that has written nothing says so", "[e2e]") {
  City city({kCommunityA});
  CHECK(must(city.scratch,
             {"sync", "status", "--sets", "--state", "held", "--data", city.office(0).data()})
            .find("没有") != std::string::npos);
}

}  // namespace linli::e2e
