#include "node/model/inspection.h"

#include "crypto/cbor.h"
#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {
Record inspection(std::string_view changes = "{}") {
  return made("inspection", with(kInspection, changes), stocked());
}
Record finding(std::string_view changes = "{}") {
  return made("finding", with(kFinding, changes), stocked());
}
std::vector<Fault> faults(const Record& record) { return faults_of(record, stocked()); }
std::int64_t day(const char* text) { return parse_day(text).value(); }
}  // namespace

TEST_CASE("inspection: the score comes from template and results", "[model]") {
  const auto score = [](const char* results) {
    return fields_to_json(*ViewOf(inspection(Json{{"results", Json::parse(results)}}.dump())));
  };
  CHECK(score(R"({"F01":"ok","C01":"fail","F06":"na"})")["score"] == 75);
  CHECK(score(R"({"F01":"ok","C01":"ok","F06":"fail"})")["score"] == 44);
  CHECK_FALSE(score(R"({"F01":"na","F06":"na"})").contains("score"));
  const auto lost = authored("inspection", kInspection, Shelf());
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().field == "template");
}

TEST_CASE("inspection: rules", "[model]") {
  CHECK(faults(inspection()).empty());
  CHECK(faulty(faults(inspection(R"({"inspectors":["J001"]})")), "inspectors"));
  CHECK(faults(inspection(R"({"inspectors":["J001"],"kind":"patrol"})")).empty());
  CHECK(faulty(faults(inspection(R"({"kind":"campaign"})")), "campaign"));
  CHECK(faults(inspection(R"({"kind":"campaign","campaign":"flood-2023"})")).empty());
  CHECK(faulty(faults(inspection(R"({"ended_at":null})")), "ended_at"));
  CHECK(faults(inspection(R"({"ended_at":null,"status":"started"})")).empty());
  CHECK(faulty(faults(inspection(R"({"ended_at":"2023-06-01T23:29"})")), "ended_at"));
  CHECK(faulty(faults(inspection(R"({"results":null})")), "results"));
  CHECK(faults(inspection(R"({"results":null,"kind":"reinspection"})")).empty());
  CHECK(faulty(faults(inspection(R"({"results":{"X99":"ok"}})")), "results.X99"));
  CHECK(faulty(faults(inspection(R"({"ended_at":"2029-06-01T23:29"})")), "ended_at"));
  CHECK(faulty(faults(inspection(R"({"status":"returned"})")), "return_reason"));
}

TEST_CASE("inspection: how many inspectors and what a veto leaves are settings", "[model]") {
  auto shelf = stocked();
  shelf.put(made("rule_setting", R"({"code":"inspectors_min","value":3})"));
  shelf.put(made("rule_setting", R"({"code":"veto_score_max","value":40})"));
  CHECK(faulty(faults_of(made("inspection", kInspection, shelf), shelf), "inspectors"));
  CHECK(faults_of(made("inspection", with(kInspection, R"({"kind":"patrol"})"), shelf), shelf)
            .empty());
  const auto vetoed = with(kInspection, R"({"results":{"F01":"ok","C01":"ok","F06":"fail"}})");
  const auto score = [](const Record& record) { return fields_to_json(*ViewOf(record))["score"]; };
  const auto before = made("inspection", vetoed, stocked());
  CHECK(score(made("inspection", vetoed, shelf)) == 40);
  REQUIRE(score(before) != 40);
  // What was scored before keeps its score, until somebody marks it anew.
  shelf.put(before);
  auto again = before;
  REQUIRE(again.type->derive(again, shelf, kNow).has_value());
  CHECK(score(again) == score(before));
  CHECK(score(made("inspection",
                   with(kInspection, R"({"results":{"F01":"ok","C01":"fail","F06":"fail"}})"),
                   shelf)) != score(before));
}

TEST_CASE("inspection: rules of templates and campaigns", "[model]") {
  auto items = Json::parse(kTemplate)["items"];
  items[1]["item_code"] = "F01";
  CHECK(faulty(faults(made("template", with(kTemplate, Json{{"items", items}}.dump()))),
               "items.1.item_code"));
  CHECK(faulty(faults(made("campaign", with(kCampaign, R"({"quota":null})"))), "quota"));
  CHECK(faulty(faults(made("campaign", with(kCampaign, R"({"to_on":"2023-05-14"})"))), "to_on"));
}

