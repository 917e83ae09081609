// The node's HTTP face over real sockets: what it answers, refuses and names.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/pace.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCode = "410702003901001";
constexpr const char* kBatch = "/api/v1/batch?type=building";

using Headers = std::map<std::string, std::string>;

/// An office that has met its hub, serving; and a client of it.
struct Scene {
  City city;
  Node& office = city.enrol(kOffice, "示例社区");
  std::unique_ptr<Serving> serving;
  std::unique_ptr<node::HttpClient> client;

  Scene() {
    exchange(office, city.hub());
    put(office, "compound", compound(kCode));
    serving = std::make_unique<Serving>(office);
    client = std::make_unique<node::HttpClient>(serving->url());
  }
  node::HttpAnswer ask(const std::string& method, const std::string& path,
                       const std::string& body = {}, const std::string& type = "application/json",
                       const Headers& headers = {}) {
    auto answer = client->send(method, path, body, body.empty() ? "" : type, headers);
    INFO(method << " " << path);
    if (!answer) FAIL(describe(answer.error()));
    return *answer;
  }
};

/// "422 missing_field", after looking at the document that says so.
std::string problem(const node::HttpAnswer& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.headers.at("content-type") == "application/problem+json");
  const auto json = Json::parse(answer.body);
  CHECK(json["status"] == answer.status);
  CHECK(json["type"] == "urn:linli:error:" + json["code"].get<std::string>());
  CHECK_FALSE(json["title"].get<std::string>().empty());
  CHECK(json.contains("detail"));
  return std::to_string(answer.status) + " " + json["code"].get<std::string>();
}

std::string building(const std::string& no, const std::string& more = {}) {
  return R"({"compound":"410702003901001","building_no":")" + no + "\"" + more + "}";
}

