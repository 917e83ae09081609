// Rules and measures of domain 2.1. Field numbers as declared in organisation.cpp.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/organisation.h"
#include "node/model/rules.h"
#include "node/model/settings.h"

namespace linli::model {

namespace {

/// Two numbers of one record, where the first may not be above the second.
void at_most(const RecordView& record, std::uint32_t lesser, std::uint32_t greater,
             std::vector<Fault>& faults) {
  const auto a = record.integer(lesser), b = record.integer(greater);
  if (!a || !b || *a <= *b) return;
  const auto& small = *record.type->field(lesser);
  const auto& large = *record.type->field(greater);
  add_fault(faults, small.name, Errc::bad_rule,
            std::string(small.label.zh) + "不得大于" + std::string(large.label.zh),
            "can't be more than " + std::string(large.name));
}

}  // namespace

// ---- Units -------------------------------------------------------------------------------------

namespace {

enum Level : std::int64_t {
  kProvince = 1,
  kCity = 2,
  kDistrict = 3,
  kStreetLevel = 4,
  kCommunity = 5
};
constexpr std::int64_t kAuthorityLocal = 3;

std::size_t code_digits(std::int64_t level) {
  return level <= kDistrict ? 6 : level == kStreetLevel ? 9 : 12;
}

}  // namespace

void org_unit_faults(const RecordView& record, std::vector<Fault>& faults) {
  constexpr std::uint32_t kCode = 1, kLevel = 2, kCodeAuthority = 7, kParent = 8, kValidFrom = 9,
                          kValidTo = 10;
  const auto code = record.text(kCode);
  const auto level = record.integer(kLevel);
  // 410701 市辖区 groups the urban districts in the code table; nobody works for it.
  if (code.starts_with("410701")) {
    add_fault(faults, "code", Errc::bad_rule, "410701(市辖区)是占位代码，不是机构",
              "410701 only groups districts in the code table and is no unit");
  }
  const bool official = record.integer(kCodeAuthority).value_or(kAuthorityLocal) != kAuthorityLocal;
  const bool digits =
      std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (official && level && !code.empty() && (!digits || code.size() != code_digits(*level))) {
    const auto count = std::to_string(code_digits(*level));
    add_fault(faults, "code", Errc::bad_rule, "此层级的区划代码应为" + count + "位数字",
              "a code of this level has " + count + " digits");
  }
  if (level && *level >= kDistrict) {
    need(record, kParent, "parent", faults, "区县及以下机构须填上级机构",
         "is required from the district level down");
  }
  order_fault(record, kValidFrom, kValidTo, faults);
}

void org_unit_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                               std::vector<Fault>& faults) {
  constexpr std::uint32_t kLevel = 2, kParent = 8;
  const auto parent = record.ref(kParent);
  if (!parent) return;
  const auto above = lookup.follow(*parent);
  if (!above) {
    add_fault(faults, "parent", Errc::dangling_reference, "上级机构不存在，请先录入上级",
              "isn't here: enter the unit above first");
    return;
  }
  const ViewOf view(*above);
  if (view->integer(kLevel).value_or(0) >= record.integer(kLevel).value_or(0)) {
    add_fault(faults, "parent", Errc::bad_rule, "上级机构的层级须高于本机构",
              "must be of a level above this unit's");
  }
}

// ---- Compounds ---------------------------------------------------------------------------------

namespace compound_field {
constexpr std::uint32_t kKind = 7, kMode = 9, kBuildings = 10, kHouseholds = 11, kDelivered = 12,
                        kOccupied = 13, kFloorArea = 14, kExclusiveArea = 15, kDeliveredArea = 16,
                        kOffice = 17, kCommitteeOffice = 18, kHighrises = 20, kFirstDeliveryOn = 25,
                        kStatus = 27, kStatusOn = 28;
}
enum CompoundState : std::int64_t { kPlanned = 1, kInService = 3, kUnmanaged = 4 };

