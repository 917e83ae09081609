// Rules, derived values and measures of domain 2.6.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/campaign.h"
#include "node/model/inspection.h"
#include "node/model/inspection_draw.h"
#include "node/model/numbering.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

/// The item of a template with this code; the rows must outlive the answer.
std::optional<RecordView> item_of(const std::vector<std::vector<sync::FieldValue>>& items,
                                  std::string_view code) {
  for (const auto& columns : items) {
    const auto item = row_view(columns);
    if (item.text(template_field::kItemCode) == code) return item;
  }
  return {};
}

}  // namespace

// ---- Templates and campaigns -------------------------------------------------------------------

void template_faults(const RecordView& record, std::vector<Fault>& faults) {
  std::vector<std::string_view> codes;
  const auto items = record.rows(template_field::kItems);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto code = row_view(items[i]).text(template_field::kItemCode);
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) {
      add_fault(faults, "items." + std::to_string(i) + ".item_code", Errc::bad_rule,
                "检查项代码重复", "is given twice");
    }
    codes.push_back(code);
  }
}

void campaign_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace campaign_field;
  order_fault(record, kFromOn, kToOn, faults);
  const auto kind = record.integer(kKind);
  if (record.has(kFindingDaysMax) && kind && *kind != kEmergency) {
    add_fault(faults, "finding_days_max", Errc::bad_rule, "只有应急行动可以缩短整改期限",
              "only an emergency may shorten deadlines");
  }
  if (record.has(kQuota) || record.has(kTargetCompounds)) return;
  add_fault(faults, "quota", Errc::missing_field, "须填检查数量或目标小区(否则无法计算进度)",
            "either a quota or target_compounds: progress is measured against it");
}

void contribute_campaign(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace campaign_field;
  const auto from = record.integer(kFromOn);
  if (record.removed || !from) return;
  const auto id = sync::to_text(record.id);
  const auto targets = record.refs(kTargetCompounds);
  for (const auto& target : targets) {
    out.push_back({.measure = "campaign_targets",
                   .day = *from,
                   .unit = std::string(target.id.view()),
                   .dim1 = id});
  }
  if (!targets.empty()) return;
  out.push_back({.measure = "campaign_targets", .day = *from, .dim1 = id});
  out.back().n = record.integer(kQuota).value_or(0);
}

// ---- Inspections -------------------------------------------------------------------------------

Result<void> derive_inspection(Record& record, const Lookup& lookup, const Moment&) {
  using namespace inspection_field;
  const auto marks = ViewOf(record)->marks(kResults);
  if (marks.empty()) {
    record.unset(kScore);
    return {};
  }
  // A later change of the setting alters no score: the same marks keep the one that they had.
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  const auto as_before = [&](std::uint32_t field) {
    const auto *then = before->get(field), *now = record.get(field);
    return then && now && *then == *now;
  };
  if (before && as_before(kResults) && as_before(kTemplate) && as_before(kScore)) return {};
  const auto checklist = followed(lookup, *ViewOf(record), kTemplate);
  if (!checklist) {
    return fail(Errc::dangling_reference, "this checklist isn't here: no score without it",
                "template");
  }
  const auto items = ViewOf(*checklist)->rows(template_field::kItems);
  std::vector<ScoredItem> scored;
  for (const auto& [code, mark] : marks) {
    const auto item = item_of(items, code);
    // An item that isn't on the list is refused by the authoring rules.
    if (!item || mark < 1 || mark > 3) continue;
    scored.push_back({item->integer(template_field::kWeight).value_or(1),
                      item->flag(template_field::kVeto), static_cast<Mark>(mark)});
  }
  const auto score = inspection_score(scored, setting(lookup, record.scope, "veto_score_max"));
  if (score) {
    record.set(kScore, cbor::encode_int(*score));
  } else {
    record.unset(kScore);
  }
  return {};
}

