// Inspections (domain 2.6): checklists, campaigns, inspections, findings, notices, rectification.
// Numbers 77–79 are free. Who plans what in a campaign: campaign.cpp; credit:
// credit.cpp; figures: inspection_statistics.cpp.
#include "node/model/inspection.h"

namespace linli::model {

namespace {

constexpr Choice kDomains[] = {{1, "fire", {"消防", "Fire"}},
                               {2, "lift", {"电梯", "Lifts"}},
                               {3, "flood", {"防汛", "Flood"}},
                               {4, "order", {"秩序", "Order"}},
                               {5, "cleaning", {"保洁绿化", "Cleaning and greening"}},
                               {6, "equipment", {"设施设备", "Equipment"}},
                               {7, "disclosure", {"信息公示", "Disclosure"}},
                               {8, "conduct", {"履约行为", "Conduct"}}};
constexpr Choice kApplies[] = {{1, "always", {"全部", "Always"}},
                               {2, "highrise", {"有高层住宅", "With high-rises"}},
                               {3, "lifts", {"有电梯", "With lifts"}},
                               {4, "basement", {"有地下室", "With a basement"}},
                               {5, "secondary_water", {"有二次供水", "With a secondary supply"}}};
constexpr Choice kTemplateStates[] = {{1, "draft", {"草稿", "Draft"}},
                                      {2, "published", {"已发布", "Published"}},
                                      {3, "retired", {"已停用", "Retired"}}};
constexpr Choice kCampaignKinds[] = {{1, "fire", {"消防", "Fire"}},
                                     {2, "flood", {"防汛", "Flood"}},
                                     {3, "disclosure", {"信息公开", "Disclosure"}},
                                     {4, "general", {"综合", "General"}},
                                     {5, "emergency", {"应急", "Emergency"}}};
constexpr Choice kInspectionStates[] = {
    {1, "planned", {"计划", "Planned"}},       {2, "started", {"进行中", "Started"}},
    {3, "submitted", {"已提交", "Submitted"}}, {4, "returned", {"已退回", "Returned"}},
    {5, "reviewed", {"已审核", "Reviewed"}},   {6, "closed", {"已办结", "Closed"}}};
constexpr Choice kResponsible[] = {{1, "company", {"物业服务企业", "Company"}},
                                   {2, "owner", {"业主", "Owner"}},
                                   {3, "developer", {"建设单位", "Developer"}},
                                   {4, "utility", {"专业经营单位", "Utility"}},
                                   {5, "committee", {"业委会", "Committee"}}};
constexpr Choice kReinspectionResults[] = {{1, "fixed", {"已整改", "Fixed"}},
                                           {2, "partly", {"部分整改", "Partly"}},
                                           {3, "not_fixed", {"未整改", "Not fixed"}}};
constexpr Choice kFindingStates[] = {
    {1, "open", {"待处理", "Open"}},           {2, "noticed", {"已通知", "Noticed"}},
    {3, "replied", {"已回复", "Replied"}},     {4, "fixed", {"已整改", "Fixed"}},
    {5, "not_fixed", {"未整改", "Not fixed"}}, {6, "second_notice", {"再次通知", "Second notice"}},
    {7, "referred", {"已移送", "Referred"}},   {8, "closed", {"已销号", "Closed"}},
    {9, "withdrawn", {"已撤销", "Withdrawn"}}};
constexpr Choice kWaysServed[] = {{1, "signed", {"签收", "Signed for"}},
                                  {2, "refused", {"拒收", "Refused"}},
                                  {3, "left", {"留置", "Left there"}},
                                  {4, "electronic", {"电子送达", "Electronic"}}};
constexpr Choice kNoticeStates[] = {
    {1, "drafted", {"草拟", "Drafted"}},     {2, "issued", {"已签发", "Issued"}},
    {3, "served", {"已送达", "Served"}},     {4, "extended", {"已延期", "Extended"}},
    {5, "answered", {"已回复", "Answered"}}, {6, "closed", {"已办结", "Closed"}}};

constexpr std::uint32_t kGroupState = 60001, kGroupResults = 60002;

RecordType checklist() {
  const auto items = std::vector<Field>{
      text(template_field::kItemCode, "item_code", {"代码", "Code"}, 20).required(),
      choice(2, "domain", {"领域", "Domain"}, kDomains).required(),
      text(3, "text", {"检查内容", "Requirement"}, 500).required(),
      text(4, "basis", {"依据", "Basis"}),
      integer(template_field::kWeight, "weight", {"权重", "Weight"}, Unit::points)
          .range(1, 1000)
          .required(),
      boolean(template_field::kVeto, "veto", {"一票否决", "Veto"}).required(),
      choice(7, "default_severity", {"默认严重程度", "Default severity"}, kSeverities).required(),
      boolean(template_field::kPhotoRequired, "photo_required", {"须拍照", "Needs a photo"}),
      choice(9, "applies_if", {"适用条件", "Applies"}, kApplies)};
  return {
      .number = 70,
      .name = "template",
      .label = {"检查表", "Checklist"},
      .home = Home::city,
      .key = {"code", "version"},
      .audience = sync::Audience::below,
      .fields = {text(1, "code", {"代码", "Code"}, 40).required().plain(kReasonCode).found(),
                 integer(2, "version", {"版本", "Version"}, Unit::none).range(1, 9999).required(),
                 text(3, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
                 rows(template_field::kItems, "items", {"检查项", "Items"}, items)
                     .required()
                     .plain(kReasonPublished),
                 state(5, "status", {"状态", "State"}, kTemplateStates)},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .state = "status",
      .moves = {{"", "draft", kHub},
                {"", "published", kHub},
                {"draft", "published", kHub},
                {"published", "retired", kHub}},
      // Scores were computed with it: a change is a new version.
      .frozen = {"published", "retired"},
      .faults = template_faults};
}

RecordType campaign() {
  using namespace campaign_field;
  return {
      .number = 71,
      .name = "campaign",
      .label = {"专项行动", "Campaign"},
      .home = Home::city,
      .key = {"code"},
      .audience = sync::Audience::below,
      .fields = {text(1, "code", {"代码", "Code"}, 40).required().plain(kReasonCode).found(),
                 text(2, "name", {"名称", "Name"}).required().plain(kReasonPublished).found(),
                 // An emergency may shorten every deadline (HN new Art. 9 of 2021).
                 choice(campaign_field::kKind, "kind", {"类别", "Kind"}, kCampaignKinds).required(),
                 ref(4, "template", {"检查表", "Checklist"}, {"template"}).required(),
                 date(kFromOn, "from_on", {"开始日期", "From"}).required(),
                 date(kToOn, "to_on", {"结束日期", "To"}).required(),
                 texts(7, "target_scopes", {"目标范围", "Target scopes"}).plain(kReasonCode),
                 refs(kTargetCompounds, "target_compounds", {"目标小区", "Target compounds"},
                      {"compound"}),
                 integer(kQuota, "quota", {"检查数量", "Quota"}).range(1, 100'000).conditional(),
                 // 双随机: who repeats the draw with the seed gets the same list.
                 text(10, "draw_seed", {"抽取种子", "Seed of the draw"}, 80).plain(kReasonCode),
                 integer(kFindingDaysMax, "finding_days_max",
                         {"整改天数上限", "Most days to rectify"}, Unit::days)
                     .range(0, 365)
                     .hint({"仅应急行动：缩短所有整改期限",
                            "Emergencies only: shortens every deadline"})},
      .title = "name",
      .writers = kHub,
      .removers = kHub,
      .faults = campaign_faults,
      .contribute = contribute_campaign,
      .measures = {"campaign_targets", "campaign_quota"}};
}

RecordType inspection() {
  using namespace inspection_field;
  return {.number = 72,
          .name = "inspection",
          .label = {"检查", "Inspection"},
          .fields =
              {choice(kKind, "kind", {"检查类型", "Kind"}, kInspectionKinds).required(),
               ref(kCompound, "compound", {"小区", "Compound"}, {"compound"}).required(),
               ref(3, "company", {"企业", "Company"}, {"company"})
                   .hint({"无物业的小区不填", "None where nobody manages the compound"}),
               ref(kTemplate, "template", {"检查表", "Checklist"}, {"template"}).required(),
               ref(kCampaign, "campaign", {"专项行动", "Campaign"}, {"campaign"}).conditional(),
               texts(kInspectorNos, "inspectors", {"检查人员编号", "Inspectors' numbers"})
                   .required()
                   .plain("duty numbers, no names: figures count by them"),
               instant(kStartedAt, "started_at", {"开始时间", "Started at"}).required(),
               instant(kEndedAt, "ended_at", {"结束时间", "Ended at"}).conditional(),
               // The start point only: tracks of a person's movement are sensitive (PIPL 28).
               Declare(9, "location", FieldType::geo, {"开始位置", "Where it started"}).erasable(),
               Declare(kResults, "results", FieldType::marks, {"检查结果", "Results"})
                   .of(kMarks)
                   .range(1, 200)
                   .conditional()
                   .grouped(kGroupResults),
               // With the results in one group: a score never stands beside another one's marks.
               integer(kScore, "score", {"得分", "Score"}, Unit::points)
                   .range(0, 100)
                   .derived()
                   .grouped(kGroupResults),
               text(12, "site_signer", {"现场签字人", "Signed on site by"}, 60).personal(),
               boolean(13, "refused_sign", {"拒绝签字", "Refused to sign"}),
               text(14, "note", {"备注", "Note"}, kTextLongMax).erasable().found(),
               state(kStatus, "status", {"状态", "State"}, kInspectionStates).grouped(kGroupState),
               text(kReturnReason, "return_reason", {"退回原因", "Why returned"}, 1000)
                   .conditional()
                   .erasable()
                   .grouped(kGroupState),
               ref(kDraw, "draw", {"双随机抽取", "Draw"}, {"inspection_draw"})},
          .writers = kInspectors,
          .removers = kOffices,
          .state = "status",
          .moves = {{"", "planned", kInspectors},
                    {"", "started", kInspectors},
                    {"", "submitted", kInspectors},
                    {"planned", "started", kInspectors},
                    {"planned", "submitted", kInspectors},
                    {"started", "submitted", kInspectors},
                    {"submitted", "returned", kOffices, 1},
                    {"returned", "submitted", kInspectors},
                    {"submitted", "reviewed", kOffices},
                    {"reviewed", "closed", kOffices}},
          .frozen = {"reviewed", "closed"},
          .indexes = {{"compound", "started_at"}, {"started_at"}},
          .derive = derive_inspection,
          .faults = inspection_faults,
          .authoring_faults = inspection_authoring_faults,
          .contribute = contribute_inspection,
          .measures = {"inspections", "campaign_visited", "inspector_load"}};
}

std::vector<Field> finding_fields() {
  using namespace finding_field;
  return {
      ref(kInspection, "inspection", {"检查", "Inspection"}, {"inspection"}).required(),
      ref(kCompound, "compound", {"小区", "Compound"}, {"compound"})
          .required()
          .hint({"不填则取自检查", "The inspection's, if left out"}),
      ref(kCompanyRef, "company", {"企业", "Company"}, {"company"}),
      text(kItemCode, "item_code", {"检查项", "Item"}, 20).required().plain(kReasonCode).found(),
      choice(kSeverity, "severity", {"严重程度", "Severity"}, kSeverities).required(),
      text(6, "description", {"问题描述", "Description"}, kTextLongMax)
          .required()
          .erasable()
          .found(),
      text(7, "place", {"具体位置", "Place"}).required().plain(kReasonPlace).found(),
      blobs(kPhotos, "photos", {"照片", "Photos"})
          .range(1, 9)
          .conditional()
          .erasable()
          .hint({"检查表注明“须拍照”的项必填", "Where the checklist wants a photo of the item"}),
      choice(9, "responsible", {"责任主体", "Responsible"}, kResponsible).required(),
      date(kFoundOn, "found_on", {"发现日期", "Found on"})
          .required()
          .hint({"不填则取检查当日", "The inspection's day, if left out"}),
      date(kDueOn, "due_on", {"整改期限", "Due on"})
          .required()
          .hint({"不填则按严重程度：1、7、15、30日，遇休息日顺延（重大和应急的不顺延）",
                 "By severity, if left out: 1, 7, 15, 30 days, on to the next day worked (not if "
                 "critical or in an emergency)"}),
      state(kStatus, "status", {"状态", "State"}, kFindingStates).grouped(kGroupState),
      // A re-inspection is an inspection of its own, but what it found is carried here as well:
      // what a finding adds to the figures must be a pure function of the finding, wherever the
      // other record may be.
      date(kFixedOn, "fixed_on", {"整改完成日期", "Fixed on"}).conditional().grouped(kGroupState),
      choice(kFirstReinspection, "first_reinspection", {"首次复查结果", "First re-inspection"},
             kReinspectionResults)
          .conditional()
          .grouped(kGroupState),
      date(kReinspectedOn, "reinspected_on", {"首次复查日期", "First re-inspected on"})
          .conditional()
          .grouped(kGroupState),
      date(kClosedOn, "closed_on", {"销号日期", "Closed on"}).conditional().grouped(kGroupState),
      text(kWithdrawnReason, "withdrawn_reason", {"撤销原因", "Why withdrawn"}, 1000)
          .conditional()
          .erasable()
          .grouped(kGroupState),
      text(kReferredTo, "referred_to", {"移送部门", "Referred to"})
          .conditional()
          .plain(kReasonOrganisation)
          .grouped(kGroupState),
      ref(19, "reinspection", {"复查记录", "Re-inspection"}, {"inspection"}),
      ref(kFindingCampaign, "campaign", {"专项行动", "Campaign"}, {"campaign"})
          .hint({"不填则取自检查", "The inspection's, if left out"}),
      // Written by the setting of its day, so that figures need none and a later change alters
      // none.
      date(kEscalatesOn, "escalates_on", {"逾期上报日期", "Escalates on"})
          .derived()
          .hint({"逾期未整改的，自此日由县区督办；再过同样天数由市督办",
                 "Still not rectified, it is the district's from this day, and the city's after as "
                 "many days again"}),
      text(22, "interim_measures", {"临时措施", "Measures at once"}, 1000)
          .erasable()
          .found()
          .hint({"重大问题：整改前先停用、围挡等",
                 "Of what is critical: out of use, fenced off until it is rectified"})};
}

RecordType finding() {
  const RoleMask repliers = kOffices | kCompanyRole;  // offices enter on a company's behalf
  return {.number = 73,
          .name = "finding",
          .label = {"问题", "Finding"},
          .fields = finding_fields(),
          .title = "place",
          .writers = kInspectors | kCompanyRole,
          .removers = kOffices,
          .state = "status",
          // Only an inspector or an office closes; a company replies and nothing else.
          .moves = {{"", "open", kInspectors},
                    {"open", "noticed", kOffices},
                    {"open", "fixed", kInspectors},  // on the spot
                    {"open", "withdrawn", kOffices, 1},
                    {"noticed", "replied", repliers},
                    {"noticed", "fixed", kInspectors, 1},
                    {"noticed", "not_fixed", kInspectors, 2},
                    {"replied", "fixed", kInspectors, 1},
                    {"replied", "not_fixed", kInspectors, 2},
                    {"not_fixed", "second_notice", kOffices},
                    {"not_fixed", "referred", kOffices, 1},
                    {"second_notice", "replied", repliers},
                    {"second_notice", "fixed", kInspectors, 1},
                    {"second_notice", "referred", kOffices, 1},
                    {"fixed", "closed", kInspectors},
                    {"referred", "closed", kInspectors}},
          .frozen = {"closed", "withdrawn"},
          .indexes = {{"compound", "item_code"}, {"inspection"}, {"due_on"}},
          .derive = derive_finding,
          .faults = finding_faults,
          .authoring_faults = finding_authoring_faults,
          .contribute = contribute_finding,
          .peers = {"compound", "item_code"},
          .measures = {"findings", "findings_repeated", "findings_due", "findings_fixed_on_time",
                       "findings_open", "findings_at_district", "findings_at_city",
                       "findings_reinspected", "findings_first_pass", "findings_closed",
                       "campaign_findings", "campaign_rectified", "campaign_open"}};
}

RecordType notice() {
  using namespace notice_field;
  return {
      .number = 74,
      .name = "notice",
      .label = {"整改通知书", "Rectification notice"},
      // One city-wide number can't be given out offline: the provisional one names the record.
      .key = {"provisional_no"},
      .fields = {text(1, "provisional_no", {"临时编号", "Provisional number"}, 60)
                     .required()
                     .plain(kReasonCode)
                     .found()
                     .hint({"不填则由本机给号", "Given by this node, if left out"}),
                 text(kOfficialNo, "official_no", {"文号", "Official number"}, 60)
                     .plain(kReasonCode)
                     .found()
                     .by(kAuthority)
                     .hint({"由编号机关给号；填 auto 自动取下一号",
                            "Given by who keeps the sequence; auto takes the next"}),
                 refs(kFindings, "findings", {"问题", "Findings"}, {"finding"}).required(),
                 ref(kCompound, "compound", {"小区", "Compound"}, {"compound"})
                     .required()
                     .hint({"不填则取自问题", "The findings', if left out"}),
                 ref(5, "addressee", {"被通知企业", "Addressee"}, {"company"}).required(),
                 date(kIssuedOn, "issued_on", {"签发日期", "Issued on"}).conditional(),
                 date(kDueOn, "due_on", {"整改期限", "Due on"}).required(),
                 choice(kServedHow, "served_how", {"送达方式", "Served how"}, kWaysServed)
                     .conditional()
                     .grouped(kGroupState),
                 instant(kServedAt, "served_at", {"送达时间", "Served at"})
                     .conditional()
                     .grouped(kGroupState),
                 text(10, "legal_basis", {"法律依据", "Legal basis"}, 500)
                     .required()
                     .plain(kReasonPublished),
                 state(kStatus, "status", {"状态", "State"}, kNoticeStates).grouped(kGroupState),
                 date(kAskedOn, "extension_asked_on", {"申请延期日期", "Extension asked on"})
                     .grouped(kGroupState),
                 date(kExtendedDueOn, "extended_due_on", {"延期至", "Extended to"})
                     .conditional()
                     .grouped(kGroupState),
                 text(kApprovedBy, "extension_approved_by",
                      {"延期批准机关", "Extension approved by"})
                     .conditional()
                     .plain(kReasonOrganisation)
                     .grouped(kGroupState),
                 date(kAnsweredOn, "answered_on", {"回复日期", "Answered on"}).grouped(kGroupState),
                 // Whose notice it is: who extends it stands above (node/authoring_extension.cpp).
                 text(kIssuer, "issuer", {"签发机关范围", "Scope of who issued it"})
                     .derived()
                     .plain(kReasonCode)},
      .title = "provisional_no",
      .writers = kOffices | kCompanyRole,
      .removers = kOffices,
      .state = "status",
      // An extension comes from above the issuer, and once: no move leads back to it.
      .moves = {{"", "drafted", kOffices},
                {"", "issued", kOffices},
                {"drafted", "issued", kOffices},
                {"issued", "served", kOffices},
                {"served", "extended", kSuperiors},
                {"served", "answered", kOffices | kCompanyRole, 1},
                {"extended", "answered", kOffices | kCompanyRole},
                {"answered", "closed", kOffices}},
      .frozen = {"closed"},
      .indexes = {{"compound"}, {"due_on"}, {"provisional_no"}, {"official_no"}},
      .derive = derive_notice,
      .faults = notice_faults,
      .authoring_faults = notice_authoring_faults,
      .contribute = contribute_notice,
      // One number, two notices: both stay, and are listed until one has another.
      .peers = {"official_no"},
      .measures = {"notices"},
      .rivals = notice_rivals};
}

/// Whose finding it is, is whose reply it is.
Result<void> derive_rectification(Record& record, const Lookup& lookup, const Moment&) {
  using namespace rectification_field;
  const auto finding = followed(lookup, *ViewOf(record), kFinding);
  const auto company = finding ? ViewOf(*finding)->ref(finding_field::kCompanyRef) : std::nullopt;
  if (company && !record.get(kCompany)) record.set(kCompany, encode_ref(*company, record.scope));
  return {};
}

/// A company answers for what was found at its own compounds. Only whoever writes can be held to
/// it: a node that receives judges a record by its own fields.
void rectification_authoring_faults(const RecordView& record, const Lookup& lookup,
                                    const Moment& moment, std::vector<Fault>& faults) {
  using namespace rectification_field;
  future_fault(record, kDoneOn, moment.today, faults);
  const auto finding = followed(lookup, record, kFinding);
  const auto whose = finding ? ViewOf(*finding)->ref(finding_field::kCompanyRef) : std::nullopt;
  const auto named = record.ref(kCompany);
  if (!whose || !named || (whose->id == named->id && whose->scope == named->scope)) return;
  add_fault(faults, "company", Errc::bad_rule, "该问题属于另一家企业，须由其回复整改",
            "the finding is another company's: that one answers for it");
}

RecordType rectification() {
  using namespace rectification_field;
  return {.number = 75,
          .name = "rectification",
          .label = {"整改回复", "Rectification"},
          .fields =
              {ref(kFinding, "finding", {"问题", "Finding"}, {"finding"}).required(),
               ref(kCompany, "company", {"企业", "Company"}, {"company"})
                   .hint({"不填则为问题所属企业", "The finding's, if left out"}),
               text(3, "text", {"整改情况", "What was done"}, kTextLongMax)
                   .required()
                   .erasable()
                   .found(),
               blobs(4, "photos_after", {"整改后照片", "Photos afterwards"}).range(1, 9).erasable(),
               date(kDoneOn, "done_on", {"完成日期", "Done on"}).required()},
          .writers = kOffices | kCompanyRole,
          .removers = kOffices,
          .indexes = {{"finding"}},
          .derive = derive_rectification,
          .authoring_faults = rectification_authoring_faults};
}

void referral_authoring_faults(const RecordView& record, const Lookup&, const Moment& moment,
                               std::vector<Fault>& faults) {
  using namespace referral_field;
  future_fault(record, kOn, moment.today, faults);
  future_fault(record, kOutcomeOn, moment.today, faults);
}

void referral_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace referral_field;
  order_fault(record, kOn, kOutcomeOn, faults);
  if (!record.has(kOutcomeOn)) return;
  need(record, kOutcome, "outcome", faults, "须填处理结果", "is required with outcome_on");
}

/// 移送: what another department took over, and what came of it there.
RecordType referral() {
  using namespace referral_field;
  return {.number = 76,
          .name = "referral",
          .label = {"移送", "Referral"},
          .fields =
              {ref(1, "finding", {"问题", "Finding"}, {"finding"}).required(),
               text(2, "to", {"移送部门", "To"}).required().plain(kReasonOrganisation).found(),
               date(kOn, "on", {"移送日期", "On"}).required(),
               text(4, "letter_no", {"移送文号", "Letter's number"}, 60).plain(kReasonCode).found(),
               text(kOutcome, "outcome", {"处理结果", "Outcome"}, kTextLongMax)
                   .conditional()
                   .erasable()
                   .found(),
               date(kOutcomeOn, "outcome_on", {"结果日期", "Outcome on"}),
               blobs(7, "files", {"附件", "Files"}).range(1, 20).erasable()},
          .title = "to",
          .writers = kOffices,
          .removers = kOffices,
          .indexes = {{"finding"}},
          .faults = referral_faults,
          .authoring_faults = referral_authoring_faults};
}

}  // namespace

void add_inspection(Schema& schema) {
  for (auto make : {checklist, campaign, inspection, finding, notice, rectification, referral}) {
    schema.types.push_back(make());
  }
  add_inspection_statistics(schema.statistics);
}

}  // namespace linli::model
