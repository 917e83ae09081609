// Roles over real sockets: an account only narrows what its node may do; who wrote is told by
// pseudonym.
#include "node/roles.h"

#include "node/admission.h"
#include "tests/api/people.h"

namespace linli::test {
namespace {

constexpr const char* kStaffPath = "/api/v1/records/staff";
std::string other_staff(const std::string& no) {
  return R"({"company":"91350100M000100Y43","staff_no":")" + no +
         R"(","name":"李四","role":"cleaner","from_on":"2025-01-01"})";
}

}  // namespace

TEST_CASE("roles: each does its own work and is told why not the rest", "[api][accounts]") {
  Office office;
  struct Case {
    const char* role;
    int building, staff, conflicts, audit, tend, invite;  ///< Statuses.
  };
  const auto t = GENERATE(values<Case>({
      {"office", 201, 201, 200, 403, 404, 403},
      {"street", 201, 201, 200, 403, 404, 422},
      {"bureau", 201, 201, 200, 200, 404, 422},
      {"inspector", 403, 403, 200, 403, 403, 403},
      {"company", 403, 201, 403, 403, 403, 403},
      {"auditor", 403, 403, 200, 200, 403, 403},
  }));
  DYNAMIC_SECTION(t.role) {
    office.add("某人", t.role);
    // The first account is an administrator's; this one isn't to be.
    office.add("管理员", "office", true);
    auto account = *office.people()->named("某人");
    account.admin = false;
    REQUIRE(office.people()->change(account));
    auto browser = office.browser();
    REQUIRE(said(browser.log_in("某人")) == "200");
    const auto before = rows(office.node, "SELECT count(*) FROM log");
    const auto building = browser.ask("POST", "/api/v1/records/building",
                                      R"({"compound":"410702003901001","building_no":"7"})");
    CHECK(building.status == t.building);
    const auto staff = browser.ask("POST", kStaffPath, other_staff("A002"));
    CHECK(staff.status == t.staff);
    if (t.building == 403 && t.staff == 403) {
      CHECK(rows(office.node, "SELECT count(*) FROM log") == before);
    }
    for (const auto* answer : {&building, &staff}) {
      if (answer->status != 403) continue;
      INFO(answer->body);
      CHECK(answer->body.find("账号") != std::string::npos);
      CHECK(answer->body.find("account") != std::string::npos);
    }
    CHECK(browser.ask("GET", "/api/v1/conflicts").status == t.conflicts);
    CHECK(browser.ask("GET", "/api/v1/audit").status == t.audit);
    CHECK(browser.ask("POST", "/api/v1/agent/pause", "{}").status == t.tend);  // 404: no upstream.
    CHECK(browser.ask("POST", "/api/v1/invites", R"({"role":"nobody"})").status == t.invite);
    CHECK(browser.ask("GET", "/api/v1/accounts").status == 403);
  }
}

TEST_CASE("roles: an office's administrator lets its inspectors' phones join and nothing wider",
          "[api][accounts]") {
  Office office;
  office.add("管理员", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("管理员")) == "200");
  const auto invited = [&](const char* role, const std::string& scope) {
    const Json offer{{"role", role}, {"scope", scope}, {"name", "示例手机"}};
    return browser.ask("POST", "/api/v1/invites", offer.dump());
  };
  const auto own = office.node->identity().scope;
  const auto made = invited("device", own);
  INFO(made.body);
  CHECK(made.status == 201);
  CHECK(invited("street", own).status == 403);
  CHECK(invited("device", own.substr(0, own.rfind('/'))).status == 403);
  CHECK(browser.ask("GET", "/api/v1/invites").status == 200);
  CHECK(browser.ask("GET", "/api/v1/held").status == 200);
  CHECK(browser.ask("POST", "/api/v1/held/approve", "{}").status == 403);
}

TEST_CASE("roles: a batch line that the role doesn't allow is refused alone", "[api][accounts]") {
  Office office;
  office.add("管理员", "office", true);
  office.add("检查员", "inspector");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("检查员")) == "200");
  const auto answer = browser.client.send(
      "POST", "/api/v1/batch?type=staff", other_staff("A003") + "\n", "application/x-ndjson",
      {{"Cookie", browser.cookie}, {"X-Linli-Csrf", browser.csrf}});
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.find("\"refused\"") != std::string::npos);
  CHECK(answer->body.find("forbidden") != std::string::npos);
  // Nor may it remove, or settle for others.
  CHECK(browser.ask("DELETE", std::string(kStaffPath) + "/" + sync::to_text(office.staff.id))
            .status == 403);
}