void compound_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace compound_field;
  at_most(record, kDelivered, kHouseholds, faults);
  at_most(record, kOccupied, kDelivered, faults);
  at_most(record, kDeliveredArea, kExclusiveArea, faults);
  at_most(record, kCommitteeOffice, kOffice, faults);  // HN 11: inside the property office
  at_most(record, kHighrises, kBuildings, faults);
  if (record.state(kStatus).value_or(kPlanned) != kPlanned) {
    need(record, kExclusiveArea, "exclusive_area_dm2", faults, "交付后须填专有部分面积合计",
         "is required once delivered");
  }
}

namespace {

/// HN 18: half of the area delivered, or three tenths of the households moved in.
bool assembly_is_due(const RecordView& record) {
  using namespace compound_field;
  const auto reaches = [&](std::uint32_t part, std::int64_t times, std::uint32_t whole,
                           std::int64_t of) {
    const auto a = product_of(record.integer(part).value_or(0), times);
    const auto b = product_of(record.integer(whole).value_or(0), of);
    return a && b && *b > 0 && *a >= *b;
  };
  return reaches(kDeliveredArea, 2, kExclusiveArea, 1) || reaches(kOccupied, 10, kHouseholds, 3);
}

}  // namespace

void contribute_compound(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace compound_field;
  constexpr std::int64_t kNobody = 5;
  const auto status = record.state(kStatus).value_or(0);
  if (record.removed || (status != kInService && status != kUnmanaged)) return;
  // A stock begins on the day that the state did. Without it: before every window.
  const auto delivered_on = record.integer(kFirstDeliveryOn);
  const auto day = record.integer(kStatusOn).value_or(delivered_on.value_or(0));
  const std::string unit(record.id.view());
  const auto mode = record.integer(kMode);
  if (status == kUnmanaged || mode == kNobody) {
    out.push_back({.measure = "unmanaged", .day = day, .unit = unit});
  }
  if (status != kInService) return;
  const std::string mode_code(code_of(kManagementModes, mode));
  const auto* kind = record.type ? record.type->field(kKind) : nullptr;
  const std::string kind_code(kind ? code_of(kind->values, record.integer(kKind)) : "");
  const auto area = record.integer(kFloorArea).value_or(0);
  out.push_back({"in_service", day, unit, mode_code, kind_code, unit, 1});
  if (assembly_is_due(record)) out.push_back({"assembly_conditions", day, unit, {}, {}, unit, 1});
  out.push_back({"in_service_area", day, unit, mode_code, kind_code, {}, area});
  const auto households = record.integer(kHouseholds).value_or(0);
  out.push_back({"households", day, unit, mode_code, kind_code, {}, households});
  // The formula is in force since 1 January 2018; what was delivered before follows older rules.
  static const std::int64_t kFormulaSince = day_from_civil(2018, 1, 1);
  if (!delivered_on || *delivered_on < kFormulaSince) return;
  out.push_back({.measure = "office_required", .day = day, .unit = unit});
  if (record.integer(kOffice).value_or(0) >= property_office_min_dm2(area)) {
    out.push_back({.measure = "office_compliant", .day = day, .unit = unit});
  }
}

void building_faults(const RecordView& record, std::vector<Fault>& faults) {
  constexpr std::uint32_t kHeight = 5, kHighrise = 6;
  constexpr std::int64_t kHighriseAboveDm = 270;
  const auto height = record.integer(kHeight);
  if (height && record.has(kHighrise) && record.flag(kHighrise) && *height <= kHighriseAboveDm) {
    add_fault(faults, "is_highrise", Errc::bad_rule, "高层住宅的高度应大于27米",
              "a high-rise dwelling is above 27 m");
  }
}

// ---- Companies and people ----------------------------------------------------------------------

void company_faults(const RecordView& record, std::vector<Fault>& faults) {
  constexpr std::uint32_t kUscc = 1;
  const auto uscc = record.text(kUscc);
  if (uscc.empty() || valid_uscc(uscc)) return;
  const auto expected = uscc.size() == 18 ? uscc_check_character(uscc.substr(0, 17)) : std::nullopt;
  if (expected) {
    add_fault(faults, "uscc", Errc::bad_rule,
              "统一社会信用代码校验位不符，应为 " + std::string(1, *expected),
              "its check character should be " + std::string(1, *expected));
    return;
  }
  add_fault(faults, "uscc", Errc::bad_rule,
            "统一社会信用代码为18位数字或大写字母(不含I、O、S、V、Z)",
            "has 18 characters: digits and capitals without I, O, S, V, Z");
}

