// Disclosures (domain 2.4): what must be shown to owners, and what was.
// Numbers 52 service_standard and 53 feedback are kept for the issues that need them.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

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
enum Direction : std::int64_t { kIncome = 1, kCost = 2 };
constexpr Choice kChannels[] = {{1, "board", {"公示栏", "Notice board"}},
                                {2, "web", {"网站", "Web"}},
                                {3, "wechat", {"微信", "WeChat"}},
                                {4, "lift_lobby", {"电梯厅", "Lift lobby"}}};
constexpr std::int64_t kChannelBoard = 1;
constexpr Choice kStates[] = {
    {1, "expected", {"应公开", "Expected"}},    {2, "drafted", {"草拟", "Drafted"}},
    {3, "submitted", {"已提交", "Submitted"}},  {4, "returned", {"已退回", "Returned"}},
    {5, "checked", {"已核对", "Checked"}},      {6, "published", {"已公示", "Published"}},
    {7, "objected", {"有异议", "Objected"}},    {8, "answered", {"已答复", "Answered"}},
    {9, "superseded", {"已更新", "Superseded"}}};
enum State : std::int64_t {
  kExpected = 1,
  kDrafted = 2,
  kSubmitted = 3,
  kReturned = 4,
  kPublished = 6,
  kObjected = 7,
  kAnswered = 8,
  kSuperseded = 9,
};

constexpr std::uint32_t kGroupState = 60001, kGroupLines = 60002;

namespace kind_field {
constexpr std::uint32_t kCode = 1, kPeriods = 5, kDueMonthsAfter = 6, kDueDay = 7,
                        kDueDaysAfter = 8, kLines = 9, kLedger = 10;
constexpr std::uint32_t kLineCode = 1, kLineRequired = 4;
}  // namespace kind_field

RecordType disclosure_kind() {
  using namespace kind_field;
  const auto lines =
      std::vector<Field>{text(kLineCode, "code", {"代码", "Code"}, 40).required(),
                         text(2, "name", {"名称", "Name"}).required(),
                         choice(3, "direction", {"收支", "Direction"}, kDirections).required(),
                         boolean(kLineRequired, "required", {"必填", "Required"})};
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
          .removers = kHub};
}

namespace disclosure_field {
constexpr std::uint32_t kCompound = 1, kKind = 2, kPeriod = 3, kRevision = 4, kCompanyRef = 5,
                        kPeriodFrom = 6, kPeriodTo = 7, kDueOn = 8, kPreparedBy = 9, kLines = 10,
                        kOpening = 11, kClosing = 12, kNote = 13, kPrevious = 14, kStatus = 15,
                        kPublishedAt = 16, kChannelList = 17, kBoardPhoto = 18, kReturnReason = 19,
                        kObjection = 20, kAnswer = 21, kKindCode = 23;
}  // namespace disclosure_field

namespace line_field {
constexpr std::uint32_t kCode = 1, kDirection = 2, kQuantity = 4, kPrice = 6, kAmount = 7;
}

/// Dates of the record's period. A standing or event disclosure has only those that were given.
std::optional<Period> period_of(const RecordView& record) {
  return parse_period(record.text(disclosure_field::kPeriod));
}
bool periodic(PeriodKind kind) { return kind != PeriodKind::standing && kind != PeriodKind::event; }

// ---- What is derived at authoring --------------------------------------------------------------

std::optional<std::int64_t> due_by(const RecordView& kind, const RecordView& record,
                                   const Period& period) {
  using namespace kind_field;
  if (periodic(period.kind)) {
    const auto months = kind.integer(kDueMonthsAfter), day = kind.integer(kDueDay);
    if (!months || !day) return {};
    return due_after_period(period.to, *months, *day);
  }
  const auto changed = record.integer(disclosure_field::kPeriodTo);
  const auto days = kind.integer(kDueDaysAfter);
  if (!changed || !days) return {};
  return sum_of(*changed, *days);
}

