// tests/api/serving_scene.h: an office that serves, and a client of it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/support/city.h"

namespace linli::test {

inline constexpr const char* kCode = "410702003901001";
inline constexpr const char* kBatch = "/api/v1/batch?type=building";

using Headers = std::map<std::string, std::string>;

/// An office that has met its hub, serving; and a client of it.
struct ServingScene {
  City city;
  Node& office = city.enrol(kOffice, "示例社区");
  std::unique_ptr<Serving> serving;
  std::unique_ptr<node::HttpClient> client;

  ServingScene() {
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
inline std::string problem(const node::HttpAnswer& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.headers.at("content-type") == "application/problem+json");
  const auto json = Json::parse(answer.body);
  CHECK(json["status"] == answer.status);
  CHECK(json["type"] == "urn:linli:error:" + json["code"].get<std::string>());
  CHECK_FALSE(json["title"].get<std::string>().empty());
  CHECK(json.contains("detail"));
  return std::to_string(answer.status) + " " + json["code"].get<std::string>();
}

inline std::string building(const std::string& no, const std::string& more = {}) {
  return R"({"compound":"410702003901001","building_no":")" + no + "\"" + more + "}";
}

}  // namespace linli::test
