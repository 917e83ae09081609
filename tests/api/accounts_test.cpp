// Accounts over real sockets: who is let in, who is shut out, and what a browser can't be tricked
// into.
#include <algorithm>

#include "tests/api/people.h"

namespace linli::test {
namespace {

constexpr const char* kBuilding = R"({"compound":"410702003901001","building_no":"7"})";
constexpr const char* kBuildings = "/api/v1/records/building";

std::size_t buildings(Office& office) {
  return rows(office.node, "SELECT _rec FROM r_building").empty() ? 0 : 1;
}

}  // namespace

TEST_CASE("accounts: each has Idempotency-Keys of its own", "[api][accounts]") {
  Office office;
  office.add("王五", "office", true);
  office.add("赵六", "office");
  std::vector<std::string> ids;
  for (const auto* name : {"王五", "赵六", "王五"}) {
    auto browser = office.browser();
    REQUIRE(said(browser.log_in(name)) == "200");
    const auto made = browser.ask("POST", "/api/v1/records/joint_meeting",
                                  R"({"kind":"compound_joint","compound":"410702003901001",
        "planned_at":"2026-02-08T19:00","place":"礼堂","chair":"己","convener":"party_branch","topic":"停车",
        "agenda":["停车"],"status":"planned"})",
                                  {{"Idempotency-Key", "1"}});
    INFO(made.body);
    REQUIRE(made.status == 201);
    ids.push_back(Json::parse(made.body)["id"].get<std::string>());
  }
  CHECK(ids[0] == ids[2]);
  CHECK(ids[0] != ids[1]);
}

TEST_CASE("accounts: this machine only before the first one, a session is needed after",
          "[api][accounts]") {
  Office office;
  auto here = office.browser();
  auto far = office.far();
  CHECK(said(here.ask("GET", "/api/v1/node")) == "200");
  CHECK(said(here.ask("POST", kBuildings, kBuilding)) == "201");
  CHECK(said(far.ask("GET", "/api/v1/node")) == "403 forbidden");
  CHECK(said(far.ask("GET", "/")) == "403 forbidden");

  office.add("王五", "office", true);
  CHECK(said(here.ask("GET", "/api/v1/node")) == "401 unauthorised");
  CHECK(said(here.ask("POST", kBuildings, kBuilding)) == "401 unauthorised");
  CHECK(said(far.ask("GET", "/api/v1/node")) == "401 unauthorised");
  const auto page = here.ask("GET", "/");
  CHECK(page.status == 302);
  CHECK(page.headers.at("location") == "/login");
  CHECK(said(here.ask("GET", "/login")) == "200");
  CHECK(said(here.ask("GET", "/assets/login.js")) == "200");
  CHECK(said(here.ask("GET", "/healthz")) == "200");
  // Nodes prove themselves otherwise.
  CHECK(said(here.ask("POST", "/api/v1/sync", "{}")) != "401 unauthorised");

  REQUIRE(said(here.log_in("王五")) == "200");
  CHECK(said(here.ask("GET", "/api/v1/node")) == "200");
  CHECK(said(here.ask("GET", "/")) == "200");
  REQUIRE(said(far.log_in("王五")) == "200");
  CHECK(said(far.ask("GET", "/api/v1/node")) == "200");
}

TEST_CASE("accounts: a command that may read the data folder needs none", "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  const auto bearer = [&](const std::string& token, Browser browser) {
    return said(browser.ask("GET", "/api/v1/node", {}, {{"Authorization", "Bearer " + token}}));
  };
  CHECK(bearer(office.serving->console_token(), office.browser()) == "200");
  CHECK(bearer("wrong", office.browser()) == "401 unauthorised");
  CHECK(bearer("", office.browser()) == "401 unauthorised");
  // Not from other machines: the folder is here.
  CHECK(bearer(office.serving->console_token(), office.far()) == "401 unauthorised");
}

