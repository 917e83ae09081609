// Attachments over real sockets: ranges, resumption, what is refused, and what nodes may ask.
#include "sync/blobs.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/photos.h"

namespace linli::test {
namespace {

using Headers = std::map<std::string, std::string>;

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  std::unique_ptr<Serving> serving;
  std::unique_ptr<node::HttpClient> client;

  Scene() {
    exchange(office, hub);
    put(office, "compound", compound(kFindingCode));
    exchange(office, hub);
    serve(office);
  }
  void serve(Node& node) {
    client.reset();
    serving = std::make_unique<Serving>(node);
    client = std::make_unique<node::HttpClient>(serving->url());
  }
  node::HttpAnswer ask(const std::string& method, const std::string& path,
                       const std::string& body = {}, const Headers& headers = {}) {
    auto answer =
        client->send(method, path, body, body.empty() ? "" : "application/octet-stream", headers);
    INFO(method << " " << path);
    if (!answer) FAIL(describe(answer.error()));
    return *answer;
  }
  node::HttpAnswer range(const std::string& bytes, std::size_t from, std::size_t to,
                         const std::string& method = "PATCH") {
    return ask(method, "/api/v1/blobs/" + hex(name_of(bytes)), bytes.substr(from, to - from),
               {{"Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(to - 1) +
                                      "/" + std::to_string(bytes.size())}});
  }
};

std::string code(const node::HttpAnswer& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.headers.at("content-type") == "application/problem+json");
  return std::to_string(answer.status) + " " + Json::parse(answer.body)["code"].get<std::string>();
}

/// Writes bytes to a server as they are, hangs up, and says what was answered until then.
std::string raw(int port, const std::string& bytes, bool hang_up) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  std::string got;
  if (!hang_up) {
    char part[4096];
    for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;) {
      got.append(part, static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  return got;
}

}  // namespace

