// tests/api/people.h: an office that serves, and people who call it over real sockets.
#pragma once

#include "node/accounts.h"
#include "node/audit.h"
#include "tests/support/city.h"

namespace linli::test {

inline constexpr const char* kPassword = "correct horse 电池";
inline constexpr const char* kStaff =
    R"({"company":"91350100M000100Y43","staff_no":"A001","name":"张三","role":"cleaner",
        "phone":"13800000000","from_on":"2025-01-01"})";

/// One person's browser.
struct Browser {
  using Headers = std::map<std::string, std::string>;
  node::HttpClient client;
  std::string cookie, csrf;
  Headers always;  ///< What a proxy or a page elsewhere adds.

  explicit Browser(const std::string& url, Headers extra = {})
      : client(url), always(std::move(extra)) {}

  node::HttpAnswer ask(const std::string& method, const std::string& path,
                       const std::string& body = {}, const Headers& more = {}) {
    auto headers = always;
    if (!cookie.empty()) headers["Cookie"] = cookie;
    if (!csrf.empty() && method != "GET") headers["X-Linli-Csrf"] = csrf;
    for (const auto& [name, value] : more) headers[name] = value;
    auto answer = client.send(method, path, body, body.empty() ? "" : "application/json", headers);
    INFO(method << " " << path);
    if (!answer) FAIL(describe(answer.error()));
    if (const auto set = answer->headers.find("set-cookie"); set != answer->headers.end()) {
      cookie = set->second.substr(0, set->second.find(';'));
    }
    if (const auto json = Json::parse(answer->body, nullptr, false);
        json.is_object() && json.contains("csrf") && json["csrf"].is_string()) {
      csrf = json["csrf"].get<std::string>();
    }
    return *answer;
  }
  node::HttpAnswer log_in(const std::string& name, const std::string& password = kPassword) {
    return ask("POST", "/api/v1/session", Json{{"name", name}, {"password", password}}.dump());
  }
};

/// "200", or "403 forbidden" from the problem document.
inline std::string said(const node::HttpAnswer& answer) {
  const auto json = Json::parse(answer.body, nullptr, false);
  const auto code = json.is_object() ? json.value("code", "") : "";
  return std::to_string(answer.status) + (code.empty() ? "" : " " + code);
}

/// An office with a compound and somebody's personal data, serving.
struct Office {
  City city;
  Node& node = city.enrol(kOffice, "示例社区");
  Outcome staff;
  std::unique_ptr<Serving> serving;

  Office() {
    exchange(node, city.hub());
    put(node, "compound", compound("410702003901001"));
    staff = put(node, "staff", kStaff);
    serving = std::make_unique<Serving>(node);
  }
  [[nodiscard]] std::string url() const { return serving->url(); }
  /// As the command line has it: beside the running node.
  [[nodiscard]] std::unique_ptr<node::Accounts> people() const {
    auto people = node::Accounts::open(node::DataDir(node.dir));
    if (!people) FAIL(describe(people.error()));
    return std::move(*people);
  }
  node::Account add(const std::string& name, const std::string& role, bool admin = false) const {
    auto made = people()->add({name, role, kPassword, admin}, city.time);
    if (!made) FAIL(describe(made.error()));
    return *made;
  }
  [[nodiscard]] Browser browser() const { return Browser(url()); }
  /// Somebody at another machine, behind the TLS proxy of this one.
  [[nodiscard]] Browser far() const {
    return Browser(url(), {{"X-Forwarded-For", "10.1.2.3"}, {"X-Forwarded-Proto", "https"}});
  }
  void pass(sync::Micros time) { city.time += time; }
};

}  // namespace linli::test
