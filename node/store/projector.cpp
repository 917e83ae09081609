#include "node/store/projector.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/model/json.h"
#include "node/store/blob_refs.h"
#include "node/store/condensed.h"
#include "node/store/projector_detail.h"
#include "sql_files.h"

namespace linli::store {

using namespace projecting;
using sync::FieldValue;

namespace {

constexpr std::string_view kNull = "\xf6";  ///< CBOR null.

std::string_view sql_file(std::string_view name) {
  for (const auto& file : embedded::sql_files()) {
    if (file.name == name) return file.bytes;
  }
  return {};
}

}  // namespace

Projector::Projector(Database& target, Log& log, const model::Schema& schema)
    : db_(target),
      log_(log),
      schema_(schema),
      aggregates_(target),
      search_(target),
      policy_(model::policy_of(schema, 1, {})) {
  for (const auto& type : schema.types) tables_.emplace(type.number, Table(type));
  rules_ = merge_rules(schema, policy_);
}

namespace {

/// While the schema may be written, SQLite also passes over what it can't read of it, and tables
/// seem not to be there: so that ends with this, whatever else happens.
class WritableSchema {
 public:
  explicit WritableSchema(Database& db) : db_(db) { db_.execute("PRAGMA writable_schema = ON"); }
  WritableSchema(const WritableSchema&) = delete;
  WritableSchema& operator=(const WritableSchema&) = delete;
  ~WritableSchema() {
    try {
      db_.execute("PRAGMA writable_schema = RESET");  // It only forgets, and reads nothing.
    } catch (const DatabaseError& e) {
      spdlog::error("the schema stays writable: {}", describe(e.error()));
    }
  }

 private:
  Database& db_;
};

/// A full-text table whose own tables are broken can't be opened, not even to be dropped: its name
/// is taken out of the schema, and what it kept goes one by one.
void drop_broken_index(Database& db, const std::string& name) {
  {
    const WritableSchema writable(db);
    db.execute("DELETE FROM sqlite_schema WHERE type = 'table' AND name = '" + name + "'");
  }
  for (const auto* part : {"_data", "_idx", "_docsize", "_config", "_content"}) {
    db.execute("DROP TABLE IF EXISTS " + name + part);
  }
}

}  // namespace

void Projector::create() {
  db_.execute(sql_file("projection.sql"));
  for (const auto& [number, table] : tables_) db_.execute(table.ddl());
}

void Projector::drop() {
  std::vector<std::string> names;
  auto list = db_.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB 'r_*' OR name IN "
      "('record_change', 'record_state', 'condensed', 'conflict', 'rival', 'invalid', 'search', "
      "'search_erasable', 'search_pinyin', 'search_pinyin_erasable', "
      "'measure', 'aggregate', 'aggregate_month', 'blob_ref'))");
  while (list.step()) names.emplace_back(list.text(0));
  list.reset();
  for (const auto& name : names) {
    const bool index = name.starts_with("search");
    try {
      db_.execute("DROP TABLE " + name);
    } catch (const DatabaseError& e) {
      // A disk that can't be read now says nothing of the table.
      const bool broken = e.error().code == Errc::corrupt || e.error().code == Errc::internal;
      if (!index || !broken) throw;
      drop_broken_index(db_, name);
    }
  }
  discard();  // What is remembered of them is gone as well.
}

void Projector::flush() {
  aggregates_.flush();
  search_.flush();
}

void Projector::discard() {
  aggregates_.discard();
  search_.discard();
  last_rec_ = -1;
}

const Table* Projector::table(std::uint32_t type) const {
  const auto found = tables_.find(type);
  return found == tables_.end() ? nullptr : &found->second;
}

std::int64_t Projector::next_rec(std::uint32_t type) {
  if (last_rec_ < 0) {
    last_rec_ = 0;
    for (const auto& [number, table] : tables_) {
      auto s = db_.prepare("SELECT coalesce(max(_rec), 0) FROM " + table.name());
      s.step();
      last_rec_ = std::max(last_rec_, s.integer(0) / kTypesMax);
    }
  }
  return ++last_rec_ * kTypesMax + type;
}

void Projector::project(const LoadedSet& loaded, std::vector<std::optional<Preview>> previews) {
  previews.resize(loaded.set.changes.size());
  for (std::uint32_t i = 0; i < loaded.set.changes.size(); ++i) {
    apply(loaded, i, std::move(previews[i]));
  }
}

/// Does a record's row alone tell what this change made of it, if no other one touched it?
bool Projector::says_it_all(const LoadedSet& loaded, const sync::Change& change) const {
  if (change.kind != sync::ChangeKind::put || !change.base.empty() || change.life != 0 ||
      !loaded.trusted) {
    return false;
  }
  const auto state = rules(change.type).state_field;
  return std::all_of(change.fields.begin(), change.fields.end(), [&](const FieldValue& field) {
    if (field.value == kNull) return false;
    // A record isn't born by a move from somewhere: that is a void one, for a person to see.
    if (field.field != state) return true;
    const auto move = sync::decode_move(field.value);
    return move && move->from < 0;
  });
}