/// A connection of one's own, for bytes that no client would send.
class Raw {
 public:
  explicit Raw(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void send(const std::string& bytes) const {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  /// False: nobody listens any more.
  [[nodiscard]] bool try_send(const std::string& bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// What comes, until `word` is in it or nothing comes any more.
  std::string until(const std::string& word) {
    char part[4096];
    while (got_.find(word) == std::string::npos) {
      const auto n = ::recv(fd_, part, sizeof part, 0);
      if (n <= 0) break;
      got_.append(part, static_cast<std::size_t>(n));
    }
    return got_;
  }

 private:
  int fd_;
  std::string got_;
};

}  // namespace

TEST_CASE("api: a record is made, read, changed, deleted and told about", "[api]") {
  Scene s;
  const auto made =
      s.ask("POST", "/api/v1/records/building", building("3", R"(,"floors_above":6)"));
  REQUIRE(made.status == 201);
  const auto record = Json::parse(made.body);
  const auto path = "/api/v1/records/building/" + record["id"].get<std::string>();
  CHECK(record["fields"]["compound"]["title"] == "示例小区");
  CHECK(record["confirmed"] == false);

  const auto read = s.ask("GET", path);
  CHECK(read.status == 200);
  CHECK(read.body == made.body);
  const auto tag = read.headers.at("etag");
  CHECK(made.headers.at("etag") == tag);
  const auto same = s.ask("GET", path, {}, {}, {{"If-None-Match", tag}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());

  const auto changed =
      s.ask("PATCH", path, R"({"floors_above":7})", "application/json", {{"If-Match", tag}});
  REQUIRE(changed.status == 200);
  CHECK(changed.headers.at("etag") != tag);
  CHECK(problem(s.ask("PATCH", path, R"({"floors_above":8})", "application/json",
                      {{"If-Match", tag}})) == "412 stale");
  const auto lost = Json::parse(
      s.ask("PATCH", path, R"({"floors_above":8})", "application/json", {{"If-Match", tag}}).body);
  CHECK(lost["now"]["fields"]["floors_above"] == 7);
  CHECK(lost["yours"]["floors_above"] == 8);
  CHECK(problem(s.ask("DELETE", path, {}, {}, {{"If-Match", tag}})) == "412 stale");
  CHECK(problem(s.ask("PATCH", path, R"({"floors_above":8})", "application/json",
                      {{"If-Match", "\"nonsense\""}})) == "412 stale");
  CHECK(s.ask("GET", path, {}, {}, {{"If-None-Match", tag}}).status == 200);
  CHECK(Json::parse(s.ask("GET", path + "/history").body)["items"].size() == 2);
  CHECK(Json::parse(s.ask("GET", "/api/v1/records/building?floors_above=7").body)["items"].size() ==
        1);
  CHECK(Json::parse(s.ask("GET", "/api/v1/search?q=示例小区").body)["items"].size() == 1);
  CHECK(s.ask("DELETE", path).status == 204);
  CHECK(Json::parse(s.ask("GET", path).body)["removed"] == true);
  CHECK(problem(s.ask("DELETE", path)) == "404 not_found");
  CHECK(Json::parse(s.ask("GET", "/api/v1/records/building").body)["items"].empty());
}

TEST_CASE("api: lists page by cursor, to the end and no further", "[api]") {
  Scene s;
  std::string lines;
  for (int i = 0; i < 7; ++i) lines += building(std::to_string(i)) + "\n";
  REQUIRE(s.ask("POST", kBatch, lines, "application/x-ndjson").status == 200);
  std::string seen, cursor;
  for (int page = 0; page < 4; ++page) {
    const auto json =
        Json::parse(s.ask("GET", "/api/v1/records/building?limit=3&cursor=" + cursor).body);
    for (const auto& item : json["items"]) seen += item["fields"]["building_no"].get<std::string>();
    if (json["next_cursor"].is_null()) break;
    cursor = json["next_cursor"].get<std::string>();
  }
  CHECK(seen == "0123456");
  CHECK(problem(s.ask("GET", "/api/v1/records/building?cursor=x")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/records/building?limit=0")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/records/building?limit=99999")) == "422 bad_value");
}

TEST_CASE("api: each mistake is a problem document with its status, code and field", "[api]") {
  Scene s;
  const std::string all = "/api/v1/records/building";
  const std::string nobody = all + "/0190a0a0-0000-7000-8000-0000000000b1";
  struct Case {
    const char* method;
    std::string path, body, type, expected;
  };
  const std::string json = "application/json";
  const std::vector<Case> cases{
      {"POST", all, "{\"a\": ", json, "400 bad_input"},
      {"POST", all, "{\"building_no\":\"\xff\"}", json, "400 bad_utf8"},
      {"POST", all, std::string(40, '[') + std::string(40, ']'), json, "400 bad_input"},
      {"POST", all, building("1"), "text/plain", "400 bad_usage"},
      {"POST", all, "[1]", json, "422 bad_value"},
      {"POST", all, "\"text\"", json, "422 bad_value"},
      {"POST", all, building("1", R"(,"colour":"red")"), json, "422 unknown_field"},
      {"POST", all, R"({"building_no":"1"})", json, "422 missing_field"},
      {"POST", all, building("1", R"(,"floors_above":999)"), json, "422 bad_value"},
      {"POST", all, R"({"compound":"410702003901999","building_no":"1"})", json,
       "422 dangling_reference"},
      {"POST", all + "?scope=410700/410703", building("1"), json, "403 out_of_scope"},
      {"POST", "/api/v1/records/house", "{}", json, "404 unknown_type"},
      {"POST", "/api/v1/records/org_unit",
       R"({"code":"410704","level":"district","name":"x","code_authority":"gbt2260",
           "parent":"410700","valid_from":"2023-01-01"})",
       json, "403 out_of_scope"},
      {"GET", "/api/v1/records/house", {}, {}, "404 unknown_type"},
      {"GET", all + "?colour=red", {}, {}, "422 unknown_field"},
      {"GET", nobody, {}, {}, "404 not_found"},
      {"GET", nobody + "?scope=" + kOffice, {}, {}, "404 not_found"},
      {"GET", nobody + "/history", {}, {}, "404 not_found"},
      {"GET", all + "/0190a0a0x0000-7000-8000-0000000000b1", {}, {}, "404 not_found"},
      {"GET", all + "/0190a0a00-000-7000-8000-0000000000b1", {}, {}, "422 bad_value"},
      {"PATCH", nobody, "{}", json, "404 not_found"},
      {"DELETE", nobody, {}, {}, "404 not_found"},
      {"GET", "/api/v1/nothing", {}, {}, "404 not_found"},
      {"GET", "/nothing", {}, {}, "404 not_found"},
      {"POST", "/healthz", "{}", json, "404 not_found"},
      {"GET", "/api/v1/stats/nothing", {}, {}, "404 not_found"},
      {"GET", "/api/v1/stats/findings?by=colour", {}, {}, "422 bad_value"},
      {"GET", "/api/v1/stats/findings?from=yesterday", {}, {}, "422 bad_value"},
      {"GET", "/api/v1/search?q=x&limit=0", {}, {}, "422 bad_value"},
      {"GET", "/api/v1/search?q=%FF", {}, {}, "400 bad_utf8"},
      {"POST", "/api/v1/batch?type=house", "{}", "application/x-ndjson", "404 unknown_type"},
      {"POST", kBatch, "{}", json, "400 bad_usage"},
      {"POST", "/api/v1/invites", R"({"role":"king"})", json, "422 bad_value"},
      {"POST", "/api/v1/invites", "[]", json, "422 bad_value"},
      {"POST", "/api/v1/invites", R"({"role":"device","scope":"410700","name":"x"})", json,
       "403 out_of_scope"},
      {"POST", "/api/v1/enrol", "junk", "application/vnd.linli+cbor", "400 malformed"},
      {"POST", "/api/v1/enrol", std::string(5000, 'x'), "application/vnd.linli+cbor",
       "413 too_large"},
      {"POST", "/api/v1/agent/exchange", "{}", json, "404 not_found"}};
  const auto arrival = s.office->arrival();
  for (const auto& t : cases) {
    INFO(t.method << " " << t.path << " " << t.body.substr(0, 80));
    CHECK(problem(s.ask(t.method, t.path, t.body, t.type)) == t.expected);
  }
  CHECK(s.office->arrival() == arrival);