Result<void> derive_disclosure(Record& record, const Lookup& lookup, const Moment&) {
  using namespace disclosure_field;
  const auto kind_ref = ViewOf(record)->ref(kKind);
  const auto period = period_of(*ViewOf(record));
  if (!kind_ref || !period) return {};  // check() says what is missing
  if (periodic(period->kind)) {
    if (!record.get(kPeriodFrom)) record.set(kPeriodFrom, cbor::encode_int(period->from));
    if (!record.get(kPeriodTo)) record.set(kPeriodTo, cbor::encode_int(period->to));
  }
  const auto kind = lookup.follow(*kind_ref);
  if (!kind && record.get(kKindCode)) return {};  // derived before, elsewhere
  if (!kind) return fail(Errc::dangling_reference, "this kind isn't here yet", "kind");
  const ViewOf kind_view(*kind);
  // Figures group by the kind's code; with it in the record they need no second one.
  record.set(kKindCode, cbor::encode_text(kind_view->text(kind_field::kCode)));
  if (record.get(kDueOn)) return {};
  if (const auto due = due_by(*kind_view, *ViewOf(record), *period)) {
    const auto worked = WorkingDays(lookup, record.scope).at_or_after(*due);
    record.set(kDueOn, cbor::encode_int(worked));
  }
  return {};
}

// ---- Rules -------------------------------------------------------------------------------------

struct Totals {
  std::int64_t income = 0, cost = 0;
};

/// Σ by direction; nothing beyond int64. Reports each line whose product doesn't fit on the way.
std::optional<Totals> add_up(const RecordView& record, std::vector<Fault>* faults) {
  using namespace line_field;
  Totals totals;
  std::size_t index = 0;
  for (const auto& columns : record.rows(disclosure_field::kLines)) {
    const auto line = row_view(columns);
    const auto direction = line.integer(kDirection);
    const auto amount = line.integer(kAmount);
    const auto quantity = line.integer(kQuantity), price = line.integer(kPrice);
    const auto at = "lines." + std::to_string(index++) + ".amount_fen";
    if (faults && !amount && (direction == kIncome || direction == kCost)) {
      add_fault(*faults, at, Errc::missing_field, "收入和支出项须填金额",
                "is required for income and cost");
    }
    if (faults && amount && quantity && price && !amount_fits(*quantity, *price, *amount)) {
      add_fault(*faults, at, Errc::bad_rule, "数量×单价与金额相差超过1分",
                "differs from quantity × unit_price_e4 by more than 1 fen");
    }
    auto& total = direction == kIncome ? totals.income : totals.cost;
    if (direction != kIncome && direction != kCost) continue;
    const auto sum = sum_of(total, amount.value_or(0));
    if (!sum) return {};
    total = *sum;
  }
  return totals;
}

void balance_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto totals = add_up(record, &faults);
  const auto opening = record.integer(kOpening), closing = record.integer(kClosing);
  if (opening.has_value() != closing.has_value()) {
    add_fault(faults, opening ? "closing_fen" : "opening_fen", Errc::missing_field,
              "期初与期末须同时填写", "opening and closing go together");
  }
  if (!opening || !closing) return;
  const auto with_income = totals ? sum_of(*opening, totals->income) : std::nullopt;
  const auto expected =
      with_income && totals->cost != INT64_MIN ? sum_of(*with_income, -totals->cost) : std::nullopt;
  if (expected == closing) return;
  const auto said = expected ? std::to_string(*expected) : std::string("?");
  add_fault(faults, "closing_fen", Errc::bad_rule, "期初+收入-支出应等于期末，应为 " + said + " 分",
            "opening + income − cost is " + said + " fen");
}

void period_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  if (!record.has(kPeriod)) return;
  const auto period = period_of(record);
  if (!period) {
    add_fault(faults, "period", Errc::bad_value, "期次应形如 2023-05、2023-Q2、2023-H1、2023、v3",
              "has the form 2023-05, 2023-Q2, 2023-H1, 2023, v3, or an event's name");
    return;
  }
  if (!periodic(period->kind)) return;
  const auto from = record.integer(kPeriodFrom), to = record.integer(kPeriodTo);
  if ((from && *from != period->from) || (to && *to != period->to)) {
    add_fault(faults, "period_to", Errc::bad_rule, "起止日期与期次不符",
              "period_from and period_to must be those of the period");
  }
}