TEST_CASE("accounts: the first is made at this machine or with the set-up code, once",
          "[api][accounts]") {
  Office office;
  auto far = office.far();
  const auto ask = [](const std::string& name, const std::string& code) {
    return Json{{"name", name}, {"role", "office"}, {"password", kPassword}, {"code", code}}.dump();
  };
  CHECK(said(far.ask("POST", "/api/v1/setup", ask("外人", ""))) == "401 unauthorised");
  CHECK(said(far.ask("POST", "/api/v1/setup", ask("外人", "AAAA-BBBB-CCCC"))) ==
        "401 unauthorised");
  auto plain = Browser(office.url(), {{"X-Forwarded-For", "10.1.2.3"}});
  CHECK(said(plain.ask("POST", "/api/v1/setup", ask("外人", office.serving->set_up_code()))) ==
        "403 forbidden");
  CHECK(office.people()->list().empty());
  const auto code = office.serving->set_up_code();
  const auto made = far.ask("POST", "/api/v1/setup", ask("李四", code));
  REQUIRE(said(made) == "201");
  CHECK(Json::parse(made.body)["account"]["admin"] == true);
  CHECK(said(far.ask("GET", "/api/v1/accounts")) == "200");

  auto again = office.browser();
  CHECK(said(again.ask("POST", "/api/v1/setup", ask("另一人", code))) == "403 forbidden");
  CHECK(office.people()->list().size() == 1);
  CHECK(office.serving->set_up_code().empty());

  SECTION("guesses of the code end its life") {
    Office other;
    auto guesser = other.far();
    for (int i = 0; i < 20; ++i) guesser.ask("POST", "/api/v1/setup", ask("外人", "AAAA"));
    CHECK(said(guesser.ask("POST", "/api/v1/setup", ask("外人", other.serving->set_up_code()))) ==
          "401 unauthorised");
  }
}

TEST_CASE("accounts: the cookie is HttpOnly and SameSite=Strict, Secure where the line is TLS",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto here = office.browser();
  const auto cookie = here.log_in("王五").headers.at("set-cookie");
  INFO(cookie);
  CHECK(cookie.find("; Path=/;") != std::string::npos);
  CHECK(cookie.find("; HttpOnly") != std::string::npos);
  CHECK(cookie.find("; SameSite=Strict") != std::string::npos);
  CHECK(cookie.find("Secure") == std::string::npos);
  CHECK(cookie.find("Domain") == std::string::npos);
  CHECK(cookie.size() > 43);  // 32 bytes of chance, in base64url.
  auto far = office.far();
  CHECK(far.log_in("王五").headers.at("set-cookie").find("; Secure") != std::string::npos);
  // Over a line that anybody may read, nobody logs in.
  Browser plain(office.url(), {{"X-Forwarded-For", "10.1.2.3"}});
  const auto refused = plain.log_in("王五");
  CHECK(said(refused) == "403 forbidden");
  CHECK(refused.headers.count("set-cookie") == 0);
  // Its file holds no token that would do.
  const auto token = cookie.substr(cookie.find('=') + 1, 43);
  CHECK_FALSE(files_hold(office.node, token));
  CHECK_FALSE(files_hold(office.node, kPassword));
}

TEST_CASE("accounts: session fixation: a token from outside never becomes a session",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  const auto name = browser.cookie.substr(0, browser.cookie.find('='));
  const auto planted = name + "=" + std::string(43, 'A');

  auto victim = office.browser();
  victim.cookie = planted;
  REQUIRE(said(victim.log_in("王五")) == "200");
  CHECK(victim.cookie != planted);
  auto attacker = office.browser();
  attacker.cookie = planted;
  CHECK(said(attacker.ask("GET", "/api/v1/node")) == "401 unauthorised");
  // Two cookies of our name: one of them was put there by somebody else, so none counts.
  attacker.cookie = planted + "; " + victim.cookie;
  CHECK(said(attacker.ask("GET", "/api/v1/node")) == "401 unauthorised");

  const auto before = victim.cookie;
  REQUIRE(said(victim.log_in("王五")) == "200");
  CHECK(victim.cookie != before);
  attacker.cookie = before;  // The session that this browser had ended with the new login.
  CHECK(said(attacker.ask("GET", "/api/v1/node")) == "401 unauthorised");
  const auto last = victim.cookie;
  CHECK(said(victim.ask("DELETE", "/api/v1/session")) == "204");
  attacker.cookie = last;
  CHECK(said(attacker.ask("GET", "/api/v1/node")) == "401 unauthorised");
}

TEST_CASE("accounts: CSRF: a cookie alone changes nothing", "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  const auto good = browser.csrf;
  for (const auto& csrf : {std::string("wrong"), good.substr(1), std::string("x")}) {
    browser.csrf = csrf;
    CHECK(said(browser.ask("POST", kBuildings, kBuilding)) == "403 forbidden");
  }
  browser.csrf.clear();
  CHECK(said(browser.ask("POST", kBuildings, kBuilding)) == "403 forbidden");
  CHECK(said(browser.ask("DELETE", "/api/v1/session")) == "403 forbidden");
  browser.csrf = good;
  const Browser::Headers elsewhere[] = {{{"Origin", "http://evil.example"}},
                                        {{"Origin", "null"}},
                                        {{"Sec-Fetch-Site", "cross-site"}},
                                        {{"Sec-Fetch-Site", "same-site"}},
                                        {{"Host", "evil.example"}}};
  for (const auto& headers : elsewhere) {
    INFO(headers.begin()->first << ": " << headers.begin()->second);
    CHECK(said(browser.ask("POST", kBuildings, kBuilding, headers)) == "403 forbidden");
  }
  // Another session's proof isn't this one's.
  auto other = office.browser();
  REQUIRE(said(other.log_in("王五")) == "200");
  browser.csrf = other.csrf;
  CHECK(said(browser.ask("POST", kBuildings, kBuilding)) == "403 forbidden");
  CHECK(buildings(office) == 0);
  browser.csrf = good;
  CHECK(said(browser.ask("POST", kBuildings, kBuilding,
                         {{"Origin", office.url()}, {"Sec-Fetch-Site", "same-origin"}})) == "201");
  CHECK(buildings(office) == 1);
  // Somebody else's page can't log a browser in, either.
  auto tricked = office.browser();
  tricked.always["Origin"] = "http://evil.example";
  CHECK(said(tricked.log_in("王五")) == "403 forbidden");
}

