// What a company promises, and what owners say of it (domain 2.4): service standards, quantified,
// approved and then published; owners' questions and the answers to them.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

constexpr Choice kStandardStates[] = {
    {1, "drafted", {"拟订", "Drafted"}},          {2, "submitted", {"已报送", "Submitted"}},
    {3, "under_review", {"审核中", "In review"}}, {4, "returned", {"已退回", "Returned"}},
    {5, "approved", {"已审定", "Approved"}},      {6, "published", {"已公示", "Published"}},
    {7, "in_force", {"执行中", "In force"}},      {8, "superseded", {"已取代", "Superseded"}}};
enum StandardState : std::int64_t {
  kReturned = 4,
  kApproved = 5,
  kPublished = 6,
  kInForce = 7,
  kSuperseded = 8,
};
constexpr Choice kDomains[] = {
    {1, "general", {"综合", "General"}},         {2, "building", {"房屋", "Building"}},
    {3, "equipment", {"设施设备", "Equipment"}}, {4, "order", {"秩序维护", "Order"}},
    {5, "cleaning", {"保洁", "Cleaning"}},       {6, "greening", {"绿化", "Greening"}},
    {7, "complaint", {"投诉处理", "Complaints"}}};
constexpr Choice kComparators[] = {{1, "ge", {"不少于", "At least"}},
                                   {2, "le", {"不多于", "At most"}},
                                   {3, "eq", {"等于", "Exactly"}}};
enum Comparator : std::int64_t { kAtLeast = 1, kAtMost = 2, kExactly = 3 };
constexpr Choice kFrequencies[] = {{1, "daily", {"每日", "Daily"}},
                                   {2, "weekly", {"每周", "Weekly"}},
                                   {3, "half_month", {"每半月", "Twice a month"}},
                                   {4, "month", {"每月", "Monthly"}},
                                   {5, "quarter", {"每季", "Quarterly"}},
                                   {6, "half_year", {"每半年", "Twice a year"}},
                                   {7, "year", {"每年", "Yearly"}},
                                   {8, "event", {"按需", "When called for"}}};
constexpr Choice kEvidence[] = {{1, "record", {"记录", "Record"}},
                                {2, "photo", {"照片", "Photo"}},
                                {3, "certificate", {"证书", "Certificate"}},
                                {4, "survey", {"回访", "Survey"}}};
constexpr Choice kAboutKinds[] = {{1, "service", {"物业服务", "Service"}},
                                  {2, "disclosure", {"信息公开", "Disclosure"}},
                                  {3, "inspection", {"检查整改", "Inspection"}},
                                  {4, "other", {"其他", "Other"}}};
constexpr Choice kFeedbackStates[] = {
    {1, "received", {"已收到", "Received"}},   {2, "rejected", {"不予受理", "Rejected"}},
    {3, "routed", {"已转办", "Routed"}},       {4, "answered", {"已答复", "Answered"}},
    {5, "confirmed", {"已确认", "Confirmed"}}, {6, "unsatisfied", {"不满意", "Unsatisfied"}},
    {7, "closed", {"已办结", "Closed"}}};
/// 25 of PIPL: nothing that an owner wrote is shown to others unless the owner agrees, and somebody
/// has looked at it first.
constexpr Choice kPublicity[] = {{1, "private", {"不公开", "Not to be shown"}},
                                 {2, "agreed", {"同意公开，待审核", "Agreed, to be looked at"}},
                                 {3, "shown", {"已审核，公开", "Looked at, shown"}}};
enum FeedbackState : std::int64_t { kRejected = 2, kAnswered = 4, kUnsatisfied = 6, kClosed = 7 };

constexpr std::uint32_t kGroupState = 60001;