void inspection_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace inspection_field;
  const auto kind = record.integer(kKind);
  order_fault(record, kStartedAt, kEndedAt, faults);
  if (kind == kCampaignKind) {
    need(record, kCampaign, "campaign", faults, "专项检查须注明专项行动",
         "is required for a campaign's inspection");
  }
  const auto status = record.state(kStatus).value_or(kInspectionPlanned);
  if (status == kInspectionReturned) {
    need(record, kReturnReason, "return_reason", faults, "退回须说明原因", "is required");
  }
  if (status < kInspectionSubmitted) return;
  need(record, kEndedAt, "ended_at", faults, "提交须填结束时间", "is required once submitted");
  if (kind != kReinspection) {  // that one looks at findings
    need(record, kResults, "results", faults, "提交须填检查结果", "are required once submitted");
  }
}

namespace {

/// Two pairs of eyes wherever a result may cost the company something; how many is the bureau's.
void too_few_fault(const RecordView& record, const Lookup& lookup, std::vector<Fault>& faults) {
  using namespace inspection_field;
  const auto kind = record.integer(kKind);
  const bool paired = kind == kRoutine || kind == kRandom || kind == kCampaignKind;
  if (!paired || !record.has(kInspectorNos)) return;
  const auto least = setting(lookup, record.scope, "inspectors_min");
  if (static_cast<std::int64_t>(record.texts(kInspectorNos).size()) >= least) return;
  const auto n = std::to_string(least);
  add_fault(
      faults, "inspectors", Errc::bad_rule,
      "例行、双随机、专项检查须有" + n + "名以上检查人员（业务参数 inspectors_min）",
      "routine, random and campaign inspections need " + n + " or more (setting inspectors_min)");
}

}  // namespace

void inspection_authoring_faults(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults) {
  using namespace inspection_field;
  too_few_fault(record, lookup, faults);
  for (const auto number : {kStartedAt, kEndedAt}) {
    const auto at = record.integer(number);
    const bool planned = record.state(kStatus) == kInspectionPlanned && number == kStartedAt;
    if (!at || planned || *at <= moment.now / 1000 + kClockSlackMs) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "时间不得在将来",
              "can't be in the future");
  }
  constexpr std::uint32_t kCompoundCode = 1;
  const auto draw = followed(lookup, record, kDraw);
  const auto compound = draw ? followed(lookup, record, kCompound) : std::nullopt;
  if (compound && !was_drawn(*ViewOf(*draw), ViewOf(*compound)->text(kCompoundCode))) {
    add_fault(faults, "draw", Errc::bad_rule, "该小区没有被抽中", "this compound wasn't drawn");
  }
  const auto checklist = followed(lookup, record, kTemplate);
  if (!checklist) return;  // with results, deriving the score has refused already
  const auto items = ViewOf(*checklist)->rows(template_field::kItems);
  for (const auto& [code, mark] : record.marks(kResults)) {
    if (item_of(items, code)) continue;
    add_fault(faults, "results." + std::string(code), Errc::bad_value, "检查表中没有这一项",
              "isn't an item of this template");
  }
}

void contribute_inspection(const RecordView& record, std::span<const RecordView>,
                           std::vector<Contribution>& out) {
  using namespace inspection_field;
  const auto status = record.state(kStatus).value_or(kInspectionPlanned);
  const auto ended = record.integer(kEndedAt);
  if (record.removed || !ended || status < kInspectionSubmitted) return;
  if (status == kInspectionReturned) return;  // counts again once it is corrected
  const auto day = local_day_of_ms(*ended);
  const auto compound = record.ref_id(kCompound);
  const std::string kind(code_of(kInspectionKinds, record.integer(kKind)));
  out.push_back({"inspections", day, compound, kind, {}, compound, 1});
  if (const auto campaign = record.ref_id(kCampaign); !campaign.empty()) {
    out.push_back({"campaign_inspected", day, compound, dim_of_id(campaign), {}, compound, 1});
    out.push_back({"campaign_visited",
                   day,
                   compound,
                   dim_of_id(campaign),
                   {},
                   campaign_visit_key(campaign, compound),
                   1});
  }
  for (const auto inspector : record.texts(kInspectorNos)) {
    out.push_back({.measure = "inspector_load",
                   .day = day,
                   .unit = compound,
                   .dim1 = std::string(inspector),
                   .dim2 = kind});
  }
}

