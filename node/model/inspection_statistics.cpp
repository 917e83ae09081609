// The figures of domain 2.6.
#include "node/model/inspection.h"

namespace linli::model {

void add_inspection_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "inspection";
    statistics.push_back(s);
  };
  add({.name = "inspection_coverage",
       .label = {"检查覆盖率", "Compounds inspected"},
       .figure = Figure::percent,
       .numerator = {.measure = "inspections", .count = Count::distinct, .within = "in_service"},
       .denominator = Term{.measure = "in_service",
                           .over = Over::until_end,
                           .count = Count::distinct,
                           .whole = true},
       .dim1 = "kind",
       .definition = {"期内至少检查一次的在管小区÷期末在管小区",
                      "Compounds in service with an inspection in the window ÷ all in service"}});
  add({.name = "inspections",
       .label = {"检查次数", "Inspections"},
       .numerator = {.measure = "inspections"},
       .dim1 = "kind",
       .definition = {"期内结束且已提交的检查", "Submitted inspections that ended in the window"}});
  add({.name = "findings",
       .label = {"发现问题数", "Findings"},
       .numerator = {.measure = "findings"},
       .dim1 = "severity",
       .dim2 = "item_code",
       .definition = {"期内发现的问题(已撤销的除外)",
                      "Found in the window, without those withdrawn"}});
  add({.name = "findings_per_inspection",
       .label = {"每次检查发现问题数", "Findings per inspection"},
       .figure = Figure::per_unit,
       .numerator = {.measure = "findings"},
       .denominator = Term{.measure = "inspections", .whole = true},
       .dim1 = "severity",
       .definition = {"期内发现的问题÷期内检查次数", "Findings ÷ inspections in the window"}});
  add({.name = "severity_mix",
       .label = {"问题严重程度构成", "Findings by severity"},
       .figure = Figure::percent,
       .numerator = {.measure = "findings"},
       .denominator = Term{.measure = "findings", .whole = true},
       .dim1 = "severity",
       .definition = {"各严重程度的问题÷全部问题", "Findings of a severity ÷ all findings"}});
  add({.name = "rectified_on_time",
       .label = {"按期整改率", "Rectified on time"},
       .figure = Figure::percent,
       .numerator = {.measure = "findings_fixed_on_time"},
       .denominator = Term{.measure = "findings_due"},
       .dim1 = "severity",
       .definition = {"期限在期内且按期整改的问题÷期限在期内的问题(含批准的延期)",
                      "Fixed by the due day ÷ due in the window, approved extensions included"}});
  add({.name = "overdue_findings",
       .label = {"逾期未销号问题", "Overdue findings"},
       .numerator = {.measure = "findings_open", .over = Over::before_today},
       .dim1 = "severity",
       .definition = {"期限早于今日且未销号的问题", "Due before today and not closed"}});
  add({.name = "findings_at_district",
       .label = {"上报县区督办的逾期问题", "Overdue findings escalated to the district"},
       .numerator = {.measure = "findings_at_district", .over = Over::before_today},
       .dim1 = "severity",
       .definition = {"逾期满业务参数 finding_escalation_days 规定天数仍未整改的问题(重大问题另定)",
                      "Overdue for as long as the setting finding_escalation_days says (critical "
                      "ones have their own), and not rectified"}});
  add({.name = "findings_at_city",
       .label = {"上报市督办的逾期问题", "Overdue findings escalated to the city"},
       .numerator = {.measure = "findings_at_city", .over = Over::before_today},
       .dim1 = "severity",
       .definition = {"逾期满两倍规定天数仍未整改的问题", "Overdue for twice as long"}});
  add({.name = "first_pass",
       .label = {"首次复查合格率", "Fixed at first re-inspection"},
       .figure = Figure::percent,
       .numerator = {.measure = "findings_first_pass"},
       .denominator = Term{.measure = "findings_reinspected"},
       .dim1 = "severity",
       .definition = {"首次复查即整改到位的问题÷期内首次复查的问题",
                      "Fixed at the first re-inspection ÷ first re-inspected in the window"}});
  add({.name = "repeat_rate",
       .label = {"问题重复率", "Repeated findings"},
       .figure = Figure::percent,
       .numerator = {.measure = "findings_repeated"},
       .denominator = Term{.measure = "findings"},
       .dim1 = "severity",
       .dim2 = "item_code",
       .definition = {
           "180日内同小区同检查项已销号后再次发现的问题÷期内发现的问题",
           "Findings whose like at the compound was closed within 180 days before ÷ all"}});
  add({.name = "close_days",
       .label = {"销号用时分布", "Days to close"},
       .numerator = {.measure = "findings_closed"},
       .dim1 = "severity",
       .dim2 = "days",
       .definition = {"期内销号的问题，按发现至销号的天数分组",
                      "Closed in the window, by days since they were found"}});
  add({.name = "campaign_progress",
       .label = {"专项行动进度", "Progress of campaigns"},
       .figure = Figure::percent,
       .numerator = {.measure = "campaign_visited",
                     .over = Over::until_end,
                     .count = Count::distinct,
                     .within = "campaign_targets"},
       .denominator =
           Term{.measure = "campaign_targets", .over = Over::until_end, .count = Count::distinct},
       .dim1 = "campaign",
       .definition = {"已检查的目标小区÷目标小区，截至期末(只定数量的行动见计划检查数量)",
                      "Target compounds that were inspected ÷ targets, at the end; of campaigns "
                      "with a quota alone see that"}});
  add({.name = "campaign_quota",
       .label = {"专项行动计划检查数量", "Quotas of campaigns"},
       .numerator = {.measure = "campaign_quota", .over = Over::until_end},
       .dim1 = "campaign",
       .definition = {"截至期末已开始的专项行动定下的检查数量；已检查的见专项行动已检查小区",
                      "How many campaigns that have begun want inspected; those that were: "
                      "campaign_visited"}});
  add({.name = "inspector_load",
       .label = {"检查人员工作量", "Inspections by inspector"},
       .numerator = {.measure = "inspector_load"},
       .dim1 = "inspector",
       .dim2 = "kind",
       .definition = {"期内每名检查人员参加的检查次数", "Inspections that each took part in"}});
  add({.name = "notice_rate",
       .label = {"发出整改通知比例", "Notices per inspection"},
       .figure = Figure::percent,
       .numerator = {.measure = "notices"},
       .denominator = Term{.measure = "inspections"},
       .definition = {"期内签发的整改通知÷期内检查次数", "Notices issued ÷ inspections"}});
}

}  // namespace linli::model
