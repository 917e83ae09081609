// What people look for by words, as JSON: with marks, filters and cursors.
#include "crypto/cbor.h"
#include "node/store/reading_detail.h"
#include "node/store/search_filters.h"
#include "node/store/search_find.h"
#include "node/store/search_marks.h"

namespace linli::store {

using namespace reading;
using model::FieldType;

namespace {

constexpr std::size_t kSnippetWidth = 40;

/// Reads the searched texts of wanted records, and no more of them.
class Texts {
 public:
  Texts(Store& store, Database& db, const SearchFilters& filters)
      : store_(store), db_(db), filters_(filters) {}

  [[nodiscard]] std::optional<std::vector<SearchedValue>> operator()(std::int64_t rec) {
    const auto number = type_of_rec(rec);
    if (!filters_.wants_type(number)) return std::nullopt;
    const auto* table = store_.projector().table(number);
    if (!table) return std::nullopt;
    auto& rows = db_.cached(sql_of(*table));
    rows.bind(1, rec);
    if (!rows.step()) return std::nullopt;
    const auto scope = rows.integer(0), latest = rows.integer(1);
    auto values = values_of(table->type(), rows);
    rows.reset();
    if (!filters_.wants(db_, rec, scope, latest)) return std::nullopt;
    if (filters_.asks_fields() && !fields_wanted(*table, rec, scope)) return std::nullopt;
    return values;
  }

 private:
  static bool is_searched(const model::Field& field) {
    return field.searched && field.protection != model::Protection::personal;
  }

  const std::string& sql_of(const Table& table) {
    auto& sql = sql_[table.type().number];
    if (!sql.empty()) return sql;
    sql = "SELECT _scope, _latest";
    for (const auto& field : table.type().fields) {
      if (is_searched(field)) sql += ", " + Table::column(field);
    }
    return sql += " FROM " + table.name() + " WHERE _rec = ?1";
  }

  static std::vector<SearchedValue> values_of(const model::RecordType& type, const Statement& row) {
    std::vector<std::pair<std::uint32_t, std::string>> held;
    int at = 2;
    for (const auto& field : type.fields) {
      if (!is_searched(field)) continue;
      if (!row.is_null(at)) {
        held.emplace_back(field.number, field.type == FieldType::text
                                            ? cbor::encode_text(row.text(at))
                                            : std::string(row.blob(at)));
      }
      ++at;
    }
    std::vector<sync::FieldValue> fields;
    fields.reserve(held.size());
    for (const auto& [number, value] : held) fields.push_back({number, value});
    return searched_values({&type, {}, {}, false, fields});
  }

  bool fields_wanted(const Table& table, std::int64_t rec, std::int64_t scope) {
    auto row = table.at(db_, rec);
    if (!row) return false;
    row->record.scope = path_of(db_, scope);
    return filters_.wants(*model::ViewOf(row->record));
  }

  Store& store_;
  Database& db_;
  const SearchFilters& filters_;
  std::map<std::uint32_t, std::string> sql_;
};

Json json_of(const std::vector<Mark>& marks) {
  auto json = Json::array();
  for (const auto& mark : marks) json.push_back({mark.begin, mark.end});
  return json;
}

Json item_of(Store& store, Database& db, const std::vector<Term>& terms, std::int64_t rec,
             const std::vector<SearchedValue>& values) {
  Json item;
  const auto* table = store.projector().table(type_of_rec(rec));
  auto row = *table->at(db, rec);
  row.record.scope = path_of(db, row.scope);
  item["type"] = table->type().name;
  item["id"] = sync::to_text(row.record.id);
  item["scope"] = row.record.scope;
  item["title"] = title_of(store, db, row.record, 3);
  // Shown is a text that isn't the title anyway, if there is one.
  const SearchedValue* shown = nullptr;
  std::vector<Mark> shown_marks;
  auto highlights = Json::array();
  for (const auto& value : values) {
    auto marks = marks_in(terms, value);
    if (marks.empty()) continue;
    Json place{{"field", std::string(value.field->name)}};
    if (value.field->type != FieldType::text) place["item"] = value.item;
    place["ranges"] = json_of(marks);
    highlights.push_back(std::move(place));
    if (!shown || shown->title) {
      shown = &value;
      shown_marks = std::move(marks);
    }
  }
  const auto piece = shown ? snippet(shown->text, shown_marks, kSnippetWidth) : Snippet();
  item["snippet"] = piece.text;
  item["marks"] = json_of(piece.marks);
  item["highlights"] = std::move(highlights);
  return item;
}

/// Names the filters, so that a cursor of others is refused.
std::string name_of(const SearchRequest& request) {
  auto json = Json::array({request.type, request.scope, request.from, request.to});
  for (const auto& [name, value] : request.where) json.push_back({name, value});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Json> search_records(Store& store, const SearchRequest& request) {
  if (request.limit < 1 || request.limit > 200) {
    return fail(Errc::bad_value, "limit is 1 to 200", "limit");
  }
  if (!cbor::valid_utf8(request.text)) {
    return fail(Errc::bad_utf8, "the search text isn't UTF-8", "q");
  }
  try {
    auto lease = store.read();
    auto& db = *lease;
    const Transaction snapshot(db, true);
    const auto filters = SearchFilters::of(store, db, request);
    if (!filters) return fail(filters.error());
    Texts texts(store, db, *filters);
    const auto name = name_of(request);
    const auto page = find(db, {request.text, request.limit, request.cursor, name},
                           [&](std::int64_t rec) { return texts(rec); });
    if (!page) return fail(page.error());
    Json answer{{"items", Json::array()}};
    for (const auto rec : page->recs) {
      answer["items"].push_back(item_of(store, db, page->terms, rec, *texts(rec)));
    }
    answer["near"] = page->near;
    answer["next_cursor"] = page->next_cursor ? Json(*page->next_cursor) : Json(nullptr);
    return answer;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> search_records(Store& store, std::string_view text, std::size_t limit) {
  SearchRequest request;
  request.text = text;
  request.limit = limit;
  return search_records(store, request);
}

}  // namespace linli::store
