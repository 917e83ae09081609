// What is derived from a record's row: figures, search entries, marks, attachments referred to.
#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/json.h"
#include "node/store/blob_refs.h"
#include "node/store/projector_detail.h"

namespace linli::store {

using namespace projecting;
using sync::FieldValue;

namespace projecting {

std::vector<FieldValue> views(const std::vector<std::pair<std::uint32_t, std::string>>& fields) {
  std::vector<FieldValue> out;
  out.reserve(fields.size());
  for (const auto& [number, value] : fields) out.push_back({number, value});
  return out;
}

}  // namespace projecting

namespace {

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

// Figures

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
  const auto rivals = table.type().rivals;
  if (sign > 0 && rivals) {
    for (const auto& [rec, row] : group) {
      db_.cached("DELETE FROM rival WHERE rec = ?1").bind(1, rec).run();
    }
  }
  for (const auto& self : seen) {
    std::vector<model::RecordView> others;
    for (const auto& other : seen) {
      if (other.row == self.row || other.key != self.key) continue;
      others.push_back({&table.type(), other.path, other.row->record.id, false, other.values});
    }
    const model::RecordView view{&table.type(), self.path, self.row->record.id, false, self.values};
    if (sign > 0 && rivals && rivals(view, others)) {
      db_.cached("INSERT INTO rival(rec) VALUES (?1)").bind(1, self.row->rec).run();
    }
    std::vector<model::Contribution> contributions;
    if (table.type().contribute) table.type().contribute(view, others, contributions);
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

// Search entries

void Projector::index(const Table& table, const Row* old, const Row& head) {
  const auto text_of = [&](const Row* row) {
    if (!row || (row->flags & kRowRemoved)) return SearchText();
    const auto values = views(row->record.fields);
    return search_text({&table.type(), {}, row->record.id, false, values});
  };
  const auto before = text_of(old), after = text_of(&head);
  if (before == after) return;
  search_.remove(head.rec, before);
  search_.insert(head.rec, after);
}

// Marks

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

// Attachments

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

}  // namespace linli::store
