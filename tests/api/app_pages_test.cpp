// The pages that npm builds, as they come over the line: packed as their reader wants them, and
// with a policy that lets nothing inline through but what stands in the page itself.
#include "api/codings.h"
#include "tests/api/serving_scene.h"
#include "tests/api/wire.h"

namespace linli::test {
namespace {

std::string accepting(const char* codings) {
  return std::string("Accept-Encoding: ") + codings + "\r\n";
}

}  // namespace

TEST_CASE("pages: come as Brotli or gzip where that is wanted and plain otherwise", "[api]") {
  ServingScene s;
  const auto* path = GENERATE("/phone", "/public", "/office", "/bureau", "/phone-worker.js");
  INFO(path);
  const auto get = [&](const std::string& head) {
    return over_the_wire(s.serving->port(), "GET", path, head);
  };
  const auto plain = get({});
  REQUIRE(plain.status() == 200);
  CHECK(plain.header("Content-Encoding").empty());
  const auto gzip = get(accepting("gzip"));
  CHECK(gzip.header("Content-Encoding") == "gzip");
  CHECK(api::decoded("gzip", gzip.body, 1 << 20).value_or("") == plain.body);
  const auto brotli = get(accepting("gzip, deflate, br, zstd"));
  CHECK(brotli.header("Content-Encoding") == "br");
  CHECK(brotli.body.size() < gzip.body.size());
  CHECK(get(accepting("gzip, br;q=0.5")).header("Content-Encoding") == "gzip");
  CHECK(get(accepting("br;q=0")).header("Content-Encoding").empty());

  // Each form has its tag: what was kept in one is never taken for another.
  for (const auto& form : {plain, gzip, brotli}) {
    const auto tag = form.header("ETag");
    const auto coding = form.header("Content-Encoding");
    const auto again =
        get("If-None-Match: " + tag + "\r\n" + (coding.empty() ? "" : accepting(coding.c_str())));
    CHECK(again.status() == 304);
    CHECK(again.header("Vary") == "Accept-Encoding");
  }
  CHECK(get("If-None-Match: " + gzip.header("ETag") + "\r\n" + accepting("br")).status() == 200);
}

TEST_CASE("pages: only what stands in a page itself is let through inline", "[api]") {
  ServingScene s;
  const auto policy = [&](const char* path) {
    return over_the_wire(s.serving->port(), "GET", path).header("Content-Security-Policy");
  };
  for (const auto* path : {"/phone", "/public"}) {
    INFO(policy(path));
    CHECK(policy(path).find("script-src 'self'") != std::string::npos);
    CHECK(policy(path).find("style-src 'self' 'sha256-") != std::string::npos);
  }
  CHECK(policy("/phone").find("script-src 'self' 'sha256-") != std::string::npos);
  for (const auto* path : {"/phone", "/public", "/office", "/bureau", "/phone-worker.js"}) {
    INFO(policy(path));
    CHECK(policy(path).starts_with("default-src 'self'"));
    CHECK(policy(path).find("unsafe") == std::string::npos);
  }
  CHECK(policy("/office").find("sha256") == std::string::npos);
}

}  // namespace linli::test
