// Accounts of companies: whose people they read of; and logins that locks turn away.
#include <httplib.h>

#include "node/store/accounts.h"
#include "tests/api/people.h"
#include "tests/model/examples.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

constexpr const char* kOwnCode = "91350100M000100Y43";
constexpr const char* kOtherCode = "91410700MA0000009T";
constexpr const char* kStaffPath = "/api/v1/records/staff";

std::string staff_of(const char* company, const char* no, const char* name) {
  return R"({"company":")" + std::string(company) + R"(","staff_no":")" + no + R"(","name":")" +
         name + R"(","role":"cleaner","phone":"13911112222","from_on":"2025-01-01"})";
}

/// An office with two companies' people; the other company's code passes its check digit or not:
/// the hub decides.
struct TwoCompanies : Office {
  Outcome others;
  TwoCompanies() {
    put(city.hub(), "company",
        Json{{"uscc", other_code()},
             {"name", "另一物业"},
             {"legal_person", "法人某乙"},
             {"phone", "0373-3"},
             {"complaint_phone", "0373-4"},
             {"status", "active"}}
            .dump());
    for (int i = 0; i < 2; ++i) exchange(node, city.hub());
    others = put(node, "staff", staff_of(other_code().c_str(), "B001", "李四"));
    add("管理员", "office", true);
  }
  /// The first code with these digits whose check character is right.
  [[nodiscard]] static std::string other_code() {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    constexpr int kWeights[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    std::string code(kOtherCode, 17);
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
      sum += static_cast<int>(kAlphabet.find(code[i])) * kWeights[i];
    }
    return code + kAlphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
  }
  void add_company(const std::string& name, const std::string& code) const {
    auto made = people()->add({name, "company", kPassword, false, code}, city.time);
    if (!made) FAIL(describe(made.error()));
  }
  [[nodiscard]] std::string path_of(const Outcome& record) const {
    return std::string(kStaffPath) + "/" + sync::to_text(record.id);
  }
};

std::string name_in(const node::HttpAnswer& answer) {
  return Json::parse(answer.body)["fields"]["name"].dump();
}

/// What is answered to one line of NDJSON.
std::string lines(Browser& browser, const std::string& path, const Json& line) {
  const auto answer =
      browser.client.send("POST", path, line.dump() + "\n", "application/x-ndjson",
                          {{"Cookie", browser.cookie}, {"X-Linli-Csrf", browser.csrf}});
  REQUIRE(answer);
  return answer->body;
}

const std::string kWithheld = R"({"withheld":true})";

}  // namespace

TEST_CASE("company account: reads its own people and no others", "[api][accounts][I6]") {
  const TwoCompanies s;
  s.add_company("物业甲", kOwnCode);
  auto own = s.browser();
  REQUIRE(said(own.log_in("物业甲")) == "200");
  CHECK(name_in(own.ask("GET", s.path_of(s.staff))) == "\"张三\"");
  CHECK(name_in(own.ask("GET", s.path_of(s.others))) == kWithheld);
  const auto listed = own.ask("GET", kStaffPath).body;
  CHECK(listed.find("张三") != std::string::npos);
  CHECK(listed.find("李四") == std::string::npos);
  CHECK(listed.find("13911112222") == std::string::npos);
  const auto history = own.ask("GET", s.path_of(s.others) + "/history").body;
  CHECK(history.find("B001") != std::string::npos);
  CHECK(history.find("李四") == std::string::npos);
  CHECK(own.ask("GET", s.path_of(s.staff) + "/history").body.find("张三") != std::string::npos);
  CHECK(said(own.ask("GET", std::string(kStaffPath) + "?name=李四")) == "403 forbidden");
  const auto companies = own.ask("GET", "/api/v1/records/company").body;
  CHECK(companies.find("法人某甲") != std::string::npos);
  CHECK(companies.find("法人某乙") == std::string::npos);
  // Nor does it write of others, or in their name, or make them its own to read them.
  CHECK(said(own.ask("PATCH", s.path_of(s.others), R"({"role":"guard"})")) == "403 forbidden");
  CHECK(said(own.ask("DELETE", s.path_of(s.others))) == "403 forbidden");
  CHECK(said(own.ask("POST", kStaffPath,
                     staff_of(TwoCompanies::other_code().c_str(), "B002", "王五"))) ==
        "403 forbidden");
  CHECK(said(own.ask("POST", kStaffPath, staff_of(kOwnCode, "A002", "王五"))) == "201");
}

