#include "node/erasing.h"

#include <spdlog/spdlog.h>

#include <thread>

#include "crypto/cbor.h"
#include "node/authoring.h"
#include "node/background.h"
#include "node/condensing.h"
#include "node/model/values.h"
#include "node/store/blobs.h"
#include "node/store/erasures.h"
#include "sync/policy.h"

namespace linli::node {

using store::Commitments;

namespace {

/// So many commitments go into one change; a set may be a MiB.
constexpr std::size_t kListedMax = 20'000;
constexpr std::chrono::seconds kAgain{1};

/// The texts of a value, as they would stand on the disk. (An attachment's name tells nothing.)
void traces_in(cbor::Reader& r, std::vector<std::string>& into) {
  switch (r.peek()) {
    case cbor::Kind::text:
      into.emplace_back(r.text());
      return;
    case cbor::Kind::array:
      for (auto left = r.array(); left > 0 && r.ok(); --left) traces_in(r, into);
      return;
    case cbor::Kind::map:
      for (auto left = 2 * r.map(); left > 0 && r.ok(); --left) traces_in(r, into);
      return;
    default:
      r.item();
  }
}

std::string list_of(const std::set<Hash>& hashes) {
  cbor::Writer w;
  w.array(hashes.size());
  for (const auto& hash : hashes) w.bytes(hash.view());
  return w.take();
}

/// Those that aren't erased yet.
Commitments still_to_erase(store::Log& log, store::Projector& projector, const store::Row& row,
                           std::uint32_t type, const std::set<std::uint32_t>& fields) {
  auto all = store::committed_in(log, projector, row, fields);
  const auto erased = store::erased_of(log.database(), {row.scope, type, row.record.id});
  for (const auto& [field, hashes] : erased) {
    const auto of = all.find(field);
    if (of == all.end()) continue;
    for (const auto& hash : hashes) of->second.erase(hash);
    if (of->second.empty()) all.erase(of);
  }
  return all;
}

}  // namespace

// On the road in

void Replica::leave_out_erased(Prepared& p) {
  std::set<std::uint32_t> dropped;
  const auto gone =
      store::leave_out_erased(store_->log(), p.loaded->set, p.committed, p.openings, dropped);
  if (gone.values == 0) return;
  if (p.waited) {
    store::clear_later(store_->log());
    note_destroyed(gone);
  }
  // Whoever brings it hasn't heard yet; nothing of it is kept here, not even while the set waits.
  p.bytes = sync::Parcel{p.loaded->body, p.loaded->signature, p.openings}.encode();
  for (const auto change : dropped) {
    if (change < p.previews.size()) p.previews[change].reset();
  }
}

void Replica::leave_out_erased(PreparedPart& p) {
  std::set<std::size_t> dropped;
  if (!store::leave_out_erased(store_->log(), p.part, p.values, dropped)) return;
  for (const auto record : dropped) {
    if (record < p.previews.size()) p.previews[record].reset();
  }
}

void Replica::carry_out(const store::LoadedSet& loaded) {
  note_destroyed(store::carry_out(store_->log(), store_->projector(), loaded));
}

Result<void> Replica::erase_again(const std::vector<store::ErasedValue>& erased) {
  if (erased.empty()) return {};
  return write([&, this]() -> Result<void> {
    auto& log = store_->log();
    for (const auto& one : erased) {
      note_destroyed(store::carry_out(log, store_->projector(),
                                      {log.scope(one.path), one.type, one.id},
                                      {{one.field, {one.commitment}}}, 0));
    }
    note_destroyed(store::strip_what_is_held(log));
    return {};
  });
}

// Clearing the disk

void Replica::note_destroyed(const store::Destroyed& destroyed) {
  if (destroyed.values == 0 && !destroyed.news) return;
  if (destroyed.values > 0) spdlog::info("destroyed {} erased values", destroyed.values);
  {
    const std::lock_guard lock(erasing_guard_);
    ++alarms_;
    for (const auto& salt : destroyed.salts) traces_.emplace_back(salt.view());
    for (const auto& [field, value] : destroyed.by_field) {
      cbor::Reader r(value);
      traces_in(r, traces_);
    }
    erasing_ = true;
  }
  eraser_ready_.notify_all();
}

Result<bool> Replica::finish_erasing() {
  const std::lock_guard one_at_a_time(sweeping_);
  if (!erasing_) return true;
  std::vector<std::string> traces;
  std::uint64_t known = 0;
  {
    const std::lock_guard lock(erasing_guard_);
    known = alarms_;
    if (traces_known_) traces = traces_;
  }
  std::int64_t left = 0;  // Still 0: what set the alarm was rolled back.
  auto indexed = write([&, this]() -> Result<void> {
    left = store_->log().meta_int(store::kMetaErasing, 0);
    if ((left & store::kErasingSearch) != 0) store_->projector().compact_search();
    return {};
  });
  if (!indexed) return fail(indexed.error());
  if (left == store::kErasingLog) {
    if (!store_->scrub_write_ahead_log()) return false;
  } else if (left != 0) {
    if (auto collected = blobs_->collect(); !collected) return fail(collected.error());
    if (!store_->scrub(traces)) return false;
  }
  // On the writer's thread, so that nothing is erased in between.
  bool all = false;
  auto done = write([&, this]() -> Result<void> {
    const std::lock_guard lock(erasing_guard_);
    all = alarms_ == known;
    if (!all) return {};
    if (left != 0) store_->log().set_meta_int(store::kMetaErasing, 0);
    traces_.clear();
    traces_known_ = true;
    erasing_ = false;
    return {};
  });
  if (done) return all;
  const std::lock_guard lock(erasing_guard_);
  traces_known_ = false;
  erasing_ = true;
  return fail(done.error());
}

void Replica::run_eraser() {
  std::unique_lock lock(erasing_guard_);
  while (!eraser_stops_) {
    eraser_ready_.wait(lock, [this] { return eraser_stops_ || erasing_; });
    if (eraser_stops_) return;
    lock.unlock();
    bool all = false;
    survives("clearing the disk of what was erased", [&] {
      const auto done = finish_erasing();
      if (!done) spdlog::warn("clearing the disk of what was erased: {}", describe(done.error()));
      all = done && *done;
    });
    lock.lock();
    if (all) continue;
    eraser_ready_.wait_for(lock, kAgain, [this] { return eraser_stops_; });
  }
}

/// A command that took an erasure and ends clears the disk before it does.
void Replica::stop_eraser() {
  {
    const std::lock_guard lock(erasing_guard_);
    eraser_stops_ = true;
  }
  eraser_ready_.notify_all();
  if (!eraser_.joinable()) return;
  eraser_.join();
  if (!erasing_) return;
  bool all = false;
  survives("clearing the disk of what was erased", [&] {
    const auto done = finish_erasing();
    all = done && *done;
  });
  if (!all) spdlog::warn("what was erased is cleared from the disk at the next start");
}

// Asking for it

Result<std::string> erasure_origin(std::string_view code) {
  for (const auto known : kErasureCodes) {
    if (known == code) return "erase: " + std::string(code);
  }
  return fail(
      Errc::bad_value,
      "须为 request、retention、mistake、order 之一 one of request, retention, mistake, order",
      "code");
}

bool Replica::Authoring::was_erased(const Record& record, std::uint32_t field,
                                    std::string_view value) const {
  bool erased = false;
  sync::each_commitment(value, [&](std::string_view hash) {
    erased = store::is_erased(replica.store_->database(),
                              {log().scope(record.scope), record.type->number, record.id}, field,
                              Hash::of(hash));
  });
  return erased;
}

Result<void> Replica::Authoring::erase(const Wish& wish, std::size_t at,
                                       const store::Table& table) {
  auto& outcome = outcomes[at];
  const auto& type = *wish.type;
  outcome.scope = wish.scope.empty() ? replica.identity().scope : wish.scope;
  if (!wish.id) {
    outcome.faults.push_back(fault(Errc::missing_field, "id", "缺少记录编号", "which record?"));
    return {};
  }
  outcome.id = *wish.id;
  if (auto closed = close_all(); !closed) return closed;
  // A record that was deleted, or whose changes are held back, still has its values.
  const auto row = table.find(replica.store_->database(), log().scope(outcome.scope), *wish.id);
  if (!row) {
    outcome.faults.push_back(fault(Errc::not_found, "id", "没有这条记录", "no such record"));
    return {};
  }
  if (!own.covers(outcome.scope)) {
    outcome.faults.push_back(fault(Errc::out_of_scope, "scope", "本节点无权在此范围内清除",
                                   "this node's certificate doesn't cover " + outcome.scope));
  }
  if (!may(type.writers)) outcome.faults.push_back(may_not(type.writers, "", type));
  std::set<std::uint32_t> fields;
  for (const auto& name : wish.erase) {
    const auto* field = type.field(name);
    if (!field) {
      outcome.faults.push_back(fault(Errc::unknown_field, name, "没有这个字段", "no such field"));
      continue;
    }
    if (field->protection == model::Protection::plain) {
      outcome.faults.push_back(fault(Errc::forbidden, name,
                                     "此项是签名内容的一部分，不能清除；请更正记录",
                                     "it stands in signed bytes: correct the record instead"));
    }
    if (field->writers && !may(field->writers)) {
      outcome.faults.push_back(may_not(field->writers, name, type));
    }
    fields.insert(field->number);
  }
  if (wish.erase.empty()) {
    outcome.faults.push_back(
        fault(Errc::missing_field, "fields", "请写明要清除哪些字段", "which fields?"));
  }
  if (!outcome.faults.empty()) return {};
  auto& projector = replica.store_->projector();
  const auto commitments = still_to_erase(log(), projector, *row, type.number, fields);
  std::size_t listed = 0;
  for (const auto& [field, hashes] : commitments) listed += hashes.size();
  if (listed > kListedMax) {
    outcome.faults.push_back(fault(Errc::too_large, "fields", "历史版本过多，请逐个字段清除",
                                   "too many versions: erase one field after the other"));
    return {};
  }
  if (commitments.empty()) {
    outcome.done = Outcome::Done::unchanged;
    return {};
  }
  auto& set = set_for(outcome.scope, type.audience);
  OwnedChange change{type.number, *wish.id, sync::ChangeKind::erase, 0, {}, {}};
  for (const auto& [field, hashes] : commitments) {
    change.fields.emplace_back(field, list_of(hashes));
  }
  emit(set, std::move(change), type, at);
  outcome.done = Outcome::Done::changed;
  return close(set);
}

namespace {

Wish wish_for(const ErasureRequest& request) {
  Wish wish;
  wish.kind = Wish::Kind::erase;
  wish.type = request.type;
  wish.id = request.id;
  wish.scope = request.scope;
  wish.erase = request.fields;
  return wish;
}

/// Readers are short; who reads longer (a check of everything) is not waited for.
constexpr int kClearingTries = 20;
constexpr std::chrono::milliseconds kClearingPause{100};

Result<bool> clear_the_disk(Replica& replica) {
  for (int left = kClearingTries;; --left) {
    auto done = replica.finish_erasing();
    if (!done || *done || left == 0) return done;
    std::this_thread::sleep_for(kClearingPause);
  }
}

}  // namespace

Result<ErasureDone> erase(Replica& replica, const std::vector<ErasureRequest>& requests,
                          bool dry_run) {
  ErasureDone done;
  if (requests.empty()) return done;
  const auto origin = erasure_origin(requests.front().code);
  if (!origin) return fail(origin.error());
  std::vector<Wish> wishes;
  for (const auto& request : requests) wishes.push_back(wish_for(request));
  auto outcomes =
      replica.put(wishes, {.dry_run = dry_run, .origin = *origin, .by = requests.front().by});
  if (!outcomes) return fail(outcomes.error());
  done.outcomes = std::move(*outcomes);
  if (dry_run) return done;
  const auto cleared = clear_the_disk(replica);
  if (!cleared) return fail(cleared.error());
  done.cleared = *cleared;
  return done;
}

Result<ErasureAnswer> erase_record(Replica& replica, const ErasureRequest& request, bool dry_run) {
  auto plan = plan_erasure(replica, *request.type, request.scope, request.id, request.fields);
  if (!plan) return fail(plan.error());
  const auto done = erase(replica, {request}, dry_run);
  if (!done) return fail(done.error());
  ErasureAnswer answer{done->outcomes.front().faults, std::move(*plan)};
  if (!answer.faults.empty()) return answer;
  answer.json["dry_run"] = dry_run;
  if (dry_run) return answer;
  const bool any = done->outcomes.front().done == Outcome::Done::changed;
  answer.json["done"] = any ? "erased" : "unchanged";
  answer.json["cleared"] = done->cleared;
  return answer;
}

namespace {

/// The fields by name, or all that can be erased.
Result<std::vector<const Field*>> erasable(const RecordType& type,
                                           const std::vector<std::string>& names) {
  std::vector<const Field*> fields;
  if (names.empty()) {
    for (const auto& field : type.fields) {
      if (field.protection != model::Protection::plain) fields.push_back(&field);
    }
    return fields;
  }
  for (const auto& name : names) {
    const auto* field = type.field(name);
    if (!field) return fail(Errc::unknown_field, std::string(type.name) + " has no " + name, name);
    if (field->protection == model::Protection::plain) {
      return fail(Errc::forbidden,
                  "此字段写在签名内容里，不能清除，请改正记录 " + name +
                      " stands in signed bytes and can't be erased: correct the record",
                  name);
    }
    fields.push_back(field);
  }
  return fields;
}

Json nodes_that_may_hold(const Trust& trust, const std::string& scope, sync::Audience audience,
                         bool personal_only) {
  Json nodes = Json::array();
  for (const auto& [hash, certificate] : trust.book.all()) {
    const auto newest = trust.book.newest_of(certificate->subject);
    if (!newest || *newest != hash || !sync::may_read(*certificate, scope, audience)) continue;
    if (personal_only && (certificate->rights & crypto::kRightReadPersonal) == 0) continue;
    nodes.push_back({{"name", certificate->name},
                     {"role", crypto::name_of(certificate->role)},
                     {"scope", certificate->paths.front()}});
  }
  return nodes;
}

}  // namespace

Result<Json> plan_erasure(Replica& replica, const RecordType& type, const std::string& scope,
                          const sync::RecordId& id, const std::vector<std::string>& names) {
  const auto fields = erasable(type, names);
  if (!fields) return fail(fields.error());
  Json plan{{"type", type.name}, {"id", to_text(id)}, {"scope", scope}};
  plan["fields"] = Json::array();
  plan["attachments"] = Json::array();
  bool personal_only = true;
  auto read = replica.write([&]() -> Result<void> {
    auto& log = replica.store().log();
    auto& db = replica.store().database();
    auto& projector = replica.store().projector();
    const store::RecordPlace place{log.scope(scope), type.number, id};
    const auto row = projector.table(type.number)->find(db, place.scope, id);
    if (!row) return fail(Errc::not_found, "这里没有这条记录 no such record here");
    for (const auto* field : *fields) {
      const auto all = still_to_erase(log, projector, *row, type.number, {field->number});
      if (all.empty()) continue;
      personal_only = personal_only && field->protection == model::Protection::personal;
      plan["fields"].push_back({{"name", field->name},
                                {"label", {{"zh", field->label.zh}, {"en", field->label.en}}},
                                {"versions", all.at(field->number).size()},
                                {"held", store::count_held(log, projector, place, all)}});
      for (const auto& hash : store::blobs_held(log, projector, place, type, all)) {
        const auto blob = store::find_blob(db, hash);
        if (!blob || store::is_shared(db, hash, row->rec)) continue;
        plan["attachments"].push_back(
            {{"hash", crypto::to_hex(hash.view())}, {"size", blob->size}});
      }
    }
    return {};
  });
  if (!read) return fail(read.error());
  plan["nodes"] = nodes_that_may_hold(*replica.trust(), scope, type.audience, personal_only);
  return plan;
}

}  // namespace linli::node
