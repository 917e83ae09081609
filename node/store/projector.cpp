#include "node/store/projector.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/store/blob_refs.h"
#include "node/store/condensed.h"
#include "sql_files.h"

namespace linli::store {
namespace {

using sync::FieldValue;

constexpr std::string_view kNull = "\xf6";  ///< CBOR null.

std::string_view sql_file(std::string_view name) {
  for (const auto& file : embedded::sql_files()) {
    if (file.name == name) return file.bytes;
  }
  return {};
}

std::optional<crypto::Hash> commitment_in(std::string_view value) {
  cbor::Reader r(value);
  if (r.peek() != cbor::Kind::tag || r.tag() != cbor::kTagCommitment) return std::nullopt;
  const auto bytes = r.bytes(32);
  if (!r.ok()) return std::nullopt;
  return crypto::Hash::of(bytes);
}

std::vector<FieldValue> views(const std::vector<std::pair<std::uint32_t, std::string>>& fields) {
  std::vector<FieldValue> out;
  out.reserve(fields.size());
  for (const auto& [number, value] : fields) out.push_back({number, value});
  return out;
}

bool counts(const Row& row) { return (row.flags & (kRowRemoved | kRowInvalid)) == 0; }

std::string encode_faults(const std::vector<model::Fault>& faults) {
  auto json = model::Json::array();
  for (const auto& fault : faults) {
    json.push_back({{"field", fault.field},
                    {"code", info(fault.code).name},
                    {"zh", fault.zh},
                    {"en", fault.en}});
  }
  return json.dump();
}

}  // namespace

namespace {

/// The values that came with a set, by commitment.
struct Openings {
  const std::vector<sync::Opening>& openings;
  std::vector<sync::Committed> committed;
  std::size_t next = 0;  ///< Where the search goes on: they come in the order they are asked for.

  /// The value to show for `value`: opened if it is a commitment whose opening is here.
  [[nodiscard]] std::string_view shown(std::string_view value) {
    const auto commitment = commitment_in(value);
    if (!commitment) return value;
    for (std::size_t i = 0; i < openings.size(); ++i) {
      const auto at = (next + i) % openings.size();
      const auto& opening = openings[at];
      if (opening.ordinal < committed.size() &&
          committed[opening.ordinal].commitment == *commitment) {
        next = at + 1;
        return opening.value;
      }
    }
    return value;
  }
};

Preview preview_of(const model::RecordType& type, std::string_view scope, const sync::RecordId& id,
                   std::vector<FieldValue> values) {
  Preview made{std::move(values), {}, {}, {}};
  const model::RecordView view{&type, scope, id, false, made.values};
  made.faults = model::check(view);
  if (made.faults.empty() && type.contribute && type.peers.empty()) {
    type.contribute(view, {}, made.contributions);
  }
  made.text = search_text(view);
  return made;
}

}  // namespace

std::vector<std::optional<Preview>> preview(const LoadedSet& loaded,
                                            const std::vector<sync::Opening>& openings) {
  const auto& set = loaded.set;
  Openings open{openings, {}};
  if (!openings.empty()) open.committed = sync::commitments(set);
  std::vector<std::optional<Preview>> previews(set.changes.size());
  for (std::size_t i = 0; i < set.changes.size(); ++i) {
    const auto& change = set.changes[i];
    const auto* type = model::schema().type(change.type);
    if (!type || change.kind != sync::ChangeKind::put || !change.base.empty()) continue;
    std::vector<FieldValue> values;
    values.reserve(change.fields.size());
    for (const auto& field : change.fields) {
      values.push_back({field.field, open.shown(field.value)});
    }
    previews[i] = preview_of(*type, set.feed.scope, change.id, std::move(values));
  }
  return previews;
}

namespace {

/// How each type merges; the policy gives the ranks of moves.
std::map<std::uint32_t, sync::MergeRules> merge_rules(const model::Schema& schema,
                                                      const sync::Policy& policy) {
  std::map<std::uint32_t, sync::MergeRules> all;
  for (const auto& type : schema.types) {
    sync::MergeRules rules;
    rules.cell_of = [&type](std::uint32_t field) { return type.cell_of(field); };
    if (!type.state.empty()) rules.state_field = type.field(type.state)->number;
    rules.moves = policy.rule(type.number);
    all.emplace(type.number, std::move(rules));
  }
  return all;
}

/// The value to show: opened, if it is a commitment that one of `values` opens.
const std::string* opening_of(std::string_view value, const std::vector<sync::PartValue>& values) {
  const auto hash = commitment_in(value);
  if (!hash) return nullptr;
  const auto found = std::lower_bound(
      values.begin(), values.end(), *hash,
      [](const auto& v, const crypto::Hash& wanted) { return v.commitment < wanted; });
  return found != values.end() && found->commitment == *hash ? &found->value : nullptr;
}

}  // namespace

std::vector<std::optional<RecordPreview>> preview(const sync::SnapshotPart& part,
                                                  const std::vector<sync::PartValue>& values) {
  static const auto policy = model::policy_of(model::schema(), 1, {});
  static const auto rules = merge_rules(model::schema(), policy);
  std::vector<std::optional<RecordPreview>> previews(part.records.size());
  for (std::size_t i = 0; i < part.records.size(); ++i) {
    const auto& record = part.records[i];
    const auto* type = model::schema().type(record.type);
    if (!type) continue;
    const auto state = sync::RecordState::decode(record.state);
    if (!state) continue;
    // Built in its place: the values point into it.
    auto& made = previews[i].emplace();
    made.merged = state->merged(rules.at(record.type));
    if (made.merged.removed || !made.merged.conflicts.empty()) {
      previews[i].reset();
      continue;
    }
    const auto& fields = made.merged.fields;
    made.opened.reserve(fields.size());
    std::vector<FieldValue> shown;
    for (const auto& [number, value] : fields) {
      const auto* opened = opening_of(value, values);
      if (opened) made.opened.push_back(*opened);
      shown.push_back({number, opened ? std::string_view(made.opened.back()) : value});
    }
    made.preview = preview_of(*type, part.scope, record.id, std::move(shown));
  }
  return previews;
}

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

void Projector::create() {
  db_.execute(sql_file("projection.sql"));
  for (const auto& [number, table] : tables_) db_.execute(table.ddl());
}

void Projector::drop() {
  std::vector<std::string> names;
  auto list = db_.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name GLOB 'r_*' OR name IN "
      "('record_change', 'record_state', 'condensed', 'conflict', 'invalid', 'search', "
      "'search_erasable', "
      "'measure', 'aggregate', 'aggregate_month', 'blob_ref'))");
  while (list.step()) names.emplace_back(list.text(0));
  for (const auto& name : names) db_.execute("DROP TABLE " + name);
  last_rec_ = -1;
}

