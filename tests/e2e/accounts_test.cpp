// Accounts and the audit log from the command line, beside a running node.
#include <chrono>
#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

std::string password_file(const Scratch& scratch, const std::string& password) {
  const auto file = scratch / "password";
  std::ofstream(file) << password << "\n";
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  return file.string();
}

int status_of(Node& node, const std::string& path) {
  const auto answer = node.send("GET", path);
  REQUIRE(answer);
  return answer->status;
}

}  // namespace

TEST_CASE("accounts: commands go on beside a node that asks people to log in", "[e2e][accounts]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  const auto run = [&](std::vector<std::string> arguments, const std::string& in = {}) {
    arguments.insert(arguments.end(), {"--data", office.data()});
    return linli(city.scratch, arguments, in);
  };
  const auto file = password_file(city.scratch, "correct horse 电池");
  CHECK(status_of(office, "/api/v1/node") == 200);
  const auto added = run({"accounts", "add", "王五", "--role", "office", "--password-file", file});
  INFO(added.err);
  REQUIRE(added.code == 0);
  CHECK(status_of(office, "/api/v1/node") == 401);

  // The node runs: what commands write goes through it, and needs no login.
  const auto put = run({"records", "put", "compound"}, compound(1).dump() + "\n");
  INFO(put.err);
  CHECK(put.code == 0);
  CHECK(run({"sync"}).code == 0);

  const auto list = run({"accounts", "list", "--json"});
  const auto accounts = Json::parse(list.out)["items"];
  REQUIRE(accounts.size() == 1);
  CHECK(accounts[0]["name"] == "王五");
  CHECK(accounts[0]["admin"] == true);  // The first one is.
  CHECK(list.out.find("argon2") == std::string::npos);

  CHECK(run({"accounts", "add", "李四", "--role", "king", "--password-file", file}).code == 1);
  CHECK(run({"accounts", "add", "李四", "--role", "office", "--password-file",
             password_file(city.scratch, "short")})
            .code == 1);
  CHECK(run({"accounts", "add", "李四"}).code == 2);
  CHECK(run({"accounts", "disable", "没有这个人"}).code == 1);
  // From a pipe, as scripts have it.
  CHECK(run({"accounts", "passwd", "王五"}, "a fresh one 2026\n").code == 0);
  // Nobody would be left who lets others in again.
  for (const auto& alone : std::vector<std::vector<std::string>>{
           {"users", "disable", "王五"}, {"accounts", "role", "王五", "--no-admin"}}) {
    const auto none = run(alone);
    INFO(none.err);
    CHECK(none.code == 1);
    CHECK(none.err.find("linli: forbidden: 至少要保留一名可登录的管理员：请先指定另一名") == 0);
    CHECK(none.err.find("make another one first") != std::string::npos);
  }
  CHECK(run({"accounts", "add", "李四", "--role", "office", "--admin", "--password-file",
             password_file(city.scratch, "correct horse 电池")})
            .code == 0);
  CHECK(run({"users", "disable", "王五"}).code == 0);
  const auto refused = office.send("POST", "/api/v1/session",
                                   Json{{"name", "王五"}, {"password", "a fresh one 2026"}}.dump());
  REQUIRE(refused);
  CHECK(refused->status == 401);
  CHECK(run({"accounts", "enable", "王五"}).code == 0);
  const auto in = office.send("POST", "/api/v1/session",
                              Json{{"name", "王五"}, {"password", "a fresh one 2026"}}.dump());
  REQUIRE(in);
  CHECK(in->status == 200);

  // Who logged in is noted a moment after it was answered.
  Ran audit;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  do {
    audit = run({"audit", "list", "--json"});
    REQUIRE(audit.code == 0);
  } while (Json::parse(audit.out)["items"].size() < 5 &&
           std::chrono::steady_clock::now() < deadline);
  CHECK(Json::parse(audit.out)["items"].size() >= 5);
  CHECK(audit.out.find("a fresh one") == std::string::npos);
  CHECK(run({"audit", "verify"}).code == 0);
}

TEST_CASE("audit: exports and reads of personal values by commands are noted", "[e2e][accounts]") {
  const Scratch scratch;
  const auto data = (scratch / "hub").string();
  must(scratch, {"init", "--data", data, "--role", "hub", "--name", "示例局", "--scope", "410700"});
  must(
      scratch, {"records", "put", "company", "--data", data},
      R"({"uscc":"91350100M000100Y43","name":"样例物业","legal_person":"法人某甲","phone":"0373-1",)"
      R"("complaint_phone":"0373-2","status":"active"})"
      "\n");
  const auto listed = must(scratch, {"records", "list", "company", "--data", data, "--json"});
  const auto company = Json::parse(listed)["items"][0];
  const auto id = company["id"].get<std::string>();
  const bool seen = company["fields"]["legal_person"].is_string();
  must(scratch, {"export", "company", "--data", data, "--format", "csv"});
  must(scratch, {"records", "get", "company", id, "--data", data});
  const auto rows = Json::parse(
      must(scratch, {"audit", "list", "--data", data, "--record", id, "--json"}))["items"];
  // The hub doesn't see personal values that it may not read: then there is nothing to note.
  REQUIRE(rows.size() == (seen ? 3 : 0));
  if (seen) {
    CHECK(rows[0]["act"] == "read");
    CHECK(rows[1]["act"] == "export");
    CHECK(rows[2]["fields"] == "legal_person");
    CHECK(rows[2]["from"] == "console");
  }
  must(scratch, {"invite", "--data", data, "--role", "office", "--scope", kCommunityA, "--name",
                 "渠东社区"});
  const auto newest = Json::parse(must(scratch, {"audit", "list", "--data", data, "--json"}));
  CHECK(newest["items"][0]["act"] == "invite");
  const auto verified = Json::parse(must(scratch, {"audit", "verify", "--data", data, "--json"}));
  CHECK(verified["whole"] == true);
  const auto head = verified["head"].get<std::string>();
  CHECK(linli(scratch, {"audit", "verify", "--data", data, "--head", head}).code == 0);
  CHECK(linli(scratch, {"audit", "verify", "--data", data, "--head", std::string(64, '0')}).code ==
        1);
}

}  // namespace linli::e2e
