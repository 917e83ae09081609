// Rules, derived values and measures of domain 2.3, up to the counted vote. Candidates:
// candidate_rules.cpp; ballots: ballot_rules.cpp.
#include <algorithm>
#include <set>

#include "crypto/cbor.h"
#include "crypto/hash.h"
#include "node/model/assembly.h"
#include "node/model/settings.h"
#include "node/model/values.h"
#include "node/model/vote_counting.h"

namespace linli::model {

namespace {

void set_or_unset(Record& record, std::uint32_t field, std::optional<std::int64_t> value) {
  if (value) {
    record.set(field, cbor::encode_int(*value));
  } else {
    record.unset(field);
  }
}

/// A choice that the rules settle unless the record says otherwise.
void default_from_rules(Record& record, const Lookup& lookup, std::uint32_t rules,
                        std::uint32_t number, std::uint32_t target) {
  if (record.get(target)) return;
  const auto found = followed(lookup, *ViewOf(record), rules);
  const auto* value = found ? found->get(number) : nullptr;
  if (value) record.set(target, *value);
}

std::string ascii(std::int64_t n) { return std::to_string(n); }

}  // namespace

std::optional<std::int64_t> ruled(const Lookup& lookup, const RecordView& record,
                                  std::uint32_t rules_field, std::uint32_t number) {
  const auto rules = followed(lookup, record, rules_field);
  return rules ? ViewOf(*rules)->integer(number) : std::nullopt;
}

void body_faults(const RecordView& record, const Lookup& lookup, const Body& body,
                 std::optional<std::int64_t> members, std::optional<std::int64_t> owners,
                 std::vector<Fault>& faults) {
  const auto bad = [&](const std::string& zh, const std::string& en) {
    add_fault(faults, body.field, Errc::bad_rule, std::string(body.zh) + zh,
              std::string(body.en) + " " + en);
  };
  const auto min = ruled(lookup, record, body.rules, body.min);
  const auto max = ruled(lookup, record, body.rules, body.max);
  const auto odd = ruled(lookup, record, body.rules, body.odd).value_or(0) != 0;
  if (!members) return;
  if (min && *members < *min) {
    bad("不得少于" + ascii(*min) + "人", "has at least " + ascii(*min) + " members");
  }
  if (max && *members > *max) {
    bad("不得多于" + ascii(*max) + "人", "has at most " + ascii(*max) + " members");
  }
  if (odd && *members % 2 == 0) {
    bad("人数须为单数，现为" + ascii(*members) + "人",
        "has an odd number of members, not " + ascii(*members));
  }
  if (owners && *owners <= *members && *owners < *members - *owners) {
    bad("中业主不得少于一半，现为" + ascii(*owners) + "/" + ascii(*members),
        "is at least half owners, not " + ascii(*owners) + " of " + ascii(*members));
  }
}

void derive_members(Record& record, std::uint32_t members, std::uint32_t total,
                    std::uint32_t owners, std::int64_t owner_side) {
  constexpr std::uint32_t kSide = 2;
  const auto* value = record.get(members);
  // Withheld from this node: what was derived where it was written stands.
  if (value && is_commitment(*value)) return;
  const auto rows = ViewOf(record)->rows(members);
  if (rows.empty()) {
    record.unset(total);
    record.unset(owners);
    return;
  }
  const auto of_owners = std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
    return row_view(row).integer(kSide) == owner_side;
  });
  record.set(total, cbor::encode_int(static_cast<std::int64_t>(rows.size())));
  record.set(owners, cbor::encode_int(of_owners));
}

void derive_due(Record& record, std::uint32_t target, std::optional<std::int64_t> day,
                std::optional<std::int64_t> days) {
  set_or_unset(record, target, day && days ? sum_of(*day, *days) : std::nullopt);
}

void derive_deadline(Record& record, std::uint32_t target, std::optional<std::int64_t> day,
                     std::optional<std::int64_t> days, const Lookup& lookup) {
  const auto due = day && days ? sum_of(*day, *days) : std::nullopt;
  set_or_unset(record, target,
               due ? std::optional(WorkingDays(lookup, record.scope).at_or_after(*due)) : due);
}

// ---- Rules and register ------------------------------------------------------------------------

