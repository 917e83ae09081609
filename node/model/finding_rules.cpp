// Rules, derived values and measures of the findings of domain 2.6.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/inspection.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

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

/// The campaign's own limit, where an emergency shortens every deadline (HN new Art. 9 of 2021).
std::optional<std::int64_t> emergency_days(const RecordView& finding, const Lookup& lookup) {
  const auto campaign = followed(lookup, finding, finding_field::kFindingCampaign);
  if (!campaign) return {};
  const ViewOf view(*campaign);
  const auto most = view->integer(campaign_field::kFindingDaysMax);
  const bool emergency = view->integer(campaign_field::kKind) == campaign_field::kEmergency;
  return emergency && most && *most >= 0 ? most : std::nullopt;
}

/// Law says only 责令限期改正, so the days are the bureau's. Where they end on a day off, the next
/// one that is worked is the last (CC 203). What is critical is ordered mended within hours (24 h,
/// domain 2.6): hours run on from when they began (CC 201) and CC 203 moves the last day of periods
/// of days only. So danger waits for no holiday, nor does what an emergency shortens, for which the
/// company stays at its post (HN new Art. 9 of 2021).
std::int64_t day_due(const RecordView& finding, const Lookup& lookup, std::int64_t found,
                     std::string_view severity) {
  const auto days = setting(lookup, finding.scope, "finding_days_" + std::string(severity));
  const auto most = emergency_days(finding, lookup);
  if (most && *most <= days) return add_days(found, *most);
  const auto due = add_days(found, days);
  const bool critical = finding.integer(finding_field::kSeverity) == kSeverityCritical;
  return critical ? due : WorkingDays(lookup, finding.scope).at_or_after(due);
}

/// [D] From which day it is the district's, if nobody rectifies it: so many days after it is due.
/// Written anew when it is due on another day; nothing is added to one that has ended.
void set_escalation(Record& record, const Lookup& lookup) {
  using namespace finding_field;
  const ViewOf view(record);
  const auto due = view->integer(kDueOn);
  const auto status = view->state(kStatus).value_or(kFindingOpen);
  if (!due || status == kFindingClosed || status == kFindingWithdrawn) return;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  const bool stands = before && !before->removed && ViewOf(*before)->integer(kDueOn) == due;
  if (stands && record.get(kEscalatesOn)) return;
  const bool critical = view->integer(kSeverity) == kSeverityCritical;
  const auto days =
      setting(lookup, record.scope,
              critical ? "finding_escalation_days_critical" : "finding_escalation_days");
  if (const auto on = sum_of(*due, days)) record.set(kEscalatesOn, cbor::encode_int(*on));
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
    record.set(kDueOn, cbor::encode_int(day_due(*ViewOf(record), lookup, *found, severity)));
  }
  set_escalation(record, lookup);
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

/// Where the checklist wants a photo, a finding of that item shows one, whichever way it comes in.
/// Asked of whoever writes it, or takes the photos away: one that was recorded without goes on.
void photo_fault(const RecordView& record, const RecordView& item, const Lookup& lookup,
                 std::vector<Fault>& faults) {
  using namespace finding_field;
  if (!item.flag(template_field::kPhotoRequired) || record.has(kPhotos)) return;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (before && !before->removed) {
    const ViewOf then(*before);
    if (!then->has(kPhotos) && then->text(kItemCode) == record.text(kItemCode)) return;
  }
  const std::string code(record.text(kItemCode));
  add_fault(faults, "photos", Errc::missing_field,
            "检查表要求第 " + code + " 项拍照：请先上传照片，再把编号填入 photos（1 至 9 张）",
            "the checklist wants a photo of item " + code +
                ": store the attachment first and give its hash (1 to 9)");
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
  if (const auto item = item_of(items, record.text(kItemCode))) {
    return photo_fault(record, *item, lookup, faults);
  }
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

/// The days up to which it is the street's, and then the district's: overdue beyond them, it is
/// whose the measure is named after. What is fixed, or another department's, goes no further.
void contribute_escalation(const RecordView& record, const Contribution& base,
                           std::vector<Contribution>& out) {
  using namespace finding_field;
  const auto due = record.integer(kDueOn), on = record.integer(kEscalatesOn);
  const auto status = record.state(kStatus).value_or(kFindingOpen);
  const bool waits =
      status != kFindingReferred && status != kFindingClosed && !record.has(kFixedOn);
  if (!due || !on || *on <= *due || !waits) return;
  const auto twice = product_of(*on, 2);  // on + (on − due)
  const auto city = twice && *due != INT64_MIN ? sum_of(*twice, -*due) : std::nullopt;
  if (!city) return;
  for (const auto& [measure, first] :
       {std::pair("findings_at_district", *on), std::pair("findings_at_city", *city)}) {
    out.push_back(base);
    out.back().measure = measure;
    out.back().day = first - 1;  // as a figure of what is over before today
  }
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
  contribute_escalation(record, base, out);
  contribute_to_campaign(record, base, *found, out);
}

}  // namespace linli::model
