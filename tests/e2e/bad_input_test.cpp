// What a user may get wrong at the command line, and what a machine may get wrong around it.
#include <sqlite3.h>

#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

void found(const Scratch& scratch, const std::string& data) {
  must(scratch, {"init", "--data", data, "--role", "hub", "--name", "示例局", "--scope", "410700"});
}

std::string unit(const std::string& code) {
  return Json{{"code", code},
              {"level", "city"},
              {"name", "示例" + code},
              {"code_authority", "local"},
              {"valid_from", "2023-01-01"}}
      .dump();
}

bool one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("records put names each bad line by line and field, and takes the good ones",
          "[e2e][input]") {
  const Scratch scratch;
  const auto data = (scratch / "hub").string();
  found(scratch, data);
  auto bad_utf8 = unit("410799");
  bad_utf8.replace(bad_utf8.find("示例"), 2, "\xff\xfe");
  const std::string lines =
      unit("410791") + "\n" +  // 1 good
      "{\"code\": \n" +        // 2 broken
      R"({"code":"410792","colour":"red"})"
      "\n" +  // 3 unknown field
      R"({"code":"410793"})"
      "\n" +  // 4 missing fields
      R"({"code":"410794","level":"planet","name":"x","code_authority":"local","valid_from":"2023-01-01"})"
      "\n" +
      R"({"code":"410795","level":"district","name":"x","code_authority":"local","valid_from":"2023-02-30"})"
      "\n" +
      R"({"code":"410796","level":"district","name":"x","code_authority":"local","valid_from":"2023-01-01","parent":"nowhere"})"
      "\n" +
      bad_utf8 + "\n" +  // 8
      R"({"code":"410791","level":"city","name":"other","code_authority":"local","valid_from":"2023-01-01"})"
      "\n" +
      "{\"code\":\"" + std::string(10u << 20, 'x') + "\"}\n" +  // 10: 10 MB
      unit("410797") + "\n";                                    // 11 good
  const auto ran = linli(scratch, {"records", "put", "org_unit", "--data", data, "--json"}, lines);
  CHECK(ran.code == 1);
  INFO(ran.err.substr(0, 4000));
  const std::vector<std::pair<int, std::string>> wanted{
      {2, "bad_input"}, {3, "colour"},   {4, "name"},          {5, "level"},     {6, "valid_from"},
      {7, "parent"},    {8, "bad_utf8"}, {9, "duplicate_key"}, {10, "too_large"}};
  const auto said = ran.out + ran.err;
  for (const auto& [line, what] : wanted) {
    INFO(line << " " << what);
    bool named = false;
    for (std::size_t at = 0; at < said.size();) {
      auto end = said.find('\n', at);
      if (end == std::string::npos) end = said.size();
      const auto text = said.substr(at, end - at);
      const bool here = text.find("line " + std::to_string(line) + ":") != std::string::npos ||
                        text.find("\"line\":" + std::to_string(line) + ",") != std::string::npos;
      named = named || (here && text.find(what) != std::string::npos);
      at = end + 1;
    }
    CHECK(named);
  }
  const auto kept = must(scratch, {"export", "org_unit", "--data", data, "--format", "ndjson"});
  CHECK(std::count(kept.begin(), kept.end(), '\n') == 2);
  CHECK(kept.find("410797") != std::string::npos);

  SECTION("with --all-or-nothing one bad line keeps all of them out") {
    const auto none =
        linli(scratch, {"records", "put", "org_unit", "--data", data, "--all-or-nothing"},
              unit("410781") + "\n" +
                  R"({"code":"410782"})"
                  "\n");
    CHECK(none.code == 1);
    CHECK(must(scratch, {"export", "org_unit", "--data", data, "--format", "ndjson"}) == kept);
  }
  SECTION("--dry-run keeps nothing and says what would happen") {
    must(scratch, {"records", "put", "org_unit", "--data", data, "--dry-run"}, unit("410781"));
    CHECK(must(scratch, {"export", "org_unit", "--data", data, "--format", "ndjson"}) == kept);
  }
  SECTION("an unknown type is named") {
    const auto none = linli(scratch, {"records", "put", "planet", "--data", data}, "{}");
    CHECK(none.code != 0);
    CHECK(none.err.find("planet") != std::string::npos);
  }
}

TEST_CASE("a folder that can't be used is refused in one clear line, undamaged", "[e2e][input]") {
  const Scratch scratch;
  const auto data = (scratch / "hub").string();
  SECTION("it isn't there") {
    const auto ran = linli(scratch, {"records", "list", "org_unit", "--data", data});
    CHECK(ran.code == 1);
    CHECK(one_line(ran.err));
  }
  SECTION("it holds something else") {
    std::filesystem::create_directory(data);
    std::ofstream(data + "/letter.txt") << "keep me";
    CHECK(linli(scratch, {"serve", "--data", data}).code == 1);
    const auto ran = linli(
        scratch, {"init", "--data", data, "--role", "hub", "--name", "x", "--scope", "410700"});
    CHECK(ran.code == 1);
    CHECK(one_line(ran.err));
    CHECK(std::filesystem::exists(data + "/letter.txt"));
  }
  SECTION("its database is no database") {
    std::filesystem::create_directory(data);
    std::ofstream(data + "/linli.db") << std::string(8192, 'x');
    const auto ran = linli(scratch, {"verify", "--data", data});
    CHECK(ran.code == 1);
    CHECK(one_line(ran.err));
  }
  SECTION("it belongs to a newer version") {
    found(scratch, data);
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((data + "/linli.db").c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "UPDATE meta SET value = 99 WHERE key = 'format'", nullptr, nullptr,
                         nullptr) == SQLITE_OK);
    sqlite3_close(db);
    const auto ran = linli(scratch, {"serve", "--data", data, "--listen", "127.0.0.1:0"});
    CHECK(ran.code == 1);
    CHECK(one_line(ran.err));
    CHECK(ran.err.find("newer") != std::string::npos);
  }
  SECTION("another process serves it, or its port is taken") {
    found(scratch, data);
    Node node(scratch, "hub");
    node.start();
    const auto twice = linli(scratch, {"serve", "--data", data, "--listen", "127.0.0.1:0"});
    CHECK(twice.code == 1);
    CHECK(twice.err.find("data_dir_in_use") != std::string::npos);
    const auto other = (scratch / "other").string();
    found(scratch, other);
    const auto port = node.url().substr(node.url().rfind('/') + 1);
    const auto taken = linli(scratch, {"serve", "--data", other, "--listen", port});
    CHECK(taken.code == 1);
    CHECK(taken.err.find("port_in_use") != std::string::npos);
    node.stop();
    must(scratch, {"verify", "--data", data});
  }
}

TEST_CASE("wrong usage ends with exit code 2", "[e2e][input]") {
  const Scratch scratch;
  CHECK(linli(scratch, {"serve"}).code == 2);
  CHECK(linli(scratch, {"fly"}).code == 2);
  CHECK(
      linli(scratch, {"join", "--data", (scratch / "x").string(), "linli-invite:nonsense"}).code ==
      2);
}

}  // namespace linli::e2e
