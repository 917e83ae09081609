// Rules, derived values and measures of ballots, boxes and tallies (domain 2.3).
#include <algorithm>
#include <map>
#include <set>

#include "crypto/cbor.h"
#include "node/model/assembly.h"
#include "node/model/values.h"
#include "node/model/vote_counting.h"

namespace linli::model {

// ---- Ballots -----------------------------------------------------------------------------------

namespace {

/// The register that a ballot is counted by, if this node holds it.
std::optional<Record> register_of(const RecordView& ballot, const Lookup& lookup) {
  const auto assembly = followed(lookup, ballot, ballot_field::kAssembly);
  return assembly ? followed(lookup, *ViewOf(*assembly), assembly_field::kSnapshot) : std::nullopt;
}

struct Roll {
  std::int64_t area = 0;             ///< Of the ballot's parts.
  std::vector<std::string> strange;  ///< Parts that aren't the head's, or nobody's.
};

Roll look_up(const RecordView& ballot, const RecordView& snapshot) {
  std::map<std::string_view, RecordView> parts;
  const auto rows = snapshot.rows(snapshot_field::kParts);
  for (const auto& columns : rows) {
    const auto row = row_view(columns);
    parts.emplace(row.text(snapshot_part::kNo), row);
  }
  Roll roll;
  for (const auto no : ballot.texts(ballot_field::kParts)) {
    const auto at = parts.find(no);
    if (at == parts.end() ||
        at->second.text(snapshot_part::kHead) != ballot.text(ballot_field::kHead)) {
      roll.strange.emplace_back(no);
      continue;
    }
    roll.area += at->second.integer(snapshot_part::kArea).value_or(0);
  }
  return roll;
}

bool came_back(std::int64_t status) { return status >= kBallotReturned; }

}  // namespace

Result<void> derive_ballot(Record& record, const Lookup& lookup, const Moment&) {
  using namespace ballot_field;
  if (record.get(kArea)) return {};
  const ViewOf view(record);
  // A review leaves what came back as it was.
  if (view->state(kStatus).value_or(kBallotPrepared) > kBallotReturned) return {};
  const auto snapshot = register_of(*view, lookup);
  if (!snapshot) return {};
  const auto roll = look_up(*view, *ViewOf(*snapshot));
  if (roll.strange.empty()) record.set(kArea, cbor::encode_int(roll.area));
  return {};
}

void ballot_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace ballot_field;
  const auto status = record.state(kStatus).value_or(kBallotPrepared);
  const auto parts = record.texts(kParts);
  if (std::set<std::string_view>(parts.begin(), parts.end()).size() != parts.size()) {
    add_fault(faults, "parts", Errc::bad_rule, "专有部分重复", "names a part twice");
  }
  if (status == kBallotDelivered) {
    need(record, kDeliveredOn, "delivered_on", faults, "须填送达日期",
         "is required once delivered");
  }
  if (!came_back(status)) return;
  need(record, kReturnedAt, "returned_at", faults, "须填收回时间", "is required once returned");
  need(record, kBox, "collector", faults, "须填票箱代号", "is required once returned");
  need(record, kSigned, "signed", faults, "须注明是否签字", "is required once returned");
  need(record, kChoices, "choices", faults, "须填表决意见(空白票填空)",
       "are required once returned (empty for a blank ballot)");
  if (status == kBallotInvalid) {
    need(record, kReason, "invalid_reason", faults, "须填无效原因", "is required if invalid");
  }
  if (status == kBallotValid && record.has(kSigned) && !record.flag(kSigned)) {
    add_fault(faults, "signed", Errc::bad_rule, "无签字的票无效", "an unsigned ballot is invalid");
  }
  if (status == kBallotValid && record.has(kProxy) && !record.has(kProxyDoc)) {
    add_fault(faults, "proxy_doc", Errc::bad_rule, "委托投票须有委托书，否则无效",
              "a proxy's ballot without the paper is invalid");
  }
}

