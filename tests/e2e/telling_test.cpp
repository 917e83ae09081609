// What commands say: the API's own reason where a running node answers, Chinese first with English
// beside it, and nodes as the running hub knows them.
#include <sys/stat.h>

#include "tests/e2e/city.h"
#include "tests/e2e/locale.h"

namespace linli::e2e {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("commands carry a running node's reason in Chinese first and in English", "[e2e]") {
  City city({kCommunityA});
  const std::string absent(64, 'a');
  const auto got = [&] {
    return linli(city.scratch, {"blobs", "get", "--data", city.hub.data(), absent, "--out",
                                (city.scratch / "absent").string()});
  };
  for (const char* lang : {"zh_CN.UTF-8", "C.UTF-8", ""}) {
    const Locale locale(lang);
    const auto ran = got();
    CAPTURE(lang, ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.err, "linli: 没有找到"));
    CHECK(holds(ran.err, "not_found: this attachment isn't here"));
  }
  const Locale locale("en_US.UTF-8");
  const auto ran = got();
  CAPTURE(ran.err);
  CHECK(ran.err.rfind("linli: not_found: this attachment isn't here", 0) == 0);
}

TEST_CASE("nodes are listed as the running hub knows them with every path", "[e2e]") {
  City city({kCommunityA});
  const std::string second = "410700/410702/410702003/410702003999";
  const auto name = city.office(0).get("/api/v1/node")["name"].get<std::string>();
  must(city.scratch, {"nodes", "scopes", "--data", city.hub.data(), name, "--add", second});
  const auto told = city.hub.get("/api/v1/nodes")["items"];
  const auto listed = Json::parse(
      must(city.scratch, {"nodes", "list", "--data", city.hub.data(), "--json"}))["items"];
  REQUIRE(told.size() == listed.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    // Contacts go on meanwhile: never older than what the API said before.
    if (told[i]["last_contact"].is_string()) {
      CHECK(listed[i]["last_contact"].get<std::string>() >=
            told[i]["last_contact"].get<std::string>());
    }
  }
  CHECK(holds(must(city.scratch, {"nodes", "list", "--data", city.hub.data()}), second));
}

TEST_CASE("a key file that others may read is told by its mode and not by a role", "[e2e]") {
  const Scratch scratch;
  const auto data = (scratch / "hub").string();
  must(scratch, {"init", "--data", data, "--role", "hub", "--name", "示例局", "--scope", "410700"});
  const auto key = data + "/node.key";
  REQUIRE(::chmod(key.c_str(), 0644) == 0);
  for (const char* lang : {"zh_CN.UTF-8", "en_US.UTF-8"}) {
    const Locale locale(lang);
    const auto ran = linli(scratch, {"records", "put", "--data", data, "compound"});
    CAPTURE(lang, ran.err);
    CHECK(ran.code == 1);
    CHECK(
        holds(ran.err, "linli: forbidden: 保密文件他人可读（权限 0644），请执行 chmod 600 " + key));
    CHECK(holds(ran.err, "its mode is 0644 and must be 0600"));
    CHECK_FALSE(holds(ran.err, "权限的"));
  }
}

TEST_CASE("an https address where plain http answers is told as that at once", "[e2e]") {
  City city({});
  const auto invite = must(city.scratch, {"invite", "--data", city.hub.data(), "--role", "office",
                                          "--scope", kCommunityA, "--name", "示例社区"});
  const auto line = invite.substr(0, invite.find('\n'));
  auto url = city.hub.url();
  REQUIRE(url.rfind("http://", 0) == 0);
  url.replace(0, 4, "https");
  // A handshake is random: with an end of line in it or without.
  for (int i = 0; i < 8; ++i) {
    const auto data = (city.scratch / ("office-" + std::to_string(i))).string();
    const auto began = std::chrono::steady_clock::now();
    const auto ran = linli(city.scratch, {"join", "--data", data, line, "--hub", url});
    const auto took = std::chrono::steady_clock::now() - began;
    CAPTURE(ran.err);
    CHECK(ran.code == 1);
    CHECK(holds(ran.err, "linli: unreachable: 该地址不是 https：请核对地址和端口"));
    CHECK(holds(ran.err, url + " answers without TLS"));
    CHECK(took < std::chrono::seconds(10));
  }
}

}  // namespace linli::e2e