void publication_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto status = record.state(kStatus).value_or(kExpected);
  if (status == kReturned) {
    need(record, kReturnReason, "return_reason", faults, "退回须说明原因", "is required");
  }
  if (status == kObjected) {
    need(record, kObjection, "objection", faults, "须填异议内容", "is required");
  }
  if (status == kAnswered) {  // HN 39: objections must be answered
    need(record, kAnswer, "answer", faults, "须填答复内容", "is required");
  }
  if (status < kPublished) return;
  need(record, kPublishedAt, "published_at", faults, "已公示须填公示时间",
       "is required once published");
  need(record, kChannelList, "channels", faults, "已公示须填至少一个渠道",
       "at least one is required once published");
  const auto* channels = record.type->field(kChannelList);
  const auto value = record.raw(kChannelList);
  cbor::Reader r(value.value_or(std::string_view{}));
  bool board = false;
  if (channels && value && r.peek() == cbor::Kind::array) {
    for (auto left = r.array(); left > 0 && r.ok(); --left) board |= r.sint() == kChannelBoard;
  }
  if (board && r.ok()) {
    need(record, kBoardPhoto, "board_photo", faults, "公示栏公示须附照片",
         "the notice board needs a photo");
  }
}

void disclosure_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  period_faults(record, faults);
  balance_faults(record, faults);
  const auto status = record.state(kStatus).value_or(kExpected);
  if (status >= kDrafted) {
    need(record, kPreparedBy, "prepared_by", faults, "须填编制人", "is required from the draft on");
  }
  if (status >= kSubmitted) {
    need(record, kLines, "lines", faults, "提交须填公示项目", "are required from submission on");
  }
  publication_faults(record, faults);
}

/// The previous period's closing is this one's opening, or a note says why not.
void opening_faults(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto previous_ref = record.ref(kPrevious);
  const auto previous = previous_ref ? lookup.follow(*previous_ref) : std::nullopt;
  if (!previous || record.has(kNote)) return;
  if (ViewOf(*previous)->integer(kClosing) == record.integer(kOpening)) return;
  add_fault(faults, "note", Errc::missing_field, "期初与上期期末不符，须说明原因",
            "opening differs from the previous closing: a note must say why");
}

void line_faults(const RecordView& record, const RecordView& kind, std::vector<Fault>& faults) {
  using namespace kind_field;
  const auto lines = record.rows(disclosure_field::kLines);
  for (const auto& columns : kind.rows(kind_field::kLines)) {
    const auto wanted = row_view(columns);
    if (!wanted.flag(kLineRequired)) continue;
    const auto code = wanted.text(kLineCode);
    const bool given = std::any_of(lines.begin(), lines.end(), [code](const auto& line) {
      return row_view(line).text(line_field::kCode) == code;
    });
    if (given) continue;
    add_fault(faults, "lines", Errc::missing_field, "缺少公示项目：" + std::string(code),
              "line " + std::string(code) + " is required for this kind");
  }
}

void disclosure_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults) {
  using namespace disclosure_field;
  const auto status = record.state(kStatus).value_or(kExpected);
  const auto published = record.integer(kPublishedAt);
  if (published && *published > moment.now / 1000 + kClockSlackMs) {
    add_fault(faults, "published_at", Errc::bad_rule, "公示时间不得在将来",
              "can't be in the future");
  }
  const auto period = period_of(record);
  if (period && periodic(period->kind) && status >= kSubmitted && period->to >= moment.today) {
    add_fault(faults, "period", Errc::bad_rule, "该期尚未结束", "isn't over yet");
  }
  opening_faults(record, lookup, faults);
  const auto kind_ref = record.ref(kKind);
  const auto kind = kind_ref ? lookup.follow(*kind_ref) : std::nullopt;
  if (!kind) return;
  const ViewOf view(*kind);
  if (period) {
    cbor::Reader r(view->raw(kind_field::kPeriods).value_or(std::string_view{}));
    bool fits = false;
    for (auto left = r.array(); left > 0 && r.ok(); --left) {
      fits |= r.sint() == static_cast<std::int64_t>(period->kind);
    }
    if (!fits) {
      add_fault(faults, "period", Errc::bad_rule, "期次与该类公示的周期不符",
                "isn't a period of this kind of disclosure");
    }
  }
  if (status < kSubmitted) return;
  if (view->flag(kind_field::kLedger)) {
    need(record, kOpening, "opening_fen", faults, "收支账目须填期初", "a ledger needs it");
    need(record, kClosing, "closing_fen", faults, "收支账目须填期末", "a ledger needs it");
  }
  line_faults(record, *view, faults);
}

// ---- Measures ----------------------------------------------------------------------------------