void ballot_authoring_faults(const RecordView& record, const Lookup& lookup, const Moment& moment,
                             std::vector<Fault>& faults) {
  using namespace ballot_field;
  const auto status = record.state(kStatus).value_or(kBallotPrepared);
  const auto returned = record.integer(kReturnedAt);
  if (returned && *returned > moment.now / 1000 + kClockSlackMs) {
    add_fault(faults, "returned_at", Errc::bad_rule, "时间不得在将来", "can't be in the future");
  }
  const auto assembly = followed(lookup, record, kAssembly);
  if (assembly && returned && status == kBallotValid) {
    const ViewOf view(*assembly);
    const auto from = view->integer(assembly_field::kVoteFrom);
    const auto to = view->integer(assembly_field::kVoteTo);
    if ((from && *returned < *from) || (to && *returned > *to)) {
      add_fault(faults, "returned_at", Errc::bad_rule, "不在表决时间内的票不能核为有效",
                "is outside the time of the vote: the ballot can't be valid");
    }
  }
  // A ballot of somebody who isn't on the roll is kept as what it is, and as nothing else.
  const bool kept_aside =
      status == kBallotInvalid && record.integer(kReason) == kReasonNotInSnapshot;
  const auto snapshot = register_of(record, lookup);
  if (!snapshot || kept_aside) return;
  const auto roll = look_up(record, *ViewOf(*snapshot));
  for (const auto& no : roll.strange) {
    add_fault(faults, "parts", Errc::bad_rule,
              "专有部分 " + no + " 不在业主名册快照中，或不属于业主代号 " +
                  std::string(record.text(kHead)) + "；如系新业主，请按无效票(不在名册)留存",
              "part " + no + " isn't on the roll, or isn't that of head " +
                  std::string(record.text(kHead)) +
                  "; keep a new owner's ballot as invalid, not_in_snapshot");
  }
  const auto area = record.integer(kArea);
  if (roll.strange.empty() && area && *area != roll.area) {
    add_fault(faults, "area_dm2", Errc::bad_rule,
              "与名册快照的面积 " + votes::square_metres(roll.area) + " 不符",
              "must equal the snapshot's " + std::to_string(roll.area));
  }
}

bool ballot_rivals(const RecordView& record, std::span<const RecordView> peers) {
  using namespace ballot_field;
  const auto speaks = [](const RecordView& ballot) {
    const auto status = ballot.state(kStatus).value_or(kBallotPrepared);
    return came_back(status) && status != kBallotInvalid;
  };
  if (!speaks(record)) return false;
  const auto mine = record.texts(kParts);
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    if (peer.removed || !speaks(peer) || (peer.id == record.id && peer.scope == record.scope)) {
      return false;
    }
    const auto theirs = peer.texts(kParts);
    return std::any_of(mine.begin(), mine.end(), [&](std::string_view no) {
      return std::find(theirs.begin(), theirs.end(), no) != theirs.end();
    });
  });
}

void contribute_ballot(const RecordView& record, std::span<const RecordView> peers,
                       std::vector<Contribution>& out) {
  using namespace ballot_field;
  const auto returned = record.integer(kReturnedAt);
  const auto status = record.state(kStatus).value_or(kBallotPrepared);
  if (record.removed || !returned || !came_back(status)) return;
  const auto day = local_day_of_ms(*returned);
  out.push_back({.measure = "ballots_returned", .day = day});
  if (ballot_rivals(record, peers) || status == kBallotContested) {
    out.push_back({.measure = "ballots_contested", .day = day});
  }
}

void box_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace box_field;
  if (record.state(kStatus) != kBoxComplete) return;
  need(record, kPapers, "papers", faults, "报齐须填收票张数", "is required once complete");
  need(record, kClosedAt, "closed_at", faults, "报齐须填封箱时间", "is required once complete");
}

// ---- Tallies -----------------------------------------------------------------------------------

namespace {

votes::Amount amount(const RecordView& record, std::uint32_t area) {
  // Heads stand behind their area. Within kAmountMax, so that four times it stays an int64.
  const auto bounded = [&](std::uint32_t field) {
    return std::clamp<std::int64_t>(record.integer(field).value_or(0), 0, kAmountMax);
  };
  return {bounded(area), bounded(area + 1)};
}

enum TallyState : std::int64_t { kTallyPublished = 2 };

/// Which of the four conditions doesn't hold, as the verdict reads them.
std::vector<std::string> failed_conditions(const RecordView& record) {
  using namespace tally_field;
  const auto total = amount(record, kTotalArea), part = amount(record, kPartArea);
  const auto agree = amount(record, kAgreeArea);
  const auto outcome = static_cast<votes::Outcome>(record.integer(kOutcome).value_or(0));
  std::vector<std::string> failed;
  const auto check = [&](bool holds, const char* name) {
    if (!holds) failed.emplace_back(name);
  };
  if (outcome == votes::Outcome::no_quorum) {
    check(3 * part.area >= 2 * total.area, "quorum_area");
    check(3 * part.heads >= 2 * total.heads, "quorum_heads");
  }
  if (outcome != votes::Outcome::rejected) return failed;
  switch (static_cast<votes::Threshold>(record.integer(kThreshold).value_or(1))) {
    case votes::Threshold::special:
      check(4 * agree.area >= 3 * part.area, "approve_area");
      check(4 * agree.heads >= 3 * part.heads, "approve_heads");
      break;
    case votes::Threshold::unanimous:
      check(agree.area == total.area, "approve_area");
      check(agree.heads == total.heads, "approve_heads");
      break;
    default:
      check(2 * agree.area > part.area, "approve_area");
      check(2 * agree.heads > part.heads, "approve_heads");
  }
  return failed;
}

void copy(const std::optional<Record>& from, std::uint32_t source, Record& to,
          std::uint32_t target) {
  const auto* value = from ? from->get(source) : nullptr;
  if (value) to.set(target, *value);
}

}  // namespace