TEST_CASE("roles: a company doesn't look into what isn't its business", "[api][accounts]") {
  Office office;
  office.add("管理员", "office", true);
  office.add("物业", "company");
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("物业")) == "200");
  CHECK(said(browser.ask("GET", kStaffPath)) == "200");
  CHECK(said(browser.ask("GET", "/api/v1/search?q=示例")) == "403 forbidden");
  CHECK(said(browser.ask("GET", "/api/v1/conflicts")) == "403 forbidden");
  CHECK(said(browser.ask("GET", "/api/v1/held")) == "403 forbidden");
  CHECK(said(browser.ask("GET", "/api/v1/stats/inspections/provenance")) == "403 forbidden");
  CHECK(said(browser.ask("GET", "/api/v1/figures/draft")) == "403 forbidden");
}

TEST_CASE("roles: nobody makes or reads what no role was given", "[node][accounts]") {
  using node::Act;
  CHECK_FALSE(node::may("king", true, Act::read));
  CHECK_FALSE(node::may("", false, Act::own));
  for (const auto& role : node::account_roles()) {
    INFO(role.name);
    CHECK(node::may(role.name, false, Act::own));
    CHECK(node::may(role.name, false, Act::read));
    CHECK_FALSE(node::may(role.name, false, Act::accounts));
    CHECK(node::may(role.name, true, Act::accounts));
  }
  CHECK_FALSE(node::may("auditor", true, Act::write));
}

TEST_CASE("actor: what a person writes carries a pseudonym, the name stays at the node",
          "[api][accounts][I10]") {
  Office office;
  const auto account = office.add("钱某某的账号", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("钱某某的账号")) == "200");
  const auto made = browser.ask("POST", "/api/v1/records/building",
                                R"({"compound":"410702003901001","building_no":"7"})");
  REQUIRE(said(made) == "201");
  const auto id = Json::parse(made.body)["id"].get<std::string>();
  const auto actor = crypto::to_hex(account.actor.view());
  const auto history =
      Json::parse(browser.ask("GET", "/api/v1/records/building/" + id + "/history").body);
  REQUIRE(history["items"].size() == 1);
  CHECK(history["items"][0]["actor"] == actor);
  CHECK(history["items"][0]["account"] == "钱某某的账号");
  CHECK(history["items"][0]["node"] == "示例社区");
  CHECK(history["items"][0]["certificate"].get<std::string>().size() == 64);

  exchange(office.node, office.city.hub());
  const auto there =
      store::record_history(office.city.hub()->store(), "building", kOffice, *sync::record_id(id));
  REQUIRE(there);
  CHECK((*there)["items"][0]["actor"] == actor);
  CHECK((*there)["items"][0]["node"] == "示例社区");
  CHECK_FALSE((*there)["items"][0].contains("account"));
  CHECK_FALSE(files_hold(office.city.hub(), "钱某某的账号"));
  CHECK(faults(office.city.hub()).empty());

  // What commands and the node itself write carries none.
  const auto own =
      put(office.node, "building", R"({"compound":"410702003901001","building_no":"8"})");
  const auto past = store::record_history(office.node->store(), "building", kOffice, own.id);
  REQUIRE(past);
  CHECK_FALSE((*past)["items"][0].contains("actor"));
}

namespace {

/// Does the set that holds a certificate in this path name the account?
bool certificate_names(Node& hub, std::string_view path, const node::Account& account) {
  bool found = false;
  auto lease = hub->store().read();
  store::Log log(*lease);
  for (const auto arrival : log.founding_sets()) {
    const auto loaded = log.load(arrival);
    if (loaded->set.feed.scope == path) found = loaded->set.actor == account.actor;
  }
  return found;
}

}  // namespace

