#include "node/model/campaign.h"

#include "tests/model/examples.h"

using namespace linli;
using namespace linli::model;
using namespace linli::model::test;

namespace {

constexpr std::string_view kVisit = R"({"kind":"campaign","campaign":"flood-2023"})";

/// A node that holds a campaign's inspection.
Shelf at_work(std::string_view campaign = kCampaign) {
  auto shelf = stocked();
  shelf.put(made("campaign", campaign, shelf));
  shelf.put(made("inspection", with(kInspection, kVisit), shelf));
  return shelf;
}
std::string emergency() { return with(kCampaign, R"({"kind":"emergency","finding_days_max":2})"); }

}  // namespace

TEST_CASE("campaign: a plan counts each compound once for its campaign", "[model][campaign]") {
  const auto shelf = stocked();
  const auto plan = made("campaign_plan", kPlan, shelf);
  const auto planned = only(contributions(plan), "campaign_planned");
  CHECK(planned.day == parse_day("2023-05-10"));
  CHECK(planned.dim1 == dim_of_id(ViewOf(plan)->ref_id(1)));
  CHECK(planned.unit.size() == 16);
  // A visit for this campaign has the plan's key, one for another campaign hasn't.
  const auto visit = made("inspection", with(kInspection, kVisit), shelf);
  CHECK(only(contributions(visit), "campaign_visited").key == planned.key);
  auto other = stocked();
  other.put(made("campaign", with(kCampaign, R"({"code":"fire-2023"})"), other));
  const auto elsewhere =
      made("inspection", with(kInspection, R"({"kind":"campaign","campaign":"fire-2023"})"), other);
  CHECK(only(contributions(elsewhere), "campaign_visited").key != planned.key);
  CHECK_FALSE(fed(contributions(made("inspection", kInspection, shelf)), "campaign_visited"));
}

TEST_CASE("campaign: rules of plans and of shortened deadlines", "[model][campaign]") {
  const auto shelf = stocked();
  const auto plan = [&](const char* changes) {
    return faults_of(made("campaign_plan", with(kPlan, changes), shelf), shelf);
  };
  CHECK(plan("{}").empty());
  CHECK(faulty(plan(R"({"compounds":["410702003901001","410702003901001"]})"), "compounds.1"));
  CHECK(faulty(plan(R"({"planned_on":"2023-10-01"})"), "planned_on"));  // it has ended
  const auto campaign = [](std::string_view json) { return faults_of(made("campaign", json)); };
  CHECK(campaign(emergency()).empty());
  CHECK(faulty(campaign(with(kCampaign, R"({"finding_days_max":2})")), "finding_days_max"));
}

TEST_CASE("campaign: a finding carries its inspection's campaign into the figures",
          "[model][campaign]") {
  const auto shelf = at_work();
  const auto open = made("finding", kFinding, shelf);
  CHECK(ViewOf(open)->has(20));
  const auto figures = contributions(open);
  CHECK(only(figures, "campaign_findings").dim2 == "minor");
  CHECK(fed(figures, "campaign_open"));
  CHECK_FALSE(fed(figures, "campaign_rectified"));
  const auto fixed = contributions(
      made("finding", with(kFinding, R"({"status":"fixed","fixed_on":"2023-06-05"})"), shelf));
  // By the day it was found: one lot is compared with itself.
  CHECK(only(fixed, "campaign_rectified").day == only(fixed, "campaign_findings").day);
  CHECK_FALSE(fed(fixed, "campaign_open"));
  // Of no campaign: nothing.
  CHECK_FALSE(fed(contributions(made("finding", kFinding, stocked())), "campaign_findings"));
  // Nothing is added to one that is closed.
  const auto closed =
      made("finding", with(kFinding, R"({"status":"closed","closed_on":"2023-07-01"})"), shelf);
  CHECK_FALSE(ViewOf(closed)->has(20));
}

TEST_CASE("campaign: an emergency shortens every deadline", "[model][campaign]") {
  const auto due = [](const Shelf& shelf, const char* changes) {
    const auto record = made("finding", with(kFinding, changes), shelf);
    return fields_to_json(*ViewOf(record))["due_on"];
  };
  CHECK(due(at_work(), "{}") == "2023-07-03");             // minor: 30 days, and the weekend
  CHECK(due(at_work(emergency()), "{}") == "2023-06-03");  // a Saturday: floods don't wait
  // One day is shorter still.
  CHECK(due(at_work(emergency()), R"({"severity":"critical"})") == "2023-06-02");
}