/// What figures and the verdict need of matter and assembly, so that the record speaks for itself.
Result<void> derive_tally(Record& record, const Lookup& lookup, const Moment&) {
  using namespace tally_field;
  const auto matter = followed(lookup, *ViewOf(record), kMatter);
  copy(matter, matter_field::kThreshold, record, kThreshold);
  copy(matter, matter_field::kKind, record, kKind);
  const auto assembly = followed(lookup, *ViewOf(record), kAssembly);
  if (!assembly) return {};
  const auto compound = ViewOf(*assembly)->ref(assembly_field::kCompound);
  if (compound) record.set(kCompound, encode_ref(*compound, record.scope));
  return {};
}

void tally_faults(const RecordView& record, std::vector<Fault>& faults) {
  using namespace tally_field;
  const auto total = amount(record, kTotalArea), part = amount(record, kPartArea);
  const auto agree = amount(record, kAgreeArea), against = amount(record, kDisagreeArea);
  const auto abstain = amount(record, kAbstainArea);
  const bool election = record.integer(kKind) == kKindElection;
  if (part.area > total.area || part.heads > total.heads) {
    add_fault(faults, "part_area_dm2", Errc::bad_rule, "参与不得多于总数",
              "is more than the total");
  }
  auto sum = agree;
  sum += against;
  sum += abstain;
  if (!election && sum != part) {
    add_fault(faults, "part_area_dm2", Errc::bad_rule, "同意、反对、弃权之和须等于参与",
              "must be agree, disagree and abstain together");
  }
  const auto outcome = static_cast<votes::Outcome>(record.integer(kOutcome).value_or(0));
  const bool pending = outcome == votes::Outcome::pending;
  if (record.integer(kBoxesMissing).value_or(0) > 0 && !pending) {
    add_fault(faults, "outcome", Errc::bad_rule, "还有票箱未报齐，只能是待定",
              "can only be pending while a ballot box hasn't reported");
  }
  const auto threshold = record.integer(kThreshold);
  if (!election && threshold && record.has(kOutcome) && !pending) {
    const auto right =
        votes::verdict(static_cast<votes::Threshold>(*threshold), total, part, agree);
    if (right != outcome) {
      add_fault(faults, "outcome", Errc::bad_rule,
                "与数字不符，按数字应为：" + std::string(votes::zh_of(right)),
                "isn't what the sums say: " + std::string(votes::name_of(right)));
    }
  }
  if (record.state(kStatus) != kTallyPublished) return;
  need(record, kPublishedOn, "published_on", faults, "须填公布日期", "is required once published");
  if (pending) {
    add_fault(faults, "outcome", Errc::bad_rule, "待定的结果不能公布",
              "is pending: it can't be published");
  }
}

void contribute_tally(const RecordView& record, std::span<const RecordView>,
                      std::vector<Contribution>& out) {
  using namespace tally_field;
  const auto day = record.integer(kPublishedOn);
  if (record.removed || !day || record.state(kStatus) != kTallyPublished) return;
  const auto unit = record.ref_id(kCompound);
  const std::string kind(code_of(kDecisionKinds, record.integer(kKind)));
  const auto add = [&](std::string_view measure, std::int64_t n, std::string dim2 = {}) {
    out.push_back({measure, *day, unit, kind, std::move(dim2), {}, n});
  };
  const auto total = amount(record, kTotalArea), part = amount(record, kPartArea);
  add("tally_part_area", part.area);
  add("tally_total_area", total.area);
  add("tally_part_heads", part.heads);
  add("tally_total_heads", total.heads);
  add("matters_counted", 1);
  const auto outcome = static_cast<votes::Outcome>(record.integer(kOutcome).value_or(0));
  if (outcome == votes::Outcome::passed) add("matters_passed", 1);
  if (record.integer(kKind) == kKindElection) return;
  for (auto& condition : failed_conditions(record)) add("matters_failed", 1, std::move(condition));
}

}  // namespace linli::model