namespace staff_field {
constexpr std::uint32_t kRole = 4, kCompound = 5, kFromOn = 7, kToOn = 8;
}

void staff_faults(const RecordView& record, std::vector<Fault>& faults) {
  order_fault(record, staff_field::kFromOn, staff_field::kToOn, faults);
}

void contribute_staff(const RecordView& record, std::span<const RecordView>,
                      std::vector<Contribution>& out) {
  using namespace staff_field;
  const auto from = record.integer(kFromOn), to = record.integer(kToOn);
  if (record.removed || !from) return;
  const auto unit = record.ref_id(kCompound);
  const std::string person(record.id.view());
  const auto add = [&](std::string_view measure, const std::string& post) {
    out.push_back({measure, *from, unit, post, {}, person, 1});
    // Still there on the last day, gone on the next.
    if (!to || *to >= INT64_MAX - 1) return;
    out.push_back({measure, *to + 1, unit, post, {}, person, -1});
  };
  const auto role = record.integer(kRole);
  add("active_staff", std::string(code_of(kPosts, role)));
  if (role == kPostProjectManager) add("active_project_managers", {});
}

// ---- Contracts ---------------------------------------------------------------------------------

namespace contract_field {
constexpr std::uint32_t kCompound = 1, kCompany = 2, kStartOn = 3, kKind = 4, kSignOn = 5,
                        kEndOn = 6, kStatus = 13, kFiledOn = 14, kEndedOn = 15, kFilingDue = 16,
                        kFloorArea = 17, kTakeoverOn = 18, kTakeoverFiles = 19,
                        kTakeoverFiledOn = 20, kTakeoverDue = 21, kHandedOver = 22,
                        kHandedOverOn = 23, kNoticeDays = 12, kNoticeGivenOn = 25;
}
enum ContractState : std::int64_t {
  kDrafted = 1,
  kSigned = 2,
  kActive = 4,
  kOpenEnded = 5,
  kRenewed = 6,
  kDismissed = 7,
  kEnded = 8,
  kHandover = 9,
  kClosed = 10,
};

namespace {

/// So many days later; where they end on a day off, on the next day that is worked.
void set_filing_day(Record& record, std::uint32_t field, std::optional<std::int64_t> from,
                    std::int64_t days, const Lookup& lookup) {
  const auto last = from ? sum_of(*from, days) : std::nullopt;
  if (!last) return record.unset(field);
  record.set(field, cbor::encode_int(WorkingDays(lookup, record.scope).at_or_after(*last)));
}

}  // namespace

/// HN 49: filed within 15 days of signing; HN 46: the takeover within 30. Written into the
/// contract, so that figures need no calendar, and the area as its compound has it.
Result<void> derive_contract(Record& record, const Lookup& lookup, const Moment&) {
  using namespace contract_field;
  if (ViewOf(record)->state(kStatus) == kClosed) return {};  // Nothing is added to one.
  const auto sign = ViewOf(record)->integer(kSignOn);
  const auto taken = ViewOf(record)->integer(kTakeoverOn);
  set_filing_day(record, kFilingDue, sign, kFilingDaysMax, lookup);
  set_filing_day(record, kTakeoverDue, taken, kTakeoverDaysMax, lookup);
  const auto compound = followed(lookup, *ViewOf(record), kCompound);
  const auto area =
      compound ? ViewOf(*compound)->integer(compound_field::kFloorArea) : std::nullopt;
  if (area) record.set(kFloorArea, cbor::encode_int(*area));
  return {};
}

namespace {

/// CC 946 and 948: who ends a contract says so in writing so many days before, as agreed or 60.
/// Of an end whose notice is entered; both sides may agree on any other day.
void ending_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace contract_field;
  constexpr std::int64_t kDaysByLaw = 60;
  const auto status = record.state(kStatus).value_or(kDrafted);
  const auto given = record.integer(kNoticeGivenOn), ended = record.integer(kEndedOn);
  if (!given || !ended || (status != kDismissed && status != kEnded)) return;
  const auto days = record.integer(kNoticeDays).value_or(kDaysByLaw);
  const auto first = sum_of(*given, days);
  if (first && *ended >= *first) return;
  const auto n = std::to_string(days);
  add_fault(faults, "ended_on", Errc::bad_rule,
            "须在书面通知满" + n + "日之后(民法典946、948，合同另有约定的填解约通知天数)",
            "is less than " + n + " days after the notice (CC 946, 948; notice_days if agreed)");
}

}  // namespace