// ---- Findings ----------------------------------------------------------------------------------

namespace {

/// A finding's campaign is its inspection's; nothing is added to one that is closed.
void carry_campaign(Record& record, const RecordView& inspection) {
  using namespace finding_field;
  const auto campaign = inspection.ref(inspection_field::kCampaign);
  const auto status = ViewOf(record)->state(kStatus).value_or(kFindingOpen);
  const bool ended = status == kFindingClosed || status == kFindingWithdrawn;
  if (!campaign || ended || record.get(kFindingCampaign)) return;
  record.set(kFindingCampaign, encode_ref(*campaign, record.scope));
}

/// Law says only 责令限期改正, so the days are the bureau's; an emergency may shorten them (HN new
/// Art. 9 of 2021).
std::int64_t days_to_rectify(const RecordView& finding, const Lookup& lookup,
                             std::string_view severity) {
  const auto days = setting(lookup, finding.scope, "finding_days_" + std::string(severity));
  const auto campaign = followed(lookup, finding, finding_field::kFindingCampaign);
  if (!campaign) return days;
  const ViewOf view(*campaign);
  const auto most = view->integer(campaign_field::kFindingDaysMax);
  const bool emergency = view->integer(campaign_field::kKind) == campaign_field::kEmergency;
  return emergency && most && *most >= 0 ? std::min(days, *most) : days;
}

}  // namespace

Result<void> derive_finding(Record& record, const Lookup& lookup, const Moment&) {
  using namespace finding_field;
  constexpr std::uint32_t kInspectedCompany = 3;
  const auto inspection = followed(lookup, *ViewOf(record), kInspection);
  // Given by hand where the inspection isn't here (a ref may dangle for a while).
  if (inspection) {
    const ViewOf view(*inspection);
    const auto compound = view->ref(inspection_field::kCompound);
    const auto company = view->ref(kInspectedCompany);
    const auto started = view->integer(inspection_field::kStartedAt);
    if (compound && !record.get(kCompound)) {
      record.set(kCompound, encode_ref(*compound, record.scope));
    }
    if (company && !record.get(kCompanyRef)) {
      record.set(kCompanyRef, encode_ref(*company, record.scope));
    }
    if (started && !record.get(kFoundOn)) {
      record.set(kFoundOn, cbor::encode_int(local_day_of_ms(*started)));
    }
    carry_campaign(record, *view);
  }
  const auto found = ViewOf(record)->integer(kFoundOn);
  const auto severity = code_of(kSeverities, ViewOf(record)->integer(kSeverity));
  if (found && !severity.empty() && !record.get(kDueOn)) {
    const auto days = days_to_rectify(*ViewOf(record), lookup, severity);
    record.set(kDueOn, cbor::encode_int(add_days(*found, days)));
  }
  return {};
}

void finding_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace finding_field;
  order_fault(record, kFoundOn, kDueOn, faults);
  order_fault(record, kFoundOn, kFixedOn, faults);
  order_fault(record, kFoundOn, kReinspectedOn, faults);
  order_fault(record, kFoundOn, kClosedOn, faults);
  const bool reinspected = record.has(kFirstReinspection);
  if (reinspected) {
    need(record, kReinspectedOn, "reinspected_on", faults, "须填首次复查日期",
         "is required with first_reinspection");
  }
  const auto status = record.state(kStatus).value_or(kFindingOpen);
  if (status == kFindingFixed || record.integer(kFirstReinspection) == kReinspectedFixed) {
    need(record, kFixedOn, "fixed_on", faults, "须填整改完成日期", "is required once fixed");
  }
  if (status == kFindingNotFixed || status == kFindingSecondNotice) {
    need(record, kFirstReinspection, "first_reinspection", faults, "须填首次复查结果",
         "is required once re-inspected");
  }
  if (status == kFindingReferred) {
    need(record, kReferredTo, "referred_to", faults, "须填移送部门", "is required");
  }
  if (status == kFindingClosed) {
    need(record, kClosedOn, "closed_on", faults, "须填销号日期", "is required once closed");
  }
  if (status == kFindingWithdrawn) {
    need(record, kWithdrawnReason, "withdrawn_reason", faults, "撤销须说明原因", "is required");
  }
}