TEST_CASE("inspection: what it adds to the figures, on the local day it ended", "[model]") {
  const auto all = contributions(inspection());
  const auto& counted = only(all, "inspections");
  CHECK(counted.day == day("2023-06-02"));
  CHECK(counted.dim1 == "routine");
  CHECK((counted.unit.size() == 16 && counted.key == counted.unit));
  CHECK(total(all, "inspector_load") == 2);
  CHECK_FALSE(fed(all, "campaign_visited"));
  CHECK(contributions(inspection(R"({"status":"started"})")).empty());
  CHECK(contributions(inspection(R"({"status":"returned"})")).empty());
  CHECK(fed(contributions(inspection(R"({"status":"closed"})")), "inspections"));

  const auto joined = contributions(inspection(R"({"kind":"campaign","campaign":"flood-2023"})"));
  const auto campaign = made("campaign", kCampaign);
  const auto targets = contributions(campaign);
  CHECK(only(targets, "campaign_quota").n == 10);
  CHECK_FALSE(fed(targets, "campaign_targets"));
  CHECK(only(joined, "campaign_visited").dim1 == only(targets, "campaign_quota").dim1);
  const auto named = contributions(made("campaign", with(kCampaign, R"({"target_compounds":[
    {"key":"410702003901001","scope":"410700/410702/410702003/410702003901"}]})")));
  CHECK(only(named, "campaign_targets").unit == counted.unit);
  CHECK(only(named, "campaign_targets").key == only(joined, "campaign_visited").key);
}

TEST_CASE("finding: takes compound, company, day and deadline from its inspection", "[model]") {
  const auto json = fields_to_json(*ViewOf(finding()));
  CHECK(json["found_on"] == "2023-06-01");
  CHECK(json["due_on"] == "2023-07-03");  // 30 days end on a Saturday (CC 203)
  CHECK(json["compound"]["type"] == "compound");
  CHECK(json["company"]["type"] == "company");
  const auto due = [](const char* changes) {
    return fields_to_json(*ViewOf(finding(changes)))["due_on"];
  };
  CHECK(due(R"({"severity":"critical"})") == "2023-06-02");
  CHECK(due(R"({"severity":"major"})") == "2023-06-08");
  CHECK(due(R"({"severity":"general"})") == "2023-06-16");
  CHECK(due(R"({"due_on":"2023-06-03"})") == "2023-06-03");
  // Where the inspection isn't here the compound must be said.
  CHECK(faulty(faults_of(made("finding", kFinding)), "compound"));
}

TEST_CASE("finding: a deadline ends on a day that is worked, but for danger", "[model]") {
  auto shelf = stocked();
  shelf.put(made("calendar_year", R"({"year":2023,"holidays":[
    {"name":"示例","from_on":"2023-06-02","to_on":"2023-06-09"}],"worked":[{"on":"2023-06-10"}]})"));
  const auto due = [&](const char* severity) {
    const auto record = made("finding", with(kFinding, Json{{"severity", severity}}.dump()), shelf);
    return fields_to_json(*ViewOf(record))["due_on"];
  };
  CHECK(due("major") == "2023-06-10");     // a Saturday that is worked
  CHECK(due("critical") == "2023-06-02");  // 24 hours, holiday or not
  CHECK(due("general") == "2023-06-16");
}

TEST_CASE("finding: where the checklist wants a photo there is one", "[model]") {
  const auto photo = std::string(64, 'a');
  const Json without{{"item_code", "F06"}, {"severity", "critical"}};
  auto with_photo = without;
  with_photo["photos"] = {photo};
  const auto bare = finding(without.dump());
  const auto refused = faults(bare);
  REQUIRE(faulty(refused, "photos"));
  CHECK(refused.front().code == Errc::missing_field);
  CHECK(refused.front().zh.find("F06") != std::string::npos);
  CHECK(faults(finding(with_photo.dump())).empty());
  CHECK(faults(finding()).empty());  // C01 wants none

  // A node that receives one judges it by its own fields: it is sound, and stays.
  CHECK(check(*ViewOf(bare)).empty());
  // Who works on it goes on, whoever recorded it without …
  auto shelf = stocked();
  shelf.put(bare);
  auto noticed = without;
  noticed["status"] = "noticed";
  CHECK(faults_of(made("finding", with(kFinding, noticed.dump()), shelf), shelf).empty());
  // … but a photo that is there isn't taken away, nor the finding turned into one of such an item.
  shelf.put(finding(with_photo.dump()));
  CHECK(faulty(faults_of(bare, shelf), "photos"));
  shelf.put(finding());
  CHECK(faulty(faults_of(bare, shelf), "photos"));
}

