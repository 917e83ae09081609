// Campaigns across the city (专项检查, domain 2.6): who plans to check which compounds, and how far
// each district is: planned, inspected, findings, rectified. Numbers 140–149 are this family's.
#include "node/model/campaign.h"

#include <set>

#include "node/model/inspection.h"

namespace linli::model {

std::string campaign_visit_key(std::string_view campaign, std::string_view compound) {
  return std::string(campaign) + std::string(compound);
}

namespace {

void campaign_plan_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace campaign_plan_field;
  std::set<sync::RecordId> seen;
  const auto compounds = record.refs(kCompounds);
  for (std::size_t i = 0; i < compounds.size(); ++i) {
    if (seen.insert(compounds[i].id).second) continue;
    add_fault(faults, "compounds." + std::to_string(i), Errc::bad_rule, "小区重复列入计划",
              "is planned twice");
  }
}

void campaign_plan_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                                    std::vector<Fault>& faults) {
  using namespace campaign_plan_field;
  const auto campaign = followed(lookup, record, kCampaign);
  const auto planned = record.integer(kPlannedOn);
  const auto end = campaign ? ViewOf(*campaign)->integer(campaign_field::kToOn) : std::nullopt;
  if (!planned || !end || *planned <= *end) return;
  add_fault(faults, "planned_on", Errc::bad_rule, "专项行动已于 " + day_text(*end) + " 结束",
            "the campaign ended on " + day_text(*end));
}

void contribute_campaign_plan(const RecordView& record, std::span<const RecordView>,
                              std::vector<Contribution>& out) {
  using namespace campaign_plan_field;
  const auto planned = record.integer(kPlannedOn);
  const auto campaign = record.ref_id(kCampaign);
  if (record.removed || !planned || campaign.empty()) return;
  for (const auto& compound : record.refs(kCompounds)) {
    const std::string unit(compound.id.view());
    out.push_back({.measure = "campaign_planned",
                   .day = *planned,
                   .unit = unit,
                   .dim1 = dim_of_id(campaign),
                   .key = campaign_visit_key(campaign, unit)});
  }
}

/// One for each campaign and scope: a district, street or community lists its own compounds. The
/// same compound in the lists of a street and its district counts once.
RecordType campaign_plan() {
  using namespace campaign_plan_field;
  return {
      .number = kTypeCampaignPlan,
      .name = "campaign_plan",
      .label = {"专项行动计划", "Campaign plan"},
      .key = {"campaign"},
      .fields = {ref(kCampaign, "campaign", {"专项行动", "Campaign"}, {"campaign"}).required(),
                 date(kPlannedOn, "planned_on", {"计划日期", "Planned on"}).required(),
                 refs(kCompounds, "compounds", {"计划检查小区", "Compounds to check"}, {"compound"})
                     .required(),
                 text(4, "organiser", {"责任单位", "Who organises it"})
                     .plain(kReasonOrganisation)
                     .found(),
                 text(5, "note", {"说明", "Note"}, 1000).plain(kReasonPublished)},
      .title = "organiser",
      .writers = kOffices,
      .removers = kOffices,
      .indexes = {{"campaign"}},
      .faults = campaign_plan_faults,
      .authoring_faults = campaign_plan_authoring_faults,
      .contribute = contribute_campaign_plan,
      .measures = {"campaign_planned"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "campaign";
    s.dim1 = "campaign";
    statistics.push_back(s);
  };
  const Term planned{
      .measure = "campaign_planned", .over = Over::until_end, .count = Count::distinct};
  add({.name = "campaign_planned",
       .label = {"专项行动计划检查小区", "Compounds planned in campaigns"},
       .numerator = planned,
       .definition = {"截至期末列入计划的小区(一个小区参加两个专项行动计两次)",
                      "Compounds in plans at the end; one in two campaigns counts for each"}});
  add({.name = "campaign_visited",
       .label = {"专项行动已检查小区", "Compounds inspected in campaigns"},
       .numerator = {.measure = "campaign_visited",
                     .over = Over::until_end,
                     .count = Count::distinct},
       .definition = {"截至期末已有提交的专项检查的小区(含计划外)",
                      "Compounds with a submitted inspection of the campaign, planned or not"}});
  add({.name = "campaign_plan_progress",
       .label = {"专项行动计划完成率", "Campaign plans carried out"},
       .figure = Figure::percent,
       .numerator = {.measure = "campaign_visited",
                     .over = Over::until_end,
                     .count = Count::distinct,
                     .within = "campaign_planned"},
       .denominator = planned,
       .definition = {"计划内已检查的小区÷计划检查的小区，截至期末",
                      "Planned compounds that were inspected ÷ planned, at the end"}});
  add({.name = "campaign_findings",
       .label = {"专项行动发现问题", "Findings of campaigns"},
       .numerator = {.measure = "campaign_findings"},
       .dim2 = "severity",
       .definition = {"期内专项检查发现的问题(已撤销的除外)",
                      "Found by campaigns' inspections in the window, without those withdrawn"}});
  add({.name = "campaign_rectified",
       .label = {"专项行动整改率", "Campaign findings rectified"},
       .figure = Figure::percent,
       .numerator = {.measure = "campaign_rectified"},
       .denominator = Term{.measure = "campaign_findings"},
       .dim2 = "severity",
       .definition = {"期内专项检查发现且已整改的问题÷期内专项检查发现的问题",
                      "Of what campaigns found in the window, what is fixed ÷ all"}});
  add({.name = "campaign_overdue",
       .label = {"专项行动逾期未整改问题", "Overdue findings of campaigns"},
       .numerator = {.measure = "campaign_open", .over = Over::before_today},
       .dim2 = "severity",
       .definition = {"整改期限早于今日且尚未整改的专项检查问题",
                      "Due before today and not fixed"}});
}

}  // namespace

void add_campaign(Schema& schema) {
  schema.types.push_back(campaign_plan());
  add_statistics(schema.statistics);
}

}  // namespace linli::model