namespace {

/// A closed inspection has no open finding: not by closing it (unfinished.h), nor by adding one.
void added_after_closing(const RecordView& record, const RecordView& inspection,
                         const Lookup& lookup, std::vector<Fault>& faults) {
  const auto status = record.state(finding_field::kStatus).value_or(kFindingOpen);
  if (status == kFindingClosed || status == kFindingWithdrawn) return;
  if (inspection.state(inspection_field::kStatus) != kInspectionClosed) return;
  if (lookup.find(record.type->number, record.scope, record.id)) return;  // was there before
  add_fault(faults, "inspection", Errc::bad_rule,
            "该检查已办结，不能再登记未销号的问题；请另立检查",
            "is closed: an open finding needs an inspection of its own");
}

}  // namespace

void finding_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                              std::vector<Fault>& faults) {
  using namespace finding_field;
  for (const auto number : {kFoundOn, kFixedOn, kReinspectedOn, kClosedOn}) {
    const auto day = record.integer(number);
    if (!day || *day <= moment.today) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule, "日期不得在将来",
              "can't be in the future");
  }
  const auto inspection = followed(lookup, record, kInspection);
  if (!inspection) return;
  added_after_closing(record, *ViewOf(*inspection), lookup, faults);
  const auto checklist = followed(lookup, *ViewOf(*inspection), inspection_field::kTemplate);
  if (!checklist || !record.has(kItemCode)) return;
  const auto items = ViewOf(*checklist)->rows(template_field::kItems);
  if (item_of(items, record.text(kItemCode))) return;
  add_fault(faults, "item_code", Errc::bad_value, "检查表中没有这一项",
            "isn't an item of the inspection's template");
}

namespace {

std::string_view close_bucket(std::int64_t days) {
  if (days <= 1) return "0-1";
  if (days <= 7) return "2-7";
  if (days <= 15) return "8-15";
  if (days <= 30) return "16-30";
  return "31+";
}

/// Has the same thing at the same compound been closed within 180 days before?
bool repeated(const RecordView& record, std::span<const RecordView> peers, std::int64_t found) {
  using namespace finding_field;
  constexpr std::int64_t kRepeatDays = 180;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    if (itself || peer.removed || peer.state(kStatus) != kFindingClosed) return false;
    const auto closed = peer.integer(kClosedOn);
    return closed && *closed <= found && *closed >= found - kRepeatDays;
  });
}

void contribute_rectifying(const RecordView& record, const Contribution& base, std::int64_t found,
                           std::vector<Contribution>& out) {
  using namespace finding_field;
  const auto add = [&](std::string_view measure, std::int64_t day) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = day;
  };
  const auto due = record.integer(kDueOn), fixed = record.integer(kFixedOn);
  const auto status = record.state(kStatus).value_or(kFindingOpen);
  if (due) {
    add("findings_due", *due);
    if (fixed && *fixed <= *due) add("findings_fixed_on_time", *due);
    if (status != kFindingClosed) add("findings_open", *due);
  }
  const auto reinspected = record.integer(kReinspectedOn);
  const auto result = record.integer(kFirstReinspection);
  if (reinspected && result) {
    add("findings_reinspected", *reinspected);
    if (result == kReinspectedFixed) add("findings_first_pass", *reinspected);
  }
  const auto closed = record.integer(kClosedOn);
  if (status != kFindingClosed || !closed) return;
  add("findings_closed", *closed);
  out.back().dim2 = close_bucket(*closed > found ? *closed - found : 0);
}

/// How far a campaign is with what it found: by the day it was found, so that one lot is compared
/// with itself.
void contribute_to_campaign(const RecordView& record, const Contribution& base, std::int64_t found,
                            std::vector<Contribution>& out) {
  using namespace finding_field;
  const auto campaign = record.ref_id(kFindingCampaign);
  if (campaign.empty()) return;
  const auto add = [&](std::string_view measure, std::int64_t day) {
    out.push_back({.measure = measure,
                   .day = day,
                   .unit = base.unit,
                   .dim1 = dim_of_id(campaign),
                   .dim2 = base.dim1});
  };
  add("campaign_findings", found);
  if (record.has(kFixedOn)) return add("campaign_rectified", found);
  const auto due = record.integer(kDueOn);
  const bool closed = record.state(kStatus) == kFindingClosed;  // referred, and ended elsewhere
  if (due && !closed) add("campaign_open", *due);
}

}  // namespace

