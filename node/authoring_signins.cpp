// 代签: one device that signs in too many people in too short a time (domain 2.5). Each of them is
// flagged for somebody to look into; it counts all the same.
#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/model/settings.h"
#include "node/model/training.h"
#include "node/store/named_by.h"

namespace linli::node {

namespace {

namespace field = model::attendance_field;

/// For the same session at the same device, without a photo of who it was.
bool beside(const Record& one, const Record& other) {
  const model::ViewOf a(one), b(other);
  const auto session = a->ref(model::person_field::kSession);
  const auto same = b->ref(model::person_field::kSession);
  return !other.removed && session && same && session->id == same->id &&
         session->scope == same->scope && a->text(field::kDevice) == b->text(field::kDevice) &&
         b->has(field::kInAt) && !b->has(field::kPhoto);
}

}  // namespace

Result<void> Replica::Authoring::mark_proxies(const Draft& draft, std::size_t at) {
  using namespace model;
  const auto done = outcomes[at].done;
  const bool written = done == Outcome::Done::created || done == Outcome::Done::changed;
  if (draft.type->number != kTypeAttendance || !written) return {};
  const auto written_now = find(draft.type->number, draft.scope, *draft.id);
  if (!written_now || ViewOf(*written_now)->text(field::kDevice).empty()) return {};
  const auto session = ViewOf(*written_now)->ref(person_field::kSession);
  if (!session) return {};

  std::map<sync::RecordId, Record> all;  // In this scope: a device stands in one.
  const auto* table = replica.store_->projector().table(draft.type->number);
  for (auto& row :
       store::records_naming(replica.store_->database(), log(), *table,
                             *draft.type->field("session"), session->scope, session->id)) {
    if (row.record.scope == draft.scope) all.insert_or_assign(row.record.id, std::move(row.record));
  }
  for (const auto& [key, one] : pending) {
    if (key.first == kTypeAttendance && key.second.first == draft.scope) {
      all.insert_or_assign(key.second.second, one);
    }
  }
  std::erase_if(all, [&](const auto& each) { return !beside(*written_now, each.second); });
  std::vector<std::int64_t> times;
  std::vector<const Record*> records;
  for (const auto& [id, one] : all) {
    times.push_back(*ViewOf(one)->integer(field::kInAt));
    records.push_back(&one);
  }
  const auto granted = outcomes[at];
  for (const auto i : suspected_proxies(times, setting(*this, draft.scope, "proxy_people_max"),
                                        setting(*this, draft.scope, "proxy_minutes"))) {
    const auto& one = *records[i];
    if (ViewOf(one)->flag(field::kProxySuspected)) continue;
    Draft mark{one.type, draft.scope, one.id, false, {}, {}};
    mark.fields.set(field::kProxySuspected, cbor::encode_bool(true));
    auto row = stored(*one.type, draft.scope, one.id);
    if (!row) return fail(row.error());
    if (auto changed = change(mark, at, std::move(*row)); !changed) return changed;
    outcomes[at] = granted;  // What it was asked for is what is told.
  }
  return {};
}

}  // namespace linli::node
