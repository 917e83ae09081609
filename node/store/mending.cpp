#include "node/store/mending.h"

#include <functional>

#include "node/store/history.h"
#include "sync/change_set.h"
#include "sync/receipt.h"

namespace linli::store {
namespace {

void mend_history(Log& log) {
  auto& db = log.database();
  const auto kept = log.meta("tree");
  const auto tree = kept ? sync::LogTree::decode(*kept) : Result<sync::LogTree>{};
  if (!kept || !tree || leaf_faults(db, tree->size()).empty()) return;
  auto sets = db.prepare("SELECT count(*) FROM log WHERE kind = 1");
  sets.step();
  const auto held = static_cast<std::uint64_t>(sets.integer(0));
  sets.reset();
  if (held != tree->size()) return;  // What it let go of can't be known.
  db.execute(
      "DELETE FROM leaf; DELETE FROM leaf_node; INSERT INTO leaf(position, arrival, hash) SELECT "
      "row_number() OVER (ORDER BY arrival) - 1, arrival, hash FROM log WHERE kind = 1");
  complete_history(log);
}

void let_go_of_junk(Database& db) {
  std::vector<std::int64_t> junk;
  auto rows = db.prepare("SELECT id, hash, reason, bytes FROM waiting");
  while (rows.step()) {
    if (is_sound_waiting(rows.blob(3), rows.blob(1), rows.text(2))) continue;
    junk.push_back(rows.integer(0));
  }
  rows.reset();
  for (const auto id : junk) {
    db.cached("DELETE FROM waiting WHERE id = ?1").bind(1, id).run();
  }
}

/// What one entry of the log erases: a change set, or a part of a snapshot.
void each_erasure(Log& log, std::int64_t arrival, bool is_part, std::int64_t scope,
                  const std::function<void(const ListedErasure&)>& found) {
  if (is_part) {
    const auto part = log.part(arrival);
    for (const auto& one : part->erased) {
      const auto& record = part->records.at(one.record);
      found({arrival, {scope, record.type, record.id}, one.field, one.commitment});
    }
    return;
  }
  const auto loaded = log.load(arrival);
  for (const auto& change : loaded->set.changes) {
    for (const auto& [field, hashes] : listed_in(change)) {
      for (const auto& hash : hashes) {
        found({arrival, {loaded->scope, change.type, change.id}, field, hash});
      }
    }
  }
}

}  // namespace

std::vector<std::string> leaf_faults(Database& db, std::uint64_t tree_size) {
  auto faults = history_faults(db);
  const auto size = history_size(db);
  if (size != tree_size) {
    faults.push_back("history: " + std::to_string(size) +
                     " leaves can be shown, and the tree has " + std::to_string(tree_size));
  }
  return faults;
}

void mend(Log& log) {
  mend_history(log);
  let_go_of_junk(log.database());
}

std::vector<ListedErasure> missing_erasures(Log& log) {
  auto& db = log.database();
  std::vector<ListedErasure> missing;
  const auto note = [&](const ListedErasure& one) {
    if (!is_erased(db, one.record, one.field, one.commitment)) missing.push_back(one);
  };
  auto rows = db.prepare(
      "SELECT arrival, kind, scope FROM log WHERE kind = 1 AND standing = 0 OR kind = 4 ORDER BY "
      "arrival");
  while (rows.step()) {
    try {
      const bool is_part = rows.integer(1) == static_cast<int>(sync::ObjectKind::snapshot);
      each_erasure(log, rows.integer(0), is_part, rows.integer(2), note);
    } catch (const DatabaseError&) {
      // An entry that can't be read is a fault of its own, and says nothing here.
    }
  }
  return missing;
}

bool is_sound_waiting(std::string_view object, std::string_view hash, std::string_view reason) {
  if (object.empty() || hash.size() != Hash::size()) return false;
  const auto bytes = object.substr(1);
  switch (static_cast<sync::ObjectKind>(object.front())) {
    case sync::ObjectKind::parcel: {
      const auto parcel = sync::Parcel::decode(bytes);
      if (!parcel) return false;
      // Without that anybody's word is behind it, it is called by its bytes of then.
      const bool vouched = reason == "gap" || reason == "unknown_policy";
      return !vouched || sync::change_set_hash(parcel->body).view() == hash;
    }
    case sync::ObjectKind::receipt:
    case sync::ObjectKind::ruling:
      return crypto::SignedBody::decode(bytes).has_value();
    case sync::ObjectKind::snapshot:
    case sync::ObjectKind::fork:
      return true;
  }
  return false;
}

}  // namespace linli::store
