// Who is let in and who isn't, and askers that mean harm or never stop, over real sockets.
#include "api/pace.h"
#include "tests/api/serving_scene.h"
#include "tests/api/wire.h"

namespace linli::test {

using namespace std::chrono_literals;

TEST_CASE("api: pages and machines elsewhere are kept out, nodes are let in", "[api][I6]") {
  ServingScene s;
  const auto port = std::to_string(s.serving->port());
  const auto get = [&](const Headers& headers, const std::string& path = "/api/v1/node") {
    return s.ask("GET", path, {}, {}, headers);
  };
  CHECK(get({}).status == 200);
  CHECK(get({{"Origin", "http://127.0.0.1:" + port}}).status == 200);
  CHECK(problem(get({{"Origin", "http://evil.example"}})) == "403 forbidden");
  CHECK(problem(get({{"Origin", "null"}})) == "403 forbidden");
  CHECK(problem(get({{"Origin", "http://127.0.0.1:1"}})) == "403 forbidden");
  CHECK(problem(get({{"Host", "evil.example:" + port}})) == "403 forbidden");
  CHECK(problem(get({{"Host", "127.evil.example"}})) == "403 forbidden");
  CHECK(get({{"Host", "localhost:" + port}}).status == 200);
  CHECK(problem(get({{"X-Forwarded-For", "10.0.0.1"}})) == "403 forbidden");
  CHECK(problem(s.ask("POST", "/api/v1/records/building", building("1"), "application/json",
                      {{"Origin", "http://evil.example"}})) == "403 forbidden");
  CHECK(problem(s.ask("POST", "/api/v1/invites", "{}", "application/json",
                      {{"Origin", "http://evil.example"}})) == "403 forbidden");
  CHECK(problem(s.ask("POST", "/api/v1/agent/exchange", "{}", "application/json",
                      {{"Host", "evil.example"}})) == "403 forbidden");
  CHECK(get({{"Host", "evil.example"}}, "/healthz").status == 200);
  CHECK(number(s.office, "SELECT count(*) FROM r_building") == 0);
}

TEST_CASE("api: a refused request's body is never taken for a request of its own", "[api][I5]") {
  ServingScene s;
  const auto record = building("1");
  const std::string inner =
      "POST /api/v1/records/building HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
      "application/json\r\nContent-Length: " +
      std::to_string(record.size()) + "\r\n\r\n" + record;
  for (const auto* method : {"POST", "PUT", "DELETE"}) {
    Raw line(s.serving->port());
    line.send(std::string(method) +
              " /api/v1/records/building HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: "
              "http://evil.example\r\nContent-Type: text/plain\r\nContent-Length: " +
              std::to_string(inner.size()) + "\r\n\r\n");
    // Apart from its head, as a larger body would come.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    line.send(inner);
    CHECK(line.until("this node\"}").find("this node\"}") != std::string::npos);
    line.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const auto said = line.until("\"ok\":true");
    CAPTURE(said);
    CHECK(said.starts_with("HTTP/1.1 403"));
    CHECK(said.find("HTTP/1.1 201") == std::string::npos);
    CHECK(said.find("\"ok\":true") != std::string::npos);
  }
  CHECK(number(s.office, "SELECT count(*) FROM r_building") == 0);
}

TEST_CASE("api: a body that doesn't say how long it is never fills the memory", "[api][I9]") {
  ServingScene s;
  const std::string head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: Chunked\r\n";
  for (const auto* path : {"/api/v1/sync", "/api/v1/records/building", "/api/v1/enrol"}) {
    CAPTURE(path);
    Raw line(s.serving->port());
    line.send(std::string("POST ") + path + head + "\r\n5\r\nhello\r\n0\r\n\r\n");
    const auto said = line.until("Content-Length)");
    CAPTURE(said);
    CHECK(said.starts_with("HTTP/1.1 400"));
    CHECK(said.find("Content-Length)") != std::string::npos);
    // It was read to its end: the line is good for another.
    line.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    CHECK(line.until("\"ok\":true").find("\"ok\":true") != std::string::npos);
  }
  // One that goes on and on is hung up on after 8 MiB, a stranger's as well.
  for (const auto* origin : {"", "Origin: http://evil.example\r\n"}) {
    CAPTURE(origin);
    Raw line(s.serving->port());
    line.send("POST /api/v1/records/building" + head + origin + "\r\n");
    const auto chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    std::size_t sent = 0;
    while (sent < (64u << 20) && line.try_send(chunk)) sent += chunk.size();
    CHECK(sent < (24u << 20));  // 8 MiB, and what the sockets hold.
  }
}

TEST_CASE("api: no more live views than it has threads for", "[api][I9]") {
  ServingScene s;
  std::vector<std::unique_ptr<Raw>> views;
  for (int i = 0; i < 16; ++i) {
    views.push_back(std::make_unique<Raw>(s.serving->port()));
    views.back()->send("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    REQUIRE(views.back()->until("event: change").find("event: change") != std::string::npos);
  }
  CHECK(problem(s.ask("GET", "/api/v1/events")) == "429 slow_down");
  CHECK(s.ask("GET", "/healthz").status == 200);
}

TEST_CASE("api: what comes to sync is a node's, or gets a reason", "[api][I5]") {
  ServingScene s;
  const std::string type = "application/vnd.linli+cbor";
  for (const auto& body : {std::string("garbage"), std::string("\0", 1), std::string("\1zstd?", 6),
                           std::string(3, '\xff')}) {
    CHECK(problem(s.ask("POST", "/api/v1/sync", body, type)) == "400 malformed");
  }
  CHECK(problem(s.ask("POST", "/api/v1/sync", std::string(9u << 20, 'x'), type)) ==
        "413 too_large");
  // A bomb is stopped while it is unpacked.
  const auto bomb = "\1" + sync::compress(std::string(64u << 20, 'x'), 19);
  CHECK(bomb.size() < 100'000);
  CHECK(problem(s.ask("POST", "/api/v1/sync", bomb, type)) == "413 too_large");

  // A node of another city: answered, signed, and told nothing.
  City elsewhere(false);
  auto& stranger = elsewhere.enrol(kOffice, "别处");
  sync::Client talk(*stranger, {}, s.office->identity().city, stranger->identity().certificate);
  const auto request = talk.begin();
  REQUIRE(request.has_value());
  const auto wire = sync::pack(request->encode(), stranger->key(), crypto::kDomainRequest);
  const auto answer = s.ask("POST", "/api/v1/sync", wire, type);
  CHECK(answer.status == 200);
  const auto said = sync::open_response(answer.body, s.office->key().public_key());
  REQUIRE(said.has_value());
  CHECK(said->error == Errc::unknown_certificate);
  CHECK(said->objects.empty());
}

TEST_CASE("listen: two servers never share a port, and strangers' addresses need a word", "[api]") {
  ServingScene s;
  api::Server second(*s.office, nullptr);
  CHECK(second.bind({"127.0.0.1", s.serving->port()}).error().code == Errc::port_in_use);
  CHECK(second.bind({"0.0.0.0", 0}).error().code == Errc::forbidden);
  CHECK(s.ask("GET", "/healthz").status == 200);
  CHECK(api::Listen::parse("127.0.0.1:8080")->port == 8080);
  CHECK(api::Listen::parse(":80")->host == "127.0.0.1");
  CHECK(api::Listen::parse("8080")->port == 8080);
  CHECK(api::Listen::parse("[::1]:8080")->host == "::1");
  for (const auto* bad : {"", ":", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "1:2:-3"}) {
    CHECK(api::Listen::parse(bad).error().code == Errc::bad_usage);
  }
}

TEST_CASE("server: pages from elsewhere reach the routes for nodes and no others", "[api]") {
  ServingScene s;
  const Headers elsewhere{{"Origin", "https://hub.example:8443"}};
  auto asks = elsewhere;
  asks["Access-Control-Request-Method"] = "POST";
  asks["Access-Control-Request-Private-Network"] = "true";
  const auto may = s.ask("OPTIONS", "/api/v1/sync", {}, {}, asks);
  CHECK(may.status == 204);
  CHECK(may.headers.at("access-control-allow-origin") == "*");
  CHECK(may.headers.at("access-control-allow-private-network") == "true");
  CHECK(may.headers.count("access-control-allow-credentials") == 0);
  const auto hello = s.ask("GET", "/healthz", {}, {}, elsewhere);
  CHECK(hello.status == 200);
  CHECK(hello.headers.at("access-control-allow-origin") == "*");
  for (const auto* path : {"/api/v1/node", "/api/v1/records/compound", "/api/v1/session"}) {
    INFO(path);
    const auto refused = s.ask("OPTIONS", path, {}, {}, asks);
    CHECK(refused.headers.count("access-control-allow-origin") == 0);
    CHECK(problem(s.ask("GET", path, {}, {}, elsewhere)) == "403 forbidden");
  }
}

TEST_CASE("pace: so many at once and then so many a second for each asker alone", "[api]") {
  api::Pace pace({.burst = 3, .a_second = 2});
  const auto now = api::Pace::Clock::now();
  for (int i = 0; i < 3; ++i) CHECK(pace.wait("a", now) == 0s);
  CHECK(pace.wait("a", now) == 1s);
  CHECK(pace.wait("b", now) == 0s);
  CHECK(pace.wait("a", now + 400ms) == 1s);
  CHECK(pace.wait("a", now + 600ms) == 0s);
  for (int i = 0; i < 3; ++i) CHECK(pace.wait("a", now + 1h) == 0s);
  CHECK(pace.wait("a", now + 1h) == 1s);
}

TEST_CASE("server: an address that asks without end is told when to come again", "[api]") {
  ServingScene s;
  const Headers busy{{"X-Forwarded-For", "203.0.113.7"}};
  const auto ask = [&](const Headers& from) { return s.ask("GET", "/trust", {}, {}, from).status; };
  int refused = 0;
  for (int i = 0; i < 800 && refused == 0; ++i) refused += ask(busy) == 429 ? 1 : 0;
  REQUIRE(refused == 1);
  const auto told = s.ask("GET", "/trust", {}, {}, busy);
  if (told.status == 429) CHECK(told.headers.at("retry-after") == "1");
  CHECK(ask({{"X-Forwarded-For", "203.0.113.8"}}) != 429);
  CHECK(ask({}) != 429);
}

}  // namespace linli::test