void Projector::discard() {
  aggregates_.discard();
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
  head.flags = kRowStateful;
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
  head.flags = kRowStateful | (state ? 0 : kRowHidden);
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
  if (!preview.text.plain.empty() || !preview.text.erasable.empty()) {
    search_.insert(row.rec, preview.text.plain, preview.text.erasable);
  }
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
  if (old) index(table, *old, false);

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
  index(table, head, true);
  mark(head, merged.conflicts.size(), faults);
  if (has_blobs(table.type())) refer(table, head, merged);
}

/// Notes the attachments of what stands, and of what lost and can still be reinstated (I4).
void Projector::refer(const Table& table, const Row& head, const sync::Merged& merged) {
  std::vector<BlobRef> refs;
  const auto note = [&](std::uint32_t number, std::string_view value,
                        const sync::VersionId& version) {
    const auto* field = table.type().field(number);
    const auto arrival = place_of(version, head.rec);
    if (field && arrival) {
      blobs_in(*field, value, {*arrival, author_of(version, head.rec)}, refs);
    }
  };
  if (!merged.removed) {
    for (const auto& [number, value] : head.record.fields) {
      const auto winner = merged.versions.find(table.type().cell_of(number));
      if (winner != merged.versions.end()) note(number, value, winner->second);
    }
  }
  for (const auto& conflict : merged.conflicts) {
    for (const auto& loser : conflict.losers) {
      for (const auto& [number, value] : loser.fields) {
        note(number, opened_value(loser.key.version, head.rec, value), loser.key.version);
      }
    }
  }
  save_blob_refs(db_, head.rec, refs, false);
}

void Projector::count(const Table& table, const Row& row, int sign) {
  if (!counts(row) || !table.type().contribute) return;
  const auto values = views(row.record.fields);
  const auto path = log_.path(row.scope);
  const model::RecordView view{&table.type(), path, row.record.id, false, values};
  std::vector<model::Contribution> contributions;
  table.type().contribute(view, {}, contributions);
  aggregates_.apply(row.scope, contributions, sign);
}

/// Counts, with `sign`, every stored record that shares its peer fields with one of `rows`, each in
/// the light of the others: called with −1 before a row changes and with +1 after (rule 21).
void Projector::count_peers(const Table& table, const std::vector<const Row*>& rows, int sign) {
  count_group(table, group_of(table, rows), sign);
}