void Projector::apply(const LoadedSet& loaded, std::uint32_t index,
                      std::optional<Preview> preview) {
  const auto& change = loaded.set.changes[index];
  const auto* table = this->table(change.type);
  // A type of a newer version: the log keeps it, and `rebuild` shows it after the upgrade (I8).
  if (!table) return;
  auto row = table->find(db_, loaded.scope, change.id);
  if (loaded.standing != Standing::counts) return set_aside(loaded, index, *table, std::move(row));
  if (!row && says_it_all(loaded, change)) {
    if (preview) return create_record(loaded, index, *table, *preview);
    // From the log: the values are opened one by one.
    std::vector<std::string> memory(change.fields.size());
    std::vector<FieldValue> values;
    for (std::size_t i = 0; i < change.fields.size(); ++i) {
      const auto& [number, value] = change.fields[i];
      const auto commitment = commitment_in(value);
      auto opened = commitment ? log_.opened(loaded.arrival, *commitment) : std::nullopt;
      if (opened) memory[i] = std::move(*opened);
      values.push_back({number, opened ? std::string_view(memory[i]) : value});
    }
    return create_record(
        loaded, index, *table,
        preview_of(table->type(), loaded.set.feed.scope, change.id, std::move(values)));
  }
  sync::RecordState state;
  if (row) state = state_of(*row);
  const sync::OrderKey key{loaded.trusted,
                           std::max(change.stamp, loaded.set.seen ? loaded.set.seen->time : 0),
                           {loaded.feed, loaded.set.seq, index}};
  state.add(change, key, rules(change.type));

  Row head;
  if (row) {
    head = *row;
    add_change(*row, loaded.arrival, index);
  } else {
    head.rec = next_rec(change.type);
    head.scope = loaded.scope;
    head.record.id = change.id;
    head.arrival = loaded.arrival;
    head.idx = index;
  }
  head.latest = loaded.arrival;
  // An erasure that comes before what it erases makes no record.
  head.flags = kRowStateful | (state.blank() ? kRowHidden : 0);
  write_state(*table, std::move(row), std::move(head), state);
}

/// A change that doesn't count still takes its place among those of its record.
void Projector::set_aside(const LoadedSet& loaded, std::uint32_t index, const Table& table,
                          std::optional<Row> row) {
  Row head;
  if (row) {
    head = *row;
    add_change(*row, loaded.arrival, index);
  } else {
    head.rec = next_rec(table.type().number);
    head.scope = loaded.scope;
    head.record.id = loaded.set.changes[index].id;
    head.arrival = loaded.arrival;
    head.idx = index;
  }
  head.latest = loaded.arrival;
  const auto state = row ? fold(*row) : std::nullopt;
  head.flags = kRowStateful | (state && !state->blank() ? 0 : kRowHidden);
  write_state(table, std::move(row), std::move(head), state.value_or(sync::RecordState{}));
}

void Projector::project_part(std::int64_t arrival,
                             std::vector<std::optional<RecordPreview>> previews) {
  const auto part = log_.part(arrival);
  const auto scope = log_.scope(part->scope);
  previews.resize(part->records.size());
  for (std::size_t i = 0; i < part->records.size(); ++i) {
    project_record(arrival, static_cast<std::int64_t>(i), scope, part->records[i],
                   std::move(previews[i]));
  }
}

void Projector::project_record(std::int64_t arrival, std::int64_t place, std::int64_t scope,
                               const sync::SnapshotRecord& record,
                               std::optional<RecordPreview> preview) {
  const auto* table = this->table(record.type);
  if (!table) return;  // Of a newer version: shown after the upgrade.
  auto row = table->find(db_, scope, record.id);
  Row head;
  if (row) {
    head = *row;
    const auto before = condensed(db_, row->rec);
    if (before && before->arrival == row->arrival) head.arrival = arrival, head.idx = place;
  } else {
    head.rec = next_rec(record.type);
    head.scope = scope;
    head.record.id = record.id;
    head.arrival = arrival;
    head.idx = place;
  }
  head.latest = std::max(head.latest, arrival);
  auto& note = db_.cached(
      "INSERT OR REPLACE INTO condensed(rec, arrival, idx, changed) VALUES (?1, ?2, ?3, ?4)");
  note.bind(1, head.rec).bind(2, arrival).bind(3, place).bind(4, record.changed).run();
  if (!row && preview) {
    const auto rec = head.rec;
    insert_record(std::move(head), *table, preview->preview);
    if (has_blobs(table->type())) refer(*table, *table->at(db_, rec), preview->merged);
    return;
  }
  head.flags = row ? kRowStateful : 0;
  const auto state = fold(head);
  if (state->blank()) head.flags = kRowStateful | kRowHidden;
  write_state(*table, std::move(row), std::move(head), *state);
}