std::int64_t amount_of(const RecordView& record, std::string_view code) {
  std::int64_t total = 0;
  for (const auto& columns : record.rows(disclosure_field::kLines)) {
    const auto line = row_view(columns);
    if (line.text(line_field::kCode) != code) continue;
    total = sum_of(total, line.integer(line_field::kAmount).value_or(0)).value_or(total);
  }
  return total;
}

std::string_view lag_bucket(std::int64_t days) {
  if (days <= 0) return "on_time";
  if (days <= 7) return "1-7";
  if (days <= 30) return "8-30";
  return "31+";
}

/// What is expected once per compound, kind and period: its first revision stands for all.
void contribute_duty(const RecordView& record, const Contribution& base,
                     std::vector<Contribution>& out) {
  using namespace disclosure_field;
  const auto due = record.integer(kDueOn);
  if (!due || record.integer(kRevision) != 1) return;
  const auto add = [&](std::string_view measure, std::int64_t day) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = day;
  };
  add("disclosures_due", *due);
  const auto at = record.integer(kPublishedAt);
  if (!at || record.state(kStatus).value_or(kExpected) < kPublished) {
    add("disclosures_open", *due);
    return;
  }
  const auto day = local_day_of_ms(*at);
  add("disclosures_published", *due);
  if (day <= *due) add("disclosures_on_time", *due);
  out.push_back(base);
  out.back().measure = "disclosure_lag";
  out.back().day = day;
  out.back().dim2 = out.back().dim1;
  out.back().dim1 = lag_bucket(day > *due ? day - *due : 0);
}

/// Money of published disclosures, of the latest revision: a superseded one counts no more.
void contribute_money(const RecordView& record, const Contribution& base,
                      std::vector<Contribution>& out) {
  using namespace disclosure_field;
  const auto status = record.state(kStatus).value_or(kExpected);
  const auto until = record.integer(kPeriodTo);
  if (!until || status < kPublished || status == kSuperseded) return;
  const auto add = [&](std::string_view measure, std::int64_t fen) {
    out.push_back({.measure = measure, .day = *until, .unit = base.unit, .dim1 = base.dim2});
    out.back().n = fen;
  };
  if (base.dim1 == "fee_collection") {
    add("fees_due", amount_of(record, "amount_due"));
    add("fees_received", amount_of(record, "amount_received"));
  }
  if (base.dim1 != "common_income") return;
  const auto totals = add_up(record, nullptr);
  if (!totals) return;
  // Handing money to the fund empties the account but is no cost of earning it (HN 63).
  const auto to_fund = amount_of(record, "to_fund");
  const auto cost = totals->cost - to_fund;
  add("common_income_net", totals->income - cost);
  add("common_income_to_fund", to_fund);
}

void contribute_disclosure(const RecordView& record, std::span<const RecordView>,
                           std::vector<Contribution>& out) {
  using namespace disclosure_field;
  if (record.removed) return;
  const Contribution base{.measure = {},
                          .unit = record.ref_id(kCompound),
                          .dim1 = std::string(record.text(kKindCode)),
                          .dim2 = dim_of_id(record.ref_id(kCompanyRef))};
  contribute_duty(record, base, out);
  contribute_money(record, base, out);
}

// ---- The type ----------------------------------------------------------------------------------

std::vector<Field> disclosure_fields() {
  using namespace disclosure_field;
  const auto lines = std::vector<Field>{
      text(line_field::kCode, "code", {"代码", "Code"}, 40).required(),
      choice(line_field::kDirection, "direction", {"收支", "Direction"}, kDirections).required(),
      text(3, "name", {"项目", "Name"}).required(),
      integer(line_field::kQuantity, "quantity", {"数量", "Quantity"}).range(0, 1'000'000'000),
      text(5, "unit", {"单位", "Unit"}, 20),
      integer(line_field::kPrice, "unit_price_e4", {"单价", "Unit price"}, Unit::yuan_e4)
          .range(0, 1'000'000'000),
      integer(line_field::kAmount, "amount_fen", {"金额", "Amount"}, Unit::fen)
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
      text(kKindCode, "kind_code", {"类别代码", "Kind's code"}, 40).derived().plain(kReasonCode)};
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
          .measures = {"disclosures_due", "disclosures_open", "disclosures_published",
                       "disclosures_on_time", "disclosure_lag", "fees_due", "fees_received",
                       "common_income_net", "common_income_to_fund"}};
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