TEST_CASE("company account: without a company reads nobody's personal values",
          "[api][accounts][I6]") {
  const TwoCompanies s;
  s.add_company("物业", "");
  auto nobody = s.browser();
  REQUIRE(said(nobody.log_in("物业")) == "200");
  for (const auto* staff : {&s.staff, &s.others}) {
    CHECK(name_in(nobody.ask("GET", s.path_of(*staff))) == kWithheld);
  }
  CHECK(nobody.ask("GET", kStaffPath).body.find("张三") == std::string::npos);
  // What it was shown as withheld isn't noted as read.
  auto admin = s.browser();
  REQUIRE(said(admin.log_in("管理员")) == "200");
  CHECK(name_in(admin.ask("GET", s.path_of(s.others))) == "\"李四\"");
}

TEST_CASE("company account: another company's stay so however they are named",
          "[api][accounts][I6]") {
  const TwoCompanies s;
  const auto other = TwoCompanies::other_code();
  put(s.city.hub(), "disclosure_kind", model::test::kKind);
  for (int i = 0; i < 2; ++i) exchange(s.node, s.city.hub());
  auto drafted = Json::parse(model::test::kDisclosure);
  drafted.update({{"company", other},
                  {"status", "drafted"},
                  {"published_at", nullptr},
                  {"channels", nullptr},
                  {"note", "原来的说明"}});
  const auto disclosure = put(s.node, "disclosure", drafted.dump());
  s.add_company("物业甲", kOwnCode);
  auto own = s.browser();
  REQUIRE(said(own.log_in("物业甲")) == "200");

  // A new record in the other's name.
  const auto others = sync::to_text(s.others.id);
  for (const auto& company :
       {Json(other), Json{{"key", other}}, Json{{"key", {other}}}, Json::array({other}),
        Json{{"key", other}, {"type", "company"}, {"scope", kCity}}}) {
    auto staff = Json::parse(staff_of(kOwnCode, "B009", "王五"));
    staff["company"] = company;
    INFO(company.dump());
    CHECK(said(own.ask("POST", kStaffPath, staff.dump())) == "403 forbidden");
    CHECK(lines(own, "/api/v1/batch?type=staff", staff).find("forbidden") != std::string::npos);
    CHECK(lines(own, std::string(kStaffPath) + "/import", staff).find("forbidden") !=
          std::string::npos);
  }
  const auto broken = own.ask(
      "POST", kStaffPath,
      Json{{"company", {{"type", "company"}, {"scope", 1}, {"id", others}}}, {"staff_no", "B010"}}
          .dump());
  CHECK(said(broken) == "422 bad_value");

  // A record that is there, by its natural key.
  const Json change{{"compound", drafted["compound"]},
                    {"kind", drafted["kind"]},
                    {"period", drafted["period"]},
                    {"revision", drafted["revision"]},
                    {"note", "别家改的"}};
  CHECK(said(own.ask("POST", "/api/v1/records/disclosure", change.dump())) == "403 forbidden");
  for (const auto* path :
       {"/api/v1/batch?type=disclosure&update=1", "/api/v1/records/disclosure/import?update=1"}) {
    INFO(path);
    CHECK(lines(own, path, change).find("forbidden") != std::string::npos);
    CHECK(field(s.node, "disclosure", disclosure, "note") == "原来的说明");
  }

  // Nor are its people's values destroyed.
  const auto gone =
      own.ask("POST", s.path_of(s.others) + "/erase", R"({"fields":["phone"],"reason":"x"})");
  CHECK(said(gone) == "403 forbidden");
  CHECK(field(s.node, "staff", s.others, "phone") == "13911112222");
  CHECK(said(own.ask("POST", s.path_of(s.staff) + "/erase",
                     R"({"fields":["phone"],"reason":"x"})")) == "200");
}

