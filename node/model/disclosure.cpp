// Disclosures (domain 2.4): what must be shown to owners, and what was.
#include "node/model/disclosure.h"

namespace linli::model {

namespace {

constexpr Choice kPeriodKinds[] = {{1, "standing", {"长期(变更即更新)", "Standing"}},
                                   {2, "month", {"月", "Month"}},
                                   {3, "quarter", {"季", "Quarter"}},
                                   {4, "half_year", {"半年", "Half-year"}},
                                   {5, "year", {"年", "Year"}},
                                   {6, "event", {"事项", "Event"}}};
constexpr Choice kObliged[] = {{1, "company", {"物业服务企业", "Company"}},
                               {2, "committee", {"业委会", "Committee"}},
                               {3, "authority", {"主管部门", "Authority"}}};
constexpr Choice kDirections[] = {{1, "income", {"收入", "Income"}},
                                  {2, "cost", {"支出", "Cost"}},
                                  {3, "info", {"说明", "Information"}}};
constexpr Choice kChannels[] = {{1, "board", {"公示栏", "Notice board"}},
                                {2, "web", {"网站", "Web"}},
                                {3, "wechat", {"微信", "WeChat"}},
                                {4, "lift_lobby", {"电梯厅", "Lift lobby"}}};
constexpr Choice kStates[] = {
    {1, "expected", {"应公开", "Expected"}},    {2, "drafted", {"草拟", "Drafted"}},
    {3, "submitted", {"已提交", "Submitted"}},  {4, "returned", {"已退回", "Returned"}},
    {5, "checked", {"已核对", "Checked"}},      {6, "published", {"已公示", "Published"}},
    {7, "objected", {"有异议", "Objected"}},    {8, "answered", {"已答复", "Answered"}},
    {9, "superseded", {"已更新", "Superseded"}}};

constexpr std::uint32_t kGroupState = 60001, kGroupLines = 60002;

RecordType disclosure_kind() {
  using namespace disclosure_kind_field;
  const auto lines =
      std::vector<Field>{text(kLineCode, "code", {"代码", "Code"}, 40).required(),
                         text(2, "name", {"名称", "Name"}).required(),
                         choice(3, "direction", {"收支", "Direction"}, kDirections).required(),
                         boolean(kLineRequired, "required", {"必填", "Required"}),
                         text(kLinePartOf, "part_of", {"合计等于(代码)", "Adds up to"}, 40)
                             .hint({"如公摊：各分摊项的合计须等于这一项",
                                    "The lines that name it come to the amount of that line"})};
  return {.number = 50,
          .name = "disclosure_kind",
          .label = {"公示类别", "Kind of disclosure"},
          .home = Home::city,
          .key = {"code"},
          .audience = sync::Audience::below,
          .fields =
              {text(kCode, "code", {"代码", "Code"}, 40).required().plain(kReasonCode).found(),
               text(2, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
               text(3, "content", {"公示内容", "Content"}, 1000).required().plain(kReasonPublished),
               text(4, "basis", {"依据", "Basis"}).required().plain(kReasonPublished),
               choices(kPeriods, "periods", {"周期", "Periods"}, kPeriodKinds).required(),
               integer(kDueMonthsAfter, "due_months_after",
                       {"期满后第几个月截止", "Months after the period's end"}, Unit::none)
                   .range(0, 24),
               integer(kDueDay, "due_day", {"截止日", "Day of that month"}, Unit::none)
                   .range(1, 31)
                   .hint({"超过当月天数时为月末", "At most the month's last"}),
               integer(kDueDaysAfter, "due_days_after",
                       {"变更或事项后几日内", "Days after a change or event"}, Unit::days)
                   .range(0, 366),
               rows(kLines, "lines", {"公示项目", "Lines"}, lines).plain(kReasonPublished),
               boolean(kLedger, "ledger",
                       {"收支账目(须填期初期末)", "With opening and closing balance"}),
               choice(11, "obliged", {"公示义务人", "Who must disclose"}, kObliged).required(),
               date(12, "in_force_from", {"执行日期", "In force from"})},
          .title = "name",
          .writers = kHub,
          .removers = kHub,
          .faults = disclosure_kind_faults};
}

// ---- The type ----------------------------------------------------------------------------------

std::vector<Field> disclosure_fields() {
  using namespace disclosure_field;
  const auto lines = std::vector<Field>{
      text(disclosure_line_field::kCode, "code", {"代码", "Code"}, 40).required(),
      choice(disclosure_line_field::kDirection, "direction", {"收支", "Direction"}, kDirections)
          .required(),
      text(3, "name", {"项目", "Name"}).required(),
      integer(disclosure_line_field::kQuantity, "quantity", {"数量", "Quantity"})
          .range(0, 1'000'000'000),
      text(5, "unit", {"单位", "Unit"}, 20),
      integer(disclosure_line_field::kPrice, "unit_price_e4", {"单价", "Unit price"}, Unit::yuan_e4)
          .range(0, 1'000'000'000),
      integer(disclosure_line_field::kAmount, "amount_fen", {"金额", "Amount"}, Unit::fen)
          .range(-kAmountMax, kAmountMax),
      text(8, "counterparty", {"对方单位", "Counterparty"}),
      text(9, "basis", {"依据", "Basis"}),
      blob(10, "evidence", {"凭证", "Evidence"})};
  return {
      ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
      ref(kKind, "kind", {"公示类别", "Kind"}, {"disclosure_kind"}).required(),
      text(kPeriod, "period", {"期次", "Period"}, 40).required().plain(kReasonCode).found(),
      integer(kRevision, "revision", {"版次", "Revision"}, Unit::none).range(1, 1000).required(),
      ref(kCompanyRef, "company", {"企业", "Company"}, {"company"}),
      date(kPeriodFrom, "period_from", {"起始日期", "From"}).conditional(),
      date(kPeriodTo, "period_to", {"截止日期", "To"})
          .conditional()
          .hint({"事项公示填事项日期", "Of an event: its day"}),
      date(kDueOn, "due_on", {"应公示日期", "Due on"})
          .required()
          .hint({"不填则按类别规则计算", "By the kind's rule, if left out"}),
      text(kPreparedBy, "prepared_by", {"编制人", "Prepared by"}).conditional().erasable(),
      rows(kLines, "lines", {"公示项目", "Lines"}, lines)
          .conditional()
          .plain("published text: totals, never a household's name or room (PIPL 25)")
          .grouped(kGroupLines),
      integer(kOpening, "opening_fen", {"期初余额", "Opening"}, Unit::fen)
          .range(-kAmountMax, kAmountMax)
          .conditional()
          .grouped(kGroupLines),
      integer(kClosing, "closing_fen", {"期末余额", "Closing"}, Unit::fen)
          .range(-kAmountMax, kAmountMax)
          .conditional()
          .grouped(kGroupLines),
      text(kNote, "note", {"说明", "Note"}, kTextLongMax).erasable().found(),
      ref(kPrevious, "previous", {"上期", "Previous period"}, {"disclosure"}),
      state(kStatus, "status", {"状态", "State"}, kStates).grouped(kGroupState),
      instant(kPublishedAt, "published_at", {"公示时间", "Published at"})
          .conditional()
          .grouped(kGroupState),
      choices(kChannelList, "channels", {"公示渠道", "Channels"}, kChannels)
          .conditional()
          .grouped(kGroupState),
      blob(kBoardPhoto, "board_photo", {"公示栏照片", "Photo of the board"})
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kReturnReason, "return_reason", {"退回原因", "Why returned"}, 1000)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kObjection, "objection", {"异议内容", "Objection"}, kTextLongMax)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kAnswer, "answer", {"答复", "Answer"}, kTextLongMax)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      date(22, "answered_on", {"答复日期", "Answered on"}).grouped(kGroupState),
      text(kKindCode, "kind_code", {"类别代码", "Kind's code"}, 40).derived().plain(kReasonCode),
      date(kObjectedOn, "objected_on", {"异议日期", "Objected on"})
          .grouped(kGroupState)
          .hint({"不填则为当日", "Today, if left out"}),
      date(kAnswerDueOn, "answer_due_on", {"答复期限", "Answer due on"})
          .derived()
          .grouped(kGroupState)};
}

RecordType disclosure() {
  const RoleMask drafters = kOffices | kCompanyRole;  // offices enter on a company's behalf
  return {.number = 51,
          .name = "disclosure",
          .label = {"信息公示", "Disclosure"},
          .key = {"compound", "kind", "period", "revision"},
          .fields = disclosure_fields(),
          .title = "period",
          .writers = drafters,
          .removers = kOffices,
          .state = "status",
          .moves = {{"", "expected", kOffices},
                    {"", "drafted", drafters},
                    {"", "published", kOffices},  // hangs on the board already, and was checked
                    {"expected", "drafted", drafters},
                    {"expected", "published", kOffices},
                    {"drafted", "submitted", drafters},
                    {"submitted", "returned", kOffices, 1},
                    {"returned", "submitted", drafters},
                    {"submitted", "checked", kOffices},
                    {"checked", "published", drafters},
                    {"published", "objected", kOffices, 1},
                    {"objected", "answered", drafters},
                    {"answered", "objected", kOffices, 1},
                    {"published", "superseded", drafters, 2},
                    {"objected", "superseded", drafters, 2},
                    {"answered", "superseded", drafters, 2}},
          // What owners have seen is never rewritten: a correction is revision + 1.
          .frozen = {"published", "objected", "answered", "superseded"},
          .lasting = {"published_at", "channels", "board_photo"},
          .indexes = {{"compound", "period"}, {"due_on"}},
          .derive = derive_disclosure,
          .faults = disclosure_faults,
          .authoring_faults = disclosure_authoring_faults,
          .contribute = contribute_disclosure,
          .peers = {"compound", "period"},
          .measures = {"objections_open", "disclosures_due", "disclosures_open",
                       "disclosures_published", "disclosures_on_time", "disclosure_lag", "fees_due",
                       "fees_received", "common_income_net", "common_income_to_fund"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "disclosure";
    statistics.push_back(s);
  };
  add({.name = "disclosure_on_time",
       .label = {"按时公示率", "Disclosed on time"},
       .figure = Figure::percent,
       .numerator = {.measure = "disclosures_on_time"},
       .denominator = Term{.measure = "disclosures_due"},
       .dim1 = "kind",
       .dim2 = "company",
       .definition = {"应公示日期在期内且按时公示的÷应公示日期在期内的",
                      "Published by the due day ÷ due in the window"}});
  add({.name = "disclosure_complete",
       .label = {"公示完成率", "Disclosed at all"},
       .figure = Figure::percent,
       .numerator = {.measure = "disclosures_published"},
       .denominator = Term{.measure = "disclosures_due"},
       .dim1 = "kind",
       .dim2 = "company",
       .definition = {"已公示的(不论早晚)÷应公示日期在期内的",
                      "Published at any time ÷ due in the window"}});
  add({.name = "overdue_disclosures",
       .label = {"逾期未公示", "Overdue disclosures"},
       .numerator = {.measure = "disclosures_open", .over = Over::before_today},
       .dim1 = "kind",
       .dim2 = "company",
       .definition = {"应公示日期早于今日且尚未公示", "Due before today and not published"}});
  add({.name = "objections_overdue",
       .label = {"逾期未答复异议", "Objections overdue"},
       .numerator = {.measure = "objections_open", .over = Over::before_today},
       .dim1 = "kind",
       .dim2 = "company",
       .definition = {
           "答复期限(工作日，业务参数 feedback_reply_working_days)早于今日且未答复的异议",
           "Objections whose answer was due before today, in working days of the setting "
           "feedback_reply_working_days"}});
  add({.name = "lag_days",
       .label = {"公示延迟分布", "Delay of publication"},
       .numerator = {.measure = "disclosure_lag"},
       .dim1 = "days",
       .dim2 = "kind",
       .definition = {"期内公示的按晚于应公示日期的天数分组",
                      "Published in the window, by days after the due day"}});
  add({.name = "fee_collection_rate",
       .label = {"物业费收缴率", "Fees collected"},
       .figure = Figure::percent,
       .numerator = {.measure = "fees_received"},
       .denominator = Term{.measure = "fees_due"},
       .dim1 = "company",
       .definition = {"已公示的实收合计÷应收合计(最新版次)",
                      "Received ÷ due as published, latest revision"}});
  add({.name = "common_income_per_m2",
       .label = {"每平方米公共收益(元)", "Common income per m² (yuan)"},
       .figure = Figure::per_unit,
       .numerator = {.measure = "common_income_net"},
       .denominator = Term{.measure = "in_service_area", .over = Over::until_end, .whole = true},
       .definition = {"期内公共收益净额÷在管小区总建筑面积；分÷平方分米即元÷平方米",
                      "Net common income ÷ floor area in service; fen per dm² is yuan per m²"}});
  add({.name = "fund_share",
       .label = {"公共收益转入维修资金比例", "Common income passed to the fund"},
       .figure = Figure::percent,
       .numerator = {.measure = "common_income_to_fund"},
       .denominator = Term{.measure = "common_income_net"},
       .dim1 = "company",
       .definition = {"转入专项维修资金÷公共收益净额", "Passed to the fund ÷ net common income"}});
}

}  // namespace

void add_disclosure(Schema& schema) {
  schema.types.push_back(disclosure_kind());
  schema.types.push_back(disclosure());
  add_statistics(schema.statistics);
}

}  // namespace linli::model
