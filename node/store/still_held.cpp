#include "node/store/still_held.h"

#include <algorithm>

#include "node/store/erasures.h"
#include "node/store/reading_detail.h"

namespace linli::store {

Result<bool> holds_unerased(Store& store, const model::RecordType& type, std::string_view scope,
                            const sync::RecordId& id, std::string_view field) {
  const auto* known = type.field(field);
  if (!known) return false;
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    Log log(db);
    Projector projector(db, log, model::schema());
    const auto* table = projector.table(type.number);
    if (!table) return fail(Errc::unknown_type, std::string(type.name));
    const auto row = table->find(db, reading::scope_number(db, scope), id);
    if (!row) return false;
    const auto committed = committed_in(log, projector, *row, {known->number});
    const auto of = committed.find(known->number);
    if (of == committed.end()) return false;
    const auto erased = erased_of(db, {row->scope, type.number, id});
    const auto gone = erased.find(known->number);
    if (gone == erased.end()) return !of->second.empty();
    return !std::includes(gone->second.begin(), gone->second.end(), of->second.begin(),
                          of->second.end());
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
