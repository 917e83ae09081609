// Disputes and complaints (domain 2.7): intake, handling, mediation, visits afterwards.
#include "node/model/dispute.h"

namespace linli::model {

namespace {

constexpr Choice kDisputeStates[] = {{1, "received", {"已登记", "Received"}},
                                     {2, "accepted", {"已受理", "Accepted"}},
                                     {3, "not_accepted", {"不予受理", "Not accepted"}},
                                     {4, "assigned", {"已交办", "Assigned"}},
                                     {5, "handling", {"办理中", "Handling"}},
                                     {6, "mediating", {"调解中", "Mediating"}},
                                     {7, "agreement", {"达成协议", "Agreement"}},
                                     {8, "failed", {"调解未成", "Mediation failed"}},
                                     {9, "escalated", {"已上报", "Escalated"}},
                                     {10, "litigated", {"诉讼或仲裁", "In court"}},
                                     {11, "resolved", {"已处理", "Resolved"}},
                                     {12, "visited", {"已回访", "Visited"}},
                                     {13, "closed", {"已办结", "Closed"}},
                                     {14, "reopened", {"已重开", "Reopened"}}};
constexpr Choice kResults[] = {{1, "settled", {"已解决", "Settled"}},
                               {2, "explained", {"已解释", "Explained"}},
                               {3, "unfounded", {"不属实", "Unfounded"}},
                               {4, "refused", {"不予支持", "Refused"}},
                               {5, "transferred", {"已转办", "Transferred"}}};
constexpr Choice kPartyRoles[] = {{1, "applicant", {"申请人", "Applicant"}},
                                  {2, "respondent", {"被申请人", "Respondent"}}};
constexpr Choice kPartySorts[] = {{1, "owner", {"业主", "Owner"}},
                                  {2, "occupant", {"物业使用人", "Occupant"}},
                                  {3, "company", {"物业服务企业", "Company"}},
                                  {4, "committee", {"业委会或物管会", "Committee"}},
                                  {5, "developer", {"建设单位", "Developer"}},
                                  {6, "other", {"其他", "Other"}}};
constexpr Choice kActionKinds[] = {{1, "call", {"电话", "Call"}},
                                   {2, "visit", {"走访", "Visit"}},
                                   {3, "mediate", {"调解", "Mediation"}},
                                   {4, "transfer", {"转办", "Transfer"}},
                                   {5, "reply", {"答复", "Reply"}},
                                   {6, "extend", {"延期", "Extension"}},
                                   // HN 56: a company dissuades, stops, then reports.
                                   {7, "dissuade", {"劝阻制止", "Dissuaded"}}};
constexpr Choice kOutcomes[] = {{1, "agreement", {"达成协议", "Agreement"}},
                                {2, "failed", {"未达成协议", "Failed"}},
                                {3, "withdrawn", {"撤回", "Withdrawn"}}};

constexpr std::uint32_t kGroupState = 60001;
constexpr std::uint32_t kMediationRef = 25;  // as in dispute_rules.cpp

std::vector<Field> dispute_fields() {
  using namespace dispute_field;
  return {
      choice(kSource, "source", {"来源", "Source"}, kCaseSources).required(),
      // The source's own number where it gives one, so that a case that comes twice is one.
      text(2, "case_no", {"编号", "Number"}, 60)
          .required()
          .plain(kReasonCode)
          .found()
          .hint(
              {"来源编号；没有的填本单位流水号", "The source's number, or else the office's own"}),
      ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
      choice(kCategory, "category", {"类别", "Category"}, kCaseCategories).required(),
      rows(5, "parties", {"当事人", "Parties"},
           {choice(1, "role", {"身份", "Role"}, kPartyRoles).required(),
            choice(2, "kind", {"类型", "Kind"}, kPartySorts).required(),
            text(3, "name", {"姓名或名称", "Name"}, 60).required(),
            text(4, "phone", {"电话", "Phone"}, 40)})
          .required()
          .personal(),
      text(6, "text", {"诉求", "What it is about"}, kTextLongMax).required().erasable().found(),
      integer(kHeadcount, "headcount", {"涉及人数", "People concerned"}).range(1, 100'000),
      instant(kReceivedAt, "received_at", {"登记时间", "Received at"}).required(),
      date(kDueOn, "due_on", {"办理期限", "Due on"})
          .required()
          .hint({"热线以交办单为准；其他不填则按业务参数",
                 "As the hotline's order says; others by the settings, if left out"}),
      text(10, "handler", {"承办单位", "Handler"}).required().plain(kReasonOrganisation),
      choice(kResult, "result", {"处理结果", "Result"}, kResults)
          .conditional()
          .grouped(kGroupState),
      state(kStatus, "status", {"状态", "State"}, kDisputeStates).grouped(kGroupState),
      date(kAcceptedOn, "accepted_on", {"受理日期", "Accepted on"})
          .conditional()
          .grouped(kGroupState),
      date(kResolvedOn, "resolved_on", {"处理日期", "Resolved on"})
          .conditional()
          .grouped(kGroupState),
      date(kClosedOn, "closed_on", {"办结日期", "Closed on"}).conditional().grouped(kGroupState),
      text(kStatusReason, "status_reason", {"不受理或重开原因", "Why"}, 1000)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kReferredTo, "referred_to", {"告知去向", "Where to go"})
          .conditional()
          .plain(kReasonOrganisation)
          .grouped(kGroupState),
      choice(kEscalatedTo, "escalated_to", {"上报至", "Escalated to"}, kEscalations)
          .conditional()
          .grouped(kGroupState),
      date(kEscalatedOn, "escalated_on", {"上报日期", "Escalated on"})
          .conditional()
          .grouped(kGroupState),
      date(kExtendedDueOn, "extended_due_on", {"延期至", "Extended to"}).grouped(kGroupState),
      date(kReopenedOn, "reopened_on", {"重开日期", "Reopened on"})
          .conditional()
          .grouped(kGroupState),
      boolean(kGroup, "group_case", {"群体性", "Group case"}).derived(),
      date(kAcceptDueOn, "accept_due_on", {"受理期限", "To be accepted by"}).derived(),
      ref(kCompanyRef, "company", {"物业服务企业", "Company"}, {"company"}),
      // What a mediation came to is told by its own record, which has the agreement.
      ref(kMediationRef, "mediation", {"调解记录", "Mediation"}, {"mediation"})
          .conditional()
          .grouped(kGroupState)
          .hint({"达成协议或调解未成的，须注明该次人民调解的记录",
                 "With an agreement or a failure: the record of that mediation"})};
}

RecordType dispute() {
  return {
      .number = 130,
      .name = "dispute",
      .label = {"矛盾纠纷", "Dispute"},
      .key = {"source", "case_no"},
      .fields = dispute_fields(),
      .title = "case_no",
      .writers = kInspectors,
      .removers = kOffices,
      .state = "status",
      .moves = {{"", "received", kInspectors},         {"", "accepted", kOffices},
                {"received", "accepted", kOffices},    {"received", "not_accepted", kOffices, 1},
                {"accepted", "assigned", kOffices},    {"accepted", "handling", kOffices, 1},
                {"assigned", "handling", kOffices},    {"handling", "mediating", kOffices},
                {"mediating", "handling", kOffices},   {"mediating", "agreement", kOffices, 1},
                {"mediating", "failed", kOffices, 2},  {"agreement", "resolved", kOffices},
                {"failed", "resolved", kOffices},      {"failed", "litigated", kOffices, 1},
                {"handling", "resolved", kOffices, 1}, {"handling", "escalated", kOffices, 2},
                {"escalated", "handling", kOffices},   {"handling", "litigated", kOffices, 3},
                {"litigated", "closed", kOffices},     {"resolved", "visited", kOffices},
                {"resolved", "closed", kOffices, 1},   {"visited", "closed", kOffices},
                {"closed", "reopened", kOffices},      {"reopened", "handling", kOffices}},
      .frozen = {"not_accepted", "closed"},
      .indexes = {{"compound", "category"}, {"received_at"}, {"due_on"}},
      .derive = derive_dispute,
      .faults = dispute_faults,
      .authoring_faults = dispute_authoring_faults,
      .contribute = contribute_dispute,
      .peers = {"compound", "category"},
      .measures = {"disputes", "disputes_closed", "disputes_per_mille", "disputes_due",
                   "disputes_on_time", "disputes_open", "disputes_unaccepted", "disputes_repeated",
                   "group_cases", "disputes_escalated", "disputes_of_company"}};
}

/// What was done, as it was said then: never altered.
RecordType dispute_action() {
  return {
      .number = 131,
      .name = "dispute_action",
      .label = {"纠纷办理记录", "Action on a dispute"},
      .fields =
          {ref(1, "dispute", {"纠纷", "Dispute"}, {"dispute"}).required(),
           instant(2, "at", {"时间", "At"}).required(),
           text(3, "by", {"办理单位", "By"}).required().plain(kReasonOrganisation),
           choice(4, "kind", {"类型", "Kind"}, kActionKinds).required(),
           text(5, "text", {"情况", "What was done"}, kTextLongMax).required().erasable().found(),
           blobs(6, "files", {"附件", "Files"}).range(1, 20).erasable(),
           state(7, "status", {"状态", "State"}, kRecorded)},
      .writers = kInspectors | kCompanyRole,
      .removers = kOffices,
      .state = "status",
      .moves = {{"", "recorded", kInspectors | kCompanyRole}},
      .frozen = {"recorded"},
      .indexes = {{"dispute", "at"}}};
}

void add_derived(std::vector<Field>& fields, std::uint32_t compound, std::uint32_t category) {
  fields.push_back(ref(compound, "compound", {"小区", "Compound"}, {"compound"}).derived());
  fields.push_back(choice(category, "category", {"类别", "Category"}, kCaseCategories).derived());
}

RecordType mediation() {
  using namespace mediation_field;
  std::vector<Field> fields = {
      ref(kDispute, "dispute", {"纠纷", "Dispute"}, {"dispute"}).required(),
      text(2, "mediator", {"调解员", "Mediator"}, 60).required().personal(),
      date(3, "began_on", {"开始日期", "Began on"}).required(),
      integer(4, "sessions", {"调解次数", "Sessions"}).range(1, 100).required(),
      choice(kOutcome, "outcome", {"结果", "Outcome"}, kOutcomes),
      date(kEndedOn, "ended_on", {"结束日期", "Ended on"}).conditional(),
      blob(kAgreementFile, "agreement_file", {"调解协议书", "Agreement"}).conditional().erasable(),
      date(kConfirmAppliedOn, "confirm_applied_on", {"申请司法确认日期", "Confirmation asked on"})};
  add_derived(fields, kCompound, kCategory);
  return {.number = 132,
          .name = "mediation",
          .label = {"人民调解", "Mediation"},
          .fields = std::move(fields),
          .writers = kOffices,
          .removers = kOffices,
          .indexes = {{"dispute"}},
          .derive = derive_mediation,
          .faults = mediation_faults,
          .authoring_faults = mediation_authoring_faults,
          .contribute = contribute_mediation,
          .measures = {"mediations_ended", "mediations_agreed"}};
}

RecordType return_visit() {
  using namespace visit_field;
  std::vector<Field> fields = {
      ref(kDispute, "dispute", {"纠纷", "Dispute"}, {"dispute"}).required(),
      instant(kAt, "at", {"回访时间", "At"}).required(),
      text(3, "by", {"回访单位", "By"}).required().plain(kReasonOrganisation),
      boolean(kSatisfied, "satisfied", {"满意", "Satisfied"}).required(),
      text(5, "text", {"回访情况", "What was said"}, kTextLongMax).erasable().found()};
  add_derived(fields, kCompound, kCategory);
  return {.number = 133,
          .name = "return_visit",
          .label = {"纠纷回访", "Return visit"},
          .fields = std::move(fields),
          .writers = kOffices,
          .removers = kOffices,
          .indexes = {{"dispute"}},
          .derive = derive_visit,
          .contribute = contribute_visit,
          .measures = {"return_visits", "visits_satisfied"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "dispute";
    statistics.push_back(s);
  };
  add({.name = "disputes",
       .label = {"矛盾纠纷件数", "Disputes"},
       .numerator = {.measure = "disputes"},
       .dim1 = "category",
       .dim2 = "source",
       .definition = {"期内登记的纠纷", "Received in the window"}});
  add({.name = "dispute_mix",
       .label = {"纠纷类别构成", "Disputes by category"},
       .figure = Figure::percent,
       .numerator = {.measure = "disputes"},
       .denominator = Term{.measure = "disputes", .whole = true},
       .dim1 = "category",
       .definition = {"各类纠纷÷全部纠纷", "Disputes of a category ÷ all"}});
  add({.name = "closure_rate",
       .label = {"办结率", "Closure rate"},
       .figure = Figure::percent,
       .numerator = {.measure = "disputes_closed"},
       .denominator = Term{.measure = "disputes"},
       .dim1 = "category",
       .dim2 = "source",
       .definition = {"期内登记且已办结的纠纷÷期内登记的纠纷",
                      "Received in the window and closed ÷ received in it"}});
  add({.name = "dispute_on_time",
       .label = {"纠纷按期办结率", "Disputes closed on time"},
       .figure = Figure::percent,
       .numerator = {.measure = "disputes_on_time"},
       .denominator = Term{.measure = "disputes_due"},
       .dim1 = "category",
       .dim2 = "source",
       .definition = {"期限在期内且按期办结的纠纷÷期限在期内的纠纷(含批准的延期)",
                      "Closed by the due day ÷ due in the window, extensions included"}});
  add({.name = "dispute_open_overdue",
       .label = {"逾期未办结纠纷", "Overdue disputes"},
       .numerator = {.measure = "disputes_open", .over = Over::before_today},
       .dim1 = "category",
       .dim2 = "source",
       .definition = {"期限早于今日且未办结的纠纷", "Due before today and not closed"}});
  add({.name = "dispute_accept_overdue",
       .label = {"逾期未受理纠纷", "Disputes not accepted in time"},
       .numerator = {.measure = "disputes_unaccepted", .over = Over::before_today},
       .dim1 = "category",
       .dim2 = "source",
       .definition = {"受理期限早于今日且仍未受理的纠纷(信访15日，其他按业务参数)",
                      "To be accepted before today and neither accepted nor refused (petitions: 15 "
                      "days, others by the setting)"}});
  add({.name = "disputes_per_1000_households",
       .label = {"千户纠纷数", "Disputes per 1,000 households"},
       .figure = Figure::per_unit,
       .numerator = {.measure = "disputes_per_mille"},
       .denominator = Term{.measure = "households", .over = Over::until_end, .whole = true},
       .dim1 = "category",
       .definition = {"期内登记的纠纷×1000÷期末在管小区户数",
                      "Received × 1,000 ÷ households of compounds in service at the end"}});
  add({.name = "company_disputes",
       .label = {"企业涉及纠纷件数", "Disputes by company"},
       .numerator = {.measure = "disputes_of_company"},
       .dim1 = "company",
       .dim2 = "category",
       .definition = {"期内登记、注明物业服务企业的纠纷，按企业",
                      "Received in the window and about a company, by company"}});
  add({.name = "dispute_repeat",
       .label = {"纠纷重复率", "Repeated disputes"},
       .figure = Figure::percent,
       .numerator = {.measure = "disputes_repeated"},
       .denominator = Term{.measure = "disputes"},
       .dim1 = "category",
       .definition = {
           "90日内同小区同类已有纠纷的÷期内登记的纠纷",
           "With another of the same compound and category within 90 days before ÷ all"}});
  add({.name = "group_cases",
       .label = {"群体性纠纷", "Group cases"},
       .numerator = {.measure = "group_cases"},
       .dim1 = "category",
       .definition = {"期内登记的群体性纠纷(人数按业务参数)",
                      "Received in the window, of as many people as the setting says"}});
  add({.name = "dispute_escalation_rate",
       .label = {"纠纷上报率", "Disputes escalated"},
       .figure = Figure::percent,
       .numerator = {.measure = "disputes_escalated"},
       .denominator = Term{.measure = "disputes"},
       .dim1 = "category",
       .definition = {"期内登记且曾上报的纠纷÷期内登记的纠纷",
                      "Of those received in the window, those that were escalated"}});
  add({.name = "mediation_success",
       .label = {"调解成功率", "Mediation success"},
       .figure = Figure::percent,
       .numerator = {.measure = "mediations_agreed"},
       .denominator = Term{.measure = "mediations_ended"},
       .dim1 = "category",
       .definition = {"达成协议÷(达成协议＋未达成)，期内结束的",
                      "Agreements ÷ agreements and failures that ended in the window"}});
  add({.name = "return_satisfied",
       .label = {"回访满意率", "Satisfied when visited"},
       .figure = Figure::percent,
       .numerator = {.measure = "visits_satisfied"},
       .denominator = Term{.measure = "return_visits"},
       .dim1 = "category",
       .definition = {"回访满意÷期内回访", "Satisfied ÷ visited in the window"}});
}

}  // namespace

void add_dispute(Schema& schema) {
  for (auto make : {dispute, dispute_action, mediation, return_visit}) {
    schema.types.push_back(make());
  }
  add_statistics(schema.statistics);
}

}  // namespace linli::model