  const auto broken = Json::parse(s.ask("POST", all, "{\"a\": ").body);
  CHECK(broken["detail"].get<std::string>().find("byte 7") != std::string::npos);
  const auto faulty = Json::parse(s.ask("POST", all, building("1", R"(,"x":1,"y":2)")).body);
  CHECK(faulty["faults"].size() == 2);
  CHECK(faulty["faults"][0]["field"] == "x");
  CHECK_FALSE(faulty["faults"][0]["zh"].get<std::string>().empty());
  const auto english = s.ask("GET", "/nothing", {}, {}, {{"Accept-Language", "en-GB,en"}});
  CHECK(Json::parse(english.body)["title"] == info(Errc::not_found).en);
  CHECK(Json::parse(s.ask("GET", "/nothing").body)["title"] == info(Errc::not_found).zh);
}

TEST_CASE("api: an Idempotency-Key makes a record once, and never another", "[api]") {
  Scene s;
  const auto ask = [&](const std::string& note, const std::string& key) {
    return s.ask("POST", "/api/v1/records/inspection",
                 R"({"kind":"routine","compound":"410702003901001","template":["t",1],
                     "inspectors":["J001","J002"],"started_at":"2025-12-01T09:00",
                     "ended_at":"2025-12-01T10:00","results":{"F01":"ok"},"status":"submitted",
                     "note":")" +
                     note + "\"}",
                 "application/json", {{"Idempotency-Key", key}});
  };
  const auto first = ask("一", "k1");
  REQUIRE(first.status == 201);
  const auto id = Json::parse(first.body)["id"];
  const auto again = ask("一", "k1");
  CHECK(again.status == 201);
  CHECK(Json::parse(again.body)["id"] == id);
  CHECK(problem(ask("二", "k1")) == "409 duplicate_key");
  CHECK(Json::parse(ask("一", "k2").body)["id"] != id);
  CHECK(problem(ask("一", std::string(300, 'k'))) == "422 bad_value");
  CHECK(Json::parse(s.ask("GET", "/api/v1/records/inspection").body)["items"].size() == 2);
}

