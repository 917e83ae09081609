// Figures of a period and what stands behind a figure, as people get them: by commands, beside a
// running hub, and after it was killed.
#include <set>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

const std::string kPeriod = "2023-05";

/// A hub and two offices, of which one has three inspections in May 2023.
struct May {
  City city{{kCommunityA, kCommunityB}};
  Scratch& scratch = city.scratch;
  std::string hub = city.hub.data();

  May() {
    must(scratch, {"records", "put", "figure_set", "--data", hub},
         Json{{"code", "e2e"},
              {"name", "示例月报"},
              {"statistics", {"inspections", "findings"}},
              {"periods", {"month"}}}
             .dump());
    REQUIRE(city.office(0).batch("compound", {compound(1)}));
    inspect(3);
  }
  void inspect(int count) {
    std::vector<Json> lines;
    for (int i = 0; i < count; ++i) {
      lines.push_back(inspection(compound(1)["compound_code"].get<std::string>(), ++day_));
    }
    const auto answers = city.office(0).batch("inspection", lines);
    REQUIRE(answers);
    for (const auto& answer : *answers) CHECK(answer["done"] == "created");
    city.settle();
  }
  Ran figures(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "figures");
    arguments.insert(arguments.end(), {"--data", hub});
    return linli(scratch, arguments);
  }
  std::string submit() {
    const auto ran = figures({"submit", "--set", "e2e", "--period", kPeriod, "--json"});
    INFO(ran.err);
    REQUIRE(ran.code == 0);
    return Json::parse(ran.out)["id"].get<std::string>();
  }
  Json stat(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"stats",  "inspections", "--period", kPeriod,
                                       "--json", "--data",      hub};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Json::parse(must(scratch, arguments));
  }

 private:
  int day_ = 0;
};

}  // namespace

TEST_CASE(
    "figures: a month is submitted and checked and approved and what comes later is beside it",
    "[e2e][figures][I7]") {
  May may;
  const auto first = may.submit();
  // Something comes before it was checked: the hub counts something else, and says so.
  may.inspect(1);
  const auto stale = may.figures({"check", first});
  CHECK(stale.code == 1);
  CHECK(stale.err.find("this node counts something else") != std::string::npos);
  CHECK(may.figures({"approve", first}).code == 1);  // Not before it was checked.
  CHECK(may.figures({"return", first}).code == 2);   // Not without a reason.
  CHECK(may.figures({"return", first, "--reason", "缺一次检查"}).code == 0);
  const auto id = may.submit();
  CHECK(id == first);  // The same month of the same unit is the same record.
  CHECK(may.figures({"check", id}).code == 0);
  CHECK(may.figures({"approve", id, "--doc", "新建统〔2023〕6号"}).code == 0);
  CHECK(may.stat()["approved"]["numerator"] == 4);
  CHECK(may.stat()["approved"]["correction"]["numerator"] == 0);

  may.inspect(2);
  may.city.hub.kill();
  may.city.hub.start();
  const auto now = may.stat();
  CHECK(now["total"]["numerator"] == 6);
  CHECK(now["approved"]["numerator"] == 4);
  CHECK(now["approved"]["correction"]["numerator"] == 2);
  CHECK(now["approved"]["later"]["items"].size() == 2);
  const auto shown =
      must(may.scratch, {"stats", "inspections", "--period", kPeriod, "--data", may.hub});
  CHECK(shown.find("已批准 approved") != std::string::npos);
  CHECK(shown.find("更正 correction +2") != std::string::npos);
  const auto csv = must(may.scratch, {"stats", "inspections", "--period", kPeriod, "--format",
                                      "csv", "--data", may.hub});
  CHECK(csv.find("批准数,更正") != std::string::npos);
  CHECK(csv.find("合计,6,4,2") != std::string::npos);
  // What was approved counts again to the same from what it included.
  const auto review = Json::parse(
      must(may.scratch, {"figures", "show", id, "--recompute", "--json", "--data", may.hub}));
  CHECK(review["record"]["fields"]["status"] == "approved");
  CHECK(review["recomputed"]["same"] == true);
  CHECK(review["same"] == false);
  const auto list =
      must(may.scratch, {"figures", "list", "--state", "approved", "--data", may.hub});
  CHECK(list.find(id) != std::string::npos);
  // Nothing of it changes any more, by no road.
  const auto changed =
      linli(may.scratch, {"records", "put", "period_figures", "-", "--update", "--data", may.hub},
            Json{{"id", id}, {"as_of", "2023-07-01"}}.dump());
  CHECK(changed.code == 1);
  CHECK(may.figures({"return", id, "--reason", "再看"}).code == 1);
  may.city.verify();
}

TEST_CASE("figures: what stands behind one is there again at its position of the log",
          "[e2e][figures][I7]") {
  May may;
  const auto behind = may.stat({"--why"});
  CHECK(behind["figure"]["total"]["numerator"] == 3);
  CHECK(behind["items"].size() == 3);
  // The office and the hub have written; the other office has nothing, but was heard of since.
  std::set<std::string> included;
  for (const auto& node : behind["nodes"]["included"]) {
    included.insert(node["name"].get<std::string>());
  }
  CHECK(included == std::set<std::string>{"示例住建局", "示例社区0"});
  CHECK(behind["nodes"]["missing"].empty());
  const auto at = behind["position"]["arrival"].dump();
  // By HTTP it is the same, to the digest.
  const auto by_http = may.city.hub.get("/api/v1/stats/inspections/provenance?period=" + kPeriod +
                                        "&today=" + behind["figure"]["today"].get<std::string>());
  CHECK(by_http["digest"] == behind["digest"]);
  // Page by page, each record once.
  std::set<std::string> ids;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    std::vector<std::string> more{"--why", "--limit", "1"};
    if (!cursor.empty()) more.insert(more.end(), {"--cursor", cursor});
    const auto one = may.stat(more);
    REQUIRE(one["items"].size() == 1);
    ids.insert(one["items"][0]["id"].get<std::string>());
    CHECK(one["next_cursor"].is_string() == (page < 2));
    cursor = page < 2 ? one["next_cursor"].get<std::string>() : "";
  }
  CHECK(ids.size() == 3);
  CHECK(may.stat({"--why", "--only", "kind=patrol"})["items"].size() == 3);
  CHECK(may.stat({"--why", "--only", "kind=routine"})["items"].empty());

  may.inspect(2);
  may.city.hub.kill();
  CHECK(may.stat({"--why"})["items"].size() == 5);
  const std::vector<std::string> then{"--at", at, "--why", "--today",
                                      behind["figure"]["today"].get<std::string>()};
  const auto again = may.stat(then);
  CHECK(again["figure"] == behind["figure"]);
  CHECK(again["digest"] == behind["digest"]);
  CHECK(again["items"].size() == 3);
  CHECK(may.stat(then)["digest"] == behind["digest"]);
  const auto text =
      must(may.scratch, {"stats", "inspections", "--period", kPeriod, "--why", "--data", may.hub});
  CHECK(text.find("依据记录 records：5") != std::string::npos);
  CHECK(text.find("再算一次 again: linli stats inspections") != std::string::npos);
  CHECK(linli(may.scratch,
              {"stats", "inspections", "--why", "--only", "nothing=x", "--data", may.hub})
            .code == 1);
}

}  // namespace linli::e2e