void vote_rules_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace vote_rules_field;
  for (const auto& [min, max] : {std::pair{kSeatsMin, kSeatsMax}, std::pair{kGroupMin, kGroupMax},
                                 std::pair{kPmcMin, kPmcMax}}) {
    const auto least = record.integer(min), most = record.integer(max);
    if (!least || !most || *least <= *most) continue;
    add_fault(faults, record.type->field(max)->name, Errc::bad_rule, "最多人数不得小于最少人数",
              "can't be less than " + std::string(record.type->field(min)->name));
  }
}

void exclusive_part_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace part_field;
  if (record.has(kStairUnit)) {
    need(record, kBuilding, "building", faults, "填单元须填楼栋", "is required with a stair unit");
  }
}

void owner_share_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace share_field;
  order_fault(record, kFromOn, kToOn, faults);
  const auto over = record.integer(kNumerator), under = record.integer(kDenominator);
  if (over.has_value() != under.has_value()) {
    add_fault(faults, "share_den", Errc::bad_rule, "份额须同时填分子和分母",
              "a share has a numerator and a denominator");
  } else if (over && *over > *under) {
    add_fault(faults, "share_num", Errc::bad_rule, "份额不得大于全部", "is more than the whole");
  }
}

namespace {

/// What the rows of a snapshot add up to; nothing while they break a rule of their own.
std::optional<votes::Amount> total_of(const RecordView& record) {
  const auto rows = record.rows(snapshot_field::kParts);
  const bool parking = record.flag(snapshot_field::kParking);
  votes::Amount total;
  std::set<std::string_view> heads;
  for (const auto& columns : rows) {
    const auto row = row_view(columns);
    if (row.flag(snapshot_part::kParking) && !parking) continue;
    const auto sum = sum_of(total.area, row.integer(snapshot_part::kArea).value_or(0));
    if (!sum) return {};
    total.area = *sum;
    heads.insert(row.text(snapshot_part::kHead));
  }
  total.heads = static_cast<std::int64_t>(heads.size());
  return total;
}

std::string digest_of(const RecordView& record) {
  const auto parts = record.raw(snapshot_field::kParts).value_or("");
  return crypto::to_hex(crypto::hash({"linli/register/1", parts}).view());
}

}  // namespace

namespace {

/// A warning, no refusal: registers come to be complete bit by bit. Of what is published nothing
/// changes any more, whatever the compound says later.
void compare_with_compound(Record& record, const Lookup& lookup, std::int64_t total) {
  using namespace snapshot_field;
  constexpr std::uint32_t kExclusiveArea = 15;
  constexpr std::int64_t kDraftSnapshot = 1;
  const auto before = lookup.find(record.type->number, record.scope, record.id);
  const bool was_there = before && !before->removed;
  if (was_there && ViewOf(*before)->state(kStatus).value_or(kDraftSnapshot) != kDraftSnapshot) {
    return;
  }
  const auto compound = followed(lookup, *ViewOf(record), kCompound);
  const auto area = compound ? ViewOf(*compound)->integer(kExclusiveArea) : std::nullopt;
  const auto gap = area && *area >= 0 ? sum_of(total, -*area) : std::nullopt;
  if (!gap) return;
  record.set(kCompoundArea, cbor::encode_int(*area));
  record.set(kAreaGap, cbor::encode_int(*gap));
}

}  // namespace

Result<void> derive_snapshot(Record& record, const Lookup& lookup, const Moment&) {
  using namespace snapshot_field;
  default_from_rules(record, lookup, kRules, vote_rules_field::kParking, kParking);
  const auto total = total_of(*ViewOf(record));
  if (!total) return {};  // check() says what is wrong with the areas
  record.set(kTotalArea, cbor::encode_int(total->area));
  record.set(kTotalHeads, cbor::encode_int(total->heads));
  record.set(kDigest, cbor::encode_text(digest_of(*ViewOf(record))));
  compare_with_compound(record, lookup, total->area);
  return {};
}

