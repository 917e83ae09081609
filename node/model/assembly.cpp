// Owners' assembly (domain 2.3): preparation group, meeting, matters, candidates, vetting. The roll
// is register.cpp's, what is handed in and counted ballot.cpp's; who is elected, and the body
// before: committee.cpp.
#include "node/model/assembly.h"

namespace linli::model {

namespace {

constexpr Choice kApplicants[] = {{1, "developer", {"建设单位", "Developer"}},
                                  {2, "owners", {"业主", "Owners"}}};
constexpr Choice kSides[] = {{1, "street", {"街道", "Street"}},
                             {2, "community", {"社区", "Community"}},
                             {3, "developer", {"建设单位", "Developer"}},
                             {4, "owner", {"业主", "Owner"}}};
constexpr Choice kGroupStates[] = {{1, "applied", {"已申请", "Applied"}},
                                   {2, "formed", {"已成立", "Formed"}},
                                   {3, "register_published", {"名册已公示", "Register published"}},
                                   {4, "contents_announced", {"内容已公告", "Contents announced"}},
                                   {5, "assembly_held", {"大会已召开", "Assembly held"}},
                                   {6, "dissolved", {"已解散", "Dissolved"}},
                                   {7, "lapsed", {"逾期失效", "Lapsed"}}};
constexpr Choice kAssemblyKinds[] = {{1, "first", {"首次", "First"}},
                                     {2, "regular", {"定期", "Regular"}},
                                     {3, "extraordinary", {"临时", "Extraordinary"}}};
constexpr Choice kForms[] = {{1, "meeting", {"集体讨论", "Meeting"}},
                             {2, "written", {"书面征求意见", "In writing"}},
                             {3, "internet", {"互联网", "Internet"}},
                             {4, "mixed", {"混合", "Mixed"}}};
constexpr Choice kConveners[] = {{1, "prep_group", {"筹备组", "Preparation group"}},
                                 {2, "committee", {"业主委员会", "Committee"}},
                                 {3, "street", {"街道办事处", "Street office"}},
                                 {4, "pmc", {"物业管理委员会", "Property management committee"}}};
constexpr Choice kAssemblyStates[] = {
    {1, "prepared", {"筹备", "Prepared"}},       {2, "announced", {"已公告", "Announced"}},
    {3, "voting", {"表决中", "Voting"}},         {4, "collecting", {"收票中", "Collecting"}},
    {5, "sealed", {"已封箱", "Sealed"}},         {6, "counted", {"已计票", "Counted"}},
    {7, "published", {"已公布", "Published"}},   {8, "effective", {"已生效", "Effective"}},
    {9, "challenged", {"被起诉", "Challenged"}}, {10, "upheld", {"维持", "Upheld"}},
    {11, "revoked", {"被撤销", "Revoked"}}};
constexpr Choice kMatterBases[] = {{1, "area_all", {"全体业主", "All owners"}},
                                   {2, "building", {"本楼栋", "One building"}},
                                   {3, "stair_unit", {"本单元", "One stair unit"}}};
constexpr Choice kSources[] = {{1, "party_org", {"党组织推荐", "Party organisation"}},
                               {2, "community", {"社区推荐", "Community"}},
                               {3, "owners_joint", {"业主联名", "Owners jointly"}},
                               {4, "self", {"自荐", "Oneself"}}};
constexpr Choice kCandidateStates[] = {{1, "nominated", {"已推荐", "Nominated"}},
                                       {2, "submitted", {"已提交", "Submitted"}},
                                       {3, "vetting", {"审查中", "Being vetted"}},
                                       {4, "more_material", {"补充材料", "More material"}},
                                       {5, "ineligible", {"不符合条件", "Ineligible"}},
                                       {6, "eligible", {"符合条件", "Eligible"}},
                                       {7, "publicised", {"公示中", "Shown to the public"}},
                                       {8, "objected", {"有异议", "Objected to"}},
                                       {9, "confirmed", {"正式候选人", "Confirmed"}},
                                       {10, "elected", {"当选", "Elected"}},
                                       {11, "not_elected", {"未当选", "Not elected"}},
                                       {12, "withdrawn", {"已退出", "Withdrawn"}}};
constexpr Choice kCriterionCodes[] = {
    {1, "obeys_law", {"遵守法律和规约", "Obeys law and convention"}},
    {2, "pays_fees", {"交纳物业费等", "Pays fees"}},
    {3, "full_capacity", {"完全民事行为能力", "Full capacity"}},
    {4, "public_spirited", {"热心公益、公正廉洁", "Public-spirited and honest"}},
    {5, "able", {"有组织能力和时间", "Able, with time"}},
    {6, "no_interest", {"与物业企业无利害关系", "No interest in the company"}}};
constexpr Choice kVettingResults[] = {{1, "eligible", {"符合", "Eligible"}},
                                      {2, "ineligible", {"不符合", "Ineligible"}},
                                      {3, "more_material", {"补充材料", "More material"}}};
constexpr Choice kVettingStates[] = {{1, "decided", {"已决定", "Decided"}}};

constexpr std::uint32_t kGroupState = 60001;
constexpr std::uint32_t kVettingRef = 17;  // of a candidate; as in candidate_rules.cpp

RecordType prep_group() {
  using namespace group_field;
  const auto member = std::vector<Field>{text(1, "name", {"姓名", "Name"}, kCodeMax).required(),
                                         choice(2, "side", {"代表方", "Side"}, kSides).required()};
  return {
      .number = 93,
      .name = "prep_group",
      .label = {"筹备组", "Preparation group"},
      .key = {"compound", "applied_on"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           date(kAppliedOn, "applied_on", {"申请日期", "Applied on"}).required(),
           ref(kRules, "rules", {"规则", "Rules"}, {"vote_rules"}).required(),
           choice(kApplicant, "applicant", {"申请人", "Applicant"}, kApplicants).required(),
           integer(kOwnerApplicants, "owner_applicants", {"联名业主数", "Owners who applied"})
               .conditional(),
           date(kFormedOn, "formed_on", {"成立日期", "Formed on"})
               .conditional()
               .grouped(kGroupState),
           rows(kMembers, "members", {"成员", "Members"}, member).conditional().personal(),
           integer(kTotal, "members_total", {"成员数", "Members"}).derived(),
           integer(kOwners, "members_owners", {"业主成员数", "Of these owners"}).derived(),
           text(10, "leader", {"组长", "Leader"}, kCodeMax)
               .personal()
               .hint({"由街道代表担任(HN 20)", "The street's member (HN 20)"}),
           date(kRegisterOn, "register_published_on", {"名册公示日期", "Register published on"})
               .conditional()
               .grouped(kGroupState),
           date(kContentsOn, "contents_announced_on", {"内容公告日期", "Contents announced on"})
               .conditional()
               .grouped(kGroupState),
           date(kFormDue, "form_due_on", {"应成立日期", "To be formed by"}).derived(),
           date(kAssemblyDue, "assembly_due_on", {"首次大会期限", "First assembly by"}).derived(),
           state(kStatus, "status", {"状态", "State"}, kGroupStates).grouped(kGroupState),
           date(kHeldOn, "held_on", {"大会召开日期", "Assembly held on"})
               .conditional()
               .grouped(kGroupState)},
      .writers = kRegistrars,
      .removers = kStreetOffice,
      .state = "status",
      // The street forms it (HN 20).
      .moves = {{"", "applied", kRegistrars},
                {"applied", "formed", kStreetOffice},
                {"formed", "register_published", kRegistrars},
                {"register_published", "contents_announced", kRegistrars},
                {"contents_announced", "assembly_held", kRegistrars},
                {"assembly_held", "dissolved", kRegistrars},
                {"formed", "lapsed", kStreetOffice, 1},
                {"register_published", "lapsed", kStreetOffice, 1},
                {"contents_announced", "lapsed", kStreetOffice, 1},
                {"lapsed", "formed", kStreetOffice}},
      .frozen = {"dissolved"},
      .indexes = {{"compound"}},
      .derive = derive_group,
      .faults = group_faults,
      .authoring_faults = group_authoring_faults,
      .contribute = contribute_group,
      .measures = {"groups_due", "groups_on_time", "first_assemblies_due",
                   "first_assemblies_on_time"}};
}

std::vector<Move> assembly_moves() {
  return {{"", "prepared", kRegistrars},
          {"prepared", "announced", kRegistrars},
          {"announced", "voting", kRegistrars},
          {"voting", "collecting", kRegistrars},
          {"collecting", "sealed", kRegistrars},
          {"sealed", "counted", kRegistrars},
          {"counted", "published", kRegistrars},
          {"published", "effective", kRegistrars},
          {"published", "challenged", kRegistrars, 1},
          {"effective", "challenged", kRegistrars, 1},
          {"challenged", "upheld", kRegistrars},
          {"challenged", "revoked", kRegistrars, 2}};
}

RecordType assembly() {
  using namespace assembly_field;
  return {
      .number = kTypeAssembly,
      .name = "assembly",
      .label = {"业主大会会议", "Owners' assembly"},
      .key = {"compound", "kind", "seq_no"},
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           choice(kKind, "kind", {"会议类型", "Kind"}, kAssemblyKinds).required(),
           integer(kNo, "seq_no", {"次序", "Number"}, Unit::none).range(1, 999).required(),
           choice(4, "form", {"形式", "Form"}, kForms).required(),
           choice(kConvener, "convener", {"召集人", "Convener"}, kConveners).required(),
           date(kNoticeOn, "notice_on", {"公告日期", "Announced on"}).conditional(),
           instant(kVoteFrom, "vote_from", {"表决开始", "Vote from"}).required(),
           instant(kVoteTo, "vote_to", {"表决截止", "Vote to"}).required(),
           ref(kSnapshot, "register_snapshot", {"名册快照", "Register"}, {"register_snapshot"})
               .conditional(),
           ref(kRules, "rules", {"规则", "Rules"}, {"vote_rules"}).required(),
           choice(kSilent, "silent_rule", {"未表态者", "The silent"}, kSilentRules)
               .required()
               .hint({"不填则按规则；以本小区规约为准",
                      "The rules', if left out; the compound's own decide"}),
           integer(kProposedHeads, "proposed_heads", {"提议业主数", "Heads who proposed it"}),
           integer(kProposedArea, "proposed_area_dm2", {"提议面积", "Their area"}, Unit::dm2),
           texts(kBoxes, "boxes", {"票箱", "Ballot boxes"})
               .plain(kReasonCode)
               .hint({"每个收票人一个代号；报齐前不能定结果",
                      "One code a collector: no outcome before all have reported"}),
           integer(kAnnounceDays, "announce_days", {"公告提前", "Notice"}, Unit::days).derived(),
           text(16, "procedure", {"议事规则版本", "Rules of procedure"}, kCodeMax)
               .plain(kReasonCode),
           state(kStatus, "status", {"状态", "State"}, kAssemblyStates).grouped(kGroupState),
           date(kStatusOn, "status_on", {"状态起始日期", "In this state since"})
               .conditional()
               .grouped(kGroupState)},
      .title = "seq_no",
      .writers = kRegistrars,
      .removers = kStreetOffice,
      .state = "status",
      .moves = assembly_moves(),
      // Once it is sealed, what it was put together from stands.
      .frozen = {"sealed", "counted", "published", "effective", "challenged", "upheld", "revoked"},
      .indexes = {{"compound"}},
      .derive = derive_assembly,
      .faults = assembly_faults,
      .authoring_faults = assembly_authoring_faults,
      .contribute = contribute_assembly,
      .measures = {"first_assemblies"}};
}

RecordType ballot_matter() {
  using namespace matter_field;
  return {.number = kTypeBallotMatter,
          .name = "ballot_matter",
          .label = {"表决事项", "Matter"},
          .key = {"assembly", "no"},
          .fields =
              {ref(kAssembly, "assembly", {"会议", "Assembly"}, {"assembly"}).required(),
               integer(kNo, "no", {"序号", "Number"}, Unit::none).range(1, 99).required(),
               text(kTitle, "title", {"事项", "Title"}).required().plain(kReasonPublished).found(),
               choice(kKind, "decision_kind", {"事项类别", "Kind"}, kDecisionKinds).required(),
               choice(kThreshold, "threshold", {"通过标准", "Threshold"}, kThresholds).derived(),
               choice(kBase, "base", {"计票范围", "Base"}, kMatterBases).required(),
               text(kBuilding, "building", {"楼栋", "Building"}, kCodeMax)
                   .conditional()
                   .plain(kReasonPlace),
               text(kStairUnit, "stair_unit", {"单元", "Stair unit"}, kCodeMax)
                   .conditional()
                   .plain(kReasonPlace),
               integer(kSeats, "seats", {"应选人数", "Seats"}).range(1, 99).conditional(),
               texts(kCandidates, "candidates", {"候选人代号", "Candidates' heads"})
                   .conditional()
                   .plain(kReasonPseudonym),
               text(11, "text", {"说明", "Text"}, kTextLongMax).plain(kReasonPublished)},
          .title = "title",
          .writers = kRegistrars,
          .removers = kRegistrars,
          .indexes = {{"assembly"}},
          .derive = derive_matter,
          .faults = matter_faults,
          .authoring_faults = matter_authoring_faults};
}

std::vector<Move> candidate_moves() {
  // Whether somebody may stand is the street's decision alone (HN 28).
  return {{"", "nominated", kRegistrars},
          {"nominated", "submitted", kRegistrars},
          {"submitted", "vetting", kRegistrars},
          {"vetting", "more_material", kStreetOffice},
          {"more_material", "vetting", kRegistrars},
          {"vetting", "eligible", kStreetOffice},
          {"vetting", "ineligible", kStreetOffice, 1},
          {"eligible", "publicised", kRegistrars},
          {"publicised", "objected", kRegistrars, 1},
          {"objected", "vetting", kStreetOffice},
          {"objected", "confirmed", kStreetOffice},
          {"publicised", "confirmed", kRegistrars},
          {"confirmed", "elected", kRegistrars},
          {"confirmed", "not_elected", kRegistrars},
          {"nominated", "withdrawn", kRegistrars, 2},
          {"submitted", "withdrawn", kRegistrars, 2},
          {"eligible", "withdrawn", kRegistrars, 2},
          {"publicised", "withdrawn", kRegistrars, 2},
          {"confirmed", "withdrawn", kRegistrars, 2}};
}

RecordType candidate() {
  using namespace candidate_field;
  return {
      .number = 97,
      .name = "candidate",
      .label = {"候选人", "Candidate"},
      .key = {"assembly", "head"},
      .fields = {ref(kAssembly, "assembly", {"会议", "Assembly"}, {"assembly"}).required(),
                 head_field(kHead),
                 choice(3, "source", {"产生方式", "Source"}, kSources).required(),
                 text(4, "name", {"姓名", "Name"}).required().personal(),
                 text(5, "room", {"房号", "Room"}, kCodeMax).personal(),
                 text(6, "political_status", {"政治面貌", "Political status"}, kCodeMax).personal(),
                 text(7, "statement", {"自我介绍", "Statement"}, kTextLongMax).personal(),
                 boolean(kInterestFree, "conflict_declaration",
                         {"已声明与物业企业无利害关系", "Declares no interest in the company"})
                     .required(),
                 boolean(kFeesPaid, "fees_paid", {"已按规定交费", "Pays fees"}).required(),
                 boolean(kEmployee, "company_employee",
                         {"物业企业员工", "Employed by the company"}),
                 date(kSubmittedOn, "submitted_on", {"提交日期", "Submitted on"}).conditional(),
                 date(kVettingDue, "vetting_due_on", {"审查期限", "Vet by"}).derived(),
                 state(kStatus, "status", {"状态", "State"}, kCandidateStates).grouped(kGroupState),
                 date(kStatusOn, "status_on", {"状态起始日期", "In this state since"})
                     .grouped(kGroupState),
                 date(kNoticeOn, "publicised_on", {"公示开始", "Shown from"})
                     .conditional()
                     .grouped(kGroupState),
                 date(kNoticeTo, "publicised_to", {"公示至", "Shown to"}).derived(),
                 // Named, so that who may stand is what the street decided and why.
                 ref(kVettingRef, "vetting", {"审查决定", "Vetting decision"}, {"vetting"})
                     .conditional()
                     .grouped(kGroupState)
                     .hint({"符合或不符合条件的，须注明街道的审查决定",
                            "Once eligible or not: the street's decision"})},
      .title = "head",
      .writers = kRegistrars,
      .removers = kStreetOffice,
      .state = "status",
      .moves = candidate_moves(),
      .frozen = {"confirmed", "elected", "not_elected", "withdrawn"},
      .lasting = {"publicised_on"},
      .indexes = {{"assembly"}},
      .derive = derive_candidate,
      .faults = candidate_faults,
      .authoring_faults = candidate_authoring_faults};
}

RecordType vetting() {
  using namespace vetting_field;
  const auto criterion = std::vector<Field>{
      choice(kCriterion, "code", {"条件", "Criterion"}, kCriterionCodes).required(),
      boolean(kPass, "pass", {"符合", "Met"}).required()};
  return {
      .number = 98,
      .name = "vetting",
      .label = {"任职条件审查", "Vetting"},
      .fields = {ref(kCandidate, "candidate", {"候选人", "Candidate"}, {"candidate"}).required(),
                 text(2, "by", {"审查机关", "Vetted by"}).required().plain(kReasonOrganisation),
                 rows(kCriteria, "criteria", {"条件", "Criteria"}, criterion)
                     .required()
                     .plain("codes and yes or no, of a pseudonym"),
                 choice(kResult, "result", {"结论", "Result"}, kVettingResults).required(),
                 text(kReason, "reason_code", {"原因代码", "Reason"}, kCodeMax)
                     .conditional()
                     .plain(kReasonCode),
                 date(kDecidedOn, "decided_on", {"决定日期", "Decided on"}).required(),
                 state(kStatus, "status", {"状态", "State"}, kVettingStates)},
      .writers = kStreetOffice,
      .removers = kStreetOffice,
      .state = "status",
      .moves = {{"", "decided", kStreetOffice}},
      // Decisions are added, never altered.
      .frozen = {"decided"},
      .indexes = {{"candidate"}},
      .faults = vetting_faults,
      .contribute = contribute_vetting,
      .measures = {"vettings_decided", "vettings_eligible"}};
}

void add_statistics(std::vector<Statistic>& statistics) {
  const auto add = [&](Statistic s) {
    s.family = "assembly";
    statistics.push_back(s);
  };
  const auto percent = [&](std::string_view name, Label label, Term numerator, Term denominator,
                           Label definition, std::string_view dim1 = {},
                           std::string_view dim2 = {}) {
    add({.name = name,
         .label = label,
         .figure = Figure::percent,
         .numerator = numerator,
         .denominator = denominator,
         .dim1 = dim1,
         .dim2 = dim2,
         .definition = definition});
  };
  percent("assembly_coverage", {"业主大会成立率", "Compounds with an assembly"},
          {.measure = "first_assemblies",
           .over = Over::until_end,
           .count = Count::distinct,
           .within = "assembly_conditions"},
          {.measure = "assembly_conditions", .over = Over::until_end, .count = Count::distinct},
          {"首次业主大会已生效的小区÷已具备成立条件(HN 18)的在管小区",
           "Compounds with an effective first assembly ÷ those in service that meet HN 18"});
  percent("on_time_group", {"筹备组按期成立率", "Groups formed in time"},
          {.measure = "groups_on_time"}, {.measure = "groups_due"},
          {"期内到期的申请中按期成立筹备组的", "Groups formed in time ÷ those due in the window"});
  percent("on_time_first", {"首次大会按期召开率", "First assemblies held in time"},
          {.measure = "first_assemblies_on_time"}, {.measure = "first_assemblies_due"},
          {"期内到期的筹备组中按期召开首次大会的",
           "First assemblies held in time ÷ those due in the window"});
  percent("vetting_pass", {"候选人审查通过率", "Candidates found eligible"},
          {.measure = "vettings_eligible"}, {.measure = "vettings_decided"},
          {"审查符合条件÷期内作出的审查决定", "Found eligible ÷ decided in the window"},
          "vetting_reason");
  percent("turnout_area", {"参与率(面积)", "Turnout by area"}, {.measure = "tally_part_area"},
          {.measure = "tally_total_area"},
          {"已公布计票的参与面积÷总面积", "Area that took part ÷ total, of published tallies"},
          "decision_kind");
  percent("turnout_heads", {"参与率(人数)", "Turnout by heads"}, {.measure = "tally_part_heads"},
          {.measure = "tally_total_heads"},
          {"已公布计票的参与人数÷总人数", "Heads that took part ÷ total, of published tallies"},
          "decision_kind");
  percent("matter_pass_rate", {"事项通过率", "Matters passed"}, {.measure = "matters_passed"},
          {.measure = "matters_counted"},
          {"通过÷已公布计票的事项", "Passed ÷ matters with a published tally"}, "decision_kind");
  add({.name = "matters_failed",
       .label = {"未通过原因", "Why matters failed"},
       .numerator = {.measure = "matters_failed"},
       .dim1 = "decision_kind",
       .dim2 = "failed_condition",
       .definition = {"未通过的事项，按未达到的条件分(一事项可有几个)",
                      "Matters that failed, by the condition that wasn't met (there may be "
                      "several)"}});
  add({.name = "ballots_contested",
       .label = {"待核实表决票", "Contested ballots"},
       .numerator = {.measure = "ballots_contested"},
       .definition = {"同一专有部分有两张以上票、待核实的(只在社区和街道可见)",
                      "Ballots of a part that has another one: to be reviewed (known only to the "
                      "community and its street)"}});
  add({.name = "ballots_returned",
       .label = {"收回表决票", "Ballots returned"},
       .numerator = {.measure = "ballots_returned"},
       .definition = {"期内收回的表决票(只在社区和街道可见)",
                      "Ballots returned in the window (known only to the community and its "
                      "street)"}});
}

}  // namespace

void add_assembly(Schema& schema) {
  add_register(schema);
  for (auto make : {prep_group, assembly, ballot_matter, candidate, vetting}) {
    schema.types.push_back(make());
  }
  add_ballots(schema);
  add_statistics(schema.statistics);
}

}  // namespace linli::model