namespace standard_field {
constexpr std::uint32_t kCompound = 1, kItems = 4, kStatus = 6, kApprovedOn = 7, kApprovedBy = 8,
                        kPublishedOn = 9, kInForceFrom = 10, kReturnReason = 11, kSupersededOn = 12;
}
namespace item_field {
constexpr std::uint32_t kComparator = 4, kTarget = 5, kTimes = 8, kContractTarget = 9;
}
namespace feedback_field {
constexpr std::uint32_t kCompound = 1, kAboutKind = 2, kReceivedAt = 9, kStatus = 10, kReply = 11,
                        kRepliedOn = 12, kSatisfied = 13, kReason = 14, kMatter = 15, kDispute = 16,
                        kReplyDueOn = 17, kPublicityOf = 18;
}

// ---- Standards ---------------------------------------------------------------------------------

/// 质价相符: what is promised to owners may be more than the contract says, never less.
bool weaker(std::int64_t comparator, std::int64_t target, std::int64_t contract) {
  if (comparator == kAtLeast) return target < contract;
  if (comparator == kAtMost) return target > contract;
  return comparator == kExactly && target != contract;
}

void item_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace item_field;
  std::size_t index = 0;
  for (const auto& columns : record.rows(standard_field::kItems)) {
    const auto item = row_view(columns);
    const auto where = "items." + std::to_string(index++) + ".target";
    const auto target = item.integer(kTarget), contract = item.integer(kContractTarget);
    if (!target || !contract || !weaker(item.integer(kComparator).value_or(0), *target, *contract))
      continue;
    add_fault(faults, where, Errc::bad_rule,
              "低于合同约定（" + std::to_string(*contract) + "），质价不符",
              "is weaker than the contract's " + std::to_string(*contract));
  }
}

void standard_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace standard_field;
  item_faults(record, faults);
  // The letter's order is fixed: quantify, approve, then publish.
  order_fault(record, kApprovedOn, kPublishedOn, faults);
  order_fault(record, kPublishedOn, kInForceFrom, faults);
  const auto status = record.state(kStatus).value_or(0);
  if (status == kReturned) {
    need(record, kReturnReason, "return_reason", faults, "退回须说明原因", "is required");
  }
  if (status >= kApproved) {
    need(record, kApprovedOn, "approved_on", faults, "须填审定日期", "is required once approved");
    need(record, kApprovedBy, "approved_by", faults, "须填审定机关", "is required once approved");
  }
  if (status >= kPublished) {
    need(record, kPublishedOn, "published_on", faults, "须填公示日期",
         "is required once published");
  }
  if (status >= kInForce) {
    need(record, kInForceFrom, "in_force_from", faults, "须填执行日期",
         "is required once in force");
  }
  if (status == kSuperseded) {
    need(record, kSupersededOn, "superseded_on", faults, "须填取代日期", "is required");
  }
}

void contribute_standard(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace standard_field;
  const auto status = record.state(kStatus).value_or(0);
  const auto from = record.integer(kInForceFrom);
  if (record.removed || !from || status < kInForce) return;
  const auto compound = record.ref_id(kCompound);
  out.push_back({"standards_in_force", *from, compound, {}, {}, compound, 1});
  if (status != kSuperseded) return;
  const auto end = std::max(*from, record.integer(kSupersededOn).value_or(*from));
  out.push_back({"standards_in_force", end, compound, {}, {}, compound, -1});
}

