#include "node/store/votes.h"

#include "node/model/assembly.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

class Reader {
 public:
  Reader(Store& store, Database& db) : store_(store), db_(db) {}

  [[nodiscard]] std::optional<model::Record> find(const std::optional<model::Ref>& ref) {
    const auto* table = ref ? store_.projector().table(ref->type) : nullptr;
    const auto scope = table ? scope_number(db_, ref->scope) : -1;
    auto row = scope < 0 ? std::nullopt : table->find(db_, scope, ref->id);
    if (!row || row->record.removed) return std::nullopt;
    return placed(*row).record;
  }
  /// Records of a type that aren't removed and whose `assembly` is this one.
  [[nodiscard]] std::vector<Row> of(std::string_view type, const sync::RecordId& assembly) {
    const auto* table = store_.projector().table(model::schema().type(type)->number);
    // A ref's column ends with [type, id] or has the scope behind it: the id stands at one place.
    auto s = db_.prepare(table->select() +
                         " WHERE instr(assembly, ?1) > 0 AND (_flags & 1) = 0 ORDER BY _rec");
    s.bind_blob(1, assembly.view());
    std::vector<Row> rows;
    while (s.step()) rows.push_back(table->read(s));
    for (auto& row : rows) placed(row);
    return rows;
  }
  [[nodiscard]] std::optional<model::Record> assembly(const sync::RecordId& id) {
    const auto* table = store_.projector().table(model::kTypeAssembly);
    auto s = db_.prepare(table->select() + " WHERE _id = ?1 AND (_flags & 1) = 0");
    s.bind_blob(1, id.view());
    if (!s.step()) return std::nullopt;
    auto row = table->read(s);
    return placed(row).record;
  }
  [[nodiscard]] bool disputed(const Row& row) {
    if (row.flags & kRowInvalid) return true;
    auto s = db_.prepare("SELECT 1 FROM conflict WHERE rec = ?1");
    return s.bind(1, row.rec).step();
  }

 private:
  Row& placed(Row& row) {
    row.record.scope = path_of(db_, row.scope);
    return row;
  }

  Store& store_;
  Database& db_;
};

}  // namespace

Result<model::votes::Held> held_vote(Store& store, const sync::RecordId& assembly) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Reader reader(store, *lease);
    auto found = reader.assembly(assembly);
    if (!found) {
      return fail(Errc::not_found,
                  "no such assembly here: `linli records list assembly` shows them", "assembly");
    }
    model::votes::Held held;
    held.assembly = *std::move(found);
    const model::ViewOf view(held.assembly);
    held.snapshot = reader.find(view->ref(model::assembly_field::kSnapshot));
    held.rules = reader.find(view->ref(model::assembly_field::kRules));
    const auto records = [&](std::string_view type) {
      std::vector<model::Record> list;
      for (auto& row : reader.of(type, assembly)) list.push_back(std::move(row.record));
      return list;
    };
    held.matters = records("ballot_matter");
    held.boxes = records("ballot_box");
    held.tallies = records("tally");
    for (auto& row : reader.of("ballot", assembly)) {
      const bool disputed = reader.disputed(row);
      held.ballots.push_back({std::move(row.record), disputed});
    }
    return held;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
