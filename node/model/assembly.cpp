// Owners' assembly (domain 2.3): rules, register, preparation group, meeting, matters, candidates,
// vetting, ballots, boxes, tallies. Who is elected, and the body before: committee.cpp.
//
// What isn't fixed by law ([D], [U] in domain.md) stands in `vote_rules`, which the bureau changes.
#include "node/model/assembly.h"

#include "node/model/vote_counting.h"

namespace linli::model {

namespace {

constexpr Choice kBases[] = {
    {1, "heads", {"按人数20%", "A fifth of the heads"}},
    {2, "heads_and_area", {"人数和面积均20%", "A fifth of heads and of area"}}};
constexpr Choice kTies[] = {{1, "run_off", {"再次投票", "Run-off"}},
                            {2, "lot", {"抽签", "By lot"}}};
constexpr Choice kShares[] = {{1, "half", {"半数以上", "Half or more"}},
                              {2, "more_than_half", {"过半数", "More than half"}}};
constexpr Choice kRulesStates[] = {{1, "draft", {"草稿", "Draft"}},
                                   {2, "published", {"已发布", "Published"}},
                                   {3, "retired", {"已停用", "Retired"}}};
constexpr Choice kPartUses[] = {
    {1, "dwelling", {"住宅", "Dwelling"}}, {2, "shop", {"商铺", "Shop"}},
    {3, "office", {"办公", "Office"}},     {4, "parking", {"车位", "Parking"}},
    {5, "storage", {"储藏", "Storage"}},   {6, "other", {"其他", "Other"}}};
constexpr Choice kOwnerKinds[] = {{1, "person", {"个人", "Person"}},
                                  {2, "organisation", {"单位", "Organisation"}},
                                  {3, "developer", {"建设单位", "Developer"}}};
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
constexpr Choice kSnapshotStates[] = {{1, "draft", {"草稿", "Draft"}},
                                      {2, "published", {"已公示", "Published"}},
                                      {3, "superseded", {"已被取代", "Superseded"}}};
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
constexpr Choice kDeliveries[] = {{1, "in_person", {"当面", "In person"}},
                                  {2, "mail", {"邮寄", "Mail"}},
                                  {3, "electronic", {"电子", "Electronic"}},
                                  {4, "posted_notice", {"张贴公告", "Posted notice"}},
                                  {5, "undeliverable", {"无法送达", "Undeliverable"}}};
constexpr Choice kBallotStates[] = {{1, "prepared", {"已制票", "Prepared"}},
                                    {2, "delivered", {"已送达", "Delivered"}},
                                    {3, "undeliverable", {"无法送达", "Undeliverable"}},
                                    {4, "returned", {"已收回", "Returned"}},
                                    {5, "valid", {"核实有效", "Valid"}},
                                    {6, "invalid", {"无效", "Invalid"}},
                                    {7, "contested", {"待核实", "Contested"}}};
constexpr Choice kInvalidReasons[] = {
    {1, "unsigned", {"无签字", "Unsigned"}},
    {2, "wrong_person", {"非业主本人", "Wrong person"}},
    {3, "not_in_snapshot", {"不在名册快照内", "Not on the roll"}},
    {4, "no_proxy_paper", {"无委托书", "No proxy's paper"}},
    {5, "late", {"截止后收回", "Too late"}},
    {6, "entered_twice", {"重复录入", "Entered twice"}},
    {7, "superseded", {"业主确认以另一张为准", "The owner stands by another"}},
    {8, "spoiled", {"无法辨认", "Spoiled"}}};
constexpr Choice kBoxStates[] = {{1, "open", {"收票中", "Open"}},
                                 {2, "partial", {"部分上报", "Partial"}},
                                 {3, "complete", {"已报齐", "Complete"}}};
constexpr Choice kElectionResults[] = {{1, "elected", {"当选", "Elected"}},
                                       {2, "run_off", {"再次投票", "Run-off"}},
                                       {3, "not_elected", {"未当选", "Not elected"}}};
constexpr Choice kTallyStates[] = {{1, "counted", {"已计票", "Counted"}},
                                   {2, "published", {"已公布", "Published"}},
                                   {3, "superseded", {"已被复计取代", "Superseded"}}};

constexpr std::uint32_t kGroupState = 60001;
constexpr std::string_view kReasonPseudonym =
    "a pseudonym: who it is stands in the register, which can be erased";
constexpr std::int64_t kCodeMax = 40;

Declare days(std::uint32_t n, std::string_view name, Label l) {
  return integer(n, name, l, Unit::days).range(0, 3650).required();
}
Declare head_field(std::uint32_t n) {
  return text(n, "head", {"业主代号", "Head"}, kCodeMax)
      .required()
      .plain(kReasonPseudonym)
      .hint({"名册中的计人代号，不写姓名", "The register's code, never a name"});
}

// ---- Rules and register ------------------------------------------------------------------------

RecordType vote_rules() {
  using namespace vote_rules_field;
  const auto count = [](std::uint32_t n, std::string_view name, Label l) {
    return integer(n, name, l).range(1, 99).required();
  };
  return {
      .number = 90,
      .name = "vote_rules",
      .label = {"表决与选举规则", "Rules of votes and elections"},
      .home = Home::city,
      .key = {"code", "version"},
      .audience = sync::Audience::below,
      .fields =
          {text(1, "code", {"代码", "Code"}, kCodeMax).required().plain(kReasonCode).found(),
           integer(2, "version", {"版本", "Version"}, Unit::none).range(1, 9999).required(),
           text(3, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
           choice(kSilent, "silent_rule", {"未表态者", "The silent"}, kSilentRules).required(),
           boolean(kBlank, "blank_takes_part", {"空白票算参与", "A blank takes part"}).required(),
           boolean(kParking, "parking_counted", {"车位计入", "Parking counts"}).required(),
           choice(kBasis, "proposal_basis", {"临时会议提议", "Proposal basis"}, kBases).required(),
           choice(kTie, "tie_rule", {"得票相同", "Ties"}, kTies).required(),
           choice(kShare, "committee_share", {"委员会决定", "Committee decisions"}, kShares)
               .required(),
           count(kSeatsMin, "seats_min", {"委员最少", "Fewest seats"}),
           count(kSeatsMax, "seats_max", {"委员最多", "Most seats"}),
           boolean(kSeatsOdd, "seats_odd", {"委员须为单数", "Odd number of seats"}).required(),
           count(kTermYears, "term_years_max", {"任期最长(年)", "Longest term, years"}),
           count(kGroupMin, "group_min", {"筹备组最少", "Smallest group"}),
           count(kGroupMax, "group_max", {"筹备组最多", "Largest group"}),
           boolean(kGroupOdd, "group_odd", {"筹备组须为单数", "Odd group"}).required(),
           days(kFormDays, "group_form_days", {"筹备组成立期限", "To form the group"}),
           days(kFirstDays, "first_assembly_days", {"首次大会期限", "To the first assembly"}),
           days(kAnnounceDays, "announce_days", {"大会公告提前", "Notice before the vote"}),
           days(kShownDays, "shown_days", {"公示不少于", "Shown for at least"}),
           days(kVettingDays, "vetting_days", {"审查期限(工作日)", "To vet, working days"}),
           days(kNoticeDays, "candidate_notice_days", {"候选人公示", "Candidates shown"}),
           days(kFilingDays, "filing_days", {"备案期限", "To file a committee"}),
           days(kDecisionDays, "decision_days", {"决定公布期限", "To publish a decision"}),
           days(kRenewalDays, "renewal_days", {"换届提前", "Renewal begins before"}),
           count(kPmcMin, "pmc_min", {"物管会最少", "Smallest PMC"}),
           count(kPmcMax, "pmc_max", {"物管会最多", "Largest PMC"}),
           boolean(kPmcOdd, "pmc_odd", {"物管会须为单数", "Odd PMC"}).required(),
           days(kPmcDays, "pmc_publish_days", {"物管会名单公布", "To post the PMC's members"}),
           text(30, "basis", {"依据", "Basis"}, kTextLongMax).plain(kReasonPublished),
           state(31, "status", {"状态", "State"}, kRulesStates)},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "draft", kHub},
                {"", "published", kHub},
                {"draft", "published", kHub},
                {"published", "retired", kHub}},
      // Votes were counted by it: a change is a new version.
      .frozen = {"published", "retired"},
      .faults = vote_rules_faults};
}

RecordType exclusive_part() {
  using namespace part_field;
  return {.number = 91,
          .name = "exclusive_part",
          .label = {"专有部分", "Exclusive part"},
          .key = {"compound", "part_no"},
          .audience = sync::Audience::street,
          .fields =
              {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
               text(kNo, "part_no", {"编号", "Number"}, kCodeMax)
                   .required()
                   .plain(kReasonPlace)
                   .found()
                   .hint({"楼-单元-房号，如 3-1-502", "Building, stair unit, room: 3-1-502"}),
               text(kBuilding, "building", {"楼栋", "Building"}, kCodeMax).plain(kReasonPlace),
               text(kStairUnit, "stair_unit", {"单元", "Stair unit"}, kCodeMax).plain(kReasonPlace),
               text(5, "room", {"房号", "Room"}, kCodeMax).plain(kReasonPlace),
               integer(kArea, "area_dm2", {"专有面积", "Area"}, Unit::dm2)
                   .range(1, votes::kPartAreaMax)
                   .required(),
               choice(kUse, "use", {"用途", "Use"}, kPartUses).required(),
               boolean(8, "delivered", {"已交付", "Delivered"}),
               text(9, "title_no", {"不动产权证号", "Title number"}, 80).personal()},
          .title = "part_no",
          .writers = kRegistrars,
          .removers = kRegistrars,
          .indexes = {{"compound", "part_no"}},
          .faults = exclusive_part_faults};
}

RecordType owner_share() {
  using namespace share_field;
  return {
      .number = 92,
      .name = "owner_share",
      .label = {"业主份额", "Owner's share"},
      .key = {"part", "owner_no"},
      .audience = sync::Audience::street,
      .fields = {ref(kPart, "part", {"专有部分", "Part"}, {"exclusive_part"}).required(),
                 text(2, "owner_no", {"业主编号", "Owner's number"}, kCodeMax)
                     .required()
                     .plain(kReasonPseudonym),
                 // One head a voice: co-owners share one, an owner of ten flats has one.
                 head_field(kHead), choice(4, "kind", {"业主类型", "Kind"}, kOwnerKinds).required(),
                 text(5, "name", {"姓名", "Name"}).required().personal(),
                 text(6, "phone", {"电话", "Phone"}, kCodeMax).personal(),
                 text(7, "id_digest", {"证件摘要", "Identity digest"}, 128).personal(),
                 text(8, "id_last4", {"证件末四位", "Identity, last four"}, 4).personal(),
                 integer(kNumerator, "share_num", {"份额分子", "Share, numerator"}),
                 integer(kDenominator, "share_den", {"份额分母", "Share, denominator"})
                     .range(1, kAmountMax),
                 boolean(11, "speaks", {"共有人推举", "Speaks for the co-owners"}),
                 date(kFromOn, "from_on", {"起", "From"}).required(),
                 date(kToOn, "to_on", {"止", "To"})},
      .title = "head",
      .writers = kRegistrars,
      .removers = kRegistrars,
      .indexes = {{"part"}, {"head"}},
      .faults = owner_share_faults};
}

RecordType register_snapshot() {
  using namespace snapshot_field;
  const auto columns = std::vector<Field>{
      text(snapshot_part::kNo, "no", {"编号", "Number"}, kCodeMax).required(),
      text(snapshot_part::kHead, "head", {"业主代号", "Head"}, kCodeMax).required(),
      integer(snapshot_part::kArea, "area_dm2", {"面积", "Area"}, Unit::dm2)
          .range(1, votes::kPartAreaMax)
          .required(),
      boolean(snapshot_part::kParking, "parking", {"车位", "Parking"}),
      text(snapshot_part::kBuilding, "building", {"楼栋", "Building"}, kCodeMax),
      text(snapshot_part::kStairUnit, "stair_unit", {"单元", "Stair unit"}, kCodeMax)};
  constexpr std::int64_t kPartsMax = 8000;  // of one change set's MiB
  return {
      .number = 95,
      .name = "register_snapshot",
      .label = {"业主名册快照", "Register snapshot"},
      .key = {"compound", "taken_on", "version"},
      .audience = sync::Audience::street,
      .fields =
          {ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
           date(kTakenOn, "taken_on", {"截取日期", "Taken on"}).required(),
           integer(3, "version", {"版本", "Version"}, Unit::none).range(1, 999).required(),
           ref(kRules, "rules", {"规则", "Rules"}, {"vote_rules"}).required(),
           boolean(kParking, "parking_counted", {"车位计入", "Parking counts"})
               .required()
               .hint({"不填则按规则；以本小区议事规则为准",
                      "The rules', if left out; the compound's own decide"}),
           rows(kParts, "parts", {"专有部分", "Parts"}, columns)
               .range(1, kPartsMax)
               .required()
               .plain("rooms, areas and pseudonyms, shown to all owners for objection"),
           integer(kTotalArea, "total_area_dm2", {"面积合计", "Total area"}, Unit::dm2).derived(),
           integer(kTotalHeads, "total_heads", {"人数合计", "Heads"}).derived(),
           text(kDigest, "digest", {"摘要", "Digest"}, 64).derived().plain(kReasonCode),
           state(kStatus, "status", {"状态", "State"}, kSnapshotStates)},
      .title = "taken_on",
      .writers = kRegistrars,
      .removers = kRegistrars,
      .state = "status",
      .moves = {{"", "draft", kRegistrars},
                {"", "published", kRegistrars},
                {"draft", "published", kRegistrars},
                {"published", "superseded", kRegistrars}},
      // What a vote is counted by never changes: after an objection there is a new version.
      .frozen = {"published", "superseded"},
      .indexes = {{"compound", "taken_on"}},
      .derive = derive_snapshot,
      .faults = snapshot_faults};
}

// ---- Preparation and meeting -------------------------------------------------------------------

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

// ---- Candidates --------------------------------------------------------------------------------

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
                 date(kNoticeTo, "publicised_to", {"公示至", "Shown to"}).derived()},
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