TEST_CASE("company account: nobody answers another company's finding", "[api][accounts][I5]") {
  const TwoCompanies s;
  const auto other = TwoCompanies::other_code();
  const auto finding_of = [&](const std::string& company) {
    const auto inspection = put(s.node, "inspection",
                                R"({"kind":"patrol","compound":")" + std::string(kFindingCode) +
                                    R"(","company":")" + company +
                                    R"(","template":["t",1],"inspectors":["J001"],
        "started_at":"2025-12-01T09:00","status":"planned"})");
    return put(s.node, "finding",
               Json{{"inspection", to_text(inspection.id)},
                    {"item_code", "C01"},
                    {"severity", "minor"},
                    {"description", "楼道有杂物"},
                    {"place", "3号楼"},
                    {"responsible", "company"},
                    {"status", "open"}}
                   .dump());
  };
  const auto reply = [](const Outcome& finding, const Json& company) {
    Json json{{"finding", {{"id", to_text(finding.id)}, {"scope", finding.scope}}},
              {"text", "已清理"},
              {"done_on", "2025-12-20"}};
    if (!company.is_null()) json["company"] = company;
    return json.dump();
  };
  const auto ours = finding_of(kOwnCode), theirs = finding_of(other);
  // Whoever writes for a company: it is the finding's.
  CHECK(refusal(s.node, "rectification", reply(theirs, kOwnCode)) == "bad_rule company");
  const auto written = put(s.node, "rectification", reply(theirs, nullptr));
  CHECK(get(s.node, "rectification", written)["fields"]["company"]["id"] ==
        get(s.node, "finding", theirs)["fields"]["company"]["id"]);
  CHECK(refusal(s.node, "rectification",
                R"({"finding":")" + to_text(ours.id) +
                    R"(","text":"已清理","done_on":"2199-01-01"})") == "bad_rule done_on");
  // A company with an account doesn't write in the other's stead, whatever it names.
  s.add_company("物业甲", kOwnCode);
  auto own = s.browser();
  REQUIRE(said(own.log_in("物业甲")) == "200");
  const std::string path = "/api/v1/records/rectification";
  for (const auto& company : {Json(), Json(kOwnCode), Json(other)}) {
    INFO(company.dump());
    CHECK(said(own.ask("POST", path, reply(theirs, company))) == "403 forbidden");
  }
  CHECK(said(own.ask("POST", path, reply(ours, nullptr))) == "201");
}