void snapshot_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace snapshot_field;
  std::set<std::string_view> numbers;
  const auto rows = record.rows(kParts);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto no = row_view(rows[i]).text(snapshot_part::kNo);
    if (numbers.insert(no).second) continue;
    add_fault(faults, "parts." + std::to_string(i) + ".no", Errc::bad_rule,
              "专有部分 " + std::string(no) + " 重复", "names part " + std::string(no) + " twice");
  }
  // Parts and sums are separate values: two edits at once may part them.
  const auto total = total_of(record);
  if (!total) return;
  if (record.integer(kTotalArea) != total->area || record.integer(kTotalHeads) != total->heads ||
      record.text(kDigest) != digest_of(record)) {
    add_fault(faults, "parts", Errc::bad_rule, "合计或摘要与明细不符",
              "don't add up to the totals and the digest");
  }
}

// ---- Preparation and meeting -------------------------------------------------------------------

namespace {
enum GroupState : std::int64_t {
  kApplied = 1,
  kFormed = 2,
  kRegisterPublished = 3,
  kContentsAnnounced = 4,
  kHeld = 5,
  kLapsed = 7,
};
constexpr std::int64_t kApplicantOwners = 2, kSideOwner = 4, kOwnersApplyMin = 10;
}  // namespace

Result<void> derive_group(Record& record, const Lookup& lookup, const Moment&) {
  using namespace group_field;
  derive_members(record, kMembers, kTotal, kOwners, kSideOwner);
  const ViewOf view(record);
  const auto applied = view->integer(kAppliedOn), formed = view->integer(kFormedOn);
  const auto form_days = ruled(lookup, *view, kRules, vote_rules_field::kFormDays);
  const auto first_days = ruled(lookup, *view, kRules, vote_rules_field::kFirstDays);
  // Without the rules at hand, what was derived where they are stands.
  if (form_days) derive_deadline(record, kFormDue, applied, form_days, lookup);
  if (first_days) derive_deadline(record, kAssemblyDue, formed, first_days, lookup);
  return {};
}

void group_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace group_field;
  const auto status = record.state(kStatus).value_or(kApplied);
  if (record.integer(kApplicant) == kApplicantOwners &&
      record.integer(kOwnerApplicants).value_or(0) < kOwnersApplyMin) {
    add_fault(faults, "owner_applicants", Errc::bad_rule, "业主申请须有10人以上联名(HN 20)",
              "owners apply with at least 10 (HN 20)");
  }
  if (status == kApplied) return;
  need(record, kFormedOn, "formed_on", faults, "须填成立日期", "is required once formed");
  need(record, kMembers, "members", faults, "须填成员", "are required once formed");
  if (status == kLapsed) return;
  if (status >= kRegisterPublished) {
    need(record, kRegisterOn, "register_published_on", faults, "须填名册公示日期", "is required");
  }
  if (status >= kContentsAnnounced) {
    need(record, kContentsOn, "contents_announced_on", faults, "须填内容公告日期", "is required");
  }
  if (status >= kHeld) need(record, kHeldOn, "held_on", faults, "须填召开日期", "is required");
  order_fault(record, kAppliedOn, kFormedOn, faults);
  order_fault(record, kFormedOn, kRegisterOn, faults);
  order_fault(record, kContentsOn, kHeldOn, faults);
}

namespace {

/// HN 20: the street's member leads. Looked at where names are written: they are withheld
/// elsewhere.
void leader_fault(const RecordView& record, std::vector<Fault>& faults) {
  using namespace group_field;
  constexpr std::uint32_t kName = 1, kSide = 2;
  constexpr std::int64_t kSideStreet = 1;
  const auto members = record.raw(kMembers);
  if (record.state(kStatus).value_or(kApplied) == kApplied || !members || is_commitment(*members)) {
    return;
  }
  if (!record.has(kLeader)) {
    return add_fault(faults, "leader", Errc::missing_field, "须填组长：由街道代表担任(HN 20)",
                     "is required: the street's member leads (HN 20)");
  }
  if (is_commitment(*record.raw(kLeader))) return;
  const auto rows = record.rows(kMembers);
  const bool of_street = std::any_of(rows.begin(), rows.end(), [&](const auto& columns) {
    const auto row = row_view(columns);
    return row.text(kName) == record.text(kLeader) && row.integer(kSide) == kSideStreet;
  });
  if (of_street) return;
  add_fault(faults, "leader", Errc::bad_rule, "组长须是成员中的街道代表(HN 20)",
            "must be the street's among the members (HN 20)");
}

}  // namespace