std::map<std::int64_t, Row> Projector::group_of(const Table& table,
                                                const std::vector<const Row*>& rows) {
  std::map<std::int64_t, Row> group;
  for (const auto* row : rows) {
    for (auto& peer : peers_of(table, *row)) group.emplace(peer.rec, std::move(peer));
  }
  return group;
}

void Projector::count_group(const Table& table, const std::map<std::int64_t, Row>& group,
                            int sign) {
  // Peers of a peer are of its own key, which may differ when a row moved between two groups.
  const auto key_of = [&](const Row& row) {
    std::string key;
    for (const auto name : table.type().peers) {
      const auto* value = row.record.get(table.type().field(name)->number);
      key += value ? *value : std::string();
      key += '\0';
    }
    return key;
  };
  struct Seen {
    std::string path, key;
    std::vector<FieldValue> values;
    const Row* row;
  };
  std::vector<Seen> seen;
  seen.reserve(group.size());
  for (const auto& [rec, row] : group) {
    if (counts(row)) {
      seen.push_back({log_.path(row.scope), key_of(row), views(row.record.fields), &row});
    }
  }
  for (const auto& self : seen) {
    std::vector<model::RecordView> others;
    for (const auto& other : seen) {
      if (other.row == self.row || other.key != self.key) continue;
      others.push_back({&table.type(), other.path, other.row->record.id, false, other.values});
    }
    std::vector<model::Contribution> contributions;
    table.type().contribute({&table.type(), self.path, self.row->record.id, false, self.values},
                            others, contributions);
    aggregates_.apply(self.row->scope, contributions, sign);
  }
}

std::vector<Row> Projector::peers_of(const Table& table, const Row& row) {
  std::string where;
  int at = 0;
  for (const auto name : table.type().peers) {
    where += (where.empty() ? " WHERE \"" : " AND \"") + std::string(name) + "\" = ?" +
             std::to_string(++at);
  }
  auto& s = db_.cached(table.select() + where);
  at = 0;
  std::vector<Row> rows;
  for (const auto name : table.type().peers) {
    const auto* field = table.type().field(name);
    const auto* value = row.record.get(field->number);
    // Without a complete key it has no peers; it still counts by itself once it is stored.
    if (!value || !Table::bind_value(s, ++at, *field, *value)) {
      s.reset();
      if (auto self = table.at(db_, row.rec)) rows.push_back(std::move(*self));
      return rows;
    }
  }
  while (s.step()) rows.push_back(table.read(s));
  return rows;
}

void Projector::index(const Table& table, const Row& row, bool add) {
  if (row.flags & kRowRemoved) return;
  const auto values = views(row.record.fields);
  const auto text = search_text({&table.type(), {}, row.record.id, false, values});
  if (text.plain.empty() && text.erasable.empty()) return;
  if (add) {
    search_.insert(row.rec, text.plain, text.erasable);
  } else {
    search_.remove(row.rec, text.plain, text.erasable);
  }
}

void Projector::mark(const Row& row, std::size_t conflicts,
                     const std::vector<model::Fault>& faults) {
  if (conflicts > 0) {
    auto& s = db_.cached("INSERT OR REPLACE INTO conflict(rec, n) VALUES (?1, ?2)");
    s.bind(1, row.rec).bind(2, static_cast<std::int64_t>(conflicts)).run();
  } else {
    db_.cached("DELETE FROM conflict WHERE rec = ?1").bind(1, row.rec).run();
  }
  if (!faults.empty()) {
    auto& s = db_.cached("INSERT OR REPLACE INTO invalid(rec, faults) VALUES (?1, ?2)");
    const auto text = encode_faults(faults);
    s.bind(1, row.rec).bind_text(2, text).run();
  } else {
    db_.cached("DELETE FROM invalid WHERE rec = ?1").bind(1, row.rec).run();
  }
}

std::optional<std::int64_t> Projector::place_of(const sync::VersionId& version, std::int64_t rec) {
  if (auto arrival = log_.arrival_of(version.feed, version.seq)) return arrival;
  if (const auto in = condensed(db_, rec)) return in->arrival;
  return std::nullopt;
}

std::int64_t Projector::author_of(const sync::VersionId& version, std::int64_t rec) {
  if (const auto* feed = log_.find_feed(version.feed)) return feed->author;
  // A feed that only the snapshot speaks of so far: it becomes one when all parts are here.
  const auto in = condensed(db_, rec);
  if (!in) return 0;
  const auto part = log_.part(in->arrival);
  for (const auto& feed : part->feeds) {
    if (part->feed_name(feed).id(part->city) == version.feed) return log_.author(feed.author);
  }
  return 0;
}