RecordType service_standard() {
  using namespace standard_field;
  const auto items = std::vector<Field>{
      choice(1, "domain", {"领域", "Domain"}, kDomains).required(),
      text(2, "subject", {"内容", "Subject"}).required(),
      text(3, "metric", {"指标", "Metric"}).required(),
      choice(item_field::kComparator, "comparator", {"比较", "Comparator"}, kComparators)
          .required(),
      integer(item_field::kTarget, "target", {"数值", "Target"}, Unit::none).required(),
      text(6, "unit", {"单位", "Unit"}, 20).required(),
      choice(7, "frequency", {"频次", "Frequency"}, kFrequencies).required(),
      integer(item_field::kTimes, "times", {"次数", "Times"}).range(1, 1000),
      integer(item_field::kContractTarget, "contract_target", {"合同约定值", "The contract's"},
              Unit::none),
      choice(10, "evidence", {"佐证", "Evidence"}, kEvidence)};
  const RoleMask drafters = kOffices | kCompanyRole;
  return {
      .number = 52,
      .name = "service_standard",
      .label = {"物业服务标准", "Service standard"},
      .key = {"compound", "version"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           integer(2, "version", {"版本", "Version"}, Unit::none).range(1, 9999).required(),
           ref(3, "contract", {"服务合同", "Contract"}, {"service_contract"}).required(),
           rows(kItems, "items", {"标准", "Items"}, items).required().plain(kReasonPublished),
           date(5, "drafted_on", {"拟订日期", "Drafted on"}).required(),
           state(kStatus, "status", {"状态", "State"}, kStandardStates).grouped(kGroupState),
           date(kApprovedOn, "approved_on", {"审定日期", "Approved on"})
               .conditional()
               .grouped(kGroupState),
           text(kApprovedBy, "approved_by", {"审定机关", "Approved by"})
               .conditional()
               .plain(kReasonOrganisation)
               .grouped(kGroupState),
           date(kPublishedOn, "published_on", {"公示日期", "Published on"})
               .conditional()
               .grouped(kGroupState),
           date(kInForceFrom, "in_force_from", {"执行日期", "In force from"})
               .conditional()
               .grouped(kGroupState),
           text(kReturnReason, "return_reason", {"退回原因", "Why returned"}, 1000)
               .conditional()
               .erasable()
               .grouped(kGroupState),
           date(kSupersededOn, "superseded_on", {"取代日期", "Superseded on"})
               .conditional()
               .grouped(kGroupState),
           text(13, "committee_opinion", {"业委会或物管会意见", "Committee's opinion"}, 1000)
               .erasable()
               .found(),
           text(14, "street_opinion", {"街道意见", "Street's opinion"}, 1000).erasable().found()},
      .writers = drafters,
      .removers = kOffices,
      .state = "status",
      // Who approves isn't said in the letter [U]: the district, until the bureau says otherwise.
      .moves = {{"", "drafted", drafters},
                {"drafted", "submitted", drafters},
                {"submitted", "under_review", kOffices},
                {"under_review", "returned", kOffices, 1},
                {"returned", "submitted", drafters},
                {"under_review", "approved", kAuthority},
                {"approved", "published", drafters},
                {"published", "in_force", drafters},
                {"in_force", "superseded", drafters}},
      // What was approved is what is published: a change is a new version.
      .frozen = {"approved", "published", "in_force", "superseded"},
      .lasting = {"approved_on", "approved_by", "published_on", "in_force_from"},
      .indexes = {{"compound"}},
      .faults = standard_faults,
      .contribute = contribute_standard,
      .measures = {"standards_in_force"}};
}

// ---- Feedback ----------------------------------------------------------------------------------

Result<void> derive_feedback(Record& record, const Lookup& lookup, const Moment&) {
  using namespace feedback_field;
  const auto received = ViewOf(record)->integer(kReceivedAt);
  if (!received || record.get(kReplyDueOn)) return {};
  const auto days = setting(lookup, record.scope, "feedback_reply_working_days");
  const auto due = WorkingDays(lookup, record.scope).after(local_day_of_ms(*received), days);
  record.set(kReplyDueOn, cbor::encode_int(due));
  return {};
}

