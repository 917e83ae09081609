// The node's HTTP face over real sockets: what it answers, refuses and names.
#include "tests/api/serving_scene.h"
#include "tests/api/wire.h"

namespace linli::test {

using namespace std::chrono_literals;

TEST_CASE("api: a record is made, read, changed, deleted and told about", "[api]") {
  ServingScene s;
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
  ServingScene s;
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
  ServingScene s;
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
  ServingScene s;
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
  ServingScene s;
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

TEST_CASE("api: says that it is well, and counts what it does", "[api]") {
  ServingScene s;
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
  ServingScene s;
  Raw stream(s.serving->port());
  stream.send("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const auto now = "{\"arrival\":" + std::to_string(s.office->arrival()) + "}";
  CHECK(stream.until(now).find("event: change\ndata: " + now + "\n\n") != std::string::npos);
  put(s.office, "building", building("1"));
  const auto next = "{\"arrival\":" + std::to_string(s.office->arrival()) + "}";
  CHECK(stream.until(next).find("event: change\ndata: " + next + "\n\n") != std::string::npos);
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
  ServingScene s;
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

TEST_CASE("server: who names fields gets those and no others", "[api]") {
  ServingScene s;
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

}  // namespace linli::test