void Projector::add_change(const Row& row, std::int64_t arrival, std::uint32_t index) {
  auto& add = db_.cached("INSERT INTO record_change(rec, arrival, idx) VALUES (?1, ?2, ?3)");
  add.bind(1, row.rec).bind(2, arrival).bind(3, index).run();
}

/// The common case: a new record by one change needs no merge state; its row says it all.
void Projector::create_record(const LoadedSet& loaded, std::uint32_t index, const Table& table,
                              const Preview& preview) {
  Row row;
  row.rec = next_rec(table.type().number);
  row.scope = loaded.scope;
  row.arrival = row.latest = loaded.arrival;
  row.idx = index;
  row.record.id = loaded.set.changes[index].id;
  const auto rec = row.rec;
  insert_record(std::move(row), table, preview);
  if (!has_blobs(table.type())) return;
  std::vector<BlobRef> refs;
  const auto author = log_.find_feed(loaded.feed)->author;
  for (const auto& value : preview.values) {
    const auto* field = table.type().field(value.field);
    if (field) blobs_in(*field, value.value, {loaded.arrival, author}, refs);
  }
  save_blob_refs(db_, rec, refs, true);
}

/// A row that is new, whose record shows what the preview says.
void Projector::insert_record(Row row, const Table& table, const Preview& preview) {
  if (!preview.faults.empty()) row.flags |= kRowInvalid;

  const bool peers = !table.type().peers.empty();
  std::map<std::int64_t, Row> group;
  if (peers) {
    for (const auto& value : preview.values) {
      row.record.fields.emplace_back(value.field, std::string(value.value));
    }
    row.record.type = &table.type();
    group = group_of(table, {&row});
    count_group(table, group, -1);
  }
  table.insert(db_, row, preview.values);
  if (!preview.faults.empty()) mark(row, 0, preview.faults);
  if (peers) {
    // The same ones and the new one: what was just read and written need not be read again.
    group.emplace(row.rec, row);
    count_group(table, group, +1);
  } else {
    aggregates_.apply(row.scope, preview.contributions, +1);
  }
  search_.insert(row.rec, preview.text);
}

/// Brings a row, its figures, its search entries and its marks in line with a merge state, which is
/// kept if the head's flags say so.
void Projector::write_state(const Table& table, std::optional<Row> old, Row head,
                            const sync::RecordState& state) {
  const auto merged = state.merged(rules(table.type().number));
  head.record.type = &table.type();
  const bool hidden = (head.flags & kRowHidden) != 0;
  head.record.removed = merged.removed || hidden;
  head.record.fields.clear();
  for (const auto& [number, value] : merged.fields) {
    const auto winner = merged.versions.find(table.type().cell_of(number));
    head.record.fields.emplace_back(number, winner == merged.versions.end()
                                                ? value
                                                : opened_value(winner->second, head.rec, value));
  }
  head.flags = (head.flags & (kRowStateful | kRowHidden)) | (head.record.removed ? kRowRemoved : 0);
  if (!merged.conflicts.empty()) head.flags |= kRowStateful;
  const auto values = views(head.record.fields);
  const auto path = log_.path(head.scope);
  const model::RecordView view{&table.type(), path, head.record.id, head.record.removed, values};
  std::vector<model::Fault> faults;
  if (!head.record.removed) faults = model::check(view);
  if (!faults.empty()) head.flags |= kRowInvalid;

  const bool peers = !table.type().peers.empty();
  std::vector<const Row*> touched{&head};
  if (old) touched.push_back(&*old);
  if (peers) {
    count_peers(table, touched, -1);
  } else if (old) {
    count(table, *old, -1);
  }
  if (old) {
    table.update(db_, head, values);
  } else {
    table.insert(db_, head, values);
  }
  if (head.flags & kRowStateful) {
    auto& save = db_.cached("INSERT OR REPLACE INTO record_state(rec, state) VALUES (?1, ?2)");
    const auto bytes = state.encode();
    save.bind(1, head.rec).bind_blob(2, bytes).run();
  } else if (old && (old->flags & kRowStateful)) {
    db_.cached("DELETE FROM record_state WHERE rec = ?1").bind(1, head.rec).run();
  }

  if (peers) {
    count_peers(table, touched, +1);
  } else {
    count(table, head, +1);
  }
  index(table, old ? &*old : nullptr, head);
  mark(head, merged.conflicts.size(), faults);
  if (has_blobs(table.type())) refer(table, head, merged);
}

}  // namespace linli::store