void group_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                            std::vector<Fault>& faults) {
  using namespace group_field;
  body_faults(record, lookup,
              {kRules, vote_rules_field::kGroupMin, vote_rules_field::kGroupMax,
               vote_rules_field::kGroupOdd, "members", "筹备组", "the group"},
              record.integer(kTotal), record.integer(kOwners), faults);
  leader_fault(record, faults);
  // The contents are announced this long before the assembly (HN 21).
  const auto announced = record.integer(kContentsOn), held = record.integer(kHeldOn);
  const auto days = ruled(lookup, record, kRules, vote_rules_field::kAnnounceDays);
  const auto first = announced && days ? sum_of(*announced, *days) : std::nullopt;
  if (first && held && *held < *first) {
    add_fault(faults, "held_on", Errc::bad_rule, "公告后不足" + ascii(*days) + "日不得召开(HN 21)",
              "is less than " + ascii(*days) + " days after the announcement (HN 21)");
  }
  // The register is shown before, for owners to object to it (HN 21).
  const auto shown_from = record.integer(kRegisterOn);
  const auto shown = ruled(lookup, record, kRules, vote_rules_field::kShownDays);
  const auto shown_to = shown_from && shown ? sum_of(*shown_from, *shown) : std::nullopt;
  if (shown_to && held && *held < *shown_to) {
    add_fault(faults, "held_on", Errc::bad_rule, "名册公示不足" + ascii(*shown) + "日(HN 21)",
              "the register was shown for less than " + ascii(*shown) + " days (HN 21)");
  }
}

void contribute_group(const RecordView& record, std::span<const RecordView>,
                      std::vector<Contribution>& out) {
  using namespace group_field;
  if (record.removed) return;
  const auto unit = record.ref_id(kCompound);
  const auto due_by = [&](std::uint32_t due_field, std::uint32_t done_field,
                          std::string_view measure, std::string_view in_time) {
    const auto due = record.integer(due_field), done = record.integer(done_field);
    if (!due) return;
    out.push_back({.measure = measure, .day = *due, .unit = unit});
    if (done && *done <= *due) out.push_back({.measure = in_time, .day = *due, .unit = unit});
  };
  due_by(kFormDue, kFormedOn, "groups_due", "groups_on_time");
  due_by(kAssemblyDue, kHeldOn, "first_assemblies_due", "first_assemblies_on_time");
}

Result<void> derive_assembly(Record& record, const Lookup& lookup, const Moment&) {
  using namespace assembly_field;
  default_from_rules(record, lookup, kRules, vote_rules_field::kSilent, kSilent);
  const auto days = ruled(lookup, *ViewOf(record), kRules, vote_rules_field::kAnnounceDays);
  if (days) record.set(kAnnounceDays, cbor::encode_int(*days));
  return {};
}

void assembly_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace assembly_field;
  const auto status = record.state(kStatus).value_or(kPrepared);
  const auto from = record.integer(kVoteFrom), to = record.integer(kVoteTo);
  if (from && to && *to <= *from) {
    add_fault(faults, "vote_to", Errc::bad_rule, "表决截止须晚于表决开始",
              "must be after vote_from");
  }
  if (status >= kAnnounced) {
    need(record, kNoticeOn, "notice_on", faults, "须填公告日期", "is required once announced");
    need(record, kSnapshot, "register_snapshot", faults, "公告时须定下名册快照",
         "is required once announced: votes are counted by it");
  }
  if (status >= kPublished) {
    need(record, kStatusOn, "status_on", faults, "须填日期", "is required once published");
  }
  const auto notice = record.integer(kNoticeOn), days = record.integer(kAnnounceDays);
  const auto first = notice && days ? sum_of(*notice, *days) : std::nullopt;
  if (first && from && local_day_of_ms(*from) < *first) {
    add_fault(faults, "notice_on", Errc::bad_rule,
              "公告须在表决开始" + ascii(*days) + "日前(SC 14)",
              "must be " + ascii(*days) + " days before the vote begins (SC 14)");
  }
}

