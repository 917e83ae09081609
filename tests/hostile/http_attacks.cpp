// Requests that aren't HTTP, or more of it than is good; paths and headers that say more than they
// should; pages elsewhere that call a node through a browser.
#include <sys/socket.h>

#include "tests/hostile/raw.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

constexpr const char* kHost = "Host: 127.0.0.1\r\n";
constexpr const char* kUnit =
    R"({"code":"410766","level":"district","parent":"410700","name":"x","code_authority":"local",)"
    R"("valid_from":"2023-01-01"})";

/// Sends bytes as they are: what came back first.
Row raw(std::string name, std::string bytes, std::string refused, std::string logged = {}) {
  return {std::move(name),
          [bytes = std::move(bytes)](Scene& s) { return told(ask(s.port(), bytes)); },
          std::move(refused),
          std::move(logged),
          {}};
}

std::string get(const std::string& target, const std::string& headers = {}) {
  return "GET " + target + " HTTP/1.1\r\n" + kHost + headers + "\r\n";
}

/// A request of a page, or of a person, to the hub: at this machine, but for `headers`.
Row person(std::string name, std::string method, std::string path, std::string headers,
           std::string body, std::string refused) {
  auto request = method + " " + path + " HTTP/1.1\r\n" + headers;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return raw(std::move(name), request + "\r\n" + body, std::move(refused));
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

/// Two requests hidden in one, whichever length counts: what was answered, and whether a unit was
/// made.
std::string smuggle(Scene& s, const std::string& lengths,
                    const std::string& path = "/api/v1/enrol") {
  const std::string json = kUnit;
  const auto hidden =
      std::string("POST /api/v1/records/org_unit HTTP/1.1\r\n") + kHost +
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
      "\r\n\r\n" + json;
  auto head = "POST " + path + " HTTP/1.1\r\n" + kHost + lengths;
  const auto at = head.find("ALL");
  if (at != std::string::npos) head.replace(at, 3, std::to_string(hidden.size()));
  // Apart from its head, as a larger body would come; as soon as it is refused, if it is.
  Raw line(s.port());
  (void)line.send(head + "\r\n");
  auto said = line.until("\r\n\r\n", std::chrono::milliseconds(200));
  (void)line.send(hidden);
  ::shutdown(line.fd(), SHUT_WR);
  said += line.until("\x01never\x01");
  return told(said) +
         (said.find("HTTP/1.1 201") == std::string::npos ? "" : ", and the hidden one");
}

/// Many ranges of one file: how much comes back, in files.
std::string ranges(Scene& s) {
  const auto whole = ask(s.port(), get("/assets/linli.js", "Connection: close\r\n"));
  std::string all = "Range: bytes=0-";
  for (int i = 0; i < 2'000; ++i) all += ",0-";
  const auto said = ask(s.port(), get("/assets/linli.js", all + "\r\nConnection: close\r\n"));
  return said.size() < 2 * whole.size() + 1'000 ? "no more than the file" : "many times the file";
}

std::string pipeline(Scene& s) {
  std::string all;
  for (int i = 0; i < 1'000; ++i) all += get("/healthz");
  const auto said = ask(s.port(), all);
  return std::to_string(count(said, "HTTP/1.1 200")) + " answers";
}

/// Sends without an end, until the other side hangs up.
std::string endless(Scene& s, const std::string& begin, const std::string& piece,
                    std::size_t most) {
  const auto before = s.memory_mb();
  Raw line(s.port());
  bool open = line.send(begin);
  std::size_t sent = begin.size();
  while (open && sent < most) {
    open = line.send(piece);
    sent += piece.size();
  }
  const auto grown = s.memory_mb() - before;
  return std::string(open ? "taken" : "hung up on") + (grown > 16 ? ", in memory" : "");
}

std::string injected_header(Scene& s) {
  const auto said = ask(s.port(), get("/api/v1/records/x%0d%0aSet-Cookie:%20a=b/y%0d%0a%0d%0aboo",
                                      "Connection: close\r\n"));
  const auto head = said.substr(0, said.find("\r\n\r\n"));
  return told(said) + (head.find("Set-Cookie") == std::string::npos ? "" : ", and a header more");
}

std::string reflected(Scene& s) {
  const auto said = ask(s.port(), get("/<script>alert(1)</script>", "Connection: close\r\n"));
  const auto head = said.substr(0, said.find("\r\n\r\n"));
  return told(said) + (head.find("Content-Type: application/problem+json") != std::string::npos
                           ? ", as JSON"
                           : ", as a page");
}

}  // namespace

std::vector<Row> http_attacks() {
  const std::string far = std::string(kHost) + "X-Forwarded-For: 10.9.8.7\r\n";
  const std::string json = "Content-Type: application/json\r\n";
  const std::string host = kHost;
  return {
      raw("a TLS handshake where http is spoken",
          std::string("\x16\x03\x01\x02\0\x01\0", 7) + " hello?\r\n\r\n", "400"),
      raw("HTTP/0.9", "GET /\r\n\r\n", "400 bad_usage"),
      raw("HTTP/9.9", "GET /healthz HTTP/9.9\r\n\r\n", "400 bad_usage"),
      raw("methods that nobody needs",
          "TRACE /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
          "400 bad_usage"),
      raw("CONNECT elsewhere", "CONNECT example.com:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
          "400 bad_usage"),
      raw("a path of 9,000 characters", get("/" + std::string(9'000, 'a')), "400 bad_usage"),
      {"a form to a path of 9,000 characters, whose content is a request of its own",
       [](Scene& s) {
         return smuggle(s, "Content-Length: ALL\r\n", "/" + std::string(9'000, 'a'));
       },
       "400 bad_usage"},
      {"a form with a header of 9,000 characters, whose content is a request of its own",
       [](Scene& s) {
         return smuggle(s, "X: " + std::string(9'000, 'a') + "\r\nContent-Length: ALL\r\n");
       },
       "400 bad_usage"},
      raw("a path of 8,000 characters to a route that looks at it",
          "POST /" + std::string(8'000, 'a') + " HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n",
          "404 not_found"),
      raw("a header of 9,000 characters", get("/healthz", "X: " + std::string(9'000, 'a') + "\r\n"),
          "400 bad_usage"),
      raw("a header without a colon", get("/healthz", "X\r\n"), "200"),
      {"a header without an end",
       [](Scene& s) {
         return endless(s, "GET /healthz HTTP/1.1\r\nX: ", std::string(1 << 20, 'a'), 100 << 20);
       },
       "hung up on"},
      {"headers without an end",
       [](Scene& s) {
         std::string piece;
         for (int i = 0; i < 10'000; ++i)
           piece += "X-" + std::to_string(i) + ": " + std::string(80, 'a') + "\r\n";
         return endless(s, "GET /healthz HTTP/1.1\r\n", piece, 100 << 20);
       },
       "hung up on"},
      {"a request line without an end",
       [](Scene& s) { return endless(s, "GET /", std::string(1 << 20, 'a'), 100 << 20); },
       "hung up on"},
      raw("a body of 2^60 bytes",
          "POST /api/v1/sync HTTP/1.1\r\n" + host + "Content-Length: 1152921504606846976\r\n\r\nx",
          "413 too_large"),
      raw("a length that is no number",
          "POST /api/v1/sync HTTP/1.1\r\n" + host + "Content-Length: many\r\n\r\n",
          "400 malformed"),
      raw("a length below zero",
          "POST /api/v1/sync HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\nx", "413 too_large"),
      {"a range that is none, and a request hidden in the body",
       [](Scene& s) { return smuggle(s, "Range: bytes=x\r\nContent-Length: ALL\r\n"); },
       "400 bad_usage"},
      {"two lengths, and a request hidden behind the shorter one",
       [](Scene& s) { return smuggle(s, "Content-Length: 0\r\nContent-Length: ALL\r\n"); },
       "400 malformed"},
      {"a length and chunks, and a request hidden between",
       [](Scene& s) { return smuggle(s, "Content-Length: ALL\r\nTransfer-Encoding: chunked\r\n"); },
       "400 bad_usage"},
      {"a coding that only looks like chunked",
       [](Scene& s) { return smuggle(s, "Transfer-Encoding: xchunked\r\n"); }, "400 bad_usage"},
      raw("a chunk of 2^64 - 1 bytes",
          "POST /api/v1/sync HTTP/1.1\r\n" + host +
              "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
          "400 bad_usage"),
      person("a form in the place of a sync request", "POST", "/api/v1/sync",
             host + "Content-Type: multipart/form-data; boundary=x\r\n",
             "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n",
             "400 malformed"),
      {"a thousand requests in one breath", pipeline, "1000 answers"},
      {"2,000 ranges of one file", ranges, "no more than the file"},
      {"a line break in the path", injected_header, "404 not_found"},
      {"markup in the path", reflected, "404 not_found, as JSON"},
      raw("out of the pages' folder", get("/assets/../../etc/passwd"), "404 not_found"),
      raw("out of it, percent-coded", get("/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
          "404 not_found"),
      raw("a NUL in the path", get("/assets/linli.js%00.html"), "404 not_found"),
      raw("out of the history's tiles", get("/tile/entries/../../linli.db"), "404 not_found"),
      raw("a tile's number beyond everything", get("/tile/0/x999/x999/x999/x999/x999/999"),
          "404 not_found"),
      person("a page elsewhere writes (Origin)", "POST", "/api/v1/records/org_unit",
             host + json + "Origin: http://evil.example\r\n", kUnit, "403 forbidden"),
      person("a page elsewhere writes (a form, sandboxed: Origin null)", "POST",
             "/api/v1/records/org_unit", host + "Content-Type: text/plain\r\nOrigin: null\r\n",
             kUnit, "403 forbidden"),
      person("a page elsewhere writes (Sec-Fetch-Site)", "POST", "/api/v1/records/org_unit",
             host + json + "Sec-Fetch-Site: cross-site\r\n", kUnit, "403 forbidden"),
      person("an old browser's form, which says neither", "POST", "/api/v1/records/org_unit",
             host + "Content-Type: text/plain\r\n", kUnit, "400 bad_usage"),
      person("a name that was made to lead here (DNS rebinding)", "GET", "/api/v1/records/org_unit",
             "Host: evil.example\r\n", "", "403 forbidden"),
      person("a name that looks like this machine", "GET", "/api/v1/records/org_unit",
             "Host: 127.0.0.1.evil.example\r\n", "", "403 forbidden"),
      person("from another machine, before anybody has an account", "GET",
             "/api/v1/records/org_unit", far, "", "403 forbidden"),
      person("from another machine, pretending to be this one", "GET", "/api/v1/records/org_unit",
             host + "X-Forwarded-For: 127.0.0.1\r\n", "", "403 forbidden"),
      person("an invite for itself, from another machine", "POST", "/api/v1/invites", far + json,
             R"({"role":"office","scope":"410700","name":"x"})", "403 forbidden"),
      person("revokes the office, from another machine", "POST",
             "/api/v1/nodes/00112233445566778899aabbccddeeff/revoke", far + json,
             R"({"reason":"x"})", "403 forbidden"),
      person("the first account, from another machine, without the code", "POST", "/api/v1/setup",
             far + json + "X-Forwarded-Proto: https\r\n",
             R"({"name":"m","role":"bureau","password":"correct horse 1"})", "401 unauthorised"),
      person("JSON in JSON, 100,000 deep", "POST", "/api/v1/records/org_unit", host + json,
             std::string(100'000, '['), "400 bad_input"),
      person("JSON that isn't UTF-8", "POST", "/api/v1/records/org_unit", host + json,
             "{\"code\":\"\xff\xfe\"}", "400 bad_utf8"),
      person("a number beyond all numbers", "POST", "/api/v1/records/org_unit", host + json,
             R"({"code":1e999999,"valid_from":99999999999999999999999999})", "400 bad_input"),
  };
}

}  // namespace linli::hostile
