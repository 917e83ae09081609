// People's sessions at an office: guessed, planted, stolen, borrowed by pages elsewhere.
#include <algorithm>
#include <fstream>

#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

constexpr const char* kPassword = "correct horse 电池";
constexpr const char* kBuilding = R"({"compound":"410702003901101","building_no":"7"})";
constexpr const char* kBuildings = "/api/v1/records/building";

/// One person's browser, at this machine or (`address`) behind the TLS proxy of it.
struct Browser {
  node::HttpClient client;
  std::string cookie, csrf, address;

  explicit Browser(Scene& s, std::string from = {})
      : client(s.target().url()), address(std::move(from)) {}

  node::HttpAnswer send(const std::string& method, const std::string& path,
                        const std::string& body = {},
                        std::map<std::string, std::string> headers = {}) {
    if (!address.empty()) {
      headers["X-Forwarded-For"] = address;
      headers["X-Forwarded-Proto"] = "https";
    }
    if (!cookie.empty()) headers.emplace("Cookie", cookie);
    if (!csrf.empty()) headers.emplace("X-Linli-Csrf", csrf);
    auto said = client.send(method, path, body, body.empty() ? "" : "application/json", headers);
    if (!said) return {};
    if (const auto set = said->headers.find("set-cookie"); set != said->headers.end()) {
      cookie = set->second.substr(0, set->second.find(';'));
    }
    const auto json = Json::parse(said->body, nullptr, false);
    if (json.is_object() && json.contains("csrf") && json["csrf"].is_string()) {
      csrf = json["csrf"].get<std::string>();
    }
    return std::move(*said);
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {},
                  std::map<std::string, std::string> headers = {}) {
    const auto said = send(method, path, body, std::move(headers));
    const auto json = Json::parse(said.body, nullptr, false);
    const auto code = json.is_object() ? json.value("code", "") : "";
    return std::to_string(said.status) + (code.empty() ? "" : " " + code);
  }
  std::string log_in(const std::string& name, const std::string& password = kPassword) {
    return ask("POST", "/api/v1/session", Json{{"name", name}, {"password", password}}.dump());
  }
};

void add_account(Scene& s, const std::string& name, const std::string& role) {
  const auto file = s.city.scratch / "password";
  std::ofstream(file) << kPassword << "\n";
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  e2e::must(s.city.scratch, {"accounts", "add", name, "--role", role, "--password-file",
                             file.string(), "--data", s.target().data()});
}

/// Wrong passwords, one after the other, until something else is said.
std::string guess(Browser& browser, const std::function<std::string(int)>& name, int most) {
  for (int i = 0; i < most; ++i) {
    const auto said = browser.log_in(name(i), "guess number " + std::to_string(i));
    if (said != "401 unauthorised") return said + " after " + std::to_string(i);
  }
  return "never";
}

/// How long a refusal takes, the middle of some.
std::int64_t refusal_ms(Browser& browser, const std::string& name, std::string& body) {
  std::vector<std::int64_t> took;
  for (int i = 0; i < 3; ++i) {
    const auto began = std::chrono::steady_clock::now();
    body = browser
               .send("POST", "/api/v1/session",
                     Json{{"name", name}, {"password", "wrong " + std::to_string(i)}}.dump())
               .body;
    took.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::steady_clock::now() - began)
                       .count());
  }
  std::sort(took.begin(), took.end());
  return took[1];
}

std::string enumerate(Scene& s) {
  Browser browser(s, "10.0.0.7");
  std::string known, unknown;
  const auto a = refusal_ms(browser, "张三", known), b = refusal_ms(browser, "没有这个人", unknown);
  if (known != unknown) return "told apart by what is said";
  // Hashing takes a hundred milliseconds: were it left out for one of them, it would be a tenth.
  if (std::max(a, b) > 3 * std::min(a, b) + 50) {
    return "told apart by time: " + std::to_string(a) + " and " + std::to_string(b) + " ms";
  }
  return "alike";
}