void feedback_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace feedback_field;
  const auto status = record.state(kStatus).value_or(0);
  if (status == kRejected) {
    need(record, kReason, "reason", faults, "不予受理须说明原因", "is required");
  }
  if (status >= kAnswered) {
    need(record, kReply, "reply", faults, "须填答复", "is required once answered");
    need(record, kRepliedOn, "replied_on", faults, "须填答复日期", "is required once answered");
  }
  if (status == kUnsatisfied && record.flag(kSatisfied)) {
    add_fault(faults, "satisfied", Errc::bad_rule, "与状态不符", "contradicts the state");
  }
  // Who isn't content isn't simply closed: it goes to the joint meeting or becomes a dispute.
  const bool content = !record.has(kSatisfied) || record.flag(kSatisfied);
  if (status == kClosed && !content && !record.has(kMatter) && !record.has(kDispute)) {
    add_fault(faults, "matter", Errc::missing_field, "业主不满意的须转联席会议议题或纠纷",
              "an owner who isn't satisfied is taken on by a matter or a dispute");
  }
}

void feedback_authoring_faults(const RecordView& record, const Lookup&, const Moment& moment,
                               std::vector<Fault>& faults) {
  using namespace feedback_field;
  const auto received = record.integer(kReceivedAt), replied = record.integer(kRepliedOn);
  if (received && *received > moment.now / 1000 + kClockSlackMs) {
    add_fault(faults, "received_at", Errc::bad_rule, "不得在将来", "can't be in the future");
  }
  if (replied && *replied > moment.today) {
    add_fault(faults, "replied_on", Errc::bad_rule, "不得在将来", "can't be in the future");
  }
  if (received && replied && *replied < local_day_of_ms(*received)) {
    add_fault(faults, "replied_on", Errc::bad_rule, "不得早于收到日期", "is before received_at");
  }
}

void contribute_feedback(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace feedback_field;
  const auto received = record.integer(kReceivedAt);
  if (record.removed || !received || record.state(kStatus) == kRejected) return;
  const auto day = local_day_of_ms(*received);
  const auto add = [&](std::string_view measure, std::int64_t on) {
    out.push_back({.measure = measure,
                   .day = on,
                   .unit = record.ref_id(kCompound),
                   .dim1 = std::string(code_of(kAboutKinds, record.integer(kAboutKind)))});
  };
  add("feedback", day);
  const auto due = record.integer(kReplyDueOn), replied = record.integer(kRepliedOn);
  if (due && replied && *replied <= *due) add("feedback_in_time", day);
  if (due && !replied) add("feedback_unanswered", *due);
  if (!record.has(kSatisfied)) return;
  add("feedback_rated", day);
  if (record.flag(kSatisfied)) add("feedback_satisfied", day);
}

