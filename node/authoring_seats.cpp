// A committee's seats (domain 2.3): no more people sit than there are seats, and when too few are
// left the committee is short of members, until a by-election. Which records of members there are
// is looked at where one is written, never where one is received: two that come from two nodes both
// stay.
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/committee.h"
#include "node/model/settings.h"
#include "node/store/named_by.h"

namespace linli::node {

namespace {

using model::ViewOf;

bool is_reserve(const model::RecordView& member) {
  return member.integer(model::member_field::kPost) == model::kPostReserve;
}

/// Up to their last day. Who is elected for a later day has the seat from now on.
bool sits(const model::RecordView& member, std::int64_t today) {
  const auto to = member.integer(model::member_field::kToOn);
  return !member.removed && !is_reserve(member) && (!to || *to >= today);
}

bool of_committee(const Record& member, const model::Ref& committee) {
  const auto ref = ViewOf(member)->ref(model::member_field::kCommittee);
  return ref && ref->id == committee.id && ref->scope == committee.scope;
}

}  // namespace

Replica::Authoring::Seated Replica::Authoring::seated_in(const model::Ref& committee,
                                                         const sync::RecordId* but) const {
  using namespace model;
  const auto* type = schema().type(kTypeCommitteeMember);
  const auto* table = replica.store_->projector().table(type->number);
  std::map<Place, Record> members;
  for (auto& row :
       store::records_naming(replica.store_->database(), log(), *table, *type->field("committee"),
                             committee.scope, committee.id)) {
    members.insert_or_assign(Place{row.record.scope, row.record.id}, std::move(row.record));
  }
  for (const auto& [key, one] : pending) {
    if (key.first == type->number) members.insert_or_assign(key.second, one);
  }
  Seated seated;
  for (const auto& [place, one] : members) {
    if ((but && place.second == *but) || !of_committee(one, committee)) continue;
    const ViewOf member(one);
    const std::string head(member->text(member_field::kHead));
    if (!member->removed && !is_reserve(*member)) seated.ever.insert(head);
    if (sits(*member, moment.today)) seated.now.insert(head);
  }
  return seated;
}

void Replica::Authoring::check_seats(const Record& record, const Record& before,
                                     std::vector<Fault>& faults) const {
  using namespace model;
  const ViewOf view(record), then(before);
  const auto say = [&](const char* field, std::int64_t seats, std::size_t people) {
    const auto n = std::to_string(seats), many = std::to_string(people);
    faults.push_back(fault(Errc::bad_rule, field,
                           "业主委员会设 " + n + " 个席位，在任委员将为 " + many +
                               " 人；离任的请先填离任日期，候补委员的职务填候补",
                           "the committee has " + n + " seats and would have " + many +
                               " members: enter first who left, and reserves as such"));
  };
  if (record.type->number == kTypeCommittee) {
    const auto seats = view->integer(committee_field::kSeats);
    if (!seats || before.fields.empty() || then->integer(committee_field::kSeats) == seats) return;
    const auto people = seated_in({kTypeCommittee, record.scope, record.id}, nullptr).now.size();
    if (static_cast<std::int64_t>(people) > *seats) say("seats", *seats, people);
    return;
  }
  if (record.type->number != kTypeCommitteeMember || !sits(*view, moment.today)) return;
  if (!before.fields.empty() && sits(*then, moment.today)) return;  // sat there before
  const auto ref = view->ref(member_field::kCommittee);
  const auto committee = ref ? follow(*ref) : std::nullopt;
  const auto seats =
      committee ? ViewOf(*committee)->integer(committee_field::kSeats) : std::nullopt;
  if (!seats) return;
  auto seated = seated_in(*ref, &record.id).now;
  seated.insert(std::string(view->text(member_field::kHead)));
  if (static_cast<std::int64_t>(seated.size()) > *seats) say("committee", *seats, seated.size());
}

/// A register of which half the members were never entered tells nothing of who is left.
Result<void> Replica::Authoring::carry_shortness(const Draft& draft, std::size_t at) {
  using namespace model;
  const auto done = outcomes[at].done;
  const bool written = done == Outcome::Done::created || done == Outcome::Done::changed;
  if (draft.type->number != kTypeCommitteeMember || !written) return {};
  const auto member = find(draft.type->number, draft.scope, *draft.id);
  const auto ref = member ? ViewOf(*member)->ref(member_field::kCommittee) : std::nullopt;
  const auto committee = ref ? follow(*ref) : std::nullopt;
  if (!committee || committee->removed) return {};
  const ViewOf body(*committee);
  const auto status = body->state(committee_field::kStatus);
  const auto seats = body->integer(committee_field::kSeats).value_or(0);
  if (seats < 1 || (status != kActive && status != kShort)) return {};
  const auto seated = seated_in(*ref, nullptr);
  const auto enough = [&](std::size_t people) {
    const auto percent = setting(*this, ref->scope, "committee_short_percent");
    return static_cast<std::int64_t>(people) * 100 >= seats * percent;
  };
  const bool is_short = !enough(seated.now.size());
  if (!enough(seated.ever.size()) || is_short == (status == kShort)) return {};
  Draft moved{committee->type, ref->scope, ref->id, false, {}, is_short ? "short" : "active"};
  const auto left = ViewOf(*member)->integer(member_field::kToOn);
  moved.fields.set(committee_field::kStatusOn,
                   cbor::encode_int(is_short && left ? *left : moment.today));
  const auto granted = outcomes[at];
  auto row = stored(*committee->type, ref->scope, ref->id);
  if (!row) return fail(row.error());
  if (auto changed = change(moved, at, std::move(*row)); !changed) return changed;
  outcomes[at] = granted;  // What it was asked for is what is told.
  return {};
}

}  // namespace linli::node