void contract_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace contract_field;
  constexpr std::int64_t kEmergency = 3;
  const auto start = record.integer(kStartOn), end = record.integer(kEndOn);
  if (start && end && *end <= *start) {
    add_fault(faults, "end_on", Errc::bad_rule, "到期日期须晚于起始日期", "must be after start_on");
  }
  order_fault(record, kSignOn, kFiledOn, faults);
  order_fault(record, kStartOn, kEndedOn, faults);
  // Emergency service lasts at most a year (ZZ 62): it ends before the corresponding day.
  if (start && end && record.integer(kKind) == kEmergency) {
    const auto from = civil_from_day(*start);
    if (*end > due_after_period(day_from_civil(from.year, from.month, 1), 12, from.day)) {
      add_fault(faults, "end_on", Errc::bad_rule, "应急物业服务不超过一年",
                "emergency service lasts at most one year");
    }
  }
  const auto status = record.state(kStatus).value_or(kDrafted);
  if (status > kSigned) {
    need(record, kFiledOn, "filed_on", faults, "已备案的合同须填备案日期",
         "is required once the contract is filed");
  }
  if (status >= kRenewed) {
    need(record, kEndedOn, "ended_on", faults, "须填终止日期", "is required once it has ended");
  }
  ending_faults(record, faults);
  order_fault(record, kTakeoverOn, kTakeoverFiledOn, faults);
  order_fault(record, kEndedOn, kHandedOverOn, faults);
  if (!record.has(kTakeoverFiledOn)) return;
  need(record, kTakeoverOn, "takeover_on", faults, "须填承接查验完成日期",
       "is required with takeover_filed_on");
  need(record, kTakeoverFiles, "takeover_files", faults, "承接查验备案须附资料(HN 46)",
       "are what is filed (HN 46)");
}

namespace {

std::size_t handed_over(const RecordView& record) {
  const auto raw = record.raw(contract_field::kHandedOver);
  return raw ? cbor::Reader(*raw).array() : 0;  // a set: each once
}

}  // namespace

/// HN 52: a handover is done when all of it was handed over. Contracts that were closed before
/// this, or on paper, stand.
void contract_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                               std::vector<Fault>& faults) {
  using namespace contract_field;
  for (const auto number : {kTakeoverOn, kTakeoverFiledOn, kHandedOverOn, kNoticeGivenOn}) {
    future_fault(record, number, moment.today, faults);
  }
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  if (!before || before->removed || record.state(kStatus) != kClosed) return;
  // Also of one that passes through the handover on its way, in one step.
  const auto was = ViewOf(*before)->state(kStatus);
  if (was != kDismissed && was != kEnded && was != kHandover) return;
  need(record, kHandedOverOn, "handed_over_on", faults, "交接办结须填移交完成日期",
       "is required once all is handed over");
  if (handed_over(record) >= kHandoverItemCount) return;
  add_fault(faults, "handed_over", Errc::bad_rule,
            "四项均移交后才能办结：用房和设施设备、承接查验资料、维修养护记录、费用结算(HN 52)",
            "all four are handed over before it is closed: rooms and equipment, takeover papers, "
            "maintenance records, settlement (HN 52)");
}

namespace {

/// The days on which a contract is served as it stands; nothing: on none.
struct Served {
  std::int64_t from, to;
};
std::optional<Served> served(const RecordView& contract) {
  using namespace contract_field;
  const auto status = contract.state(kStatus).value_or(kDrafted);
  const auto start = contract.integer(kStartOn), end = contract.integer(kEndOn);
  if (contract.removed || !start || !end) return {};
  if (status == kActive) return Served{*start, *end};
  if (status == kOpenEnded) return Served{*start, INT64_MAX};  // until somebody ends it
  return {};
}

}  // namespace