TEST_CASE("accounts: guessing is locked out for longer each time, and forgiven",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  office.add("李四", "office");
  auto browser = office.browser();
  for (int i = 0; i < 5; ++i) {
    CHECK(said(browser.log_in("王五", "not the password")) == "401 unauthorised");
  }
  std::int64_t waited = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK(said(browser.log_in("王五", "not the password")) == "401 unauthorised");
    const auto locked = browser.log_in("王五");  // The right one doesn't help now.
    REQUIRE(said(locked) == "429 slow_down");
    const auto wait = std::stoll(locked.headers.at("retry-after"));
    CHECK(wait > waited);
    waited = wait;
    CHECK(said(browser.log_in("李四")) == "200");  // Others aren't shut out with them.
    office.pass(wait * 1'000'000);
  }
  CHECK(said(browser.log_in("王五")) == "200");
  CHECK(said(browser.log_in("王五", "not the password")) == "401 unauthorised");
  CHECK(said(browser.log_in("王五")) == "200");  // What was before is forgotten.
}

TEST_CASE("accounts: a locked name stays locked when the node starts anew", "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  for (int i = 0; i < 6; ++i) {
    auto browser = office.browser();
    CHECK(said(browser.log_in("王五", "not the password")) == "401 unauthorised");
  }
  office.serving = nullptr;
  office.serving = std::make_unique<Serving>(office.node);
  auto browser = office.browser();
  CHECK(said(browser.log_in("王五")) == "429 slow_down");
}

TEST_CASE("accounts: an address that tries many names is locked out", "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto guesser = office.far();
  // What fails without hashing counts as well.
  const std::string long_password(300, 'x');
  for (int i = 0; i < 31; ++i) {
    CHECK(said(guesser.log_in("名字" + std::to_string(i), long_password)) == "401 unauthorised");
  }
  CHECK(said(guesser.log_in("王五")) == "429 slow_down");
  auto here = office.browser();
  CHECK(said(here.log_in("王五")) == "200");
}

TEST_CASE("accounts: no enumeration: unknown, wrong and disabled answer alike and as slowly",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto gone = office.add("走了的人", "office");
  gone.disabled = true;
  REQUIRE(office.people()->change(gone));
  auto browser = office.browser();
  const auto tried = [&](const std::string& name, const std::string& password) {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = browser.log_in(name, password);
    const auto took = std::chrono::steady_clock::now() - begun;
    return std::pair(answer.body, took);
  };
  using Times = std::vector<std::chrono::steady_clock::duration>;
  Times unknown, known, disabled;
  std::string body;
  for (int i = 0; i < 4; ++i) {
    const auto a = tried("没有这个人" + std::to_string(i), "not the password");
    const auto b = tried("王五", "not the password");
    const auto c = tried("走了的人", kPassword);
    if (body.empty()) body = a.first;
    CHECK(a.first == body);
    CHECK(b.first == body);
    CHECK(c.first == body);
    unknown.push_back(a.second);
    known.push_back(b.second);
    disabled.push_back(c.second);
  }
  // The quickest of each: what else runs on the machine only slows.
  const auto least = [](const Times& times) {
    return std::chrono::duration<double>(*std::min_element(times.begin(), times.end())).count();
  };
  INFO(least(unknown) << " " << least(known) << " " << least(disabled));
  for (const auto* others : {&known, &disabled}) {
    CHECK(least(unknown) > 0.5 * least(*others));
    CHECK(least(unknown) < 2 * least(*others));
  }
  // A name that nobody has is locked like one that somebody has.
  for (int i = 0; i < 6; ++i) tried("没有这个人", "not the password");
  CHECK(said(browser.log_in("没有这个人", "not the password")) == "429 slow_down");
}