std::string Projector::opened_value(const sync::VersionId& version, std::int64_t rec,
                                    std::string value) {
  const auto commitment = commitment_in(value);
  if (!commitment) return value;
  const auto arrival = place_of(version, rec);
  if (!arrival) return value;
  auto opened = log_.opened(*arrival, *commitment);
  return opened ? std::move(*opened) : value;
}

std::optional<sync::RecordState> Projector::fold(const Row& row) {
  return state_of(row, [](const LoadedSet&) { return true; });
}

std::optional<sync::RecordState> Projector::state_of(
    const Row& row, const std::function<bool(const LoadedSet&)>& wanted) {
  std::optional<sync::RecordState> state;
  const auto type = type_of_rec(row.rec);
  const auto in = condensed(db_, row.rec);
  if (in) {
    const auto& record = log_.part(in->arrival)->records.at(static_cast<std::size_t>(in->idx));
    auto read = sync::RecordState::decode(record.state);
    if (!read) throw DatabaseError({Errc::corrupt, "a snapshot holds no merge state", {}});
    state = std::move(*read);
  }
  for (const auto& [arrival, idx] : changes_of(row)) {
    if (in && arrival == in->arrival) continue;  // The row began with the snapshot.
    const auto loaded = log_.load(arrival);
    if (loaded->standing != Standing::counts || !wanted(*loaded)) continue;
    if (!state) state.emplace();
    const auto& change = loaded->set.changes.at(static_cast<std::size_t>(idx));
    state->add(change,
               {loaded->trusted,
                std::max(change.stamp, loaded->set.seen ? loaded->set.seen->time : 0),
                {loaded->feed, loaded->set.seq, static_cast<std::uint32_t>(idx)}},
               rules(type));
  }
  return state;
}

sync::RecordState Projector::state_of(const Row& row) {
  if (row.flags & kRowStateful) {
    auto& s = db_.cached("SELECT state FROM record_state WHERE rec = ?1");
    s.bind(1, row.rec);
    if (s.step()) {
      auto state = sync::RecordState::decode(s.blob(0));
      s.reset();
      if (state) return std::move(*state);
    }
    throw DatabaseError({Errc::corrupt, "a merge state is missing: run `linli rebuild`", {}});
  }
  return fold(row).value_or(sync::RecordState{});
}

std::vector<std::pair<std::int64_t, std::int64_t>> Projector::changes_of(const Row& row) {
  std::vector<std::pair<std::int64_t, std::int64_t>> changes{{row.arrival, row.idx}};
  auto s = db_.prepare("SELECT arrival, idx FROM record_change WHERE rec = ?1 ORDER BY 1, 2");
  s.bind(1, row.rec);
  while (s.step()) changes.emplace_back(s.integer(0), s.integer(1));
  return changes;
}

void Projector::refold(const LoadedSet& loaded) {
  for (const auto& change : loaded.set.changes) {
    const auto* table = this->table(change.type);
    if (!table) continue;
    auto row = table->find(db_, loaded.scope, change.id);
    if (!row) continue;
    const auto state = fold(*row);
    Row head = *row;
    // As a rebuild would have it.
    const bool plain = changes_of(*row).size() == 1 && !condensed(db_, row->rec) && state &&
                       says_it_all(loaded, change);
    head.flags = plain ? 0 : kRowStateful | (state ? 0 : kRowHidden);
    write_state(*table, std::move(row), std::move(head), state.value_or(sync::RecordState{}));
  }
}

SearchText search_text(const model::RecordView& record) {
  SearchText text;
  const auto add = [](std::string& to, std::string_view what) {
    if (what.empty()) return;
    if (!to.empty()) to += '\n';
    to += what;
  };
  for (const auto& field : record.type->fields) {
    if (!field.searched || field.protection == model::Protection::personal) continue;
    auto& to = field.protection == model::Protection::plain ? text.plain : text.erasable;
    switch (field.type) {
      case model::FieldType::text:
        add(to, record.text(field.number));
        break;
      case model::FieldType::texts:
        for (const auto item : record.texts(field.number)) add(to, item);
        break;
      case model::FieldType::rows:
        for (const auto& row : record.rows(field.number)) {
          for (const auto& column : field.columns) {
            if (!column.searched || column.type != model::FieldType::text) continue;
            const auto value = std::find_if(row.begin(), row.end(), [&](const FieldValue& v) {
              return v.field == column.number;
            });
            if (value == row.end()) continue;
            cbor::Reader r(value->value);
            if (r.peek() == cbor::Kind::text) add(to, r.text());
          }
        }
        break;
      default:
        break;
    }
  }
  return text;
}

}  // namespace linli::store