TEST_CASE("api: an attachment goes in by ranges, and out by ranges", "[api][blobs]") {
  Scene s;
  const auto bytes = photo(100'000, 31);
  const auto path = "/api/v1/blobs/" + hex(name_of(bytes));
  auto state = s.ask("HEAD", path);
  CHECK(state.status == 404);
  CHECK(state.headers.at("upload-offset") == "0");
  CHECK(s.range(bytes, 0, 40'000).status == 200);
  state = s.ask("HEAD", path);
  CHECK(state.headers.at("upload-offset") == "40000");
  CHECK(code(s.ask("GET", path)) == "404 not_found");

  // Not where we are: told where that is.
  for (const auto& [from, to] : {std::pair(0, 10), std::pair(40'001, 50'000)}) {
    const auto wrong = s.range(bytes, std::size_t(from), std::size_t(to));
    CHECK(code(wrong) == "409 gap");
    CHECK(wrong.headers.at("upload-offset") == "40000");
  }
  CHECK(s.range(bytes, 40'000, 60'000, "PUT").status == 200);
  const auto last = s.range(bytes, 60'000, 100'000);
  CHECK(last.status == 201);
  CHECK(Json::parse(last.body)["complete"] == true);
  CHECK(s.range(bytes, 0, 10).status == 200);  // It is here already, all of it.

  const auto all = s.ask("GET", path);
  CHECK(all.status == 200);
  CHECK(all.body == bytes);
  const auto tag = all.headers.at("etag");
  CHECK(tag == '"' + hex(name_of(bytes)) + '"');
  CHECK(all.headers.at("cache-control").find("immutable") != std::string::npos);
  CHECK(all.headers.at("content-disposition") == "attachment");
  CHECK(s.ask("HEAD", path).headers.at("content-length") == "100000");
  const auto some = s.ask("GET", path, {}, {{"Range", "bytes=99990-"}});
  CHECK(some.status == 206);
  CHECK(some.body == bytes.substr(99'990));
  CHECK(some.headers.at("content-range") == "bytes 99990-99999/100000");
  CHECK(s.ask("GET", path, {}, {{"Range", "bytes=0-9"}, {"If-Range", tag}}).body ==
        bytes.substr(0, 10));
  CHECK(s.ask("GET", path, {}, {{"Range", "bytes=0-9"}, {"If-Range", "\"x\""}}).body == bytes);
  CHECK(s.ask("GET", path, {}, {{"Range", "bytes=100000-"}}).status == 416);
  // A refusal is never cut.
  const auto absent =
      s.ask("GET", "/api/v1/blobs/" + std::string(64, 'a'), {}, {{"Range", "bytes=0-0"}});
  CHECK(absent.status == 404);
  CHECK(Json::parse(absent.body, nullptr, false).value("code", "") == "not_found");
  CHECK(s.ask("GET", path, {}, {{"If-None-Match", tag}}).status == 304);

  const auto node = Json::parse(s.ask("GET", "/api/v1/node").body)["blobs"];
  CHECK(node["held"] == 1);
  CHECK(node["bytes"] == 100'000);
  CHECK(node["unreferenced"] == 1);
  const auto list = Json::parse(s.ask("GET", "/api/v1/blobs").body);
  CHECK(list["items"][0]["hash"] == hex(name_of(bytes)));
}

TEST_CASE("api: an upload that is cut keeps what came, and a whole one sent again goes on there",
          "[api][blobs][I1]") {
  Scene s;
  const auto bytes = photo(200'000, 32);
  const auto path = "/api/v1/blobs/" + hex(name_of(bytes));
  raw(s.serving->port(),
      "PUT " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n" +
          bytes.substr(0, 150'000),
      true);
  // The server sees the end of the line when it sees it.
  std::string held;
  for (int i = 0; i < 100 && held != "150000"; ++i) {
    held = s.ask("HEAD", path).headers.at("upload-offset");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(held == "150000");
  s.serving.reset();
  s.office.close();
  s.office.open();
  s.serve(s.office);
  CHECK(s.ask("HEAD", path).headers.at("upload-offset") == "150000");
  CHECK(s.ask("PUT", path, bytes).status == 201);
  CHECK(s.ask("GET", path).body == bytes);
}

TEST_CASE("api: what isn't its name, too large, or no name at all is refused and changes nothing",
          "[api][blobs]") {
  Scene s;
  const auto good = photo(1'000, 33);
  CHECK(s.ask("PUT", "/api/v1/blobs/" + hex(name_of(good)), good).status == 201);
  CHECK(code(s.ask("PUT", "/api/v1/blobs/" + hex(name_of("other")), good)) == "400 altered");
  CHECK(s.ask("HEAD", "/api/v1/blobs/" + hex(name_of("other"))).headers.at("upload-offset") == "0");

  const auto name = hex(name_of("big"));
  const auto huge = s.ask("PATCH", "/api/v1/blobs/" + name, "x",
                          {{"Content-Range", "bytes 0-0/" + std::to_string((64 << 20) + 1)}});
  CHECK(code(huge) == "413 too_large");
  CHECK(s.ask("PATCH", "/api/v1/blobs/" + name, "x",
              {{"Content-Range", "bytes 0-0/" + std::to_string(64 << 20)}})
            .status == 200);
  CHECK(code(s.ask("PUT", "/api/v1/blobs/" + hex(name_of("9")), std::string(9 << 20, 'x'))) ==
        "413 too_large");
  for (const auto* range : {"bytes 5-3/10", "bytes 0-10/10", "bytes a-b/c", "bytes 0-0/*", "0-0/1",
                            "bytes 0-0/99999999999999999999"}) {
    CHECK(code(s.ask("PATCH", "/api/v1/blobs/" + hex(name_of("r")), "x",
                     {{"Content-Range", range}})) == "400 bad_usage");
  }
  CHECK(code(s.ask("PATCH", "/api/v1/blobs/" + hex(name_of("r")), "xy",
                   {{"Content-Range", "bytes 0-0/10"}})) == "400 bad_usage");

  for (const auto& trick :
       {std::string("..%2f..%2flinli.db"), std::string("../../linli.db"), std::string("node.key"),
        name + ".part", name.substr(1), std::string(64, 'G'), std::string(64, 'A'),
        std::string("%00") + name}) {
    INFO(trick);
    CHECK(s.ask("GET", "/api/v1/blobs/" + trick).status >= 400);
    CHECK(s.ask("PUT", "/api/v1/blobs/" + trick, "x").status >= 400);
  }
  // A form is no content, and its body isn't the next request.
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nGET /x\r\n--b--\r\n";
  const auto form = raw(s.serving->port(),
                        "PUT /api/v1/blobs/" + name +
                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: "
                            "multipart/form-data; boundary=b\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body,
                        false);
  INFO(form);
  CHECK(form.starts_with("HTTP/1.1 400"));
  CHECK(s.ask("GET", "/api/v1/blobs/" + hex(name_of(good))).body == good);
  CHECK(node::verify_blobs(s.office->store(), s.office.dir)->faults.empty());
}

TEST_CASE("api: only a node's own signed request, once, moves attachments between nodes",
          "[api][blobs][I5][I6]") {
  Scene s;
  auto& other = s.city.enrol(kOtherOffice, "另一社区");
  exchange(other, s.hub);
  const auto bytes = photo(20'000, 34);
  const auto hash = put_photo(s.office, bytes);
  put_finding(s.office, {hash});
  exchange(s.office, s.hub);
  s.serve(s.hub);
  REQUIRE(move_photos(s.office, *s.serving)->sent == 1);

  const auto request = [&](Node& by, Node& key) {
    sync::BlobRequest q;
    q.city = by->identity().city;
    q.certificate = by->identity().certificate;
    q.wishes = {hash};
    const auto say = [&] { return sync::pack(q.encode(), key->key(), crypto::kDomainBlobRequest); };
    // A first word brings the session.
    q.counter = 1'000'000;
    const auto answer = s.ask("POST", "/api/v1/sync/blobs", say());
    const auto response = sync::BlobResponse::decode(sync::unpack(answer.body)->body);
    REQUIRE(response);
    q.session = response->session;
    q.from = 0;
    return say();
  };
  const auto get = [&](const std::string& wire) {
    return s.ask("GET", "/api/v1/sync/blobs", {}, {{"Linli-Request", crypto::to_base64url(wire)}});
  };
  const auto own = request(s.office, s.office);
  CHECK(get(own).body == bytes);
  CHECK(code(get(own)) == "401 unauthorised");  // Played back.
  CHECK(code(get(request(other, other))) == "404 not_found");
  CHECK(code(get(request(s.office, other))) == "403 bad_signature");
  CHECK(code(get("nonsense")) == "400 malformed");
  CHECK(code(s.ask("GET", "/api/v1/sync/blobs")) == "400 malformed");
  auto bent = request(s.office, s.office);
  bent[bent.size() - 70] ^= 1;
  CHECK(get(bent).status >= 400);
}

}  // namespace linli::test
