// What owners hand in, and what comes of it (domain 2.3): ballots, the boxes that take them,
// tallies.
#include "node/model/assembly.h"

namespace linli::model {

namespace {

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

}  // namespace

void add_ballots(Schema& schema) {
  for (auto make : {ballot, ballot_box, tally}) schema.types.push_back(make());
}

}  // namespace linli::model