TEST_CASE("company account: signatures of others stay where they are", "[api][accounts][I6]") {
  const TwoCompanies s;
  put(s.city.hub(), "course", model::test::kCourse);
  auto session = Json::parse(model::test::kSession);
  session["status"] = "held";
  put(s.city.hub(), "session", session.dump());
  for (int i = 0; i < 2; ++i) exchange(s.node, s.city.hub());
  const auto signature = put_photo(s.node, photo(3000, 1)),
             picture = put_photo(s.node, photo(99, 2));
  auto signed_in = Json::parse(model::test::kAttendance);
  signed_in["person"] = {TwoCompanies::other_code(), "B001"};
  signed_in["signature"] = hex(signature);
  put(s.node, "attendance", signed_in.dump());
  // Somebody takes the signature for a photo of a finding as well: it is one still.
  put_finding(s.node, {picture, signature});
  s.add_company("物业甲", kOwnCode);
  auto own = s.browser();
  REQUIRE(said(own.log_in("物业甲")) == "200");
  const std::string blobs = "/api/v1/blobs";
  CHECK(said(own.ask("GET", blobs)) == "403 forbidden");
  CHECK(said(own.ask("GET", "/api/v1/own-sets")) == "403 forbidden");
  CHECK(said(own.ask("GET", blobs + "/" + hex(signature))) == "403 forbidden");
  CHECK(own.ask("GET", blobs + "/" + hex(picture)).status == 200);
  // Who may see it is noted.
  auto admin = s.browser();
  REQUIRE(said(admin.log_in("管理员")) == "200");
  auto shown = admin.ask("GET", blobs + "/" + hex(signature));
  CHECK(shown.body == photo(3000, 1));
  // No browser keeps it for who sits there next.
  CHECK(shown.headers["cache-control"] == "no-store");
  shown = admin.ask("GET", blobs + "/" + hex(picture));
  CHECK(shown.status == 200);
  CHECK(shown.headers["cache-control"] == "private, max-age=31536000, immutable");
  std::vector<std::string> seen;
  for (int tries = 0; tries < 200 && seen.empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // Noted within 0.2 s.
    auto audit = linli::node::Audit::open(linli::node::DataDir(s.node.dir));
    REQUIRE(audit);
    for (const auto& row : (*audit)->list({.limit = 500})) {
      if (row.entry.act == "attachment") seen.push_back(row.entry.who + " " + row.entry.what);
    }
  }
  CHECK(seen == std::vector<std::string>{"管理员 " + hex(signature).substr(0, 12)});
}

TEST_CASE("company account: only of that role, and by its code", "[node][accounts]") {
  const Office office;
  const auto people = office.people();
  CHECK(people->add({"一", "company", kPassword, false, "9141"}, 1).error().field == "company");
  CHECK(people->add({"二", "office", kPassword, false, kOwnCode}, 1).error().field == "company");
  auto made = people->add({"三", "company", kPassword, false, kOwnCode}, 1);
  REQUIRE(made);
  CHECK(people->named("三")->company == kOwnCode);
  made->role = "auditor";
  CHECK(people->change(*made).error().field == "company");
  made->company.clear();
  CHECK(people->change(*made).has_value());
}

TEST_CASE("company account: those of an earlier version are of no company", "[store][accounts]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "accounts.db";
  {
    auto db = store::Database::open(file, store::Access::write);
    REQUIRE(db);
    (*db)->execute(
        "CREATE TABLE account (actor BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, role "
        "TEXT NOT NULL, admin INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, "
        "password TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL) "
        "WITHOUT ROWID; "
        "INSERT INTO account VALUES(x'00112233445566778899aabbccddeeff', '物业', "
        "'company', 0, 0, 'x', 1, 1); PRAGMA user_version=1");
  }
  auto people = store::Accounts::open(file);
  REQUIRE(people);
  const auto all = (*people)->list();
  REQUIRE(all.size() == 1);
  CHECK(all[0].company.empty());
  CHECK(all[0].name == "物业");
}