std::string fixed(Scene& s) {
  Browser attacker(s), victim(s);
  (void)attacker.log_in("李四");
  const auto planted =
      attacker.cookie.substr(0, attacker.cookie.find('=') + 1) + std::string(43, 'A');
  victim.cookie = planted;
  if (victim.log_in("李四") != "200") return "the victim isn't let in";
  if (victim.cookie == planted) return "the planted token is the victim's session";
  attacker.cookie = planted;
  return attacker.ask("GET", "/api/v1/node");
}

std::string doubled(Scene& s) {
  Browser victim(s);
  (void)victim.log_in("李四");
  const auto name = victim.cookie.substr(0, victim.cookie.find('=') + 1);
  victim.cookie = name + std::string(43, 'A') + "; " + victim.cookie;
  return victim.ask("GET", "/api/v1/node");
}

std::string after(Scene& s, const std::function<void(Browser&)>& ending) {
  Browser owner(s), thief(s);
  (void)owner.log_in("李四");
  thief.cookie = owner.cookie;
  const auto before = thief.ask("GET", "/api/v1/node");
  ending(owner);
  return before + ", then " + thief.ask("GET", "/api/v1/node");
}

/// A page elsewhere makes the browser send its cookie along.
std::string forge(Scene& s, std::map<std::string, std::string> headers, bool token = false) {
  Browser victim(s);
  (void)victim.log_in("李四");
  if (!token) victim.csrf.clear();
  return victim.ask("POST", kBuildings, kBuilding, std::move(headers));
}

std::string as(Scene& s, const std::string& name, const std::string& method,
               const std::string& path, const std::string& body = {}) {
  Browser browser(s);
  (void)browser.log_in(name);
  return browser.ask(method, path, body);
}

std::string flood_of_logins(Scene& s) {
  std::atomic<int> turned_away{0}, broken{0};
  std::vector<std::thread> all;
  for (int i = 0; i < 40; ++i) {
    all.emplace_back([&, i] {
      Browser browser(s, "10.1." + std::to_string(i) + ".1");
      const auto said = browser.log_in("谁" + std::to_string(i), "x");
      turned_away += said == "429 slow_down";
      broken += said != "429 slow_down" && said != "401 unauthorised";
    });
  }
  for (auto& one : all) one.join();
  if (broken > 0) return "broken";
  return turned_away > 0 ? "turned away in part" : "all hashed at once";
}

}  // namespace

