// A photo that the checklist wants is asked for on every way in, in words that say what to do.
#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {

TEST_CASE("a finding without the photo that its checklist wants is refused on every way in",
          "[e2e][input]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  const auto& scratch = city.scratch;
  app::eventually("the office has the templates", std::chrono::seconds(60),
                  [&] { return !office.get("/api/v1/records/template")["items"].empty(); });
  REQUIRE(office.batch("compound", {compound(1)}));
  const auto visits = office.batch("inspection", {inspection("410702003901101", 1)});
  REQUIRE(visits);
  const auto visit = (*visits)[0]["id"].get<std::string>();
  const Json bare{{"inspection", visit},  {"item_code", "F06"},
                  {"severity", "major"},  {"description", "示例：堆放杂物"},
                  {"place", "示例3号楼"}, {"responsible", "company"},
                  {"status", "open"}};
  const std::string photo(64, 'b');
  const std::string said = "检查表要求第 F06 项拍照";

  const auto posted = office.send("POST", "/api/v1/records/finding", bare.dump());
  REQUIRE(posted);
  CHECK(posted->status >= 400);
  CHECK(posted->body.find("photos") != std::string::npos);
  CHECK(posted->body.find(said) != std::string::npos);

  auto shown = bare;
  shown["photos"] = {photo};
  const auto lines = office.batch("finding", {bare, shown});
  REQUIRE(lines);
  CHECK((*lines)[0]["faults"][0]["field"] == "photos");
  CHECK((*lines)[1]["done"] == "created");

  const auto table = (scratch / "问题.csv").string();
  std::ofstream(table) << "inspection,item_code,severity,description,place,responsible,photos,"
                          "status\n"
                       << visit << ",F06,较大,示例：二,示例4号楼,物业服务企业,,待处理\n";
  const auto sent = office.send("POST", "/api/v1/records/finding/import?dry_run=1",
                                app::read_file(table), "text/csv");
  REQUIRE(sent);
  const auto report = Json::parse(sent->body);
  INFO(sent->body);
  REQUIRE(report["problems"].size() == 1);
  CHECK(report["problems"][0]["row"] == 2);
  CHECK(report["problems"][0]["field"] == "photos");

  for (const bool serving : {true, false}) {  // Through the running node, and without one.
    if (!serving) office.stop();
    const auto put =
        linli(scratch, {"records", "put", "finding", "-", "--data", office.data()}, bare.dump());
    CHECK(put.code == 1);
    INFO(put.err);
    CHECK((put.err + put.out).find(said) != std::string::npos);
    const auto imported = linli(scratch, {"import", "finding", table, "--data", office.data()});
    CHECK(imported.code == 1);
    INFO(imported.err);
    CHECK(imported.err.find("第 2 行") != std::string::npos);
    CHECK(imported.err.find(said) != std::string::npos);
  }
  office.start();
  CHECK(office.get("/api/v1/records/finding")["items"].size() == 1);
}

}  // namespace linli::e2e