TEST_CASE("audit: logins that a lock turns away are counted, not noted one by one",
          "[api][audit]") {
  Office office;
  office.add("王五", "office");
  office.add("管理员", "office", true);
  auto browser = office.browser();
  std::int64_t wait = 0;
  for (int i = 0; i < 200; ++i) {
    const auto answer = browser.log_in("王五", "not the password");
    if (answer.status == 429) wait = std::stoll(answer.headers.at("retry-after"));
  }
  REQUIRE(wait > 0);
  office.pass(wait * 1'000'000);
  REQUIRE(said(browser.log_in("王五")) == "200");
  auto admin = office.browser();
  REQUIRE(said(admin.log_in("管理员")) == "200");
  auto audit = linli::node::Audit::open(linli::node::DataDir(office.node.dir));
  REQUIRE(audit);
  std::size_t refused = 0;
  std::string told;
  // Noted within 0.2 s.
  for (int tries = 0; tries < 200 && told.empty(); ++tries) {
    refused = 0;
    for (const auto& row : (*audit)->list({.limit = 500})) {
      refused += row.entry.act == "login refused" ? 1U : 0U;
      if (row.entry.act == "login" && row.entry.who == "王五") told = row.entry.what;
    }
    if (told.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(refused == 6);
  CHECK(told.find("194") != std::string::npos);
}

TEST_CASE("accounts: of an X-Forwarded-For in several lines the proxy's counts",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office", true);
  const auto url = office.url();
  const auto port = url.substr(url.rfind(':') + 1);
  httplib::Client client("127.0.0.1", std::stoi(port));
  const httplib::Headers headers{{"X-Forwarded-For", "1.1.1.1"},
                                 {"X-Forwarded-For", "2.2.2.2, 10.9.9.9"},
                                 {"X-Forwarded-Proto", "http"},
                                 {"X-Forwarded-Proto", "https"}};
  const auto answer =
      client.Post("/api/v1/session", headers,
                  Json{{"name", "王五"}, {"password", kPassword}}.dump(), "application/json");
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  auto audit = linli::node::Audit::open(linli::node::DataDir(office.node.dir));
  REQUIRE(audit);
  std::string origin;
  for (int tries = 0; tries < 200 && origin.empty(); ++tries) {
    for (const auto& row : (*audit)->list({.limit = 50})) {
      if (row.entry.act == "login") origin = row.entry.origin;
    }
    if (origin.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(origin == "10.9.9.9");
}

TEST_CASE("accounts: the old password isn't a new one, and names show what they are",
          "[api][accounts]") {
  Office office;
  office.add("王五", "office", true);
  auto browser = office.browser();
  REQUIRE(said(browser.log_in("王五")) == "200");
  CHECK(said(browser.ask("POST", "/api/v1/session/password",
                         Json{{"old", kPassword}, {"new", kPassword}}.dump())) == "422 bad_value");
  for (const auto* name : {"王\xe2\x80\xae五", "王\xe2\x80\x8b五", "王\x1b五"}) {
    CHECK(office.people()->add({name, "office", kPassword}, 1).error().field == "name");
  }
}

TEST_CASE("company account: an update without a scope reaches no other company's record",
          "[api][accounts][I6]") {
  TwoCompanies s;
  exchange(s.node, s.city.hub());
  auto& street = s.city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, s.city.hub());
  s.serving = std::make_unique<Serving>(street);
  const auto people = node::Accounts::open(node::DataDir(street.dir));
  REQUIRE(people.has_value());
  const auto admin = (*people)->add({"管理员", "office", kPassword, true}, s.city.time);
  if (!admin) FAIL(describe(admin.error()));
  const auto account =
      (*people)->add({"物业甲", "company", kPassword, false, kOwnCode}, s.city.time);
  if (!account) FAIL(describe(account.error()));
  auto own = s.browser();
  REQUIRE(said(own.log_in("物业甲")) == "200");
  const auto change = [](const Outcome& record) {
    return Json{{"id", sync::to_text(record.id)}, {"to_on", "2026-01-31"}};
  };
  const auto left = [&](const Outcome& record) { return field(street, "staff", record, "to_on"); };
  for (const auto* path :
       {"/api/v1/batch?type=staff&update=1", "/api/v1/records/staff/import?update=1"}) {
    INFO(path);
    CHECK(lines(own, path, change(s.others)).find("forbidden") != std::string::npos);
    CHECK(left(s.others) == "-");
  }
  // Its own it does.
  const auto done = lines(own, "/api/v1/batch?type=staff&update=1", change(s.staff));
  CHECK(done.find(R"("done":"changed")") != std::string::npos);
  CHECK(left(s.staff) == "2026-01-31");
}

}  // namespace linli::test
