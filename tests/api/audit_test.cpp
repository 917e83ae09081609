// The audit log over real sockets: reads of personal values and administration, in a chain that
// names its break.
#include "node/backup.h"
#include "node/store/database.h"
#include "tests/api/people.h"

namespace linli::test {
namespace {

std::unique_ptr<node::Audit> log_of(Office& office) {
  auto audit = node::Audit::open(node::DataDir(office.node.dir));
  if (!audit) FAIL(describe(audit.error()));
  return std::move(*audit);
}

/// Rows once the node's own writer has had its time.
std::vector<store::AuditRow> rows_with(Office& office, const store::AuditQuery& query,
                                       std::size_t least) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    auto found = log_of(office)->list(query);
    if (found.size() >= least || std::chrono::steady_clock::now() > until) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Somebody with an SQLite shell and bad intentions.
void tamper(Office& office, const std::string& sql) {
  auto db = store::Database::open(office.node.dir / "accounts.db", store::Access::write);
  REQUIRE(db);
  (*db)->execute("DROP TRIGGER audit_stays; DROP TRIGGER audit_keeps;");
  (*db)->execute(sql);
}

}  // namespace

TEST_CASE("audit: a list asked by a personal value tells it, whatever fields it shows",
          "[api][audit]") {
  Office office;
  office.add("王五", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  const std::string narrow = "/api/v1/records/staff?fields=role";
  REQUIRE(said(browser.ask("GET", narrow)) == "200");
  REQUIRE(said(browser.ask("GET", narrow + "&phone=13800000001")) == "200");  // Nobody's.
  REQUIRE(said(browser.ask("GET", narrow + "&phone=13800000000")) == "200");
  const auto rows = rows_with(office, {.record = office.staff.id}, 1);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].entry.fields == "phone");
}

