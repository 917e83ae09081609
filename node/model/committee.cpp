// Committees, their members and decisions, and the property management committee that stands in
// where an assembly can't be formed, until one elects a committee (domain 2.3).
#include "node/model/committee.h"

#include "node/model/settings.h"

namespace linli::model {

namespace {

constexpr Choice kCommitteeStates[] = {
    {1, "elected", {"已当选", "Elected"}},     {2, "filed", {"已备案", "Filed"}},
    {3, "active", {"履职中", "Active"}},       {4, "short", {"缺额", "Short of members"}},
    {5, "expired", {"任期届满", "Term over"}}, {6, "handed_over", {"已移交", "Handed over"}},
    {7, "dissolved", {"已解散", "Dissolved"}}};
constexpr Choice kMemberPosts[] = {{1, "chair", {"主任", "Chair"}},
                                   {2, "vice_chair", {"副主任", "Vice chair"}},
                                   {3, "member", {"委员", "Member"}},
                                   {4, "reserve", {"候补委员", "Reserve"}}};
constexpr Choice kEndReasons[] = {{1, "term_over", {"任期届满", "Term over"}},
                                  {2, "resigned", {"辞职", "Resigned"}},
                                  {3, "removed", {"罢免", "Removed"}},
                                  {4, "no_longer_owner", {"不再是业主", "No longer an owner"}},
                                  {5, "incapable", {"丧失行为能力", "Lost capacity"}},
                                  {6, "convicted", {"被追究刑事责任", "Convicted"}},
                                  {7, "other", {"其他", "Other"}}};
constexpr Choice kShares[] = {{1, "half", {"半数以上", "Half or more"}},
                              {2, "more_than_half", {"过半数", "More than half"}}};
constexpr Choice kTriggers[] = {
    {1, "conditions_not_met", {"不具备成立条件", "Conditions not met"}},
    {2, "conditions_met_not_formed", {"具备条件而未成立", "Met and not formed"}},
    {3,
     "committee_not_elected_or_renewed",
     {"未能选举或换届", "Committee not elected or renewed"}}};
constexpr Choice kPmcSides[] = {{1, "street", {"街道", "Street"}},
                                {2, "community", {"社区", "Community"}},
                                {3, "owner", {"业主", "Owner"}}};
constexpr Choice kPmcEnds[] = {
    {1, "committee_elected", {"业主委员会已选出", "A committee was elected"}},
    {2, "term_over", {"任期届满", "Term over"}},
    {3, "other", {"其他", "Other"}}};
constexpr Choice kPmcStates[] = {
    {1, "proposed", {"拟组建", "Proposed"}},       {2, "formed", {"已组建", "Formed"}},
    {3, "published", {"已公布", "Published"}},     {4, "active", {"履职中", "Active"}},
    {5, "handed_over", {"已移交", "Handed over"}}, {6, "dissolved", {"已解散", "Dissolved"}}};

constexpr std::uint32_t kGroupState = 60001, kGroupTerm = 60002;
constexpr std::uint32_t kFirstMeetingDue = 16, kFirstMeetingOn = 17;  // as in committee_rules.cpp

RecordType committee() {
  using namespace committee_field;
  return {
      .number = kTypeCommittee,
      .name = "committee",
      .label = {"业主委员会", "Owners' committee"},
      .key = {"compound", "term_no"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           integer(kTermNo, "term_no", {"届次", "Term number"}, Unit::none).range(1, 99).required(),
           ref(kRules, "rules", {"规则", "Rules"}, {"vote_rules"}).required(),
           ref(kAssembly, "assembly", {"选举会议", "Elected by"}, {"assembly"}),
           date(kElectedOn, "elected_on", {"当选日期", "Elected on"}).required(),
           // One value: a start beside another's end would make a term that nobody set.
           date(kTermStart, "term_start", {"任期开始", "Term from"}).required().grouped(kGroupTerm),
           date(kTermEnd, "term_end", {"任期届满", "Term to"}).required().grouped(kGroupTerm),
           integer(kSeats, "seats", {"委员人数", "Seats"}).range(1, 99).required(),
           date(kFiledOn, "filed_on", {"备案日期", "Filed on"}).conditional().grouped(kGroupState),
           text(10, "filing_no", {"备案号", "Filing number"}, kCodeMax)
               .plain(kReasonCode)
               .found()
               .grouped(kGroupState),
           date(kFilingDue, "filing_due_on", {"备案期限", "File by"}).derived(),
           date(kRenewalFrom, "renewal_from", {"换届开始", "Renewal begins"}).derived(),
           state(kStatus, "status", {"状态", "State"}, kCommitteeStates).grouped(kGroupState),
           date(kStatusOn, "status_on", {"状态起始日期", "In this state since"})
               .conditional()
               .grouped(kGroupState),
           date(kHandoverDue, "handover_due_on", {"移交期限", "Hand over by"})
               .derived()
               .hint({"任期届满后，向下一届移交文件、印章、财物的期限(HN 33)",
                      "After its term, to hand files, seals and money to the next one (HN 33)"}),
           date(kFirstMeetingDue, "first_meeting_due_on", {"首次会议期限", "First meeting by"})
               .derived()
               .hint({"当选后召开首次会议、推选主任的期限(HN 28)",
                      "After the election, to meet and choose the chair (HN 28)"}),
           date(kFirstMeetingOn, "first_meeting_on", {"首次会议日期", "First meeting on"})},
      .title = "term_no",
      .writers = kRegistrars,
      .removers = kStreetOffice,
      .state = "status",
      // Filing is the street's (HN 29).
      .moves = {{"", "elected", kRegistrars},
                {"", "active", kStreetOffice},  // elected before this system came
                {"elected", "filed", kStreetOffice},
                {"filed", "active", kRegistrars},
                {"active", "short", kRegistrars, 1},
                {"short", "active", kRegistrars},
                {"active", "expired", kRegistrars, 2},
                {"short", "expired", kRegistrars, 2},
                {"active", "handed_over", kRegistrars, 3},
                {"short", "handed_over", kRegistrars, 3},
                {"expired", "handed_over", kRegistrars},
                {"handed_over", "dissolved", kStreetOffice},
                {"expired", "dissolved", kStreetOffice, 1}},
      .frozen = {"dissolved"},
      .indexes = {{"compound"}},
      .derive = derive_committee,
      .faults = committee_faults,
      .authoring_faults = committee_authoring_faults,
      .contribute = contribute_committee,
      .peers = {"compound"},
      .measures = {"active_committees", "self_governed", "committee_term_end", "filings_due",
                   "filings_on_time", "handovers_open", "committees_short", "first_meetings_open"}};
}

// ---- Members -----------------------------------------------------------------------------------

constexpr std::uint32_t kMemberHandoverDue = 10, kMemberHandedOver = 11, kMemberCompound = 12;
constexpr std::int64_t kTermOver = 1;

/// HN 33: who leaves within the term hands files, seals and money over within three days. Whose
/// term is over hands over with the whole committee, and a reserve has nothing to hand over.
bool hands_over_alone(const RecordView& member) {
  using namespace member_field;
  return member.has(kToOn) && member.integer(kEndReason) != kTermOver &&
         member.integer(kPost) != kPostReserve;
}

/// Where the member sat; without the committee at hand, what was derived where it is stands.
void derive_members_compound(Record& record, const Lookup& lookup) {
  const auto committee = followed(lookup, *ViewOf(record), member_field::kCommittee);
  if (!committee) return;
  const auto compound = ViewOf(*committee)->ref(committee_field::kCompound);
  if (compound) record.set(kMemberCompound, encode_ref(*compound, record.scope));
}

/// By the setting of its day: a later one alters no member whose leaving day stays as it was.
Result<void> derive_member(Record& record, const Lookup& lookup, const Moment&) {
  using namespace member_field;
  derive_members_compound(record, lookup);
  if (!hands_over_alone(*ViewOf(record))) {
    record.unset(kMemberHandoverDue);
    return {};
  }
  const auto left = ViewOf(record)->integer(kToOn);
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  const bool stands = before && !before->removed && ViewOf(*before)->integer(kToOn) == left;
  if (stands && record.get(kMemberHandoverDue)) return {};
  derive_deadline(record, kMemberHandoverDue, left,
                  setting(lookup, record.scope, "member_handover_days"), lookup);
  return {};
}

void leaving_faults(const RecordView& record, std::vector<Fault>& faults) {
  member_faults(record, faults);
  order_fault(record, member_field::kToOn, kMemberHandedOver, faults);
  if (!record.has(kMemberHandedOver) || record.has(member_field::kToOn)) return;
  add_fault(faults, "handed_over_on", Errc::bad_rule, "尚未离任，无须移交；请先填离任日期",
            "the member hasn't left: enter to_on first");
}

void leaving_authoring_faults(const RecordView& record, const Lookup&, const Moment& moment,
                              std::vector<Fault>& faults) {
  future_fault(record, kMemberHandedOver, moment.today, faults);
}

void contribute_member(const RecordView& record, std::span<const RecordView>,
                       std::vector<Contribution>& out) {
  const auto due = record.integer(kMemberHandoverDue);
  const bool waits = due && hands_over_alone(record) && !record.has(kMemberHandedOver);
  if (record.removed || !waits) return;
  out.push_back(
      {.measure = "member_handovers_open", .day = *due, .unit = record.ref_id(kMemberCompound)});
}

RecordType committee_member() {
  using namespace member_field;
  return {
      .number = kTypeCommitteeMember,
      .name = "committee_member",
      .label = {"业委会委员", "Committee member"},
      .key = {"committee", "head", "from_on"},
      .fields =
          {ref(kCommittee, "committee", {"业主委员会", "Committee"}, {"committee"}).required(),
           text(kHead, "head", {"业主代号", "Head"}, kCodeMax).required().plain(kReasonPseudonym),
           text(3, "name", {"姓名", "Name"}, kCodeMax).required().personal(),
           choice(kPost, "post", {"职务", "Post"}, kMemberPosts).required(),
           date(kFromOn, "from_on", {"起", "From"}).required(), date(kToOn, "to_on", {"止", "To"}),
           choice(kEndReason, "end_reason", {"离任原因", "Why ended"}, kEndReasons).conditional(),
           boolean(8, "by_election", {"补选", "By-election"}),
           text(9, "phone", {"电话", "Phone"}, kCodeMax).personal(),
           date(kMemberHandoverDue, "handover_due_on", {"移交期限", "Hand over by"})
               .derived()
               .hint({"任期内离任的委员移交文件、印章、财物的期限(HN 33)",
                      "Who leaves within the term hands over files, seals and money (HN 33)"}),
           date(kMemberHandedOver, "handed_over_on", {"移交日期", "Handed over on"}),
           ref(kMemberCompound, "compound", {"小区", "Compound"}, {"compound"}).derived()},
      .title = "head",
      .writers = kRegistrars,
      .removers = kStreetOffice,
      .indexes = {{"committee"}},
      .derive = derive_member,
      .faults = leaving_faults,
      .authoring_faults = leaving_authoring_faults,
      .contribute = contribute_member,
      .measures = {"member_handovers_open"}};
}

RecordType committee_decision() {
  using namespace decision_field;
  return {.number = 104,
          .name = "committee_decision",
          .label = {"业委会决定", "Committee decision"},
          .key = {"committee", "no"},
          .fields =
              {ref(kCommittee, "committee", {"业主委员会", "Committee"}, {"committee"}).required(),
               integer(kNo, "no", {"序号", "Number"}, Unit::none).range(1, 9999).required(),
               date(kDecidedOn, "decided_on", {"决定日期", "Decided on"}).required(),
               integer(kMembers, "members", {"全体委员", "All members"}).range(1, 99).required(),
               integer(kPresent, "present", {"出席", "Present"}).range(0, 99).required(),
               integer(kAgree, "agree", {"同意", "Agree"}).range(0, 99).required(),
               choice(kShare, "share", {"通过标准", "Share"}, kShares).derived(),
               boolean(kPassed, "passed", {"通过", "Passed"}).derived(),
               text(kText, "text", {"内容", "Text"}, kTextLongMax)
                   .required()
                   .plain(kReasonPublished)
                   .found(),
               date(kPublishedOn, "published_on", {"公布日期", "Published on"}),
               date(kToldOn, "told_community_on", {"告知社区日期", "Community told on"}),
               date(kPublishDue, "publish_due_on", {"公布期限", "Publish by"}).derived(),
               ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).derived()},
          .title = "no",
          .writers = kRegistrars,
          .removers = kStreetOffice,
          .indexes = {{"committee"}},
          .derive = derive_decision,
          .faults = decision_faults,
          .contribute = contribute_decision,
          .measures = {"decisions_due", "decisions_on_time"}};
}

RecordType pmc() {
  using namespace pmc_field;
  const auto member =
      std::vector<Field>{text(1, "name", {"姓名", "Name"}, kCodeMax).required(),
                         choice(2, "side", {"代表方", "Side"}, kPmcSides).required()};
  return {
      .number = 105,
      .name = "pmc",
      .label = {"物业管理委员会", "Property management committee"},
      .key = {"compound", "formed_on"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           date(kFormedOn, "formed_on", {"组建日期", "Formed on"}).required(),
           ref(kRules, "rules", {"规则", "Rules"}, {"vote_rules"}).required(),
           choice(kTrigger, "trigger", {"组建情形", "Why"}, kTriggers).required(),
           rows(kMembers, "members", {"成员", "Members"}, member).required().personal(),
           integer(kTotal, "members_total", {"成员数", "Members"}).derived(),
           integer(kOwners, "members_owners", {"业主成员数", "Of these owners"}).derived(),
           choice(kChairSide, "chair_side", {"主任代表方", "The chair's side"}, kPmcSides)
               .required(),
           date(kPublishedOn, "published_on", {"名单公布日期", "Members posted on"})
               .conditional()
               .grouped(kGroupState),
           date(kPublishDue, "publish_due_on", {"公布期限", "Post by"}).derived(),
           date(kEndedOn, "ended_on", {"终止日期", "Ended on"}).conditional().grouped(kGroupState),
           choice(kEndReason, "end_reason", {"终止原因", "Why ended"}, kPmcEnds)
               .conditional()
               .grouped(kGroupState),
           ref(kSuccessor, "successor", {"继任业委会", "Committee that follows"}, {"committee"})
               .conditional()
               .grouped(kGroupState),
           state(kStatus, "status", {"状态", "State"}, kPmcStates).grouped(kGroupState)},
      .title = "formed_on",
      .writers = kStreetOffice,
      .removers = kStreetOffice,
      .state = "status",
      .moves = {{"", "proposed", kStreetOffice},
                {"", "formed", kStreetOffice},
                {"proposed", "formed", kStreetOffice},
                {"formed", "published", kStreetOffice},
                {"published", "active", kStreetOffice},
                {"active", "handed_over", kStreetOffice},
                {"handed_over", "dissolved", kStreetOffice}},
      .frozen = {"dissolved"},
      .indexes = {{"compound"}},
      .derive = derive_pmc,
      .faults = pmc_faults,
      .authoring_faults = pmc_authoring_faults,
      .contribute = contribute_pmc,
      .measures = {"self_governed", "active_pmcs"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "assembly";
    statistics.push_back(s);
  };
  const Term in_service{.measure = "in_service", .over = Over::until_end, .count = Count::distinct};
  const auto governed = [](std::string_view measure) {
    return Term{.measure = measure,
                .over = Over::until_end,
                .count = Count::distinct,
                .within = "in_service"};
  };
  add({.name = "committee_coverage",
       .label = {"业主委员会覆盖率", "Compounds with a committee"},
       .figure = Figure::percent,
       .numerator = governed("active_committees"),
       .denominator = in_service,
       .definition = {"有任期内业主委员会的在管小区÷在管小区",
                      "Compounds with a committee in its term ÷ compounds in service"}});
  add({.name = "self_gov_coverage",
       .label = {"业委会或物管会覆盖率", "Compounds that govern themselves"},
       .figure = Figure::percent,
       .numerator = governed("self_governed"),
       .denominator = in_service,
       .definition = {"有业主委员会或物业管理委员会的在管小区÷在管小区",
                      "Compounds with a committee or a property management committee ÷ compounds "
                      "in service"}});
  add({.name = "on_time_filing",
       .label = {"业委会按期备案率", "Committees filed in time"},
       .figure = Figure::percent,
       .numerator = {.measure = "filings_on_time"},
       .denominator = Term{.measure = "filings_due"},
       .definition = {"期内到期的备案中按期备案的", "Filed in time ÷ due in the window"}});
  add({.name = "decisions_on_time",
       .label = {"决定按期公布率", "Decisions published in time"},
       .figure = Figure::percent,
       .numerator = {.measure = "decisions_on_time"},
       .denominator = Term{.measure = "decisions_due"},
       .definition = {"期内到期的业委会决定中按期公布的",
                      "Committee decisions published in time ÷ due in the window"}});
  add({.name = "terms_expiring",
       .label = {"90日内届满的业委会", "Terms that end within 90 days"},
       .numerator = {.measure = "committee_term_end", .over = Over::next_days, .days = 90},
       .definition = {"今日起90日内任期届满、尚未移交且下一届尚未备案的业主委员会",
                      "Committees whose term ends in 90 days, that haven't handed over and have no "
                      "filed successor"}});
  add({.name = "overdue_renewal",
       .label = {"逾期未换届", "Renewals overdue"},
       .numerator = {.measure = "committee_term_end", .over = Over::before_today},
       .definition = {"任期已届满、尚未移交且下一届尚未备案的业主委员会",
                      "Committees whose term is over, that haven't handed over and have no filed "
                      "successor"}});
  add({.name = "handover_overdue",
       .label = {"逾期未移交的业委会", "Handovers overdue"},
       .numerator = {.measure = "handovers_open", .over = Over::before_today},
       .definition = {"下一届已备案、移交期限早于今日而尚未移交的业主委员会",
                      "Committees with a filed successor, to be handed over before today and "
                      "not handed over"}});
  add({.name = "first_meeting_overdue",
       .label = {"逾期未召开首次会议的业委会", "Committees that haven't met yet"},
       .numerator = {.measure = "first_meetings_open", .over = Over::before_today},
       .definition = {"当选后首次会议期限早于今日、尚未履职也未召开首次会议的业主委员会",
                      "Committees not yet at work whose first meeting was due before today and "
                      "that haven't met"}});
  add({.name = "member_handover_overdue",
       .label = {"离任委员逾期未移交", "Members' handovers overdue"},
       .numerator = {.measure = "member_handovers_open", .over = Over::before_today},
       .definition = {"任期内离任、移交期限早于今日而尚未移交的委员",
                      "Members who left within their term, were to hand over before today and "
                      "haven't"}});
  add({.name = "committees_short",
       .label = {"缺额的业委会", "Committees short of members"},
       .numerator = {.measure = "committees_short", .over = Over::until_end},
       .definition = {"截至期末缺额的业主委员会(在任委员低于业务参数 committee_short_percent)",
                      "Committees that are short of members at the end (below the setting "
                      "committee_short_percent)"}});
  add({.name = "active_pmcs",
       .label = {"履职中的物管会", "Property management committees"},
       .numerator = {.measure = "active_pmcs", .over = Over::until_end},
       .definition = {"期末履职中的物业管理委员会",
                      "Property management committees at work on the last day"}});
}

}  // namespace

void add_committee(Schema& schema) {
  for (auto make : {committee, committee_member, committee_decision, pmc}) {
    schema.types.push_back(make());
  }
  // A compound governs itself through either body; through both it is still one compound.
  schema.shared_measures.push_back("self_governed");
  add_statistics(schema.statistics);
}

}  // namespace linli::model
