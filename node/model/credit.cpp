// Company credit (domain 2.6): the bureau's rules and scale, as records, and the events that they
// are applied to. The score itself is no record: it follows from these (credit_score.h).
#include "node/model/credit.h"

namespace linli::model {

namespace {

constexpr Choice kDeciders[] = {{1, "street", {"街道", "Street"}},
                                {2, "district", {"县区", "District"}},
                                {3, "city", {"市", "City"}}};
constexpr Choice kRuleStates[] = {{1, "draft", {"草稿", "Draft"}},
                                  {2, "published", {"已发布", "Published"}},
                                  {3, "retired", {"已停用", "Retired"}}};
constexpr Choice kEventStates[] = {
    {1, "proposed", {"拟认定", "Proposed"}},   {2, "notified", {"已告知", "Notified"}},
    {3, "appealed", {"申诉中", "Appealed"}},   {4, "confirmed", {"已认定", "Confirmed"}},
    {5, "cancelled", {"已撤销", "Cancelled"}}, {6, "repaired", {"已修复", "Repaired"}},
    {7, "expired", {"已期满", "Expired"}}};

/// What a node proposes an event for by itself (node/crediting.h).
constexpr Choice kOpenings[] = {
    {1, "reinspection_failed", {"复查不合格", "A re-inspection that failed"}},
    {2, "critical_overdue", {"重大问题逾期未整改", "A critical finding overdue"}},
    {3, "major_overdue", {"较大问题逾期未整改", "A major finding overdue"}}};

constexpr std::uint32_t kGroupCreditState = 60001;

/// One record for each version of a rule: the next begins on its own day, and events keep naming
/// the one that they were decided by.
RecordType credit_rule() {
  using namespace credit_rule_field;
  return {.number = kTypeCreditRule,
          .name = "credit_rule",
          .label = {"信用评分规则", "Credit rule"},
          .home = Home::city,
          .key = {"code", "in_force_from"},
          .audience = sync::Audience::below,
          .fields =
              {text(kCode, "code", {"规则代码", "Code"}, 40).required().plain(kReasonCode).found(),
               date(kInForceFrom, "in_force_from", {"施行日期", "In force from"}).required(),
               text(kName, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
               choice(kKind, "kind", {"信息类别", "Kind"}, kCreditKinds).required(),
               integer(kPoints, "points", {"分值(0.1分)", "Points (tenths)"}, Unit::none)
                   .range(1, kCreditPointsMax)
                   .required()
                   .hint({"加分、减分都填正数；30 即 3.0 分",
                          "Positive for all kinds; 30 is 3.0 points"}),
               text(kBasis, "basis", {"依据", "Basis"}, 500).required().plain(kReasonPublished),
               integer(kValidMonths, "valid_months", {"有效月数", "Months that it lasts"})
                   .range(1, kCreditMonthsMax)
                   .required(),
               boolean(kRepairable, "repairable", {"可以修复", "Can be repaired"}),
               state(kStatus, "status", {"状态", "State"}, kRuleStates).grouped(kGroupCreditState),
               date(kInForceTo, "in_force_to", {"最后施行日", "Last day in force"})
                   .conditional()
                   .grouped(kGroupCreditState),
               choice(kOpensOn, "opens_on", {"自动提出的情形", "Proposed by itself for"}, kOpenings)
                   .hint({"填写后，街道等节点遇此情形自动提出(拟认定)，告知和认定仍由人办理",
                          "A street's node then proposes it; telling and deciding are people's"})},
          .title = "name",
          .writers = kHub,
          .removers = kHub,
          .state = "status",
          .moves = {{"", "draft", kHub},
                    {"", "published", kHub},
                    {"draft", "published", kHub},
                    {"published", "retired", kHub}},
          .frozen = {"published", "retired"},
          .indexes = {{"code", "in_force_from"}},
          .faults = credit_rule_faults};
}

/// How points become a grade. The next scale takes over on its own day.
RecordType credit_scale() {
  using namespace credit_scale_field;
  const auto bands =
      std::vector<Field>{text(credit_band::kCode, "code", {"等级", "Grade"}, 20).required(),
                         text(credit_band::kName, "name", {"名称", "Name"}, 60),
                         integer(credit_band::kFrom, "from_points",
                                 {"起点(0.1分，含)", "From (tenths, included)"}, Unit::none)
                             .range(-1'000'000, 1'000'000)
                             .required(),
                         choice(credit_band::kList, "list", {"红黑榜", "List"}, kCreditLists)};
  return {
      .number = kTypeCreditScale,
      .name = "credit_scale",
      .label = {"信用等级标准", "Credit scale"},
      .home = Home::city,
      .key = {"in_force_from"},
      .audience = sync::Audience::below,
      .fields = {date(kInForceFrom, "in_force_from", {"施行日期", "In force from"}).required(),
                 text(kName, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
                 choice(kPeriod, "period", {"评分期", "Period"}, kCreditPeriods).required(),
                 integer(kBase, "base_points", {"基础分(0.1分)", "Base (tenths)"}, Unit::none)
                     .range(0, 1'000'000)
                     .required(),
                 integer(kBasicMax, "basic_max", {"基本信息加分上限", "Most of basic points"},
                         Unit::none)
                     .range(0, 1'000'000),
                 integer(kGoodMax, "good_max", {"良好信息加分上限", "Most of good points"},
                         Unit::none)
                     .range(0, 1'000'000),
                 rows(kBands, "bands", {"等级", "Grades"}, bands)
                     .range(1, 20)
                     .required()
                     .plain(kReasonPublished)
                     .hint({"从高到低；低于最后一级的不评级",
                            "Highest first; below the last there is no grade"}),
                 text(kBasis, "basis", {"依据", "Basis"}, 500).required().plain(kReasonPublished),
                 state(kStatus, "status", {"状态", "State"},
                       std::span<const Choice>(kRuleStates).first(2))},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "draft", kHub}, {"", "published", kHub}, {"draft", "published", kHub}},
      .frozen = {"published"},
      .faults = credit_scale_faults};
}

std::vector<Field> credit_event_fields() {
  using namespace credit_event_field;
  const auto in_state = [](Declare field) { return field.grouped(kGroupCreditState); };
  return {
      ref(kCompany, "company", {"企业", "Company"}, {"company"}).required(),
      ref(kCompoundRef, "compound", {"小区", "Compound"}, {"compound"}),
      ref(kRule, "rule", {"评分规则", "Rule"}, {"credit_rule"}).required(),
      // What was decided stays decided: a rule that is changed later alters no old event.
      choice(kKind, "kind", {"信息类别", "Kind"}, kCreditKinds).derived(),
      integer(kPoints, "points", {"分值(0.1分)", "Points (tenths)"}, Unit::none)
          .range(1, kCreditPointsMax)
          .derived(),
      date(kOccurredOn, "occurred_on", {"发生日期", "Occurred on"}).required(),
      date(kValidUntil, "valid_until", {"有效期至", "Valid until"}).derived(),
      ref(kSource, "source", {"来源", "Source"},
          {"notice", "finding", "inspection", "disclosure", "dispute", "feedback", "red_site",
           "session", "service_contract", "company"})
          .required()
          .hint({"通知书、公示、纠纷、示范点等；企业基本信息填企业本身",
                 "The notice, disclosure, case or site; for basic points the company itself"}),
      choice(9, "decided_by", {"认定机关层级", "Decided by"}, kDeciders).required(),
      text(10, "note", {"说明", "Note"}, kTextLongMax).erasable().found(),
      in_state(state(kStatus, "status", {"状态", "State"}, kEventStates)),
      in_state(date(kNotifiedOn, "notified_on", {"告知日期", "Notified on"}).conditional()),
      in_state(date(kAppealedOn, "appealed_on", {"申诉日期", "Appealed on"}).conditional()),
      in_state(boolean(kSourceCheck, "source_check", {"需向来源单位核查", "Source is checked"})),
      in_state(date(kAppealDueOn, "appeal_due_on", {"申诉办理期限", "Appeal due on"})
                   .conditional()
                   .hint({"不填则按工作日推算：3 日，需核查来源的 7 日",
                          "If left out: 3 working days, 7 with a check of the source"})),
      in_state(date(kDecidedOn, "decided_on", {"认定日期", "Decided on"}).conditional()),
      in_state(date(kCancelledOn, "cancelled_on", {"撤销日期", "Cancelled on"}).conditional()),
      in_state(text(kCancelReason, "cancel_reason", {"撤销原因", "Why cancelled"}, 1000)
                   .conditional()
                   .erasable()),
      in_state(date(kRepairAskedOn, "repair_asked_on", {"申请修复日期", "Repair asked on"})
                   .conditional()),
      in_state(date(kRepairedOn, "repaired_on", {"修复日期", "Repaired on"}).conditional())};
}

RecordType credit_event() {
  return {.number = kTypeCreditEvent,
          .name = "credit_event",
          .label = {"信用信息", "Credit event"},
          .fields = credit_event_fields(),
          .writers = kSuperiors | kCompanyRole,
          .removers = kAuthority,
          .state = "status",
          // A street proposes, the authority decides; the company appeals, and nothing else.
          .moves = {{"", "proposed", kSuperiors},
                    {"proposed", "notified", kAuthority},
                    {"proposed", "confirmed", kAuthority, 1},  // basic and good: see the rules
                    {"proposed", "cancelled", kSuperiors, 2},
                    {"notified", "appealed", kAuthority | kCompanyRole, 1},
                    {"notified", "confirmed", kAuthority},
                    {"notified", "cancelled", kAuthority, 2},
                    {"appealed", "confirmed", kAuthority},
                    {"appealed", "cancelled", kAuthority, 1},
                    {"confirmed", "cancelled", kAuthority, 2},
                    {"confirmed", "repaired", kAuthority, 1},
                    {"confirmed", "expired", kAuthority}},
          .frozen = {"confirmed", "cancelled", "repaired", "expired"},
          .lasting = {"notified_on", "decided_on"},
          .indexes = {{"company", "occurred_on"}},
          .derive = derive_credit_event,
          .faults = credit_event_faults,
          .authoring_faults = credit_event_authoring_faults,
          .contribute = contribute_credit_event,
          .measures = {"credit_events", "credit_points", "credit_appeals_open", "credit_repairs"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "credit";
    statistics.push_back(s);
  };
  add({.name = "credit_events",
       .label = {"信用信息条数", "Credit events"},
       .numerator = {.measure = "credit_events"},
       .dim1 = "kind",
       .dim2 = "credit_rule",
       .definition = {
           "期内发生且已认定的信用信息(含已修复、已期满的)",
           "Confirmed events that occurred in the window, repaired and expired ones too"}});
  add({.name = "credit_points",
       .label = {"信用加减分(0.1分)", "Credit points (tenths)"},
       .numerator = {.measure = "credit_points"},
       .dim1 = "company",
       .dim2 = "kind",
       .definition = {
           "期内发生、已认定且未修复的信用信息：加分为正、减分为负，单位0.1分；"
           "企业得分及推算过程见 linli credit",
           "Of confirmed events of the window that aren't repaired, in tenths: good ones "
           "plus, bad ones minus. How a score follows: linli credit"}});
  add({.name = "credit_repairs",
       .label = {"信用修复条数", "Repaired credit events"},
       .numerator = {.measure = "credit_repairs"},
       .dim1 = "company",
       .definition = {"期内修复的不良信息", "Bad events that were repaired in the window"}});
  add({.name = "credit_appeals_overdue",
       .label = {"逾期未办结申诉", "Overdue appeals"},
       .numerator = {.measure = "credit_appeals_open", .over = Over::before_today},
       .definition = {"办理期限早于今日且仍在申诉中的信用信息",
                      "Appeals due before today that are still open"}});
}

}  // namespace

void add_credit(Schema& schema) {
  for (auto make : {credit_rule, credit_scale, credit_event}) schema.types.push_back(make());
  add_statistics(schema.statistics);
}

}  // namespace linli::model