TEST_CASE("finding: which failed items a review wants to see", "[model]") {
  const auto checklist = made("template", kTemplate);
  const auto items = [&](const char* results) {
    return items_to_show(*ViewOf(inspection(Json{{"results", Json::parse(results)}}.dump())),
                         *ViewOf(checklist));
  };
  CHECK(items(R"({"F01":"fail","F06":"fail"})") == std::vector<std::string>{"F06"});
  CHECK(items(R"({"F01":"fail","F06":"ok"})").empty());
  CHECK(items(R"({"F06":"na","C01":"fail"})").empty());
}

TEST_CASE("finding: rules", "[model]") {
  CHECK(faults(finding()).empty());
  CHECK(faulty(faults(finding(R"({"item_code":"X99"})")), "item_code"));
  CHECK(faulty(faults(finding(R"({"due_on":"2023-05-31"})")), "due_on"));
  CHECK(faulty(faults(finding(R"({"status":"fixed"})")), "fixed_on"));
  CHECK(faults(finding(R"({"status":"fixed","fixed_on":"2023-06-01"})")).empty());
  CHECK(faulty(faults(finding(R"({"status":"fixed","fixed_on":"2023-05-31"})")), "fixed_on"));
  CHECK(faulty(faults(finding(R"({"status":"not_fixed"})")), "first_reinspection"));
  CHECK(faulty(faults(finding(R"({"status":"not_fixed","first_reinspection":"partly"})")),
               "reinspected_on"));
  CHECK(faulty(faults(finding(R"({"status":"replied","first_reinspection":"fixed",
                                  "reinspected_on":"2023-06-20"})")),
               "fixed_on"));
  CHECK(faulty(faults(finding(R"({"status":"closed","fixed_on":"2023-06-02"})")), "closed_on"));
  CHECK(faulty(faults(finding(R"({"status":"withdrawn"})")), "withdrawn_reason"));
  CHECK(faulty(faults(finding(R"({"status":"referred"})")), "referred_to"));
  CHECK(faulty(faults(finding(R"({"status":"closed","fixed_on":"2023-06-02",
                                  "closed_on":"2023-11-15"})")),
               "closed_on"));  // tomorrow
}

TEST_CASE("finding: what it adds to the figures", "[model]") {
  const auto open = contributions(finding());
  CHECK(only(open, "findings").day == day("2023-06-01"));
  CHECK(only(open, "findings").dim1 == "minor");
  CHECK(only(open, "findings").dim2 == "C01");
  CHECK(only(open, "findings_open").day == day("2023-07-03"));
  CHECK_FALSE(fed(open, "findings_fixed_on_time"));
  CHECK(contributions(finding(R"({"status":"withdrawn"})")).empty());

  const auto closed = [](const char* fixed, const char* closed_on) {
    return contributions(finding(Json{
        {"status", "closed"},
        {"fixed_on", fixed},
        {"first_reinspection", "fixed"},
        {"reinspected_on", fixed},
        {"closed_on", closed_on}}.dump()));
  };
  const auto in_time = closed("2023-07-03", "2023-07-04");  // on the last day
  CHECK(fed(in_time, "findings_fixed_on_time"));
  CHECK_FALSE(fed(in_time, "findings_open"));
  CHECK(only(in_time, "findings_first_pass").day == day("2023-07-03"));
  CHECK(only(in_time, "findings_closed").dim2 == "31+");
  CHECK_FALSE(fed(closed("2023-07-04", "2023-07-04"), "findings_fixed_on_time"));
  CHECK(only(closed("2023-06-02", "2023-06-02"), "findings_closed").dim2 == "0-1");
  CHECK(only(closed("2023-06-02", "2023-06-08"), "findings_closed").dim2 == "2-7");
  CHECK(only(closed("2023-06-02", "2023-06-16"), "findings_closed").dim2 == "8-15");
  CHECK(only(closed("2023-06-02", "2023-07-01"), "findings_closed").dim2 == "16-30");
  const auto failed = contributions(finding(R"({"status":"not_fixed",
    "first_reinspection":"not_fixed","reinspected_on":"2023-06-20"})"));
  CHECK(fed(failed, "findings_reinspected"));
  CHECK_FALSE(fed(failed, "findings_first_pass"));
}

