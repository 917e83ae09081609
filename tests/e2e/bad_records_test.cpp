// What an office may get wrong in its records, as it is told at the command line: in the words of
// the person reading, with the field, and what is right beside it goes in.
#include <algorithm>

#include "tests/e2e/city.h"
#include "tests/e2e/locale.h"

namespace linli::e2e {
namespace {

const std::string kHome = "410702003901900";  // of the sample office
const std::string kSampleUscc = "91410700MA0000001W";

struct Wrong {
  std::string type;
  Json record;
  std::string field, zh, en;
};

Json with(Json record, const Json& changes) {
  record.update(changes);
  return record;
}

/// A hub and an office that serve, with the sample assembly in the office.
struct Bureau {
  City city{{kCommunityA}};
  Scratch& scratch = city.scratch;

  Bureau() {
    const std::string samples = LINLI_SAMPLES;
    for (const auto* type : {"vote_rules", "number_rule"}) {
      must(scratch,
           {"records", "put", "--data", city.hub.data(), type, samples + "/" + type + ".ndjson"});
    }
    auto& office = city.office(0);
    app::eventually("the office has the rules of votes", std::chrono::seconds(60),
                    [&] { return !office.get("/api/v1/records/vote_rules")["items"].empty(); });
    for (const auto* type : {"compound", "exclusive_part", "register_snapshot", "assembly",
                             "ballot_matter", "ballot", "ballot_box"}) {
      must(scratch, {"records", "put", "--data", office.data(), type,
                     samples + "-office/" + type + ".ndjson"});
    }
  }
  std::string put(Node& node, const std::string& type, const Json& record,
                  const std::vector<std::string>& options = {}) {
    std::vector<std::string> command{"records", "put", "--data", node.data(), type, "-"};
    command.insert(command.end(), options.begin(), options.end());
    auto id = must(scratch, command, record.dump());
    id.erase(id.find_last_not_of(" \n") + 1);
    return id;
  }
  std::size_t count(Node& node, const std::string& type) {
    const auto lines = must(scratch, {"export", type, "--data", node.data(), "--format", "ndjson"});
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }
  /// Refused by its field, in Chinese first for one reader and in English first for another.
  void refused(Node& node, const Wrong& wrong, const std::vector<std::string>& options = {}) {
    CAPTURE(wrong.type, wrong.field);
    const auto before = count(node, wrong.type);
    for (const bool chinese : {true, false}) {
      const Locale locale(chinese ? "zh_CN.UTF-8" : "en_US.UTF-8");
      std::vector<std::string> command{"records", "put", "--data", node.data(), wrong.type, "-"};
      command.insert(command.end(), options.begin(), options.end());
      const auto ran = linli(scratch, command, wrong.record.dump());
      INFO(ran.err);
      CHECK(ran.code == 1);
      const auto field = ran.err.find("line 1: " + wrong.field + ": ");
      const auto first = ran.err.find(chinese ? wrong.zh : wrong.en);
      const auto second = ran.err.find(chinese ? wrong.en : wrong.zh);
      CHECK(field != std::string::npos);
      CHECK(first != std::string::npos);
      CHECK(second != std::string::npos);
      CHECK(first < second);
    }
    CHECK(count(node, wrong.type) == before);
  }
};

Json committee() {
  return {{"compound", kHome},
          {"term_no", 1},
          {"rules", {"default", 1}},
          {"elected_on", "2023-10-20"},
          {"term_start", "2023-10-20"},
          {"term_end", "2028-10-20"},
          {"seats", 5},
          {"status", "elected"}};
}

Json income() {
  return {
      {"compound", kHome},
      {"kind", "common_income"},
      {"period", "2023-Q2"},
      {"revision", 1},
      {"prepared_by", "示例"},
      {"opening_fen", 100},
      {"closing_fen", 600},
      {"lines",
       Json::array(
           {{{"code", "advert"}, {"direction", "income"}, {"name", "广告"}, {"amount_fen", 500}}})},
      {"status", "drafted"}};
}

Json ballot(const char* head, const char* part) {
  return {{"assembly", {kHome, "extraordinary", 1}},
          {"head", head},
          {"serial", "样例票099"},
          {"parts", {part}},
          {"delivery", "in_person"},
          {"collector", "样例箱1"},
          {"returned_at", "2023-10-05T10:00"},
          {"signed", true},
          {"choices", {{"1", "agree"}}},
          {"status", "returned"}};
}

Json building(const std::string& number) { return {{"compound", kHome}, {"building_no", number}}; }

std::vector<Wrong> office_mistakes() {
  constexpr auto kTooLarge = 10'000'000'000'000'000'000ULL;  // 10^19 fen
  return {
      {"disclosure", with(income(), {{"closing_fen", 601}}), "closing_fen", "应为 600 分",
       "is 600 fen"},
      {"disclosure", with(income(), {{"opening_fen", kTooLarge}}), "opening_fen",
       "应为以“分”为单位的整数", "expected a whole number of fen"},
      {"ballot", ballot("样例99", "9-9-999"), "parts", "不在业主名册快照中", "isn't on the roll"},
      {"committee", with(committee(), {{"term_end", "2035-10-20"}}), "term_end",
       "任期不得超过5年(HN 28)，最迟到 2028-10-20", "a term is at most 5 years"},
      {"committee", with(committee(), {{"seats", 6}}), "seats", "人数须为单数，现为6人",
       "an odd number of members, not 6"},
      {"committee", with(committee(), {{"elected_on", "2023-02-30"}}), "elected_on",
       "2023 年 2 月没有 30 日", "there is no day 30 in 2023-02"},
      {"building", building("3\u200b号"), "building_no", "第 2 个字符是看不见的字符(U+200B)",
       "character 2 can't be seen (U+200B)"},
      {"building", building("\u202e号3"), "building_no", "第 1 个字符是看不见的字符(U+202E)",
       "character 1 can't be seen (U+202E)"},
      {"building", building("号\u200f3"), "building_no", "第 2 个字符是看不见的字符(U+200F)",
       "character 2 can't be seen (U+200F)"}};
}

}  // namespace

TEST_CASE("bad records: an office is told each in the reader's language, and the right one goes in",
          "[e2e][input]") {
  Bureau bureau;
  auto& office = bureau.city.office(0);
  for (const auto& wrong : office_mistakes()) bureau.refused(office, wrong);
  // The same without the mistake; and what is rare is no mistake.
  bureau.put(office, "disclosure", income());
  bureau.put(office, "committee", committee());
  bureau.put(office, "building", building("𠮷😀3号"));
  CHECK(must(bureau.scratch, {"export", "building", "--data", office.data(), "--format", "ndjson"})
            .find("𠮷😀3号") != std::string::npos);
  // Good rows beside a bad one go in.
  const auto lines = with(committee(), {{"term_no", 2}, {"seats", 4}}).dump() + "\n" +
                     with(committee(), {{"term_no", 3}}).dump() + "\n";
  const auto ran =
      linli(bureau.scratch, {"records", "put", "--data", office.data(), "committee", "-"}, lines);
  INFO(ran.err);
  CHECK(ran.code == 1);
  CHECK(bureau.count(office, "committee") == 2);
  must(bureau.scratch, {"verify", "--data", office.data()});
}

TEST_CASE("bad records: an inspection isn't closed over an open finding", "[e2e][input]") {
  Bureau bureau;
  auto& office = bureau.city.office(0);
  const auto visit = bureau.put(office, "inspection",
                                {{"kind", "patrol"},
                                 {"compound", kHome},
                                 {"template", {"standard", 1}},
                                 {"inspectors", {"J1"}},
                                 {"started_at", "2023-06-01T09:00"},
                                 {"ended_at", "2023-06-01T10:00"},
                                 {"results", {{"C01", "fail"}}},
                                 {"status", "reviewed"}});
  const auto found = bureau.put(office, "finding",
                                {{"inspection", visit},
                                 {"item_code", "C01"},
                                 {"severity", "minor"},
                                 {"description", "示例：楼道未清扫"},
                                 {"place", "3号楼"},
                                 {"responsible", "company"},
                                 {"status", "open"}});
  const Json closing{{"id", visit}, {"status", "closed"}};
  bureau.refused(office,
                 {"inspection", closing, "status", "1个问题尚未销号，检查不能办结",
                  "1 findings are still open"},
                 {"--update"});
  bureau.put(office, "finding",
             {{"id", found},
              {"status", "closed"},
              {"fixed_on", "2023-06-02"},
              {"closed_on", "2023-06-03"}},
             {"--update"});
  bureau.put(office, "inspection", closing, {"--update"});
}

TEST_CASE("bad records: who did not attend gets no certificate", "[e2e][input]") {
  Bureau bureau;
  auto& hub = bureau.city.hub;
  const auto person = [](const char* number) { return Json::array({kSampleUscc, number}); };
  for (const auto* number : {"Y1", "Y2"}) {
    bureau.put(hub, "staff",
               {{"company", kSampleUscc},
                {"staff_no", number},
                {"name", "样例"},
                {"role", "project_manager"},
                {"from_on", "2022-01-01"}});
  }
  bureau.put(hub, "course",
             {{"code", "certified"},
              {"name", "示例发证课程"},
              {"kind", "project_manager"},
              {"audience", {"project_manager"}},
              {"certificate", true},
              {"valid_months", 24},
              {"organiser", "示例局"}});
  const Json session{{"course", "certified"}, {"year", 2023}, {"no", 1}};
  bureau.put(hub, "session",
             with(session, {{"topic", "示例"},
                            {"starts_at", "2023-05-27T09:00"},
                            {"ends_at", "2023-05-27T17:00"},
                            {"place", "示例"},
                            {"status", "held"}}));
  const auto sign_in = [&](const char* number, const char* until) {
    return bureau.put(hub, "attendance",
                      {{"session", {"certified", 2023, 1}},
                       {"person", person(number)},
                       {"company", kSampleUscc},
                       {"in_at", "2023-05-27T09:00"},
                       {"out_at", until},
                       {"method", "manual"}});
  };
  const auto stayed = sign_in("Y1", "2023-05-27T17:00"), left = sign_in("Y2", "2023-05-27T10:00");
  bureau.put(hub, "session", with(session, {{"status", "attendance_confirmed"}}), {"--update"});
  bureau.refused(hub, {"training_certificate",
                       {{"person", person("Y1")}, {"course", "certified"}},
                       "attendance",
                       "未参加培训不能发证",
                       "no certificate for who didn't attend"});
  bureau.refused(hub, {"training_certificate",
                       {{"attendance", left}},
                       "attendance",
                       "签到无效(未到场或时长不足)，不能发证",
                       "wasn't there, or not for long enough"});
  bureau.put(hub, "training_certificate", {{"attendance", stayed}});
}

}  // namespace linli::e2e