void contribute_finding(const RecordView& record, std::span<const RecordView> peers,
                        std::vector<Contribution>& out) {
  using namespace finding_field;
  // Years 0–9999: a merged record may hold any number, and days are subtracted below.
  constexpr std::int64_t kDayMax = 4'000'000;
  const auto found = record.integer(kFoundOn);
  if (record.removed || !found || *found < -kDayMax || *found > kDayMax) return;
  if (record.state(kStatus) == kFindingWithdrawn) return;
  const Contribution base{.measure = {},
                          .unit = record.ref_id(kCompound),
                          .dim1 = std::string(code_of(kSeverities, record.integer(kSeverity)))};
  out.push_back(base);
  out.back().measure = "findings";
  out.back().day = *found;
  out.back().dim2 = record.text(kItemCode);
  if (repeated(record, peers, *found)) {
    out.push_back(out.back());
    out.back().measure = "findings_repeated";
  }
  contribute_rectifying(record, base, *found, out);
  contribute_to_campaign(record, base, *found, out);
}

// ---- Notices -----------------------------------------------------------------------------------

Result<void> derive_notice(Record& record, const Lookup& lookup, const Moment&) {
  using namespace notice_field;
  if (record.get(kCompound)) return {};
  const auto findings = ViewOf(record)->refs(kFindings);
  for (const auto& ref : findings) {
    const auto finding = lookup.follow(ref);
    const auto compound = finding ? ViewOf(*finding)->ref(finding_field::kCompound) : std::nullopt;
    if (!compound) continue;
    record.set(kCompound, encode_ref(*compound, record.scope));
    break;
  }
  return {};
}

void notice_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace notice_field;
  order_fault(record, kIssuedOn, kDueOn, faults);
  order_fault(record, kIssuedOn, kAnsweredOn, faults);
  const auto status = record.state(kStatus).value_or(kNoticeDrafted);
  if (status >= kNoticeIssued) {
    need(record, kIssuedOn, "issued_on", faults, "须填签发日期", "is required once issued");
  }
  if (status >= kNoticeServed) {
    need(record, kServedHow, "served_how", faults, "须填送达方式", "is required once served");
    need(record, kServedAt, "served_at", faults, "须填送达时间", "is required once served");
  }
  if (status == kNoticeExtended) {
    need(record, kExtendedDueOn, "extended_due_on", faults, "须填延期后的期限", "is required");
    need(record, kApprovedBy, "extension_approved_by", faults, "须填批准机关", "is required");
  }
  order_fault(record, kDueOn, kExtendedDueOn, faults);
  // [D] Once, and at most by as long as the company had in the first place.
  const auto issued = record.integer(kIssuedOn), due = record.integer(kDueOn);
  const auto extended = record.integer(kExtendedDueOn);
  if (!issued || !due || !extended) return;
  const auto twice = product_of(*due, 2);
  const auto last = twice && *issued != INT64_MIN ? sum_of(*twice, -*issued) : std::nullopt;
  if (last && *extended <= *last) return;
  add_fault(faults, "extended_due_on", Errc::bad_rule, "延期不得超过原整改期限",
            "an extension is at most as long as the original span");
}

bool notice_rivals(const RecordView& record, std::span<const RecordView> peers) {
  return number_rivals(record, peers, notice_field::kOfficialNo);
}

void contribute_notice(const RecordView& record, std::span<const RecordView>,
                       std::vector<Contribution>& out) {
  using namespace notice_field;
  const auto issued = record.integer(kIssuedOn);
  const auto status = record.state(kStatus).value_or(kNoticeDrafted);
  if (record.removed || !issued || status < kNoticeIssued) return;
  out.push_back({.measure = "notices", .day = *issued, .unit = record.ref_id(kCompound)});
}

}  // namespace linli::model