TEST_CASE("api: a batch answers line by line, bad lines take nothing from good ones", "[api]") {
  Scene s;
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const std::string body = building("1") + "\n" +                          // 1
                           "\n" +                                          // 2, empty
                           "{\"broken\n" +                                 // 3
                           building("2", R"(,"colour":1)") + "\r\n" +      // 4
                           "{\"building_no\":\"\xc3\x28\"}\n" +            // 5
                           deep + "\n" +                                   // 6
                           building(std::string(2'000'000, 'x')) + "\n" +  // 7
                           building("1") + "\n" +                          // 8: once more
                           "null\n" +                                      // 9
                           building("3");  // 10, without a line's end
  const auto answer = s.ask("POST", kBatch, body, "application/x-ndjson");
  REQUIRE(answer.status == 200);
  std::vector<std::string> told;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    const auto json = Json::parse(line);
    told.push_back(json["line"].dump() + " " + json["done"].get<std::string>() +
                   (json.contains("faults") ? " " + json["faults"][0]["code"].get<std::string>()
                                            : std::string()));
  }
  CHECK(told == std::vector<std::string>{"1 created", "3 refused bad_input",
                                         "4 refused unknown_field", "5 refused bad_utf8",
                                         "6 refused bad_input", "7 refused too_large",
                                         "8 unchanged", "9 refused bad_value", "10 created"});
  CHECK(number(s.office, "SELECT count(*) FROM r_building") == 2);

  // All or nothing, and a dry run: nothing.
  const auto more = building("8") + "\n" + building("9", R"(,"colour":1)") + "\n";
  CHECK(s.ask("POST", std::string(kBatch) + "&all_or_nothing=1", more, "application/x-ndjson")
            .body.find("created") == std::string::npos);
  CHECK(s.ask("POST", std::string(kBatch) + "&all_or_nothing=1", building("8") + "\n{",
              "application/x-ndjson")
            .body.find("created") == std::string::npos);
  CHECK(s.ask("POST", std::string(kBatch) + "&dry_run=1", building("8"), "application/x-ndjson")
            .body.find("created") != std::string::npos);
  CHECK(number(s.office, "SELECT count(*) FROM r_building") == 2);

  // One line of 10 MB is a body over the limit.
  CHECK(problem(s.ask("POST", kBatch, building(std::string(10'000'000, 'x')),
                      "application/x-ndjson")) == "413 too_large");
  CHECK(s.ask("GET", "/healthz").status == 200);
}