TEST_CASE("finding: overdue it goes up level by level", "[model]") {
  const auto shown = [](const Record& record) { return fields_to_json(*ViewOf(record)); };
  CHECK(shown(finding())["due_on"] == "2023-07-03");
  CHECK(shown(finding())["escalates_on"] == "2023-07-10");
  CHECK(shown(finding(R"({"severity":"critical"})"))["escalates_on"] == "2023-06-03");
  // On that day and the next step's, not before: what is before today counts.
  const auto open = contributions(finding());
  CHECK(only(open, "findings_at_district").day == day("2023-07-09"));
  CHECK(only(open, "findings_at_city").day == day("2023-07-16"));
  CHECK(only(open, "findings_at_city").dim1 == "minor");
  // Fixed, referred or closed it is nobody's to press for.
  for (const auto* ended : {R"({"status":"fixed","fixed_on":"2023-07-12"})",
                            R"({"status":"referred","referred_to":"消防救援大队"})",
                            R"({"status":"closed","closed_on":"2023-07-12"})"}) {
    CHECK_FALSE(fed(contributions(finding(ended)), "findings_at_district"));
    CHECK_FALSE(fed(contributions(finding(ended)), "findings_at_city"));
  }
  CHECK_FALSE(ViewOf(finding(R"({"status":"closed","closed_on":"2023-07-12"})"))->has(21));
  // One of before this has its due day alone.
  auto older = finding();
  older.unset(finding_field::kEscalatesOn);
  CHECK_FALSE(fed(contributions(older), "findings_at_district"));
  CHECK(fed(contributions(older), "findings_open"));
}

TEST_CASE("finding: a later setting alters no day, a later deadline does", "[model]") {
  auto shelf = stocked();
  const auto first = made("finding", kFinding, shelf);
  shelf.put(first);
  shelf.put(made("rule_setting", R"({"code":"finding_escalation_days","value":3})"));
  const auto again = [&](const char* due) {
    auto record = first;
    record.set(finding_field::kDueOn, cbor::encode_int(day(due)));
    REQUIRE(record.type->derive(record, shelf, kNow).has_value());
    return fields_to_json(*ViewOf(record))["escalates_on"];
  };
  CHECK(again("2023-07-03") == "2023-07-10");
  CHECK(again("2023-07-20") == "2023-07-23");
  CHECK(faulty(faults_of(made("rule_setting", R"({"code":"finding_escalation_days","value":0})")),
               "value"));
}

TEST_CASE("finding: repeated within 180 days of a closed one", "[model]") {
  const auto earlier = [](const char* closed_on) {
    auto record = finding(Json{
        {"id", nullptr},
        {"found_on", "2022-11-01"},
        {"due_on", "2022-12-01"},
        {"status", "closed"},
        {"fixed_on", "2022-11-02"},
        {"closed_on",
         closed_on}}.dump());
    return record;
  };
  const auto repeated = [](const Record& peer) {
    const auto record = finding();
    return fed(contributions(record, {record, peer}), "findings_repeated");
  };
  CHECK(repeated(earlier("2022-12-03")));        // 180 days before 1 June
  CHECK_FALSE(repeated(earlier("2022-12-02")));  // 181
  CHECK(repeated(earlier("2023-06-01")));
  CHECK_FALSE(repeated(earlier("2023-06-02")));  // closed only afterwards
  CHECK_FALSE(repeated(finding(R"({"id":null,"found_on":"2023-05-01"})")));  // still open
  CHECK_FALSE(repeated(finding()));                                          // itself
}