void assembly_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                               std::vector<Fault>& faults) {
  using namespace assembly_field;
  const auto snapshot = followed(lookup, record, kSnapshot);
  if (!snapshot) return;
  const ViewOf roll(*snapshot);
  constexpr std::int64_t kSnapshotDraft = 1;
  const auto status = record.state(kStatus).value_or(kPrepared);
  if (status >= kAnnounced && roll->state(snapshot_field::kStatus) == kSnapshotDraft) {
    add_fault(faults, "register_snapshot", Errc::bad_rule, "名册快照须先公示",
              "must be published first: the owners may object to it");
  }
  const auto heads = record.integer(kProposedHeads);
  const auto basis = ruled(lookup, record, kRules, vote_rules_field::kBasis);
  const auto area = record.integer(kProposedArea).value_or(0);
  if (!heads || !basis || *heads > kAmountMax || area > kAmountMax) return;
  const votes::Amount total{roll->integer(snapshot_field::kTotalArea).value_or(0),
                            roll->integer(snapshot_field::kTotalHeads).value_or(0)};
  const auto ruling =
      votes::proposal(total, {area, *heads}, static_cast<votes::ProposalBasis>(*basis));
  for (const auto& line : ruling.lines) {
    if (!line.comparison || line.comparison->holds()) continue;
    add_fault(faults, line.comparison->area ? "proposed_area_dm2" : "proposed_heads",
              Errc::bad_rule, line.zh, line.en);
  }
}

void contribute_assembly(const RecordView& record, std::span<const RecordView>,
                         std::vector<Contribution>& out) {
  using namespace assembly_field;
  constexpr std::int64_t kFirst = 1;
  const auto status = record.state(kStatus).value_or(kPrepared);
  const auto ended = record.integer(kVoteTo);
  if (record.removed || record.integer(kKind) != kFirst || !ended) return;
  if (status != kEffective && status != kChallenged && status != kUpheld) return;
  const auto unit = record.ref_id(kCompound);
  out.push_back({"first_assemblies", local_day_of_ms(*ended), unit, {}, {}, unit, 1});
}

Result<void> derive_matter(Record& record, const Lookup&, const Moment&) {
  using namespace matter_field;
  constexpr std::int64_t kRaiseFund = 8, kChangeUse = 10, kDwelling = 13;
  const auto kind = ViewOf(record)->integer(kKind);
  if (!kind) return {};
  // CC 278: (6) raising the fund, (7) rebuilding, (8) changing the use of common parts; CC 279.
  const auto threshold = *kind == kDwelling                           ? votes::Threshold::unanimous
                         : *kind >= kRaiseFund && *kind <= kChangeUse ? votes::Threshold::special
                                                                      : votes::Threshold::ordinary;
  record.set(kThreshold, cbor::encode_int(static_cast<std::int64_t>(threshold)));
  return {};
}

void matter_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace matter_field;
  constexpr std::int64_t kOneBuilding = 2, kOneStairUnit = 3;
  const auto base = record.integer(kBase).value_or(0);
  if (base >= kOneBuilding) {
    need(record, kBuilding, "building", faults, "须填楼栋", "is required for this base");
  }
  if (base >= kOneStairUnit) {
    need(record, kStairUnit, "stair_unit", faults, "须填单元", "is required for this base");
  }
  if (record.integer(kKind) != kKindElection) return;
  need(record, kSeats, "seats", faults, "选举须填应选人数", "is required for an election");
  need(record, kCandidates, "candidates", faults, "选举须填候选人", "are required for an election");
  const auto heads = record.texts(kCandidates);
  if (std::set<std::string_view>(heads.begin(), heads.end()).size() != heads.size()) {
    add_fault(faults, "candidates", Errc::bad_rule, "候选人重复", "names a candidate twice");
  }
}

void matter_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment&,
                             std::vector<Fault>& faults) {
  using namespace matter_field;
  const auto assembly = followed(lookup, record, kAssembly);
  if (!assembly) return;
  const ViewOf view(*assembly);
  if (view->state(assembly_field::kStatus).value_or(kPrepared) > kAnnounced) {
    add_fault(faults, "assembly", Errc::frozen, "表决已开始，事项不能再改",
              "has begun to vote: its matters can't change any more");
  }
  if (record.integer(kKind) != kKindElection) return;
  const auto seats = record.integer(kSeats);
  body_faults(*view, lookup,
              {assembly_field::kRules, vote_rules_field::kSeatsMin, vote_rules_field::kSeatsMax,
               vote_rules_field::kSeatsOdd, "seats", "业主委员会", "a committee"},
              seats, {}, faults);
}

}  // namespace linli::model