TEST_CASE("audit: what the answer to a settlement shows of people is noted", "[api][audit][I4]") {
  Office office;
  auto& second = office.city.enrol(kOffice, "示例社区的另一台");
  const auto meet = [&] {
    for (int i = 0; i < 2; ++i) {
      exchange(office.node, office.city.hub());
      exchange(second, office.city.hub());
    }
  };
  meet();
  edit(office.node, "staff", office.staff, R"({"phone":"13900000001"})");
  edit(second, "staff", office.staff, R"({"phone":"13900000002"})");
  meet();
  office.add("王五", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  const auto listed = Json::parse(browser.ask("GET", "/api/v1/conflicts").body)["items"];
  REQUIRE(listed.size() == 1);
  const store::AuditQuery of_record{.record = office.staff.id};
  REQUIRE(rows_with(office, of_record, 1).size() == 1);
  const auto path = "/api/v1/conflicts/" + listed[0].value("conflict", "");
  const auto take = Json{{"take", listed[0]["losers"][0]["version"]}}.dump();
  // Who only tries it sees what it would write.
  const auto seen = listed[0].value("seen", "");
  const auto tried = browser.ask("POST", path + "?dry_run=1", take, {{"If-Match", seen}});
  REQUIRE(said(tried) == "200");
  REQUIRE(tried.body.find("1390000000") != std::string::npos);
  const auto once = rows_with(office, of_record, 2);
  REQUIRE(once.size() == 2);
  CHECK(once[0].entry.act == "conflict");
  CHECK(once[0].entry.fields == "phone");
  // And who settles what has changed meanwhile sees it as it is now.
  const auto stale = browser.ask("POST", path, take, {{"If-Match", "another"}});
  REQUIRE(said(stale) == "412 stale");
  REQUIRE(stale.body.find("1390000000") != std::string::npos);
  CHECK(rows_with(office, of_record, 3).size() == 3);
}

TEST_CASE("audit: a command names the system's user who ran it", "[api][audit]") {
  Office office;
  office.add("王五", "office", true);
  const auto invite = [&](const std::string& token, const std::string& user) {
    auto browser = office.browser();
    const Json offer{{"role", "device"}, {"scope", kOffice}, {"name", "示例手机"}};
    return browser
        .ask("POST", "/api/v1/invites", offer.dump(),
             {{"Authorization", "Bearer " + token}, {"X-Linli-System-User", user}})
        .status;
  };
  const auto newest = [&] { return log_of(office)->list({}).front().entry; };
  const auto token = office.serving->console_token();
  REQUIRE(invite(token, "zhangsan") == 201);
  CHECK(newest().who == "系统用户 system user zhangsan");
  CHECK(newest().origin == "console");
  CHECK_FALSE(newest().actor.has_value());
  // Not what looks like something else, and only beside the token.
  for (const std::string& odd : {std::string("王五"), std::string("a b"), std::string(65, 'a')}) {
    REQUIRE(invite(token, odd) == 201);
    CHECK(newest().who == "console");
  }
  CHECK(invite("wrong", "zhangsan") == 401);
}

TEST_CASE("audit: who read whose personal values, when, from where and why", "[api][audit]") {
  Office office;
  const auto account = office.add("王五", "office", true);
  auto browser = office.far();
  REQUIRE(said(browser.log_in("王五")) == "200");
  const auto id = sync::to_text(office.staff.id);
  const auto path = "/api/v1/records/staff/" + id;
  REQUIRE(said(browser.ask("GET", path, {}, {{"X-Linli-Why", "complaint 17"}})) == "200");
  REQUIRE(said(browser.ask("GET", "/api/v1/records/staff")) == "200");
  REQUIRE(said(browser.ask("GET", path + "/history")) == "200");
  REQUIRE(said(browser.ask("GET", "/api/v1/records/compound")) == "200");  // Nothing personal.

  const auto of_record = rows_with(office, {.record = office.staff.id}, 3);
  REQUIRE(of_record.size() == 3);
  CHECK(of_record[0].entry.act == "history");
  CHECK(of_record[1].entry.act == "read");
  const auto& first = of_record[2].entry;
  CHECK(first.who == "王五");
  CHECK(first.actor == account.actor);
  CHECK(first.type == "staff");
  CHECK(first.records == std::vector{office.staff.id});
  CHECK(first.fields == "name,phone");
  CHECK(first.origin == "10.1.2.3");
  CHECK(first.why == "complaint 17");
  CHECK(first.at > 0);
  // The log says what was looked at, not what it said.
  CHECK_FALSE(files_hold(office.node, "13800000000 "));
  for (const auto& row : of_record) {
    CHECK(node::audit_row_json(row).dump().find("张三") == std::string::npos);
  }
  CHECK(log_of(office)->list({.account = "王五"}).size() == 4);  // With the login.
  CHECK(log_of(office)->list({.account = crypto::to_hex(account.actor.view())}).size() == 4);
  CHECK(log_of(office)->list({.account = "别人"}).empty());
  CHECK(log_of(office)->list({.since = office.city.time + node::minutes(60)}).empty());
  CHECK(log_of(office)->verify().fault.empty());

  const auto answer = browser.ask("GET", "/api/v1/audit?record=" + id);
  CHECK(Json::parse(answer.body)["items"].size() == 3);
  CHECK(Json::parse(browser.ask("GET", "/api/v1/audit/verify").body)["whole"] == true);
}

TEST_CASE("audit: administration is written before it is answered", "[api][audit]") {
  Office office;
  office.add("王五", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  REQUIRE(said(browser.ask(
              "POST", "/api/v1/accounts",
              Json{{"name", "李四"}, {"role", "auditor"}, {"password", kPassword}}.dump())) ==
          "201");
  const auto rows = log_of(office)->list({});
  REQUIRE_FALSE(rows.empty());
  CHECK(rows[0].entry.act == "account");
  CHECK(rows[0].entry.who == "王五");
  CHECK(rows[0].entry.what.find("李四, auditor") != std::string::npos);
  for (const auto& row : rows) {
    CHECK(node::audit_row_json(row).dump().find(kPassword) == std::string::npos);
  }
  browser.log_in("没有这个人 my password", "not the password");
  const auto refused = rows_with(office, {}, rows.size() + 1);
  CHECK(refused[0].entry.act == "login refused");
  CHECK(refused[0].entry.who == "—");  // People type their password there.
}

TEST_CASE("audit: what is misspelt is refused, not answered with an empty page", "[api][audit]") {
  Office office;
  office.add("王五", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  for (const auto* wrong : {"limit=x", "limit=0", "limit=", "limit=-1", "limit=5x", "before=x",
                            "before=0", "before=99999999999999999999", "since=gestern"}) {
    INFO(wrong);
    CHECK(said(browser.ask("GET", std::string("/api/v1/audit?") + wrong)) == "422 bad_value");
  }
  const auto page = browser.ask("GET", "/api/v1/audit?limit=1");
  const auto items = Json::parse(page.body)["items"];
  REQUIRE(items.size() == 1);
  CHECK(items[0]["act"] == "login");
  CHECK(items[0]["label"]["zh"] == "登录");
  CHECK(said(browser.ask("GET", "/api/v1/audit?limit=99999&before=1")) == "200");
}

TEST_CASE("audit: a broken chain is named", "[api][audit]") {
  Office office;
  {
    auto audit = log_of(office);
    for (int i = 1; i <= 6; ++i) audit->append({.at = i, .who = "王五", .act = "read"});
  }
  const auto head = log_of(office)->verify();
  CHECK(head.rows == 6);
  REQUIRE(head.fault.empty());
  CHECK(log_of(office)->verify(head.head).fault.empty());
  {
    auto db = store::Database::open(office.node.dir / "accounts.db", store::Access::write);
    REQUIRE(db);
    CHECK_THROWS_AS((*db)->execute("UPDATE audit SET who = '别人' WHERE number = 3"),
                    store::DatabaseError);
    CHECK_THROWS_AS((*db)->execute("DELETE FROM audit WHERE number = 3"), store::DatabaseError);
  }
  SECTION("a row was altered") {
    tamper(office, "UPDATE audit SET who = '别人' WHERE number = 3");
    CHECK(log_of(office)->verify().fault.find("row 3 was altered") != std::string::npos);
  }
  SECTION("a row was altered, with its hash") {
    tamper(office, "UPDATE audit SET why = 'x', hash = zeroblob(32) WHERE number = 4");
    CHECK(log_of(office)->verify().fault.find("row 4 was altered") != std::string::npos);
  }
  SECTION("a row was taken out") {
    tamper(office, "DELETE FROM audit WHERE number = 3");
    CHECK(log_of(office)->verify().fault.find("row 3 is missing") != std::string::npos);
  }
  SECTION("a row was taken out, and the rest numbered anew") {
    tamper(
        office,
        "DELETE FROM audit WHERE number = 3; UPDATE audit SET number = number - 1 WHERE number > "
        "3");
    CHECK(log_of(office)->verify().fault.find("row 3 was altered") != std::string::npos);
  }
  SECTION("the end was cut off: who noted the head knows") {
    tamper(office, "DELETE FROM audit WHERE number > 4");
    CHECK(log_of(office)->verify().fault.empty());
    CHECK(log_of(office)->verify(head.head).fault.find("cut off") != std::string::npos);
  }
  SECTION("nothing: it goes on") {
    log_of(office)->append({.at = 7, .who = "王五", .act = "read"});
    CHECK(log_of(office)->verify(head.head).rows == 7);
    CHECK(log_of(office)->verify(head.head).fault.empty());
  }
}

TEST_CASE("audit: several write at once, and the chain stays whole", "[api][audit]") {
  Office office;
  std::vector<std::thread> writers;
  std::atomic<int> failed{0};
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&office, &failed] {
      auto audit = node::Audit::open(node::DataDir(office.node.dir));
      if (!audit) return void(++failed);
      for (int n = 0; n < 100; ++n) (*audit)->note({.at = n, .who = "王五", .act = "read"});
    });
  }
  for (auto& writer : writers) writer.join();
  CHECK(failed == 0);
  const auto verdict = log_of(office)->verify();
  CHECK(verdict.rows == 400);
  CHECK(verdict.fault.empty());
}