// ---- Ballots and counting ----------------------------------------------------------------------

std::vector<Move> ballot_moves() {
  return {{"", "prepared", kCollectors},
          {"", "delivered", kCollectors},
          {"", "returned", kCollectors},
          {"", "invalid", kCollectors},  // e.g. of a buyer who isn't on the roll
          {"prepared", "delivered", kCollectors},
          {"prepared", "undeliverable", kCollectors, 1},
          {"prepared", "returned", kCollectors, 2},
          {"undeliverable", "delivered", kCollectors},
          {"delivered", "returned", kCollectors, 2},
          {"returned", "valid", kRegistrars, 3},
          {"returned", "contested", kRegistrars, 4},
          {"returned", "invalid", kRegistrars, 5},
          {"contested", "valid", kRegistrars, 3},
          {"contested", "invalid", kRegistrars, 5},
          {"valid", "contested", kRegistrars, 4},
          {"invalid", "contested", kRegistrars, 4}};
}

/// Two offline devices that each take a ballot of one head make two records: nothing of either is
/// lost, both are contested, and a person says which counts (rivals; vote_counting.h).
RecordType ballot() {
  using namespace ballot_field;
  return {
      .number = kTypeBallot,
      .name = "ballot",
      .label = {"表决票", "Ballot"},
      .key = {"assembly", "head", "serial"},
      .duplicates = Duplicates::keep_both,
      .audience = sync::Audience::street,
      .fields =
          {ref(kAssembly, "assembly", {"会议", "Assembly"}, {"assembly"}).required(),
           head_field(kHead),
           text(kSerial, "serial", {"票号", "Serial"}, kCodeMax).required().plain(kReasonCode),
           texts(kParts, "parts", {"专有部分", "Parts"})
               .required()
               .plain("rooms, as the register's snapshot shows them"),
           integer(kArea, "area_dm2", {"面积", "Area"}, Unit::dm2)
               .hint({"不填则取自名册快照；填写则须一致",
                      "The snapshot's, if left out; must equal it"}),
           choice(kDelivery, "delivery", {"送达方式", "Delivery"}, kDeliveries).required(),
           date(kDeliveredOn, "delivered_on", {"送达日期", "Delivered on"}).conditional(),
           blob(8, "delivery_evidence", {"送达凭证", "Evidence of delivery"}).personal(),
           text(kBox, "collector", {"票箱", "Ballot box"}, kCodeMax)
               .conditional()
               .plain(kReasonCode),
           instant(kReturnedAt, "returned_at", {"收回时间", "Returned at"})
               .conditional()
               .grouped(kGroupState),
           text(kProxy, "proxy", {"受托人", "Proxy"}, kCodeMax).personal(),
           blob(kProxyDoc, "proxy_doc", {"委托书", "Proxy's paper"}).personal(),
           boolean(kSigned, "signed", {"已签字", "Signed"}).conditional(),
           blob(14, "signature", {"签字影像", "Signature"}).personal(),
           Declare(kChoices, "choices", FieldType::marks, {"表决意见", "Choices"})
               .of(kBallotChoices)
               .range(0, 500)
               .conditional()
               .hidden()
               .hint({"事项序号 → 意见；选举为“序号/候选人代号”；只计票，不显示",
                      "Matter's number, or number/candidate's head; counted, never shown"}),
           state(kStatus, "status", {"状态", "State"}, kBallotStates).grouped(kGroupState),
           choice(kReason, "invalid_reason", {"无效原因", "Why invalid"}, kInvalidReasons)
               .conditional()
               .grouped(kGroupState),
           text(18, "review_note", {"核实说明", "Review"}, 1000).erasable().grouped(kGroupState)},
      .title = "serial",
      .writers = kCollectors,
      .removers = kRegistrars,
      .state = "status",
      .moves = ballot_moves(),
      // A ballot that came back is never written over: one entered wrongly is marked invalid and
      // entered anew under another serial.
      .frozen = {"returned", "valid", "invalid", "contested"},
      .lasting = {"returned_at"},
      .indexes = {{"assembly", "head"}},
      .derive = derive_ballot,
      .faults = ballot_faults,
      .authoring_faults = ballot_authoring_faults,
      .contribute = contribute_ballot,
      .peers = {"assembly", "head"},
      .measures = {"ballots_returned", "ballots_contested"},
      .rivals = ballot_rivals};
}

