// Coded bodies: who wants what, what comes back, and what is too large before it is unpacked.
#include "api/codings.h"

#include "tests/api/people.h"
#include "tests/api/wire.h"

namespace linli::test {
namespace {

using api::coding_for;
using api::decoded;
using api::encoded;

const std::string kType = "Content-Type: application/json\r\n";

std::string coding(const std::string& name) { return "Content-Encoding: " + name + "\r\n"; }

std::string building(int number) {
  return Json{
      {"compound", "410702003901001"}, {"building_no", std::to_string(number)}, {"floors_above", 6}}
      .dump();
}

}  // namespace

TEST_CASE("codings: of what a reader accepts the best is taken", "[api]") {
  struct Case {
    const char *accepts, *taken;
  };
  const auto t = GENERATE(values<Case>({{"", ""},
                                        {"gzip", "gzip"},
                                        {"zstd", "zstd"},
                                        {"gzip, deflate, br, zstd", "zstd"},
                                        {"gzip, deflate, br", "gzip"},
                                        {"deflate, br", ""},
                                        {"gzip;q=1, zstd;q=0.5", "gzip"},
                                        {"gzip;q=0.5,zstd ; q=0.8", "zstd"},
                                        {"gzip;q=0", ""},
                                        {"gzip;q=0, zstd;q=0.001", "zstd"},
                                        {"*;q=0, gzip", "gzip"},
                                        {"identity, *;q=0", ""},
                                        {"GZIP;Q=0.3", "gzip"},
                                        {"x-gzip", "gzip"},
                                        {"gzipped, gz", ""},
                                        {"gzip;q=abc", ""},
                                        {"gzip;q=7", ""},
                                        {",,;;q=,", ""}}));
  INFO(t.accepts);
  CHECK(coding_for(t.accepts) == t.taken);
}

TEST_CASE("codings: what lies here packed is sent as its reader wants it", "[api]") {
  struct Case {
    const char* accepts;
    int brotli, gzip;
  };
  const auto t = GENERATE(values<Case>({{"", 0, 0},
                                        {"gzip, deflate, br, zstd", 1000, 1000},
                                        {"gzip;q=1, br;q=0.5", 500, 1000},
                                        {"br;q=0, *", 0, 1000},
                                        {"BR", 1000, 0},
                                        {"brotli", 0, 0}}));
  INFO(t.accepts);
  httplib::Request request;
  request.set_header("Accept-Encoding", t.accepts);
  api::take_codings(request);
  CHECK(api::wish_for(request, "br") == t.brotli);
  CHECK(api::wish_for(request, "gzip") == t.gzip);
  CHECK(api::wish_for(request, "deflate") == 0);
}

TEST_CASE("codings: what was coded comes back, and nothing beyond its bound", "[api]") {
  const auto* name = GENERATE("gzip", "zstd");
  const std::string plain = "小区" + std::string(100'000, 'x') + "🏘";
  const auto packed = encoded(name, plain);
  CHECK(packed.size() < 1000);
  const auto back = decoded(name, packed, plain.size());
  REQUIRE(back);
  CHECK(*back == plain);
  const auto code = [&](const std::string& body, std::size_t most) {
    const auto got = decoded(name, body, most);
    return got ? std::string("taken") : std::string(info(got.error().code).name);
  };
  CHECK(code(packed, plain.size() - 1) == "too_large");
  CHECK(code(packed.substr(0, packed.size() / 2), plain.size()) == "bad_input");
  CHECK(code(packed.substr(0, packed.size() - 1), plain.size()) == "bad_input");
  CHECK(code(packed + "more", plain.size()) == "bad_input");
  CHECK(code("no such thing", plain.size()) == "bad_input");
  CHECK(code("", plain.size()) == "bad_input");
  // A hundred megabytes in a small parcel: refused at the bound, without being unpacked.
  CHECK(code(encoded(name, std::string(100u << 20, '\0')), 1u << 20) == "too_large");
}

TEST_CASE("codings: a list goes out as its reader wants it, and says that this varies", "[api]") {
  Office office;
  for (int i = 0; i < 20; ++i) put(office.node, "building", building(i));
  const auto get = [&](const std::string& accepts) {
    return over_the_wire(office.serving->port(), "GET", "/api/v1/records/building",
                         accepts.empty() ? "" : "Accept-Encoding: " + accepts + "\r\n");
  };
  const auto plain = get("");
  REQUIRE(plain.status() == 200);
  CHECK(plain.header("Content-Encoding").empty());
  CHECK(plain.header("Vary") == "Accept-Encoding");
  REQUIRE(Json::parse(plain.body)["items"].size() == 20);
  for (const auto* name : {"gzip", "zstd"}) {
    INFO(name);
    const auto coded = get(name);
    REQUIRE(coded.status() == 200);
    CHECK(coded.header("Content-Encoding") == name);
    CHECK(coded.header("Vary") == "Accept-Encoding");
    CHECK(coded.header("Content-Length") == std::to_string(coded.body.size()));
    CHECK(coded.header("ETag") == plain.header("ETag"));
    CHECK(coded.body.size() * 4 < plain.body.size());
    const auto back = decoded(name, coded.body, 1u << 20);
    REQUIRE(back);
    CHECK(*back == plain.body);
  }
  CHECK(get("br").header("Content-Encoding").empty());
  CHECK(get("gzip;q=0").header("Content-Encoding").empty());
  // Not worth it: a coding costs more than it saves.
  const auto small =
      over_the_wire(office.serving->port(), "GET", "/healthz", "Accept-Encoding: gzip, zstd\r\n");
  CHECK(small.header("Content-Encoding").empty());
  // Of the head alone, the same is told.
  const auto head = over_the_wire(office.serving->port(), "HEAD", "/api/v1/records/building",
                                  "Accept-Encoding: zstd\r\n");
  CHECK(head.status() == 200);
  CHECK(head.header("Content-Encoding") == "zstd");
  CHECK(head.body.empty());
}

TEST_CASE("codings: a coded request is what it was before, and a bomb is none", "[api][I9]") {
  Office office;
  const int port = office.serving->port();
  const auto post = [&](const std::string& name, const std::string& body) {
    return over_the_wire(port, "POST", "/api/v1/records/building", kType + coding(name), body);
  };
  CHECK(post("gzip", encoded("gzip", building(1))).status() == 201);
  CHECK(post("zstd", encoded("zstd", building(2))).status() == 201);
  CHECK(post("identity", building(3)).status() == 201);
  const auto lines = building(4) + "\n" + building(5) + "\n";
  const auto batch = over_the_wire(port, "POST", "/api/v1/batch?type=building",
                                   "Content-Type: application/x-ndjson\r\n" + coding("zstd"),
                                   encoded("zstd", lines));
  CHECK(batch.status() == 200);
  const auto table =
      over_the_wire(port, "POST", "/api/v1/records/building/import",
                    "Content-Type: text/csv\r\n" + coding("gzip"),
                    encoded("gzip", "小区,building_no,floors_above\n410702003901001,6,3\n"));
  CHECK(table.status() == 200);
  auto browser = office.browser();
  CHECK(Json::parse(browser.ask("GET", "/api/v1/records/building").body)["items"].size() == 6);

  const auto problem = [](const OnTheWire& answer) {
    const auto json = Json::parse(answer.body, nullptr, false);
    return std::to_string(answer.status()) + " " + (json.is_object() ? json.value("code", "") : "");
  };
  for (const auto* name : {"gzip", "zstd"}) {
    INFO(name);
    CHECK(problem(post(name, encoded(name, std::string(300u << 20, ' ')))) == "413 too_large");
    CHECK(problem(post(name, "{}")) == "400 bad_input");
  }
  CHECK(problem(post("br", "{}")) == "400 bad_usage");
  CHECK(problem(post("gzip, zstd", "{}")) == "400 bad_usage");
  // Where bytes are taken as they are, there is nothing to decode, and nothing is decoded.
  const auto hash = crypto::to_hex(crypto::hash({"x"}).view());
  CHECK(problem(over_the_wire(port, "PUT", "/api/v1/blobs/" + hash,
                              "Content-Type: application/octet-stream\r\n" + coding("gzip"),
                              encoded("gzip", "x"))) == "400 bad_usage");
  CHECK(problem(over_the_wire(port, "POST", "/api/v1/sync",
                              "Content-Type: application/vnd.linli+cbor\r\n" + coding("gzip"),
                              encoded("gzip", std::string(300u << 20, ' ')))) == "400 bad_usage");
}

}  // namespace linli::test