TEST_CASE("actor: an approval and an admission name account and node and certificate",
          "[api][accounts][I5][I10]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto late = put(office, "compound", compound("410702003901001"));
  city.time += 6LL * 365 * 24 * 3600 * 1'000'000;
  exchange(office, hub);
  const auto held = store::list_held(hub->store());
  REQUIRE(held["held"].size() == 1);
  const auto set = held["held"][0].value("set", "");
  const auto people = node::Accounts::open(node::DataDir(hub.dir));
  REQUIRE(people);
  const auto account = (*people)->add({"孙某某的账号", "bureau", kPassword, true}, city.time);
  REQUIRE(account);
  const auto actor = crypto::to_hex(account->actor.view());
  const Serving serving(hub);
  Browser browser(serving.url());
  REQUIRE(said(browser.log_in("孙某某的账号")) == "200");
  REQUIRE(said(browser.ask("POST", "/api/v1/held/" + set, R"({"reason":"核实过"})")) == "200");
  const auto id = sync::to_text(late.id);
  const auto asked = browser.ask("GET", "/api/v1/records/compound/" + id + "/history");
  REQUIRE(said(asked) == "200");
  const auto history = Json::parse(asked.body);
  INFO(asked.body);
  REQUIRE(history["items"].size() == 1);
  REQUIRE(history["items"][0].contains("approved"));
  const auto& approved = history["items"][0]["approved"];
  CHECK(approved["actor"] == actor);
  CHECK(approved["account"] == "孙某某的账号");
  CHECK(approved["reason"] == "核实过");
  CHECK(approved["node"] == "新乡市住房和城乡建设局");
  CHECK(approved["certificate"] == crypto::to_hex(hub->identity().certificate.view()));
  // It is signed, and the name stays at the node.
  CHECK_FALSE(files_hold(office, "孙某某的账号"));
  CHECK(faults(hub) == std::vector<std::string>{});

  // Who let a machine join stands in the set that holds its certificate.
  const auto key = crypto::SigningKey::generate();
  const auto now = hub->now();
  const node::JoinRequest asks{
      key.public_key(), key.sealing_key(), "新机器", now, now + 3'600'000'000LL, {}, {}};
  const auto request = asks.encode(key);
  const Json wish{{"request", node::letter_text(node::kRequestPrefix, request)},
                  {"role", "office"},
                  {"scope", kOtherOffice},
                  {"name", "样例社区"},
                  {"words", node::JoinRequest::decode(request)->words().zh()}};
  REQUIRE(said(browser.ask("POST", "/api/v1/admissions", wish.dump())) == "201");
  CHECK(certificate_names(hub, kOtherOffice, *account));
}

TEST_CASE("actor: whoever gave out an invite stands in the certificate that it brings",
          "[api][accounts][I5][I10]") {
  City city(false);
  auto& hub = city.hub();
  const auto people = node::Accounts::open(node::DataDir(hub.dir));
  REQUIRE(people);
  const auto account = (*people)->add({"孙某某的账号", "bureau", kPassword, true}, city.time);
  REQUIRE(account);
  std::string line;
  {
    const Serving serving(hub);
    Browser browser(serving.url());
    REQUIRE(said(browser.log_in("孙某某的账号")) == "200");
    const Json wish{{"role", "office"}, {"scope", kOtherOffice}, {"name", "样例社区"}};
    const auto made = browser.ask("POST", "/api/v1/invites", wish.dump());
    REQUIRE(said(made) == "201");
    line = Json::parse(made.body).value("line", "");
    // Beside one that no account gave out.
    node::Offer other;
    other.scope = kOffice;
    other.name = "示例社区";
    REQUIRE(node::invite(*hub, other));
    const auto listed = Json::parse(browser.ask("GET", "/api/v1/invites").body)["items"];
    REQUIRE(listed.size() == 2);
    for (const auto& item : listed) {
      const bool ours = item["name"] == "样例社区";
      CHECK(item["actor"] == (ours ? Json(crypto::to_hex(account->actor.view())) : Json(nullptr)));
      CHECK(item.value("account", "") == (ours ? "孙某某的账号" : ""));
    }
  }
  hub.close();  // Who made it is still known after a restart, when nobody is logged in.
  hub.open();
  const auto invite = node::Invite::parse(line);
  REQUIRE(invite);
  const auto key = crypto::SigningKey::generate();
  const node::EnrolRequest asks{invite->secret, key.public_key(), key.sealing_key(), {}};
  REQUIRE(node::enrol(*hub, asks.encode(key)));
  CHECK(certificate_names(hub, kOtherOffice, *account));
}

}  // namespace linli::test