TEST_CASE("notice: rules and figures", "[model]") {
  const auto notice = [](const char* changes) {
    return made("notice", with(kNotice, changes), stocked());
  };
  CHECK(faults(notice("{}")).empty());
  CHECK(fields_to_json(*ViewOf(notice("{}")))["compound"]["type"] == "compound");
  CHECK(faulty(faults(notice(R"({"due_on":"2023-06-02"})")), "due_on"));
  CHECK(faulty(faults(notice(R"({"issued_on":null})")), "issued_on"));
  CHECK(faulty(faults(notice(R"({"status":"served"})")), "served_how"));
  constexpr auto kExtended = R"({"status":"extended","served_how":"signed",
    "served_at":"2023-06-04T09:00","extension_approved_by":"市住建局"})";
  const auto extended = [&](const char* until) {
    return faults(notice(with(kExtended, Json{{"extended_due_on", until}}.dump()).c_str()));
  };
  CHECK(extended("2023-07-03").empty());  // 15 days, as long as the first span
  CHECK(faulty(extended("2023-07-04"), "extended_due_on"));
  CHECK(faulty(extended("2023-06-17"), "extended_due_on"));
  CHECK(only(contributions(notice("{}")), "notices").day == day("2023-06-03"));
  CHECK(contributions(notice(R"({"status":"drafted"})")).empty());
}

TEST_CASE("notice: what is issued keeps its days", "[model]") {
  auto shelf = stocked();
  const auto changed = [&](const char* changes) {
    return faults_of(made("notice", with(kNotice, changes), shelf), shelf);
  };
  shelf.put(made("notice", with(kNotice, R"({"status":"drafted"})"), shelf));
  CHECK(changed(R"({"due_on":"2023-06-25"})").empty());
  shelf.put(made("notice", kNotice, shelf));
  CHECK(changed("{}").empty());
  CHECK(faulty(changed(R"({"due_on":"2023-06-25"})"), "due_on"));
  CHECK(faulty(changed(R"({"issued_on":"2023-06-02"})"), "issued_on"));
  // A node that receives such a one has it as its author wrote it.
  CHECK(check(*ViewOf(made("notice", with(kNotice, R"({"due_on":"2023-06-25"})"), shelf))).empty());
}

TEST_CASE("referral: an outcome has its day and its words", "[model]") {
  const auto referral = [](const char* changes) {
    return faults_of(made("referral",
                          with(R"({"finding":"0190a0a0-0000-7000-8000-0000000000c1",
      "to":"消防救援大队","on":"2023-07-05"})",
                               changes),
                          stocked()),
                     stocked());
  };
  CHECK(referral("{}").empty());
  CHECK(faulty(referral(R"({"outcome_on":"2023-07-06"})"), "outcome"));
  CHECK(faulty(referral(R"({"outcome_on":"2023-07-04","outcome":"x"})"), "outcome_on"));
  CHECK(faulty(referral(R"({"on":"2023-11-15"})"), "on"));
}

TEST_CASE("contribute: is pure, and total on half a record", "[model][I7]") {
  const auto shelf = stocked();
  for (const auto& [name, json] : examples()) {
    const auto record = made(name, json, shelf);
    if (!record.type->contribute) continue;
    INFO(name);
    const auto same = [](const Contribution& a, const Contribution& b) {
      return std::tie(a.measure, a.day, a.unit, a.dim1, a.dim2, a.key, a.n) ==
             std::tie(b.measure, b.day, b.unit, b.dim1, b.dim2, b.key, b.n);
    };
    const auto once = contributions(record), again = contributions(record);
    CHECK(std::equal(once.begin(), once.end(), again.begin(), again.end(), same));
    auto removed = record;
    removed.removed = true;
    CHECK(contributions(removed).empty());
    // Whatever a merge leaves out or a peer wrote there, nothing throws or overflows.
    for (const auto& [field, value] : record.fields) {
      for (const auto number : {INT64_MAX, INT64_MIN}) {
        auto odd = record;
        odd.set(field, cbor::encode_int(number));
        (void)contributions(odd, {record});
        (void)check(*ViewOf(odd));
      }
      auto less = record;
      less.unset(field);
      (void)contributions(less, {record});
      (void)check(*ViewOf(less));
    }
  }
}
