// Red property (domain 2.2): demonstration sites, multi-party joint meetings, the matters raised
// there, who follows them up, and what the parties do together.
#include "node/model/red_property.h"

#include "node/model/dispute.h"

namespace linli::model {

namespace {

constexpr Choice kSiteStates[] = {{1, "applied", {"已申报", "Applied"}},
                                  {2, "recommended", {"街道已推荐", "Recommended"}},
                                  {3, "reviewed", {"县区已审核", "Reviewed"}},
                                  {4, "designated", {"已命名", "Designated"}},
                                  {5, "rectifying", {"限期整改", "Rectifying"}},
                                  {6, "revoked", {"已撤销", "Revoked"}},
                                  {7, "expired", {"已到期", "Expired"}}};
constexpr Choice kMeetingKinds[] = {
    {1, "compound_joint", {"多方联席会议", "Multi-party joint meeting"}},
    {2, "statutory_joint", {"物业管理联席会议", "Statutory joint meeting"}}};
constexpr Choice kConveners[] = {{1, "party_branch", {"小区党支部", "Party branch"}},
                                 {2, "street", {"街道办事处", "Street office"}},
                                 {3, "community", {"社区", "Community"}}};
constexpr Choice kMeetingStates[] = {{1, "planned", {"计划中", "Planned"}},
                                     {2, "noticed", {"已通知", "Noticed"}},
                                     {3, "held", {"已召开", "Held"}},
                                     {4, "minutes_published", {"纪要已公布", "Minutes published"}},
                                     {5, "closed", {"已办结", "Closed"}},
                                     {6, "cancelled", {"已取消", "Cancelled"}},
                                     {7, "postponed", {"已延期", "Postponed"}}};
constexpr Choice kMatterStates[] = {
    {1, "raised", {"已提出", "Raised"}},       {2, "accepted", {"已受理", "Accepted"}},
    {3, "assigned", {"已交办", "Assigned"}},   {4, "in_progress", {"办理中", "In progress"}},
    {5, "escalated", {"已上报", "Escalated"}}, {6, "resolved", {"已解决", "Resolved"}},
    {7, "verified", {"已核实", "Verified"}},   {8, "closed", {"已销号", "Closed"}},
    {9, "rejected", {"不予受理", "Rejected"}}, {10, "reopened", {"已重开", "Reopened"}}};
constexpr Choice kFollowupOutcomes[] = {{1, "progress", {"有进展", "Progress"}},
                                        {2, "done", {"已完成", "Done"}},
                                        {3, "blocked", {"受阻", "Blocked"}},
                                        {4, "escalate", {"建议上报", "To be escalated"}}};
constexpr Choice kReviewResults[] = {{1, "keep", {"保留", "Keep"}},
                                     {2, "rectify", {"整改", "Rectify"}},
                                     {3, "revoke", {"撤销", "Revoke"}}};
constexpr Choice kActivityKinds[] = {{1, "party_class", {"党课联上", "Joint party class"}},
                                     {2, "activity", {"活动联办", "Joint activity"}},
                                     {3, "work", {"工作联抓", "Joint work"}}};

constexpr std::uint32_t kGroupState = 60001;

RecordType red_site() {
  using namespace site_field;
  return {
      .number = 120,
      .name = "red_site",
      .label = {"红色物业示范点", "Red property site"},
      .key = {"compound", "batch"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           integer(kBatch, "batch", {"批次(年)", "Batch (year)"}, Unit::none)
               .range(2018, 2200)
               .required(),
           choice(kGrade, "grade", {"级别", "Grade"}, kSiteGrades).required(),
           date(kDesignatedOn, "designated_on", {"命名日期", "Designated on"}).conditional(),
           text(5, "basis_doc", {"文号", "Document"}).required().plain(kReasonCode).found(),
           text(6, "party_branch", {"小区党支部", "Party branch"})
               .required()
               .plain(kReasonOrganisation)
               .found(),
           text(7, "branch_secretary", {"支部书记", "Branch secretary"}, 60).personal(),
           integer(8, "party_member_count", {"党员人数", "Party members"}).range(0, 100'000),
           integer(9, "cross_posts", {"交叉任职人数", "Cross postings"}).range(0, 1000),
           // 议事规则: what a site is recommended for; those of before this system have none here.
           blob(kRulesFile, "rules_file", {"议事规则", "Rules of procedure"})
               .conditional()
               .erasable(),
           state(kStatus, "status", {"状态", "State"}, kSiteStates).grouped(kGroupState),
           date(kStatusOn, "status_on", {"状态变更日期", "State since"})
               .conditional()
               .grouped(kGroupState),
           text(kStatusReason, "status_reason", {"整改或撤销原因", "Why"}, 1000)
               .conditional()
               .plain(kReasonPublished)
               .grouped(kGroupState)},
      .title = "party_branch",
      .writers = kOffices,
      .removers = kAuthority,
      .state = "status",
      .moves = {{"", "applied", kOffices},
                {"", "designated", kHub},  // before this system came
                {"applied", "recommended", kSuperiors},
                {"recommended", "reviewed", kAuthority},
                {"reviewed", "designated", kHub},
                {"designated", "rectifying", kAuthority},
                {"rectifying", "designated", kHub},
                {"rectifying", "revoked", kHub, 1},
                {"designated", "revoked", kHub, 1},
                {"designated", "expired", kHub, 2}},
      .frozen = {"revoked", "expired"},
      .indexes = {{"compound"}},
      .faults = site_faults,
      .contribute = contribute_site,
      .measures = {"demo_sites"}};
}

RecordType site_review() {
  return {.number = 121,
          .name = "site_review",
          .label = {"示范点年度复核", "Yearly review of a site"},
          .key = {"red_site", "year"},
          .fields = {ref(1, "red_site", {"示范点", "Site"}, {"red_site"}).required(),
                     integer(2, "year", {"年度", "Year"}, Unit::none).range(2018, 2200).required(),
                     integer(3, "score", {"得分", "Score"}, Unit::points).range(0, 100).required(),
                     choice(4, "result", {"结论", "Result"}, kReviewResults).required(),
                     date(5, "reviewed_on", {"复核日期", "Reviewed on"}).required(),
                     text(6, "opinion", {"意见", "Opinion"}, kTextLongMax).erasable().found()},
          .writers = kAuthority,
          .removers = kAuthority,
          .indexes = {{"red_site"}},
          .contribute = contribute_review,
          .measures = {"site_reviews"}};
}

RecordType joint_meeting() {
  using namespace meeting_field;
  return {
      .number = 122,
      .name = "joint_meeting",
      .label = {"联席会议", "Joint meeting"},
      // No natural key: several a day are legitimate.
      .fields =
          {choice(kKind, "kind", {"会议类型", "Kind"}, kMeetingKinds).required(),
           ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).conditional(),
           instant(kPlannedAt, "planned_at", {"计划时间", "Planned at"}).required(),
           instant(kHeldAt, "held_at", {"召开时间", "Held at"}).conditional().grouped(kGroupState),
           text(5, "place", {"地点", "Place"}).required().plain(kReasonPlace).found(),
           choice(kConvener, "convener", {"召集人", "Convener"}, kConveners).required(),
           text(7, "chair", {"主持人", "Chair"}, 60).required().personal(),
           text(8, "topic", {"主题", "Topic"}).required().plain(kReasonPublished).found(),
           texts(9, "agenda", {"议程", "Agenda"}).plain(kReasonPublished),
           text(kMinutes, "minutes", {"会议纪要", "Minutes"}, kTextLongMax)
               .conditional()
               .erasable()
               .found(),
           blobs(11, "attachments", {"附件", "Attachments"}).erasable(),
           state(kStatus, "status", {"状态", "State"}, kMeetingStates).grouped(kGroupState),
           date(kNoticedOn, "noticed_on", {"通知日期", "Noticed on"})
               .conditional()
               .grouped(kGroupState),
           date(kMinutesOn, "minutes_on", {"纪要公布日期", "Minutes published on"})
               .conditional()
               .grouped(kGroupState),
           text(kStatusReason, "status_reason", {"取消或延期原因", "Why"}, 1000)
               .conditional()
               .plain(kReasonPublished)
               .grouped(kGroupState),
           date(kMinutesDueOn, "minutes_due_on", {"纪要公布期限", "Minutes due on"})
               .derived()
               .grouped(kGroupState)},
      .title = "topic",
      .writers = kOffices,
      .removers = kOffices,
      .state = "status",
      .moves = {{"", "planned", kOffices},
                {"", "noticed", kOffices},
                {"", "held", kOffices},  // called at once: a burst pipe waits for nobody
                {"planned", "noticed", kOffices},
                {"noticed", "held", kOffices},
                {"planned", "held", kOffices},
                {"held", "minutes_published", kOffices},
                {"minutes_published", "closed", kOffices},
                {"planned", "cancelled", kOffices, 2},
                {"noticed", "cancelled", kOffices, 2},
                {"postponed", "cancelled", kOffices, 2},
                {"planned", "postponed", kOffices, 1},
                {"noticed", "postponed", kOffices, 1},
                {"postponed", "noticed", kOffices}},
      .frozen = {"closed", "cancelled"},
      .indexes = {{"compound", "planned_at"}, {"planned_at"}},
      .derive = derive_meeting,
      .faults = meeting_faults,
      .authoring_faults = meeting_authoring_faults,
      .contribute = contribute_meeting,
      .measures = {"meetings_held", "meeting_months", "compounds_met", "minutes_missing"}};
}

RecordType meeting_party() {
  using namespace party_field;
  return {.number = 123,
          .name = "meeting_party",
          .label = {"参会方", "Party at a meeting"},
          // Signing in twice, on two devices, merges.
          .key = {"meeting", "party_kind", "org"},
          .fields = {ref(kMeeting, "meeting", {"会议", "Meeting"}, {"joint_meeting"}).required(),
                     choice(kKind, "party_kind", {"参会方类型", "Kind"}, kPartyKinds).required(),
                     text(kOrg, "org", {"单位", "Organisation"})
                         .required()
                         .plain(kReasonOrganisation)
                         .found(),
                     text(4, "representative", {"代表", "Representative"}, 60).personal(),
                     instant(kSignedInAt, "signed_in_at", {"签到时间", "Signed in at"}),
                     blob(6, "signature", {"手写签名", "Signature"}).personal(),
                     ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).derived(),
                     choice(kMeetingKind, "meeting_kind", {"会议类型", "Kind of meeting"},
                            kMeetingKinds)
                         .derived()},
          .title = "org",
          .writers = kInspectors,
          .removers = kOffices,
          .indexes = {{"meeting"}},
          .derive = derive_party,
          .authoring_faults = party_authoring_faults,
          .contribute = contribute_party,
          .peers = {"meeting"},
          .measures = {"party_present", "meetings_valid"},
          .rivals = party_rivals};
}

std::vector<Field> matter_fields() {
  using namespace joint_matter_field;
  return {
      ref(kMeeting, "meeting", {"会议", "Meeting"}, {"joint_meeting"}).required(),
      ref(kCompound, "compound", {"小区", "Compound"}, {"compound"})
          .hint({"不填则取自会议", "The meeting's, if left out"}),
      choice(3, "category", {"类别", "Category"}, kCaseCategories).required(),
      text(4, "title", {"议题", "Matter"}).required().erasable().found(),
      text(5, "detail", {"详情", "Detail"}, kTextLongMax).required().erasable().found(),
      choice(6, "raised_by", {"提出方", "Raised by"}, kPartyKinds).required(),
      date(kRaisedOn, "raised_on", {"提出日期", "Raised on"})
          .required()
          .hint({"不填则为会议当日", "The meeting's day, if left out"}),
      text(8, "responsible", {"责任单位", "Responsible"})
          .required()
          .plain(kReasonOrganisation)
          .found(),
      date(kDueOn, "due_on", {"办理期限", "Due on"})
          .required()
          .hint({"不填则按业务参数 matter_days", "By the setting matter_days, if left out"}),
      text(kResolution, "resolution", {"处理结果", "Resolution"}, kTextLongMax)
          .conditional()
          .erasable()
          .found(),
      state(kStatus, "status", {"状态", "State"}, kMatterStates).grouped(kGroupState),
      date(kAcceptedOn, "accepted_on", {"受理日期", "Accepted on"})
          .conditional()
          .grouped(kGroupState),
      date(kVerifiedOn, "verified_on", {"核实日期", "Verified on"})
          .conditional()
          .grouped(kGroupState),
      date(kClosedOn, "closed_on", {"销号日期", "Closed on"}).conditional().grouped(kGroupState),
      text(kStatusReason, "status_reason", {"不受理或重开原因", "Why"}, 1000)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      choice(kEscalatedTo, "escalated_to", {"上报至", "Escalated to"}, kEscalations)
          .conditional()
          .grouped(kGroupState),
      date(kEscalatedOn, "escalated_on", {"上报日期", "Escalated on"})
          .conditional()
          .grouped(kGroupState),
      ref(18, "dispute", {"关联纠纷", "Dispute"}, {"dispute"})};
}

RecordType matter() {
  const RoleMask workers = kOffices | kCompanyRole;
  return {.number = 124,
          .name = "matter",
          .label = {"议题", "Matter"},
          .fields = matter_fields(),
          .title = "title",
          .writers = workers,
          .removers = kOffices,
          .state = "status",
          .moves = {{"", "raised", workers},
                    {"", "accepted", kOffices},
                    {"raised", "accepted", kOffices},
                    {"raised", "rejected", kOffices, 1},
                    {"accepted", "assigned", kOffices},
                    {"assigned", "in_progress", workers},
                    {"in_progress", "escalated", kOffices, 1},
                    {"escalated", "in_progress", kOffices},
                    {"in_progress", "resolved", workers},
                    {"resolved", "verified", kOffices},
                    {"verified", "closed", kOffices},
                    {"closed", "reopened", kOffices},
                    {"reopened", "in_progress", kOffices}},
          .frozen = {"closed", "rejected"},
          .lasting = {"accepted_on", "verified_on", "closed_on"},
          .indexes = {{"meeting"}, {"compound"}, {"due_on"}},
          .derive = derive_joint_matter,
          .faults = joint_matter_faults,
          .authoring_faults = joint_matter_authoring_faults,
          .contribute = contribute_joint_matter,
          .measures = {"matters_raised", "matters_accepted", "matters_escalated", "matters_due",
                       "matters_on_time", "matters_open", "matters_verified"}};
}

/// What was done, as it was said then: never altered.
RecordType followup() {
  return {.number = 125,
          .name = "followup",
          .label = {"跟进记录", "Follow-up"},
          .fields = {ref(1, "matter", {"议题", "Matter"}, {"matter"}).required(),
                     instant(2, "at", {"时间", "At"}).required(),
                     text(3, "by", {"跟进单位", "By"}).required().plain(kReasonOrganisation),
                     text(4, "text", {"跟进情况", "What was done"}, kTextLongMax)
                         .required()
                         .erasable()
                         .found(),
                     blobs(5, "photos", {"照片", "Photos"}).range(1, 9).erasable(),
                     choice(6, "outcome", {"结果", "Outcome"}, kFollowupOutcomes).required(),
                     state(7, "status", {"状态", "State"}, kRecorded)},
          .writers = kInspectors | kCompanyRole,
          .removers = kOffices,
          .state = "status",
          .moves = {{"", "recorded", kInspectors | kCompanyRole}},
          .frozen = {"recorded"},
          .indexes = {{"matter", "at"}}};
}

/// 党课联上、活动联办、工作联抓: what branch, residents' committee, owners and company do together.
RecordType joint_activity() {
  return {.number = 126,
          .name = "joint_activity",
          .label = {"联建活动", "Joint activity"},
          .fields = {choice(1, "kind", {"类型", "Kind"}, kActivityKinds).required(),
                     ref(2, "compound", {"小区", "Compound"}, {"compound"}),
                     date(3, "on", {"日期", "On"}).required(),
                     text(4, "topic", {"主题", "Topic"}).required().plain(kReasonPublished).found(),
                     choices(5, "parties", {"参加方", "Parties"}, kPartyKinds).required(),
                     integer(6, "participants", {"参加人数", "Participants"}).range(1, 100'000),
                     text(7, "note", {"说明", "Note"}, kTextLongMax).erasable().found(),
                     blobs(8, "photos", {"照片", "Photos"}).range(1, 9).erasable()},
          .title = "topic",
          .writers = kOffices | kCompanyRole,
          .removers = kOffices,
          .indexes = {{"compound"}, {"on"}},
          .contribute = contribute_activity,
          .measures = {"joint_activities"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "red_property";
    statistics.push_back(s);
  };
  add({.name = "demo_sites",
       .label = {"红色物业示范点", "Red property sites"},
       .numerator = {.measure = "demo_sites", .over = Over::until_end, .count = Count::distinct},
       .dim1 = "grade",
       .definition = {"期末已命名且未撤销、未到期的示范点小区",
                      "Compounds designated, neither revoked nor expired, at the end"}});
  add({.name = "site_reviews",
       .label = {"示范点年度复核", "Reviews of sites"},
       .numerator = {.measure = "site_reviews"},
       .dim1 = "result",
       .definition = {"期内复核的示范点，按结论", "Sites reviewed in the window, by result"}});
  add({.name = "joint_meetings",
       .label = {"联席会议次数", "Joint meetings"},
       .numerator = {.measure = "meetings_held"},
       .dim1 = "kind",
       .definition = {"期内召开的联席会议", "Held in the window"}});
  add({.name = "meeting_regularity",
       .label = {"示范点会议按月召开率", "Months in which sites met"},
       .figure = Figure::percent,
       .numerator = {.measure = "meeting_months", .count = Count::monthly, .within = "demo_sites"},
       .denominator = Term{.measure = "demo_sites",
                           .over = Over::until_end,
                           .count = Count::monthly,
                           .whole = true},
       .definition = {"期内示范点召开过多方联席会议的小区月数÷(期末示范点×期内月数)",
                      "Months of the window in which a site had a compound's joint meeting, over "
                      "all sites ÷ (sites at its end × its months)"}});
  add({.name = "meeting_coverage",
       .label = {"召开多方联席会议的小区比例", "Compounds that met"},
       .figure = Figure::percent,
       .numerator = {.measure = "compounds_met", .count = Count::distinct, .within = "in_service"},
       .denominator = Term{.measure = "in_service",
                           .over = Over::until_end,
                           .count = Count::distinct,
                           .whole = true},
       .definition = {
           "期内召开过多方联席会议的在管小区÷期末在管小区；是否每季度至少一次，按季度查看",
           "Compounds in service with a joint meeting in the window ÷ all in service: at "
           "least one a quarter is asked of them, so look at a quarter"}});
  add({.name = "meeting_months",
       .label = {"召开会议的小区月数", "Compound months with a meeting"},
       .numerator = {.measure = "meeting_months", .count = Count::distinct},
       .definition = {"期内至少召开一次多方联席会议的小区×月",
                      "Compound and month with one compound's joint meeting or more"}});
  add({.name = "meetings_valid",
       .label = {"参会方齐全的会议比例", "Meetings with all parties"},
       .figure = Figure::percent,
       .numerator = {.measure = "meetings_valid",
                     .count = Count::distinct,
                     .within = "meetings_held"},
       .denominator = Term{.measure = "meetings_held", .dim1 = "compound_joint"},
       .definition = {
           "党支部、居委会、企业及业委会(物管会、业主代表)均签到的会议÷召开的多方联席会议",
           "Meetings where branch, residents' committee, company and one of the owners' "
           "side signed in ÷ compounds' joint meetings held"}});
  add({.name = "party_presence",
       .label = {"各方到会率", "Presence of the parties"},
       .figure = Figure::percent,
       // Somebody may have signed in at a meeting that was called off.
       .numerator = {.measure = "party_present",
                     .count = Count::distinct,
                     .within = "meetings_held"},
       .denominator = Term{.measure = "meetings_held", .whole = true},
       .dim1 = "party_kind",
       .definition = {"该类参会方签到的会议÷召开的会议",
                      "Meetings at which that kind of party signed in ÷ meetings held"}});
  add({.name = "minutes_overdue",
       .label = {"逾期未公布纪要", "Minutes overdue"},
       .numerator = {.measure = "minutes_missing", .over = Over::before_today},
       .definition = {"公布期限早于今日而纪要未公布的会议",
                      "Meetings whose minutes were due before today and aren't published"}});
  add({.name = "matter_on_time",
       .label = {"议题按期办结率", "Matters verified on time"},
       .figure = Figure::percent,
       .numerator = {.measure = "matters_on_time"},
       .denominator = Term{.measure = "matters_due"},
       .dim1 = "category",
       .definition = {"期限在期内且按期核实的议题÷期限在期内的议题",
                      "Verified by the due day ÷ due in the window"}});
  add({.name = "matter_open_overdue",
       .label = {"逾期未办结议题", "Overdue matters"},
       .numerator = {.measure = "matters_open", .over = Over::before_today},
       .dim1 = "category",
       .definition = {"期限早于今日且未销号的议题", "Due before today and not closed"}});
  add({.name = "matter_days",
       .label = {"议题办理用时分布", "Days to verify matters"},
       .numerator = {.measure = "matters_verified"},
       .dim1 = "category",
       .dim2 = "days",
       .definition = {"期内核实的议题，按提出至核实的天数分组",
                      "Verified in the window, by days since they were raised"}});
  add({.name = "matter_escalation_rate",
       .label = {"议题上报率", "Matters escalated"},
       .figure = Figure::percent,
       .numerator = {.measure = "matters_escalated"},
       .denominator = Term{.measure = "matters_accepted"},
       .dim1 = "category",
       .definition = {"期内受理且曾上报的议题÷期内受理的议题",
                      "Of those accepted in the window, those that were escalated"}});
  add({.name = "joint_activities",
       .label = {"联建活动次数", "Joint activities"},
       .numerator = {.measure = "joint_activities"},
       .dim1 = "kind",
       .definition = {"期内党课联上、活动联办、工作联抓次数",
                      "Joint party classes, activities and work in the window"}});
}

}  // namespace

void add_red_property(Schema& schema) {
  for (auto make :
       {red_site, site_review, joint_meeting, meeting_party, matter, followup, joint_activity}) {
    schema.types.push_back(make());
  }
  add_statistics(schema.statistics);
}

}  // namespace linli::model