namespace {

/// Deleted, or in a state that closes it for good: it claims its number no more.
bool is_over(const RecordView& record) {
  if (record.removed) return true;
  const auto& type = *record.type;
  const auto* state = type.state.empty() ? nullptr : type.field(type.state);
  const auto now = state ? record.state(state->number) : std::nullopt;
  return now && std::any_of(state->values.begin(), state->values.end(), [&](const Choice& value) {
           return value.number == *now && std::find(type.frozen.begin(), type.frozen.end(),
                                                    value.code) != type.frozen.end();
         });
}

}  // namespace

bool key_rivals(const RecordView& record, std::span<const RecordView> peers) {
  if (is_over(record)) return false;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    return !itself && !is_over(peer);
  });
}

bool one_in_the_city(const RecordType& type) { return type.rivals == key_rivals; }

bool contract_rivals(const RecordView& record, std::span<const RecordView> peers) {
  const auto own = served(record);
  if (!own) return false;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    const auto other = served(peer);
    return !itself && other && own->from <= other->to && other->from <= own->to;
  });
}

void contribute_contract(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace contract_field;
  const auto status = record.state(kStatus).value_or(kDrafted);
  if (record.removed || status < kSigned) return;
  const auto unit = record.ref_id(kCompound);
  const auto filed = record.integer(kFiledOn);
  if (const auto sign = record.integer(kSignOn)) {
    out.push_back({.measure = "contracts_signed", .day = *sign, .unit = unit});
    // Those of before this was derived have the days alone.
    const auto derived = record.integer(kFilingDue);
    const auto last = derived ? derived : sum_of(*sign, kFilingDaysMax);
    if (filed && last && *filed <= *last) {
      out.push_back({.measure = "contracts_filed_in_time", .day = *sign, .unit = unit});
    }
  }
  const auto takeover_due = record.integer(kTakeoverDue);
  if (takeover_due) {
    const auto on = record.integer(kTakeoverFiledOn);
    out.push_back({.measure = "takeovers_due", .day = *takeover_due, .unit = unit});
    if (on && *on <= *takeover_due) {
      out.push_back({.measure = "takeovers_filed_in_time", .day = *takeover_due, .unit = unit});
    }
  }
  const auto start = record.integer(kStartOn), end = record.integer(kEndOn);
  if (status < kActive || !start || !end) return;
  const auto company = record.ref_id(kCompany);
  const auto company_dim = dim_of_id(company);
  if (status == kActive) {
    out.push_back({.measure = "contract_expiry", .day = *end, .unit = unit, .dim1 = company_dim});
  }
  out.push_back({"contract_compounds", *start, unit, company_dim, {}, unit, 1});
  out.push_back({"contract_companies", *start, unit, {}, {}, company, 1});
  // No area is that large: what a merge left there counts for nothing.
  const auto stated = record.integer(kFloorArea).value_or(0);
  const auto area = stated > 0 && stated <= kAmountMax ? stated : 0;
  if (area > 0) out.push_back({"contract_area", *start, unit, company_dim, {}, {}, area});
  // An expired contract that nobody ended is still served (CC 948): only an end counts as one.
  if (status < kRenewed) return;
  const auto gone = record.integer(kEndedOn).value_or(*end);
  out.push_back({"contract_compounds", gone, unit, company_dim, {}, unit, -1});
  out.push_back({"contract_companies", gone, unit, {}, {}, company, -1});
  if (area > 0) out.push_back({"contract_area", gone, unit, company_dim, {}, {}, -area});
}

void contribute_city_figure(const RecordView& record, std::span<const RecordView>,
                            std::vector<Contribution>& out) {
  constexpr std::uint32_t kName = 1, kYear = 2, kValue = 4, kAsOf = 7;
  const auto value = record.integer(kValue), as_of = record.integer(kAsOf);
  if (record.removed || !value || !as_of) return;
  out.push_back({"city_figure",
                 *as_of,
                 {},
                 std::string(record.text(kName)),
                 std::to_string(record.integer(kYear).value_or(0)),
                 {},
                 *value});
}

}  // namespace linli::model
