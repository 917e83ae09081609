#include "node/store/rivals.h"

#include "node/store/people.h"
#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kOthersMax = 20;

/// Lists rivals beside each other, for a person to compare.
class Rivals {
 public:
  Rivals(Store& store, Database& db) : store_(store), db_(db), log_(db), people_(db) {}

  Json item(const Table& table, Row& row) {
    const auto whole = record_json(store_, db_, row);
    Json item{{"severity", "rivals"},    {"type", whole["type"]},
              {"id", whole["id"]},       {"scope", whole["scope"]},
              {"title", whole["title"]}, {"state", whole.value("state", Json())},
              {"key", Json::object()},   {"written", written(row)},
              {"others", Json::array()}};
    for (const auto name : table.type().key) {
      const std::string field(name);
      if (whole["fields"].contains(field)) item["key"][field] = whole["fields"][field];
    }
    for (auto& other : others_of(table, row)) {
      const auto shown = record_json(store_, db_, other);
      item["others"].push_back({{"id", shown["id"]},
                                {"scope", shown["scope"]},
                                {"title", shown["title"]},
                                {"state", shown.value("state", Json())},
                                {"written", written(other)},
                                {"differs", differs(row, other)}});
    }
    return item;
  }

 private:
  Json written(const Row& row) {
    try {
      const auto loaded = log_.load(row.latest);
      const auto& name = people_.under(loaded->set.certificate).name;
      return {{"node", name.empty() ? Json() : Json(name)},
              {"arrived", model::instant_text(loaded->received / 1000)}};
    } catch (const DatabaseError&) {
      return nullptr;  // Out of a snapshot: the set itself isn't here.
    }
  }

  /// Peers of it that are rivals of somebody.
  std::vector<Row> others_of(const Table& table, const Row& row) {
    std::vector<Row> rows;
    std::string where = " WHERE _rec <> ?1 AND _rec IN (SELECT rec FROM rival)";
    int at = 1;
    for (const auto name : table.type().peers) {
      where += " AND " + Table::column(*table.type().field(name)) + " = ?" + std::to_string(++at);
    }
    auto s =
        db_.prepare(table.select() + where + " ORDER BY _rec LIMIT ?" + std::to_string(at + 1));
    s.bind(1, row.rec).bind(at + 1, static_cast<std::int64_t>(kOthersMax));
    at = 1;
    for (const auto name : table.type().peers) {
      const auto* field = table.type().field(name);
      const auto* value = row.record.get(field->number);
      if (!value || !Table::bind_value(s, ++at, *field, *value)) return rows;
    }
    while (s.step()) {
      rows.push_back(table.read(s));
      rows.back().record.scope = path_of(db_, rows.back().scope);
    }
    return rows;
  }

  /// Not of what is sealed or about people: that two ballots differ would say something of a
  /// choice.
  static Json differs(const Row& row, const Row& other) {
    Json names = Json::array();
    for (const auto& field : row.record.type->fields) {
      if (field.sealed || field.protection == model::Protection::personal) continue;
      const auto* here = row.record.get(field.number);
      const auto* there = other.record.get(field.number);
      if ((here == nullptr) != (there == nullptr) || (here && *here != *there)) {
        names.push_back(field.name);
      }
    }
    return names;
  }

  Store& store_;
  Database& db_;
  Log log_;
  People people_;
};

}  // namespace

Result<Json> list_rivals(Store& store, const ConflictQuery& query, const model::RecordType* type,
                         std::int64_t before) {
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  Json items = Json::array();
  Json next = nullptr;
  Rivals rivals(store, *lease);
  auto s = lease->prepare(
      "SELECT rec FROM rival WHERE rec < ?1 AND (?2 = 0 OR rec % ?3 = ?2) ORDER BY rec DESC");
  s.bind(1, before).bind(2, type ? type->number : 0).bind(3, kTypesMax);
  while (s.step()) {
    const auto rec = s.integer(0);
    const auto* table = store.projector().table(type_of_rec(rec));
    auto row = table ? table->at(*lease, rec) : std::nullopt;
    if (!row) continue;
    row->record.scope = path_of(*lease, row->scope);
    if (!query.scope.empty() && !crypto::scope_covers(query.scope, row->record.scope)) continue;
    if (items.size() == query.limit) {
      next = std::to_string(rec + 1);
      break;
    }
    items.push_back(rivals.item(*table, *row));
  }
  return Json{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace linli::store