TEST_CASE("accounts: disabled in the middle of a session, out at the next request",
          "[api][accounts]") {
  Office office;
  office.add("管理员", "office", true);
  auto account = office.add("王五", "office");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  CHECK(said(browser.ask("GET", "/api/v1/node")) == "200");
  account.disabled = true;
  REQUIRE(office.people()->change(account));
  CHECK(said(browser.ask("GET", "/api/v1/node")) == "401 unauthorised");
  CHECK(said(browser.ask("POST", kBuildings, kBuilding)) == "401 unauthorised");
  CHECK(buildings(office) == 0);
  account.disabled = false;
  REQUIRE(office.people()->change(account));
  CHECK(said(browser.ask("GET", "/api/v1/node")) == "401 unauthorised");  // The session is over.
  CHECK(said(browser.log_in("王五")) == "200");
}

TEST_CASE("accounts: no session is stale after a password change", "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto one = office.browser(), other = office.browser();
  REQUIRE(said(one.log_in("王五")) == "200");
  REQUIRE(said(other.log_in("王五")) == "200");
  const auto before = one.cookie;
  const auto change = [](const std::string& old, const std::string& fresh) {
    return Json{{"old", old}, {"new", fresh}}.dump();
  };
  const std::string path = "/api/v1/session/password", fresh = "another good one 2026";
  CHECK(said(one.ask("POST", path, change("wrong", fresh))) == "401 unauthorised");
  CHECK(said(one.ask("POST", path, change(kPassword, "short"))) == "422 bad_value");
  REQUIRE(said(one.ask("POST", path, change(kPassword, fresh))) == "200");
  CHECK(one.cookie != before);
  CHECK(said(one.ask("GET", "/api/v1/node")) == "200");
  CHECK(said(other.ask("GET", "/api/v1/node")) == "401 unauthorised");
  auto stale = office.browser();
  stale.cookie = before;
  CHECK(said(stale.ask("GET", "/api/v1/node")) == "401 unauthorised");
  CHECK(said(other.log_in("王五")) == "401 unauthorised");
  CHECK(said(other.log_in("王五", fresh)) == "200");
}

TEST_CASE("accounts: a session ends when it idles, and after half a day in any case",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  office.pass(node::kSessionIdle + node::minutes(1));
  CHECK(said(browser.ask("GET", "/api/v1/node")) == "401 unauthorised");
  REQUIRE(said(browser.log_in("王五")) == "200");
  for (int i = 0; i < 12; ++i) {
    INFO(i);
    CHECK(said(browser.ask("GET", "/api/v1/node")) == "200");
    office.pass(node::minutes(60));
  }
  office.pass(node::minutes(1));
  CHECK(said(browser.ask("GET", "/api/v1/node")) == "401 unauthorised");
}

TEST_CASE("accounts: administrators manage them, and one of them is always left",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office", true);
  auto admin = office.browser();
  REQUIRE(said(admin.log_in("王五")) == "200");
  const auto add = [](const std::string& name, const std::string& role) {
    return Json{{"name", name}, {"role", role}, {"password", kPassword}}.dump();
  };
  const auto made = admin.ask("POST", "/api/v1/accounts", add("李四", "inspector"));
  REQUIRE(said(made) == "201");
  CHECK(made.body.find("argon2") == std::string::npos);
  CHECK(said(admin.ask("POST", "/api/v1/accounts", add("李四", "office"))) == "409 duplicate_key");
  CHECK(said(admin.ask("POST", "/api/v1/accounts", add("某人", "king"))) == "422 bad_value");
  const auto list = admin.ask("GET", "/api/v1/accounts");
  CHECK(Json::parse(list.body)["items"].size() == 2);
  CHECK(list.body.find("argon2") == std::string::npos);

  auto inspector = office.browser();
  REQUIRE(said(inspector.log_in("李四")) == "200");
  CHECK(said(inspector.ask("GET", "/api/v1/accounts")) == "403 forbidden");
  CHECK(said(inspector.ask("POST", "/api/v1/accounts", add("同伙", "office"))) == "403 forbidden");

  const auto own =
      "/api/v1/accounts/" + crypto::to_hex(office.people()->named("王五")->actor.view());
  CHECK(said(admin.ask("PATCH", own, R"({"disabled":true})")) == "403 forbidden");
  CHECK(said(admin.ask("PATCH", own, R"({"admin":false})")) == "403 forbidden");
  CHECK(said(admin.ask("GET", "/api/v1/accounts")) == "200");  // Nothing was changed.
  const auto other = "/api/v1/accounts/" + Json::parse(made.body)["actor"].get<std::string>();
  CHECK(said(admin.ask("POST", other + "/password", R"({"password":"a fresh one 12"})")) == "204");
  CHECK(said(inspector.ask("GET", "/api/v1/node")) == "401 unauthorised");
  CHECK(said(admin.ask("PATCH", other, R"({"disabled":true})")) == "200");
  CHECK(said(inspector.log_in("李四", "a fresh one 12")) == "401 unauthorised");
}

}  // namespace linli::test