RecordType ballot_box() {
  using namespace box_field;
  return {.number = kTypeBallotBox,
          .name = "ballot_box",
          .label = {"票箱", "Ballot box"},
          .key = {"assembly", "box"},
          .audience = sync::Audience::street,
          .fields = {ref(kAssembly, "assembly", {"会议", "Assembly"}, {"assembly"}).required(),
                     text(kBox, "box", {"代号", "Code"}, kCodeMax).required().plain(kReasonCode),
                     integer(kPapers, "papers", {"收票张数", "Ballots taken"})
                         .range(0, 100'000)
                         .conditional()
                         .grouped(kGroupState),
                     state(kStatus, "status", {"状态", "State"}, kBoxStates).grouped(kGroupState),
                     instant(kClosedAt, "closed_at", {"封箱时间", "Closed at"})
                         .conditional()
                         .grouped(kGroupState)},
          .title = "box",
          .writers = kCollectors,
          .removers = kRegistrars,
          .state = "status",
          .moves = {{"", "open", kCollectors},
                    {"", "complete", kCollectors},
                    {"open", "partial", kCollectors, 1},
                    {"open", "complete", kCollectors},
                    {"partial", "complete", kCollectors},
                    {"complete", "partial", kCollectors, 1}},
          .indexes = {{"assembly"}},
          .faults = box_faults};
}

std::vector<Field> tally_fields() {
  using namespace tally_field;
  const auto area = [](std::uint32_t n, std::string_view name, Label l) {
    return integer(n, name, l, Unit::dm2).required();
  };
  const auto heads = [](std::uint32_t n, std::string_view name, Label l) {
    return integer(n, name, l).required();
  };
  const auto result =
      std::vector<Field>{text(1, "head", {"候选人代号", "Head"}, kCodeMax).required(),
                         integer(2, "agree_area_dm2", {"同意面积", "Area"}, Unit::dm2).required(),
                         integer(3, "agree_heads", {"同意人数", "Heads"}).required(),
                         choice(4, "result", {"结果", "Result"}, kElectionResults).required()};
  return {ref(kAssembly, "assembly", {"会议", "Assembly"}, {"assembly"}).required(),
          ref(kMatter, "matter", {"事项", "Matter"}, {"ballot_matter"}).required(),
          integer(kRound, "round", {"轮次", "Round"}, Unit::none).range(1, 99).required(),
          choice(kThreshold, "threshold", {"通过标准", "Threshold"}, kThresholds).derived(),
          area(kTotalArea, "total_area_dm2", {"总面积", "Total area"}),
          heads(kTotalHeads, "total_heads", {"总人数", "Total heads"}),
          area(kPartArea, "part_area_dm2", {"参与面积", "Area that took part"}),
          heads(kPartHeads, "part_heads", {"参与人数", "Heads that took part"}),
          area(kAgreeArea, "agree_area_dm2", {"同意面积", "Agreeing area"}),
          heads(kAgreeHeads, "agree_heads", {"同意人数", "Agreeing heads"}),
          area(kDisagreeArea, "disagree_area_dm2", {"反对面积", "Disagreeing area"}),
          heads(kDisagreeHeads, "disagree_heads", {"反对人数", "Disagreeing heads"}),
          area(kAbstainArea, "abstain_area_dm2", {"弃权面积", "Abstaining area"}),
          heads(kAbstainHeads, "abstain_heads", {"弃权人数", "Abstaining heads"}),
          area(15, "invalid_area_dm2", {"无效面积", "Invalid area"}),
          heads(16, "invalid_heads", {"无效人数", "Invalid heads"}),
          area(17, "contested_area_dm2", {"待核实面积", "Contested area"}),
          heads(18, "contested_heads", {"待核实人数", "Contested heads"}),
          integer(kBoxesMissing, "boxes_missing", {"未报齐票箱", "Boxes that haven't reported"})
              .required(),
          rows(kResults, "results", {"选举结果", "Results"}, result)
              .plain("sums by a candidate's pseudonym"),
          choice(kOutcome, "outcome", {"结果", "Outcome"}, kOutcomes).required(),
          text(22, "ballots_digest", {"计票摘要", "Digest of the ballots"}, 64)
              .required()
              .plain(kReasonCode),
          texts(23, "counters", {"计票人", "Counters"}).range(2, 20).required().personal(),
          text(24, "supervisor", {"监督单位", "Supervisor"}).required().plain(kReasonOrganisation),
          boolean(25, "disputed_rule", {"含从众条款", "With a disputed rule"}),
          ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).derived(),
          choice(kKind, "decision_kind", {"事项类别", "Kind"}, kDecisionKinds).derived(),
          state(kStatus, "status", {"状态", "State"}, kTallyStates).grouped(kGroupState),
          date(kPublishedOn, "published_on", {"公布日期", "Published on"})
              .conditional()
              .grouped(kGroupState)};
}

