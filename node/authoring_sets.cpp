// Changes are collected into change sets, one a scope and audience, and signed.
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/values.h"

namespace linli::node {

using model::Protection;

Replica::Authoring::OpenSet& Replica::Authoring::set_for(const std::string& scope,
                                                         sync::Audience audience) {
  auto& set = open[{scope, static_cast<int>(audience)}];
  if (!set.feed.is_zero()) return set;
  set.name = {replica.identity().author, scope, audience, replica.incarnation_};
  set.feed = set.name.id(replica.identity().city);
  const auto* feed = log().find_feed(set.feed);
  set.seq = (feed ? feed->tip.seq : 0) + 1;
  set.prev = feed ? feed->tip.hash : Hash{};
  if (replica.incarnation_.number > 0 && set.seq == 1) {
    // The first set of a new incarnation names what we last knew of the one before (rule 18).
    set.succession = replica.succession_of(set.name);
  }
  return set;
}

void Replica::Authoring::emit(OpenSet& set, OwnedChange change, const RecordType& type,
                              std::size_t outcome) {
  for (auto& [number, value] : change.fields) {
    const auto* field = type.field(number);
    // An erasure lists commitments; and what was erased stays so in a group that is written anew.
    const bool as_it_is = change.kind == sync::ChangeKind::erase || model::is_commitment(value);
    if (field && field->protection != Protection::plain && value != kNull && !as_it_is) {
      // The value itself never stands in signed bytes: a commitment does (I10).
      sync::Opening opening{set.commitments++, crypto::random<crypto::Salt>(), std::move(value)};
      const auto hash = sync::commitment(opening.salt, replica.identity().city, type.number,
                                         set.name.scope, change.id, number, opening.value);
      set.bytes += 40 + opening.value.size();
      set.openings.push_back(std::move(opening));
      cbor::Writer w;
      w.tag(cbor::kTagCommitment);
      w.bytes(hash.view());
      value = w.take();
    } else {
      // One that is written again without its value counts as well: ordinals are of all that stand
      // in the set.
      sync::each_commitment(value, [&](std::string_view) { ++set.commitments; });
    }
    set.bytes += value.size() + 4;
  }
  set.bytes += 40 + 50 * change.base.all.size();
  set.changes.push_back(std::move(change));
  if (set.outcomes.empty() || set.outcomes.back() != outcome) set.outcomes.push_back(outcome);
}

/// Signs what was collected and sends it down the road, like any change set that arrives.
Result<void> Replica::Authoring::close(OpenSet& set) {
  if (set.changes.empty()) return {};
  sync::ChangeSet made;
  made.city = replica.identity().city;
  made.feed = set.name;
  made.certificate = replica.identity().certificate;
  made.seq = set.seq;
  made.prev = set.prev;
  made.policy = replica.trust_->newest_policy;
  made.schema_version = model::schema().version;
  made.origin = options.origin;
  made.actor = options.by.actor;
  made.succession = set.succession;
  if (set.name.audience == sync::Audience::street) made.blind = crypto::random<sync::Nonce>();
  made.seen = newest_seen();
  const auto now = replica.clock_.now();
  for (const auto& owned : set.changes) {
    sync::Change change;
    change.type = owned.type;
    change.id = owned.id;
    change.kind = owned.kind;
    change.stamp = replica.hybrid_.tick(now);
    change.life = owned.life;
    change.base = owned.base;
    for (const auto& [number, value] : owned.fields) change.fields.push_back({number, value});
    if (made.changes.empty()) made.time_base = change.stamp;
    made.changes.push_back(std::move(change));
  }
  auto body = sync::encode_change_set(made);
  if (!body) return fail(body.error());
  sync::Parcel parcel{std::move(*body), {}, std::move(set.openings)};
  parcel.signature = replica.key().sign(crypto::kDomainChangeSet, parcel.body);
  auto prepared = replica.prepare(parcel.encode(), true);
  ensure(prepared.openings.size() == parcel.openings.size(),
         "a value that doesn't open its own set");
  if (auto refused = replica.accept(prepared, 0)) return fail(*refused);
  const auto key = std::pair{set.name.scope, static_cast<int>(set.name.audience)};
  open.erase(key);
  std::erase_if(pending, [&](const auto& entry) { return entry.first.second.first == key.first; });
  return {};
}

Result<void> Replica::Authoring::close_all() {
  while (!open.empty()) {
    auto& set = open.begin()->second;
    if (set.changes.empty()) {
      open.erase(open.begin());
      continue;
    }
    if (auto closed = close(set); !closed) return closed;
  }
  return {};
}

}  // namespace linli::node
