// Whose votes count (domain 2.3): the rules that law leaves open, the parts, their owners, and the
// register as it stood on a day.
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
/// In this order (HN 92, SPC 8): what the title register says, else what was surveyed, else what
/// the contract of sale says.
constexpr Choice kAreaSources[] = {{1, "register", {"不动产登记簿", "Title register"}},
                                   {2, "survey", {"实测", "Survey"}},
                                   {3, "contract", {"买卖合同", "Contract of sale"}}};
constexpr Choice kOwnerKinds[] = {{1, "person", {"个人", "Person"}},
                                  {2, "organisation", {"单位", "Organisation"}},
                                  {3, "developer", {"建设单位", "Developer"}}};
constexpr Choice kSnapshotStates[] = {{1, "draft", {"草稿", "Draft"}},
                                      {2, "published", {"已公示", "Published"}},
                                      {3, "superseded", {"已被取代", "Superseded"}}};

Declare days(std::uint32_t n, std::string_view name, Label l) {
  return integer(n, name, l, Unit::days).range(0, 3650).required();
}

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
               text(9, "title_no", {"不动产权证号", "Title number"}, 80).personal(),
               choice(10, "area_source", {"面积来源", "Source of the area"}, kAreaSources)
                   .hint({"先登记簿，无登记的用实测，再用合同(HN 92)",
                          "The title register's, else as surveyed, else the contract's (HN 92)"})},
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
           state(kStatus, "status", {"状态", "State"}, kSnapshotStates),
           integer(kCompoundArea, "compound_area_dm2",
                   {"小区专有部分面积合计", "The compound's exclusive area"}, Unit::dm2)
               .derived(),
           integer(kAreaGap, "area_gap_dm2", {"面积差额", "Area that differs"}, Unit::dm2)
               .range(-kAmountMax, kAmountMax)
               .derived()
               .hint({"名册合计减小区登记的面积；不为零时名册可能不全，公示前请核对",
                      "The register's total less the compound's; if it isn't 0 look for parts that "
                      "are missing before it is published"})},
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

}  // namespace

void add_register(Schema& schema) {
  for (auto make : {vote_rules, exclusive_part, owner_share, register_snapshot}) {
    schema.types.push_back(make());
  }
}

}  // namespace linli::model