RecordType tally() {
  return {.number = 101,
          .name = "tally",
          .label = {"计票结果", "Tally"},
          // A recount is another round; the one before stays to be seen.
          .key = {"assembly", "matter", "round"},
          .fields = tally_fields(),
          .title = "matter",
          .writers = kRegistrars,
          .removers = kStreetOffice,
          .state = "status",
          .moves = {{"", "counted", kRegistrars},
                    {"", "published", kRegistrars},
                    {"counted", "published", kRegistrars},
                    {"published", "superseded", kRegistrars, 1},
                    {"counted", "superseded", kRegistrars, 1}},
          .frozen = {"published", "superseded"},
          .lasting = {"published_on"},
          .indexes = {{"assembly"}},
          .derive = derive_tally,
          .faults = tally_faults,
          .contribute = contribute_tally,
          .measures = {"tally_part_area", "tally_total_area", "tally_part_heads",
                       "tally_total_heads", "matters_counted", "matters_passed", "matters_failed"}};
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
  for (auto make :
       {vote_rules, exclusive_part, owner_share, prep_group, assembly, register_snapshot,
        ballot_matter, candidate, vetting, ballot, ballot_box, tally}) {
    schema.types.push_back(make());
  }
  add_statistics(schema.statistics);
}

}  // namespace linli::model