TEST_CASE("api: pages and machines elsewhere are kept out, nodes are let in", "[api][I6]") {
  Scene s;
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
  Scene s;
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
  Scene s;
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

TEST_CASE("api: says that it is well, and counts what it does", "[api]") {
  Scene s;
  const auto health = Json::parse(s.ask("GET", "/healthz").body);
  CHECK(health["ok"] == true);
  CHECK(health["arrival"] == s.office->arrival());
  (void)s.ask("GET", "/nothing");
  const auto metrics = s.ask("GET", "/metrics").body;
  for (const auto* line :
       {"linli_http_requests_total{status=\"200\"}", "linli_http_requests_total{status=\"404\"} 1",
        "linli_unconfirmed_sets 1", "linli_quarantined_sets 0", "linli_log_arrival",
        "linli_sync_requests_total 0"}) {
    INFO(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
  const auto me = Json::parse(s.ask("GET", "/api/v1/node").body);
  CHECK(me["role"] == "office");
  CHECK(me["name"] == "示例社区");
  CHECK(me["waiting"]["sets"] == 1);
  CHECK(me["records"]["compound"] == 1);
  CHECK(Json::parse(s.ask("GET", "/api/v1/schema").body)["types"].size() ==
        model::schema().types.size());
  CHECK(Json::parse(s.ask("GET", "/api/v1/nodes").body)["items"].size() == 2);
  CHECK(Json::parse(s.ask("GET", "/api/v1/conflicts").body)["items"].empty());
  CHECK(Json::parse(s.ask("GET", "/api/v1/stats").body)["items"].size() ==
        model::schema().statistics.size());
  const auto stat =
      Json::parse(s.ask("GET", "/api/v1/stats/compounds_in_service?by=community").body);
  CHECK(stat["total"]["numerator"] == 1);
  REQUIRE(stat["rows"].size() == 1);
  CHECK(stat["rows"][0]["keys"]["community"]["name"] == "示例社区");
}

TEST_CASE("api: a change reaches whoever listens for events", "[api]") {
  Scene s;
  Raw stream(s.serving->port());
  stream.send("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const auto now = "{\"arrival\":" + std::to_string(s.office->arrival()) + "}";
  CHECK(stream.until(now).find("event: change\ndata: " + now + "\n\n") != std::string::npos);
  put(s.office, "building", building("1"));
  const auto next = "{\"arrival\":" + std::to_string(s.office->arrival()) + "}";
  CHECK(stream.until(next).find("event: change\ndata: " + next + "\n\n") != std::string::npos);
}

TEST_CASE("api: no more live views than it has threads for", "[api][I9]") {
  Scene s;
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
  Scene s;
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
  Scene s;
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

TEST_CASE("enrol over HTTP: an invite made by the API lets a node in, once", "[api][I5]") {
  City city(false);
  Serving serving(city.hub());
  node::HttpClient client(serving.url());
  const auto made = client.send("POST", "/api/v1/invites",
                                R"({"role":"office","scope":")" + std::string(kOffice) +
                                    R"(","name":"示例社区","url":")" + serving.url() + "\"}",
                                "application/json");
  REQUIRE(made.has_value());
  REQUIRE(made->status == 201);
  const auto invite = node::Invite::parse(Json::parse(made->body)["line"].get<std::string>());
  REQUIRE(invite.has_value());
  HandClock clock(city.time);
  REQUIRE(node::join(city.folder.path() / "one", *invite, "", clock).has_value());
  CHECK(node::join(city.folder.path() / "two", *invite, "", clock).error().code ==
        Errc::unauthorised);
  auto office = Replica::open(city.folder.path() / "one", clock);
  REQUIRE(office.has_value());
  CHECK(node::upstream(**office) == serving.url());
  CHECK(node::exchange(**office, client)->received > 0);
}

TEST_CASE("api: conflicts are listed, shown and settled, by whoever saw all of them", "[api][I4]") {
  Scene s;
  exchange(s.office, s.city.hub());
  const auto id = Json::parse(s.ask("GET", "/api/v1/records/compound").body)["items"][0]["id"];
  Outcome place;
  place.scope = kOffice;
  place.id = *sync::record_id(id.get<std::string>());
  edit(s.city.hub(), "compound", place, R"({"name":"局里的名"})");
  edit(s.office, "compound", place, R"({"name":"社区的名"})");
  exchange(s.office, s.city.hub());

  const auto listed = Json::parse(s.ask("GET", "/api/v1/conflicts?type=compound").body);
  REQUIRE(listed["items"].size() == 1);
  CHECK(listed["next_cursor"].is_null());
  const auto& conflict = listed["items"][0];
  const auto path = "/api/v1/conflicts/" + conflict["conflict"].get<std::string>();
  const auto shown = s.ask("GET", path);
  CHECK(Json::parse(shown.body) == conflict);
  const auto tag = shown.headers.at("etag");
  const auto version = conflict["losers"][0]["version"].get<std::string>();
  const auto own = Json::parse(s.ask("GET", "/api/v1/own-sets?state=safe").body);
  CHECK(own["summary"]["waiting"] == 0);
  CHECK(own["summary"]["lost"] == 0);
  REQUIRE(own["items"].size() >= 2);
  CHECK(own["items"][0]["changes"][0]["became"] == "stands");

  const auto json = "application/json";
  const auto post = [&](const std::string& body, const Headers& headers = {}) {
    return s.ask("POST", path, body, json, headers);
  };
  CHECK(problem(post(R"({"keep":true})")) == "400 bad_usage");
  CHECK(problem(post(R"({"keep":)", {{"If-Match", tag}})) == "400 bad_input");
  CHECK(problem(s.ask("POST", path, "keep", "text/plain")) == "400 bad_usage");
  CHECK(problem(post(R"({"take":7})", {{"If-Match", tag}})) == "422 bad_value");
  CHECK(problem(post(R"({"take":"x"})", {{"If-Match", tag}})) == "404 not_found");
  CHECK(problem(post(R"({"give":"x"})", {{"If-Match", tag}})) == "422 unknown_field");
  CHECK(problem(post(R"({"value":{"lift_count":-1}})", {{"If-Match", tag}})) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts/nonsense")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts?limit=0")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts?cursor=x")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts?severity=awful")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts?type=nothing")) == "404 unknown_type");
  CHECK(problem(s.ask("GET", "/api/v1/conflicts?colour=red")) == "400 bad_usage");
  CHECK(problem(s.ask("GET", "/api/v1/own-sets?state=lost")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/own-sets?cursor=-1")) == "422 bad_value");
  CHECK(problem(s.ask("GET", "/api/v1/own-sets?limit=900")) == "422 bad_value");
  const auto stale = post(R"({"keep":true})", {{"If-Match", "\"0123456789abcdef\""}});
  CHECK(problem(stale) == "412 stale");
  CHECK(Json::parse(stale.body)["now"] == conflict);

  const auto arrival = s.office->arrival();
  const auto dry = s.ask("POST", path + "?dry_run=1", R"({"take":")" + version + "\"}", json,
                         {{"If-Match", tag}});
  CHECK(Json::parse(dry.body)["done"] == "would_settle");
  CHECK(Json::parse(dry.body)["writes"]["fields"]["name"] == "局里的名");
  CHECK(s.office->arrival() == arrival);
  const auto done = post(R"({"take":")" + version + "\"}", {{"If-Match", tag}});
  REQUIRE(done.status == 200);
  CHECK(Json::parse(done.body)["done"] == "settled");
  CHECK(Json::parse(post(R"({"take":")" + version + "\"}", {{"If-Match", tag}}).body)["done"] ==
        "settled_before");
  CHECK(field(s.office, "compound", place, "name") == "局里的名");
  CHECK(problem(s.ask("GET", path)) == "404 not_found");
}

TEST_CASE("server: pages from elsewhere reach the routes for nodes and no others", "[api]") {
  Scene s;
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

TEST_CASE("server: who names fields gets those and no others", "[api]") {
  Scene s;
  const auto page = Json::parse(s.ask("GET", "/api/v1/records/compound?fields=name,status").body);
  const auto& record = page["items"][0];
  CHECK(record["fields"].size() == 2);
  CHECK(record["fields"].contains("name"));
  const auto path = "/api/v1/records/compound/" + record["id"].get<std::string>();
  CHECK(Json::parse(s.ask("GET", path + "?fields=name").body)["fields"].size() == 1);
  CHECK(Json::parse(s.ask("GET", path).body)["fields"].size() > 10);
  CHECK(problem(s.ask("GET", path + "?fields=name,nothing")) == "422 unknown_field");
  CHECK(problem(s.ask("GET", "/api/v1/records/compound?fields=nothing")) == "422 unknown_field");
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
  Scene s;
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
