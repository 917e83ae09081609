// Rules, derived values and measures of domain 2.6: checklists, campaigns, inspections, notices.
// Findings: finding_rules.cpp.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/campaign.h"
#include "node/model/inspection.h"
#include "node/model/inspection_draw.h"
#include "node/model/numbering.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

std::optional<RecordView> item_of(const std::vector<std::vector<sync::FieldValue>>& items,
                                  std::string_view code) {
  for (const auto& columns : items) {
    const auto item = row_view(columns);
    if (item.text(template_field::kItemCode) == code) return item;
  }
  return {};
}

std::vector<std::string> items_to_show(const RecordView& inspection, const RecordView& checklist) {
  std::vector<std::string> codes;
  const auto items = checklist.rows(template_field::kItems);
  for (const auto& [code, mark] : inspection.marks(inspection_field::kResults)) {
    const auto item = item_of(items, code);
    const bool failed = mark == static_cast<std::int64_t>(Mark::fail);
    if (failed && item && item->flag(template_field::kPhotoRequired)) codes.emplace_back(code);
  }
  return codes;
}

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
  for (const auto& target : record.refs(kTargetCompounds)) {
    const std::string unit(target.id.view());
    out.push_back({.measure = "campaign_targets",
                   .day = *from,
                   .unit = unit,
                   .dim1 = id,
                   .key = campaign_visit_key(record.id.view(), unit)});
  }
  // How many are to be inspected says not which: no share of it, as more may well be.
  const auto quota = record.integer(kQuota);
  if (!quota) return;
  out.push_back({.measure = "campaign_quota", .day = *from, .dim1 = id});
  out.back().n = *quota;
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

/// What was issued stands: its days aren't moved but by the extension that somebody above grants.
void notice_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                             std::vector<Fault>& faults) {
  using namespace notice_field;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (!before || before->removed) return;
  const ViewOf then(*before);
  if (then->state(kStatus).value_or(kNoticeDrafted) < kNoticeIssued) return;
  for (const auto number : {kIssuedOn, kDueOn}) {
    if (!then->has(number) || then->integer(number) == record.integer(number)) continue;
    add_fault(faults, record.type->field(number)->name, Errc::bad_rule,
              "通知书已签发，签发日期和期限不能改；需要延期请由上级批准延期",
              "the notice is issued, its days stand: who needs longer has an extension approved");
  }
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
