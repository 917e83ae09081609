#include "node/store/erasures.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/store/blob_refs.h"
#include "node/store/condensed.h"

namespace linli::store {

bool any_erased(Database& db) {
  auto& s = db.cached("SELECT 1 FROM erased LIMIT 1");
  const bool any = s.step();
  s.reset();
  return any;
}

bool is_erased(Database& db, const RecordPlace& record, std::uint32_t field,
               const Hash& commitment) {
  auto& s = db.cached(
      "SELECT 1 FROM erased WHERE scope = ?1 AND type = ?2 AND id = ?3 AND field = ?4 AND "
      "commitment = ?5");
  s.bind(1, record.scope).bind(2, record.type).bind_blob(3, record.id.view()).bind(4, field);
  s.bind_blob(5, commitment.view());
  const bool erased = s.step();
  s.reset();
  return erased;
}

Commitments erased_of(Database& db, const RecordPlace& record) {
  Commitments all;
  auto& s =
      db.cached("SELECT field, commitment FROM erased WHERE scope = ?1 AND type = ?2 AND id = ?3");
  s.bind(1, record.scope).bind(2, record.type).bind_blob(3, record.id.view());
  while (s.step()) all[static_cast<std::uint32_t>(s.integer(0))].insert(Hash::of(s.blob(1)));
  return all;
}

Commitments remember_erased(Log& log, const RecordPlace& record, const Commitments& commitments,
                            std::int64_t arrival) {
  Commitments fresh;
  auto& db = log.database();
  for (const auto& [field, hashes] : commitments) {
    for (const auto& hash : hashes) {
      auto& s = db.cached(
          "INSERT OR IGNORE INTO erased(scope, type, id, field, commitment, arrival) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
      s.bind(1, record.scope).bind(2, record.type).bind_blob(3, record.id.view()).bind(4, field);
      s.bind_blob(5, hash.view()).bind(6, arrival).run();
      if (db.changes() > 0) fresh[field].insert(hash);
    }
  }
  return fresh;
}

Commitments listed_in(const sync::Change& change) {
  Commitments listed;
  if (change.kind != sync::ChangeKind::erase) return listed;
  for (const auto& field : change.fields) {
    cbor::Reader r(field.value);
    for (auto left = r.array(); left > 0 && r.ok(); --left) {
      const auto hash = r.bytes(Hash::size());
      if (r.ok()) listed[field.field].insert(Hash::of(hash));
    }
  }
  return listed;
}

Commitments committed_in(Log& log, Projector& projector, const Row& row,
                         const std::set<std::uint32_t>& fields) {
  Commitments all;
  const auto note = [&](std::uint32_t field, std::string_view value) {
    if (!fields.contains(field)) return;
    sync::each_commitment(value, [&](std::string_view hash) { all[field].insert(Hash::of(hash)); });
  };
  const auto in = condensed(log.database(), row.rec);
  if (in) {
    const auto& record = log.part(in->arrival)->records.at(static_cast<std::size_t>(in->idx));
    if (const auto state = sync::RecordState::decode(record.state)) state->each_value(note);
  }
  for (const auto& [arrival, idx] : projector.changes_of(row)) {
    if (in && arrival == in->arrival) continue;  // The row began with the snapshot.
    const auto loaded = log.load(arrival);
    if (loaded->standing == Standing::unread) continue;
    for (const auto& field : loaded->set.changes.at(static_cast<std::size_t>(idx)).fields) {
      note(field.field, field.value);
    }
  }
  return all;
}

namespace {

/// Where openings of a record may stand: the sets that touched it, and the parts of its scope.
std::set<std::int64_t> arrivals_of(Log& log, Projector& projector, const RecordPlace& record) {
  auto& db = log.database();
  std::set<std::int64_t> arrivals;
  const auto* table = projector.table(record.type);
  if (const auto row = table ? table->find(db, record.scope, record.id) : std::nullopt) {
    for (const auto& [arrival, idx] : projector.changes_of(*row)) arrivals.insert(arrival);
    auto parts = db.prepare("SELECT arrival FROM log WHERE feed = 0 AND kind = 4 AND scope = ?1");
    parts.bind(1, record.scope);
    while (parts.step()) arrivals.insert(parts.integer(0));
  } else if (!table) {
    // Of a type that this version doesn't know: nothing tells where.
    auto all = db.prepare("SELECT arrival FROM log WHERE scope = ?1 AND kind IN (1, 4)");
    all.bind(1, record.scope);
    while (all.step()) arrivals.insert(all.integer(0));
  }
  return arrivals;
}

struct Found {
  std::int64_t arrival, ordinal;
  std::uint32_t field;
  crypto::Salt salt;
  std::string value;
};

/// The openings that fit: a commitment is made of its place, so what opens it shows whose it is.
std::vector<Found> openings_of(Log& log, Projector& projector, const RecordPlace& record,
                               const Commitments& commitments) {
  std::vector<Found> found;
  auto& db = log.database();
  const auto path = log.path(record.scope);
  for (const auto arrival : arrivals_of(log, projector, record)) {
    for (const auto& [field, hashes] : commitments) {
      for (const auto& hash : hashes) {
        // Two searches, each by its index.
        for (const auto* which : {"ordinal < 1048576", "ordinal >= 1048576"}) {
          auto& s = db.cached(
              "SELECT ordinal, salt, value FROM opening WHERE arrival = ?1 AND commitment = ?2 "
              "AND " +
              std::string(which));
          s.bind(1, arrival).bind_blob(2, hash.view());
          while (s.step()) {
            Found one{arrival, s.integer(0), field, crypto::Salt::of(s.blob(1)),
                      std::string(s.blob(2))};
            const auto city =
                one.ordinal < kPartOrdinals ? log.load(arrival)->set.city : log.part(arrival)->city;
            const auto made =
                sync::commitment(one.salt, city, record.type, path, record.id, field, one.value);
            if (made == hash) found.push_back(std::move(one));
          }
        }
      }
    }
  }
  return found;
}

}  // namespace

Destroyed destroy(Log& log, Projector& projector, const RecordPlace& record,
                  const Commitments& commitments) {
  Destroyed gone;
  for (auto& one : openings_of(log, projector, record, commitments)) {
    auto& s = log.database().cached("DELETE FROM opening WHERE arrival = ?1 AND ordinal = ?2");
    s.bind(1, one.arrival).bind(2, one.ordinal).run();
    ++gone.values;
    gone.salts.push_back(one.salt);
    gone.by_field.emplace_back(one.field, std::move(one.value));
  }
  return gone;
}

namespace {

void add(Destroyed& all, Destroyed&& more) {
  all.values += more.values;
  all.salts.insert(all.salts.end(), more.salts.begin(), more.salts.end());
  for (auto& value : more.by_field) all.by_field.push_back(std::move(value));
}

/// An attachment that nothing refers to any more is collected without grace.
void give_up_blob(Database& db, const Hash& blob) {
  auto& referred = db.cached("SELECT 1 FROM blob_ref WHERE hash = ?1 LIMIT 1");
  referred.bind_blob(1, blob.view());
  const bool there = referred.step();
  referred.reset();
  if (there) return;
  // As if nothing had referred to it since the beginning.
  db.cached("UPDATE blob SET idle = 1 WHERE hash = ?1").bind_blob(1, blob.view()).run();
  db.cached("UPDATE blob_part SET at = 1 WHERE hash = ?1").bind_blob(1, blob.view()).run();
}

}  // namespace

std::vector<Hash> blobs_of(const model::RecordType& type, const Destroyed& values) {
  std::vector<BlobRef> refs;
  for (const auto& [number, value] : values.by_field) {
    if (const auto* field = type.field(number)) blobs_in(*field, value, {}, refs);
  }
  std::vector<Hash> hashes;
  for (const auto& ref : refs) hashes.push_back(ref.hash);
  return hashes;
}

Destroyed carry_out(Log& log, Projector& projector, const RecordPlace& record,
                    const Commitments& commitments, std::int64_t arrival) {
  const auto fresh = remember_erased(log, record, commitments, arrival);
  if (fresh.empty()) return {};
  auto gone = destroy(log, projector, record, fresh);
  gone.news = true;
  if (gone.values == 0) {
    log.set_meta_int(kMetaErasing, log.meta_int(kMetaErasing, 0) | kErasingLog);
    return gone;
  }
  projector.refold(record.type, record.scope, record.id);
  auto left = log.meta_int(kMetaErasing, 0) | kErasingPages;
  if (const auto* table = projector.table(record.type)) {
    for (const auto& blob : blobs_of(table->type(), gone)) give_up_blob(log.database(), blob);
    for (const auto& [number, value] : gone.by_field) {
      const auto* field = table->type().field(number);
      if (field && field->searched) left |= kErasingSearch;
    }
  }
  log.set_meta_int(kMetaErasing, left);
  return gone;
}

Destroyed carry_out(Log& log, Projector& projector, const LoadedSet& loaded) {
  Destroyed all;
  for (const auto& change : loaded.set.changes) {
    const auto listed = listed_in(change);
    if (listed.empty()) continue;
    auto gone =
        carry_out(log, projector, {loaded.scope, change.type, change.id}, listed, loaded.arrival);
    all.news = all.news || gone.news;
    add(all, std::move(gone));
  }
  if (all.news) add(all, strip_what_is_held(log));
  return all;
}

Destroyed carry_out(Log& log, Projector& projector, const sync::SnapshotPart& part,
                    std::int64_t arrival) {
  Destroyed all;
  std::map<std::size_t, Commitments> by_record;
  for (const auto& one : part.erased) by_record[one.record][one.field].insert(one.commitment);
  const auto scope = log.scope(part.scope);
  for (const auto& [at, commitments] : by_record) {
    const auto& record = part.records.at(at);
    auto gone = carry_out(log, projector, {scope, record.type, record.id}, commitments, arrival);
    all.news = all.news || gone.news;
    add(all, std::move(gone));
  }
  if (all.news) add(all, strip_what_is_held(log));
  return all;
}

void carry_out_all(Log& log, Projector& projector) {
  std::vector<std::int64_t> arrivals;
  auto sets = log.database().prepare(
      "SELECT arrival FROM log WHERE kind = 1 AND standing = 0 ORDER BY arrival");
  while (sets.step()) arrivals.push_back(sets.integer(0));
  sets.reset();
  for (const auto arrival : arrivals) (void)carry_out(log, projector, *log.load(arrival));
}

std::int64_t count_held(Log& log, Projector& projector, const RecordPlace& record,
                        const Commitments& commitments) {
  return static_cast<std::int64_t>(openings_of(log, projector, record, commitments).size());
}

std::vector<Hash> blobs_held(Log& log, Projector& projector, const RecordPlace& record,
                             const model::RecordType& type, const Commitments& commitments) {
  Destroyed held;
  for (auto& one : openings_of(log, projector, record, commitments)) {
    held.by_field.emplace_back(one.field, std::move(one.value));
  }
  auto hashes = blobs_of(type, held);
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

bool is_shared(Database& db, const Hash& blob, std::int64_t rec) {
  auto& s = db.cached("SELECT 1 FROM blob_ref WHERE hash = ?1 AND rec <> ?2 LIMIT 1");
  s.bind_blob(1, blob.view()).bind(2, rec);
  const bool shared = s.step();
  s.reset();
  return shared;
}

Destroyed leave_out_erased(Log& log, const sync::ChangeSet& set,
                           const std::vector<sync::Committed>& committed,
                           std::vector<sync::Opening>& openings, std::set<std::uint32_t>& dropped) {
  Destroyed gone;
  if (openings.empty() || !any_erased(log.database())) return gone;
  const auto scope = log.scope(set.feed.scope);
  std::erase_if(openings, [&](sync::Opening& opening) {
    const auto& place = committed.at(opening.ordinal);
    const auto& change = set.changes[place.change];
    const bool erased =
        is_erased(log.database(), {scope, change.type, change.id}, place.field, place.commitment);
    if (!erased) return false;
    dropped.insert(place.change);
    ++gone.values;
    gone.salts.push_back(opening.salt);
    gone.by_field.emplace_back(place.field, std::move(opening.value));
    return true;
  });
  return gone;
}

bool leave_out_erased(Log& log, const sync::SnapshotPart& part,
                      std::vector<sync::PartValue>& values, std::set<std::size_t>& dropped) {
  if (values.empty() || !any_erased(log.database())) return false;
  const auto scope = log.scope(part.scope);
  const auto before = values.size();
  std::erase_if(values, [&](const sync::PartValue& value) {
    const auto& record = part.records[value.record];
    const bool erased =
        is_erased(log.database(), {scope, record.type, record.id}, value.field, value.commitment);
    if (erased) dropped.insert(value.record);
    return erased;
  });
  return values.size() < before;
}

namespace {

/// The parcel without what was erased; nothing: it holds nothing of that kind.
std::optional<std::string> stripped(Log& log, std::string_view bytes, Destroyed& gone) {
  auto parcel = sync::Parcel::decode(bytes);
  if (!parcel || parcel->openings.empty()) return std::nullopt;
  const auto set = sync::decode_change_set(parcel->body);
  if (!set) return std::nullopt;
  const auto committed = sync::commitments(*set);
  std::erase_if(parcel->openings, [&](const auto& o) { return o.ordinal >= committed.size(); });
  std::set<std::uint32_t> dropped;
  auto left_out = leave_out_erased(log, *set, committed, parcel->openings, dropped);
  if (left_out.values == 0) return std::nullopt;
  add(gone, std::move(left_out));
  return parcel->encode();
}

void strip_table(Log& log, const std::string& table, bool with_kind, Destroyed& gone) {
  auto& db = log.database();
  std::vector<std::pair<std::int64_t, std::string>> changed;
  auto rows = db.prepare("SELECT id, bytes FROM " + table);
  while (rows.step()) {
    const auto bytes = rows.blob(1);
    const auto head = with_kind ? bytes.substr(0, 1) : std::string_view{};
    if (with_kind && (head.empty() || head[0] != static_cast<char>(sync::ObjectKind::parcel))) {
      continue;
    }
    if (auto rest = stripped(log, bytes.substr(head.size()), gone)) {
      changed.emplace_back(rows.integer(0), std::string(head) + *rest);
    }
  }
  rows.reset();
  for (const auto& [id, bytes] : changed) {
    auto s = db.prepare("UPDATE " + table + " SET bytes = ?2 WHERE id = ?1");
    s.bind(1, id).bind_blob(2, bytes).run();
  }
}

}  // namespace

Destroyed strip_what_is_held(Log& log) {
  Destroyed gone;
  strip_table(log, "waiting", true, gone);
  strip_table(log, "quarantine", false, gone);
  strip_table(log, "aside", false, gone);
  if (gone.values > 0) clear_later(log);
  return gone;
}

void clear_later(Log& log) {
  log.set_meta_int(kMetaErasing, log.meta_int(kMetaErasing, 0) | kErasingPages);
}

std::vector<ErasedValue> all_erased(Database& db) {
  std::vector<ErasedValue> all;
  auto s = db.prepare(
      "SELECT p.path, e.type, e.id, e.field, e.commitment FROM erased e JOIN scope p ON p.id = "
      "e.scope ORDER BY 1, 2, 3, 4, 5");
  while (s.step()) {
    all.push_back({std::string(s.text(0)), static_cast<std::uint32_t>(s.integer(1)),
                   sync::RecordId::of(s.blob(2)), static_cast<std::uint32_t>(s.integer(3)),
                   Hash::of(s.blob(4))});
  }
  return all;
}

}  // namespace linli::store