RecordType feedback() {
  using namespace feedback_field;
  const RoleMask answerers = kOffices | kCompanyRole;
  const RoleMask takers = kInspectors | kCompanyRole;
  return {.number = 53,
          .name = "feedback",
          .label = {"业主意见", "Owners' feedback"},
          .fields =
              {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
               choice(kAboutKind, "about_kind", {"类别", "About"}, kAboutKinds).required(),
               ref(3, "about", {"所指", "What it is about"},
                   {"service_standard", "disclosure", "inspection"}),
               integer(4, "rating", {"评分", "Rating"}, Unit::points).range(1, 5),
               text(5, "text", {"意见", "Text"}, kTextLongMax).required().erasable().found(),
               blobs(6, "photos", {"照片", "Photos"}).range(1, 9).erasable(),
               text(7, "author", {"业主", "Owner"}, 60).required().personal(),
               text(8, "contact", {"联系方式", "Contact"}, 60).personal(),
               instant(kReceivedAt, "received_at", {"收到时间", "Received at"}).required(),
               state(kStatus, "status", {"状态", "State"}, kFeedbackStates).grouped(kGroupState),
               text(kReply, "reply", {"答复", "Reply"}, kTextLongMax)
                   .conditional()
                   .erasable()
                   .found()
                   .grouped(kGroupState),
               date(kRepliedOn, "replied_on", {"答复日期", "Replied on"})
                   .conditional()
                   .grouped(kGroupState),
               boolean(kSatisfied, "satisfied", {"满意", "Satisfied"}).grouped(kGroupState),
               text(kReason, "reason", {"不予受理原因", "Why rejected"}, 1000)
                   .conditional()
                   .erasable()
                   .grouped(kGroupState),
               ref(kMatter, "matter", {"联席会议议题", "Matter"}, {"matter"}).grouped(kGroupState),
               ref(kDispute, "dispute", {"纠纷", "Dispute"}, {"dispute"}).grouped(kGroupState),
               date(kReplyDueOn, "reply_due_on", {"答复期限", "Reply due on"}).derived(),
               choice(kPublicityOf, "publicity", {"公开情况", "On the notice board"}, kPublicity)
                   .hint({"公开的是意见和答复，不含姓名和联系方式；公开前请删去文中的个人信息",
                          "Text and reply are shown, never who wrote: take personal data out of "
                          "the text first"})},
          .writers = takers,
          .removers = kOffices,
          .state = "status",
          .moves = {{"", "received", takers},
                    {"received", "rejected", kOffices, 1},
                    {"received", "routed", kOffices},
                    {"routed", "answered", answerers},
                    {"received", "answered", answerers, 2},
                    {"answered", "confirmed", kOffices, 1},
                    {"answered", "unsatisfied", kOffices, 2},
                    {"unsatisfied", "routed", kOffices},
                    {"unsatisfied", "closed", kOffices, 1},
                    {"confirmed", "closed", kOffices},
                    {"answered", "closed", kOffices}},
          .frozen = {"rejected", "closed"},
          .indexes = {{"compound"}, {"received_at"}},
          .derive = derive_feedback,
          .faults = feedback_faults,
          .authoring_faults = feedback_authoring_faults,
          .contribute = contribute_feedback,
          .measures = {"feedback", "feedback_in_time", "feedback_unanswered", "feedback_rated",
                       "feedback_satisfied"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "service";
    statistics.push_back(s);
  };
  add({.name = "standards_published",
       .label = {"服务标准公示率", "Compounds with a standard in force"},
       .figure = Figure::percent,
       .numerator = {.measure = "standards_in_force",
                     .over = Over::until_end,
                     .count = Count::distinct,
                     .within = "contract_compounds"},
       .denominator = Term{.measure = "contract_compounds",
                           .over = Over::until_end,
                           .count = Count::distinct,
                           .whole = true},
       .definition = {"期末有履行中合同的小区中，有执行中服务标准的÷全部",
                      "Of the compounds with an active contract at the end, those with a standard "
                      "in force"}});
  add({.name = "feedback",
       .label = {"业主意见件数", "Owners' feedback"},
       .numerator = {.measure = "feedback"},
       .dim1 = "about",
       .definition = {"期内收到的意见(不予受理的除外)",
                      "Received in the window, without those rejected"}});
  add({.name = "reply_on_time",
       .label = {"意见按期答复率", "Feedback answered on time"},
       .figure = Figure::percent,
       .numerator = {.measure = "feedback_in_time"},
       .denominator = Term{.measure = "feedback"},
       .dim1 = "about",
       .definition = {"期内收到且按期答复的意见÷期内收到的意见",
                      "Of those received in the window, those answered by the due day"}});
  add({.name = "feedback_overdue",
       .label = {"逾期未答复意见", "Feedback overdue"},
       .numerator = {.measure = "feedback_unanswered", .over = Over::before_today},
       .dim1 = "about",
       .definition = {"答复期限早于今日且未答复的意见", "Due before today and not answered"}});
  add({.name = "satisfaction",
       .label = {"业主满意率", "Owners satisfied"},
       .figure = Figure::percent,
       .numerator = {.measure = "feedback_satisfied"},
       .denominator = Term{.measure = "feedback_rated"},
       .dim1 = "about",
       .definition = {"满意÷已评价，期内收到的意见", "Satisfied ÷ said so, of those received"}});
}

}  // namespace

void add_service(Schema& schema) {
  for (auto make : {service_standard, feedback}) schema.types.push_back(make());
  add_statistics(schema.statistics);
}

}  // namespace linli::model
