// Spreadsheets over HTTP: the same report and files as the commands, under the API's rights.
#include "tests/api/people.h"

namespace linli::test {
namespace {

constexpr const char* kImport = "/api/v1/records/building/import";
constexpr const char* kHead = "小区,building_no,floors_above,is_highrise\n";
const std::string kRow = "410702003901001,";

node::HttpAnswer post(Browser& browser, const std::string& path, const std::string& body,
                      const std::string& kind = "text/csv") {
  auto headers = browser.always;
  if (!browser.cookie.empty()) headers["Cookie"] = browser.cookie;
  if (!browser.csrf.empty()) headers["X-Linli-Csrf"] = browser.csrf;
  auto answer = browser.client.send("POST", path, body, kind, headers);
  if (!answer) FAIL(describe(answer.error()));
  return *answer;
}

std::size_t buildings(Browser& browser) {
  return Json::parse(browser.ask("GET", "/api/v1/records/building").body)["items"].size();
}

}  // namespace

TEST_CASE("api: a table goes in whole, or not at all with a report", "[api]") {
  Office office;
  auto browser = office.browser();
  const auto bad = post(browser, kImport, kHead + kRow + "1,3,是\n" + kRow + "2,viele,是\n");
  CHECK(bad.status == 400);
  const auto report = Json::parse(bad.body);
  CHECK(report["nothing_went_in"] == true);
  REQUIRE(report["problems"].size() == 1);
  CHECK(report["problems"][0]["row"] == 3);
  CHECK(report["problems"][0]["column"] == "C");
  CHECK(report["problems"][0]["value"] == "viele");
  CHECK(buildings(browser) == 0);

  const auto tried = post(browser, std::string(kImport) + "?dry_run=1", kHead + kRow + "1,3,是\n");
  CHECK(tried.status == 200);
  CHECK(Json::parse(tried.body)["accepted"] == 1);
  CHECK(buildings(browser) == 0);

  const auto some = post(browser, std::string(kImport) + "?skip_bad=1",
                         kHead + kRow + "1,3,是\n" + kRow + "2,viele,是\n");
  CHECK(some.status == 200);
  CHECK(Json::parse(some.body)["accepted"] == 1);
  CHECK(Json::parse(some.body)["refused"] == 1);
  CHECK(buildings(browser) == 1);

  const auto lines =
      post(browser, kImport, R"({"compound":"410702003901001","building_no":"7","floors_above":6})",
           "application/x-ndjson");
  INFO(lines.body);
  CHECK(lines.status == 200);
  CHECK(buildings(browser) == 2);
}

TEST_CASE("api: refused rows come back as a table with their reasons", "[api]") {
  Office office;
  auto browser = office.browser();
  const std::string kRejects = std::string(kImport) + "?rejects=";
  const auto table = kHead + kRow + "1,3,是\n" + kRow + "2,viele,是\n";
  const auto rows = post(browser, kRejects + "csv", table);
  REQUIRE(rows.status == 200);
  INFO(rows.body);
  CHECK(rows.body.find(kRow + "2,viele") != std::string::npos);
  CHECK(rows.body.find(kRow + "1,3") == std::string::npos);
  CHECK(rows.body.find("第 3 行 C 列") != std::string::npos);
  CHECK(buildings(browser) == 0);  // Nothing goes in.
  const auto workbook = post(browser, kRejects + "xlsx", table);
  REQUIRE(workbook.status == 200);
  REQUIRE(workbook.body.starts_with("PK"));
  // It is a table like any other: the column of reasons is left out, the row still wrong.
  const auto again = post(browser, std::string(kImport) + "?dry_run=1", workbook.body,
                          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  INFO(again.body);
  CHECK(Json::parse(again.body)["refused"] == 1);
  CHECK(Json::parse(again.body)["problems"][0]["value"] == "viele");
  // Of what went in meanwhile nothing is refused.
  CHECK(post(browser, std::string(kImport) + "?skip_bad=1", table).status == 200);
  CHECK(post(browser, kRejects + "csv", table).body.find(kRow + "1,3") == std::string::npos);
  CHECK(post(browser, kRejects + "csv", kHead + kRow + "1,3,是\n").status == 204);
  CHECK(said(post(browser, kRejects + "pdf", table)).ends_with("bad_value"));
  CHECK(said(post(browser, kRejects + "csv", "小区,colour\n1,2\n")) == "400 bad_input");
  CHECK(said(post(browser, kRejects + "csv", "{}", "application/x-ndjson")) == "400 bad_usage");
}

TEST_CASE("api: lines and rows that name no scope go where the request says", "[api]") {
  City city;
  const Serving serving(city.hub());
  node::HttpClient client(serving.url());
  const std::string scope = "scope=" + std::string(kOffice);
  const auto send = [&](const std::string& path, const std::string& body, const char* kind) {
    const auto answer = client.send("POST", path, body, kind, {});
    REQUIRE(answer);
    return *answer;
  };
  const auto lines = send(
      "/api/v1/batch?type=compound&" + scope,
      compound("410702003901001") + "\n" +
          compound("410703001901001", R"({"scope":")" + std::string(kOtherOffice) + "\"}") + "\n",
      "application/x-ndjson");
  INFO(lines.body);
  const auto cut = lines.body.find('\n');
  CHECK(Json::parse(lines.body.substr(0, cut))["scope"] == kOffice);
  CHECK(Json::parse(lines.body.substr(cut + 1))["scope"] == kOtherOffice);  // As the line says.
  const auto rows = send(std::string(kImport) + "?" + scope, kHead + kRow + "1,3,是\n", "text/csv");
  INFO(rows.body);
  CHECK(rows.status == 200);
  const auto listed = client.send("GET", "/api/v1/records/building?scope=" + std::string(kOffice));
  REQUIRE(listed);
  CHECK(Json::parse(listed->body)["items"].size() == 1);
}

TEST_CASE("api: what is exported is imported again and changes nothing", "[api]") {
  Office office;
  auto browser = office.browser();
  CHECK(post(browser, kImport, kHead + kRow + "1,30,是\n" + kRow + "2,3,否\n").status == 200);
  for (const std::string format : {"csv", "xlsx"}) {
    const auto out = browser.ask("GET", "/api/v1/records/building/export?format=" + format);
    REQUIRE(out.status == 200);
    const auto again = post(browser, kImport, out.body,
                            format == "csv" ? "text/csv"
                                            : "application/vnd.openxmlformats-officedocument."
                                              "spreadsheetml.sheet");
    INFO(again.body);
    CHECK(again.status == 200);
    CHECK(Json::parse(again.body)["done"] == Json{{"unchanged", 2}});
  }
  CHECK(browser.ask("GET", "/api/v1/records/building/export?template=1&format=xlsx").status == 200);
}

TEST_CASE("api: tables are refused in their own words", "[api]") {
  Office office;
  auto browser = office.browser();
  CHECK(said(post(browser, kImport, "x", "text/plain")) == "400 bad_usage");
  CHECK(said(post(browser, kImport, "")) == "400 bad_input");
  CHECK(said(post(browser, "/api/v1/records/planet/import", "a\n1\n")) == "404 unknown_type");
  CHECK(said(browser.ask("GET", "/api/v1/records/building/export?format=pdf"))
            .ends_with("bad_value"));
  const auto heading = post(browser, kImport, "小区,colour\n1,2\n");
  CHECK(heading.status == 400);
  CHECK(Json::parse(heading.body)["problems"][0]["code"] == "unknown_field");
}

TEST_CASE("api: an export of personal values stands in the audit log", "[api][I10]") {
  Office office;
  office.add("管理员", "office", true);
  office.add("审计员", "auditor");
  auto reader = office.browser(), auditor = office.browser();
  reader.log_in("管理员");
  auditor.log_in("审计员");
  const auto out = reader.ask("GET", "/api/v1/records/staff/export");
  CHECK(out.body.find("13800000000") != std::string::npos);
  office.serving.reset();  // Writes what waits.
  bool noted = false;
  auto log = node::Audit::open(node::DataDir(office.node.dir));
  REQUIRE(log.has_value());
  for (const auto& row : (*log)->list({})) noted = noted || row.entry.act == "export";
  CHECK(noted);
}

TEST_CASE("api: a company imports nothing of another company, and reads no values of its people",
          "[api][I6]") {
  Office office;
  office.add("管理员", "office", true);
  auto made = office.people()->add({"乙", "company", kPassword, false, "91410700MA0000009T"},
                                   office.city.time);
  REQUIRE(made.has_value());
  auto company = office.browser();
  company.log_in("乙");
  const auto out = company.ask("GET", "/api/v1/records/staff/export");
  CHECK(out.status == 200);
  CHECK(out.body.find("13800000000") == std::string::npos);
  CHECK(out.body.find("(无权查看)") != std::string::npos);
  const auto in =
      post(company, "/api/v1/records/staff/import",
           "company,staff_no,name,role,from_on\n91350100M000100Y43,B1,甲,保洁,2024-01-01\n");
  CHECK(in.status == 400);
  CHECK(in.body.find("forbidden") != std::string::npos);
}

}  // namespace linli::test