TEST_CASE("accounts: a flood of logins hashes two at a time", "[node][accounts]") {
  Office office;
  const auto people = office.people();
  REQUIRE(people->add({"王五", "office", kPassword, true}, office.city.time));
  std::vector<std::thread> crowd;
  std::atomic<int> in{0}, sent_away{0};
  for (int i = 0; i < 24; ++i) {
    crowd.emplace_back([&, i] {
      std::int64_t retry = 0;
      const auto entry =
          people->log_in("王五", kPassword, "10.0.0." + std::to_string(i), office.city.time, retry);
      if (entry) ++in;
      if (!entry && entry.error().code == Errc::slow_down) ++sent_away;
    });
  }
  for (auto& person : crowd) person.join();
  CHECK(people->hashing_at_most() == 2);
  CHECK(in + sent_away == 24);
  CHECK(in > 0);
}

TEST_CASE("accounts: a restored backup brings back no account", "[node][accounts]") {
  Office office;
  office.add("王五", "office", true);
  const auto backup = office.city.folder.path() / "copy.linli";
  REQUIRE(node::back_up(office.node.dir, backup, office.city.time));
  const auto put_back = office.city.folder.path() / "restored";
  {
    const auto restored = node::restore(backup, put_back, office.node.clock);
    REQUIRE(restored);
    const auto people = node::Accounts::open(node::DataDir(put_back));
    REQUIRE(people);
    CHECK_FALSE((*people)->any());
  }
}

}  // namespace linli::test