std::vector<Row> session_attacks() {
  return {
      {"calls without a session, now that there are accounts",
       [](Scene& s) {
         add_account(s, "王五", "office");  // The first one administers.
         add_account(s, "李四", "office");
         add_account(s, "张三", "office");
         add_account(s, "审计员", "auditor");
         return Browser(s).ask("GET", "/api/v1/node");
       },
       "401 unauthorised"},
      {"finds out by the answer or its time who has an account", enumerate, "alike"},
      {"guesses one name's password",
       [](Scene& s) {
         Browser browser(s, "10.0.0.8");
         return guess(
             browser, [](int) { return "王五"; }, 20);
       },
       "429 slow_down after 6"},
      {"goes on guessing from elsewhere",
       [](Scene& s) { return Browser(s, "10.0.0.9").log_in("王五", "another guess"); },
       "429 slow_down"},
      {"guesses the password of a name that nobody has",
       [](Scene& s) {
         Browser browser(s, "10.0.0.10");
         return guess(
             browser, [](int) { return "幽灵"; }, 20);
       },
       "429 slow_down after 6"},
      {"guesses from one address over many names",
       [](Scene& s) {
         Browser browser(s, "10.0.0.11");
         return guess(
             browser, [](int i) { return "人" + std::to_string(i); }, 60);
       },
       "429 slow_down after 31"},
      {"forty logins at once", flood_of_logins, "turned away in part"},
      {"SQL for a name",
       [](Scene& s) { return Browser(s, "10.0.0.12").log_in("' OR 1=1 --", "x' OR '1'='1"); },
       "401 unauthorised"},
      {"a password over a line that anybody may read",
       [](Scene& s) {
         return Browser(s).ask("POST", "/api/v1/session",
                               Json{{"name", "李四"}, {"password", kPassword}}.dump(),
                               {{"X-Forwarded-For", "10.0.0.13"}});
       },
       "403 forbidden"},
      {"plants a session before the victim logs in (fixation)", fixed, "401 unauthorised"},
      {"plants a second cookie beside the victim's", doubled, "401 unauthorised"},
      {"a token of its own making",
       [](Scene& s) {
         Browser browser(s);
         (void)browser.log_in("李四");
         browser.cookie = browser.cookie.substr(0, browser.cookie.find('=') + 1) +
                          crypto::to_base64url(crypto::random<Hash>().view());
         return browser.ask("GET", "/api/v1/node");
       },
       "401 unauthorised"},
      {"a cookie of 7,000 characters",
       [](Scene& s) {
         Browser browser(s);
         browser.cookie = "linli_000000000000=" + std::string(7'000, 'A');
         return browser.ask("GET", "/api/v1/node");
       },
       "401 unauthorised"},
      {"a stolen cookie after its owner logged out",
       [](Scene& s) {
         return after(s, [](Browser& owner) { (void)owner.ask("DELETE", "/api/v1/session"); });
       },
       "200, then 401 unauthorised"},
      {"a stolen cookie after its owner changed the password",
       [](Scene& s) {
         const auto change = [](Browser& browser, const char* from, const char* to) {
           (void)browser.ask("POST", "/api/v1/session/password",
                             Json{{"old", from}, {"new", to}}.dump());
         };
         const char* const other = "another horse 3";
         const auto got = after(s, [&](Browser& owner) { change(owner, kPassword, other); });
         Browser again(s);  // The others log in as before.
         (void)again.log_in("李四", other);
         change(again, other, kPassword);
         return got;
       },
       "200, then 401 unauthorised"},
      {"CSRF: the cookie alone", [](Scene& s) { return forge(s, {}); }, "403 forbidden"},
      {"CSRF: with a token of another session",
       [](Scene& s) {
         Browser other(s);
         (void)other.log_in("张三");
         return forge(s, {{"X-Linli-Csrf", other.csrf}});
       },
       "403 forbidden"},
      {"CSRF: the right token, from a page elsewhere",
       [](Scene& s) {
         return forge(s, {{"Origin", "https://evil.example"}}, true);
       },
       "403 forbidden"},
      {"CSRF: logs the victim in as somebody else",
       [](Scene& s) {
         return Browser(s).ask("POST", "/api/v1/session",
                               Json{{"name", "张三"}, {"password", kPassword}}.dump(),
                               {{"Origin", "https://evil.example"}});
       },
       "403 forbidden"},
      {"an auditor writes", [](Scene& s) { return as(s, "审计员", "POST", kBuildings, kBuilding); },
       "403 forbidden"},
      {"a clerk makes an account",
       [](Scene& s) {
         return as(s, "李四", "POST", "/api/v1/accounts",
                   R"({"name":"x","role":"office","password":"correct horse 2","admin":true})");
       },
       "403 forbidden"},
      {"a clerk invites a node",
       [](Scene& s) {
         return as(s, "李四", "POST", "/api/v1/invites",
                   R"({"role":"device","scope":"410700/410703","name":"x"})");
       },
       "403 forbidden"},
      {"a clerk reads the audit log",
       [](Scene& s) { return as(s, "李四", "GET", "/api/v1/audit"); }, "403 forbidden"},
      {"the first account once more",
       [](Scene& s) {
         return Browser(s).ask("POST", "/api/v1/setup",
                               R"({"name":"x","role":"office","password":"correct horse 2"})");
       },
       "403 forbidden"},
      {"a console token of its own making",
       [](Scene& s) {
         return Browser(s).ask(
             "GET", "/api/v1/node", {},
             {{"Authorization", "Bearer " + crypto::to_base64url(crypto::random<Hash>().view())}});
       },
       "401 unauthorised"},
  };
}

TEST_CASE("sessions: guessing and borrowing get nobody in", "[hostile][sessions]") {
  Scene::Plan plan;
  plan.target = "other";
  Scene scene(std::move(plan));
  scene.hold(session_attacks());
  scene.end();
}

}  // namespace linli::hostile
