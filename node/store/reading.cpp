// Records as JSON: one, a page, all; with titles, marks and confirmation.
#include "node/store/reading.h"

#include "crypto/cbor.h"
#include "node/store/condensed.h"
#include "node/store/found_in.h"
#include "node/store/reading_detail.h"
#include "node/store/record_filters.h"

namespace linli::store {

using model::Field;
using model::FieldType;
using store::Database;
using store::Row;
using store::Table;

namespace reading {

std::string path_of(Database& db, std::int64_t scope) {
  auto& s = db.cached("SELECT path FROM scope WHERE id = ?1");
  s.bind(1, scope);
  std::string path;
  if (s.step()) {
    path = std::string(s.text(0));
    s.reset();
  }
  return path;
}

std::int64_t scope_number(Database& db, std::string_view path) {
  auto& s = db.cached("SELECT id FROM scope WHERE path = ?1");
  s.bind_text(1, path);
  if (!s.step()) return -1;
  const auto id = s.integer(0);
  s.reset();
  return id;
}

std::string time_text(sync::Micros at) { return model::instant_text(at / 1000); }

namespace {

/// The row that a ref names, if it is here.
std::optional<Row> follow(store::Store& store, Database& db, const model::Ref& ref) {
  const auto* table = store.projector().table(ref.type);
  const auto scope = table ? scope_number(db, ref.scope) : -1;
  if (scope < 0) return std::nullopt;
  auto row = table->find(db, scope, ref.id);
  if (row) row->record.scope = ref.scope;
  return row;
}

}  // namespace

std::string title_of(store::Store& store, Database& db, const model::Record& record, int depth) {
  const auto* field = record.type->field(record.type->title);
  const model::ViewOf view(record);
  if (field && field->type == FieldType::ref) {
    const auto ref = view->ref(field->number);
    const auto row = ref && depth > 0 ? follow(store, db, *ref) : std::nullopt;
    if (row) return title_of(store, db, row->record, depth - 1);
  } else if (field && view->has(field->number)) {
    const auto json = model::value_to_json(*field, *view->raw(field->number), record.scope);
    if (json.is_string()) return json.get<std::string>();
    if (json.is_number()) return json.dump();
  }
  return {};  // Pages and commands then name it by what they show anyway.
}

void add_titles(Store& store, Database& db, const model::RecordType& type, const Fields& fields,
                std::string_view scope, Json& json) {
  for (const auto& [number, value] : fields) {
    const auto* field = type.field(number);
    if (!field || field->type != FieldType::ref) continue;
    const auto ref = model::decode_ref(value, scope);
    const auto target = ref ? follow(store, db, *ref) : std::nullopt;
    auto& shown = json[std::string(field->name)];
    if (target && shown.is_object()) shown["title"] = title_of(store, db, target->record, 2);
  }
}

model::Json record_json(store::Store& store, Database& db, Row& row) {
  auto& record = row.record;
  record.scope = path_of(db, row.scope);
  const auto& type = *record.type;
  const model::ViewOf view(record);
  model::Json json;
  json["type"] = type.name;
  json["id"] = sync::to_text(record.id);
  json["scope"] = record.scope;
  json["version"] = std::to_string(row.latest);
  json["title"] = title_of(store, db, record, 3);
  auto fields = model::fields_to_json(*view);
  mark_erased(db, {row.scope, type.number, record.id}, type, record.fields, fields);
  if (!type.state.empty() && fields.contains(std::string(type.state))) {
    json["state"] = fields[std::string(type.state)];
  }
  for (const auto& field : type.fields) {
    if (field.type != FieldType::ref || !view->has(field.number)) continue;
    const auto ref = view->ref(field.number);
    if (!ref) continue;
    if (const auto target = follow(store, db, *ref)) {
      auto& shown = fields[std::string(field.name)];
      if (shown.is_object()) shown["title"] = title_of(store, db, target->record, 2);
    }
  }
  json["fields"] = std::move(fields);
  json["invalid"] = model::Json::array();
  if (row.flags & store::kRowInvalid) {
    auto& s = db.cached("SELECT faults FROM invalid WHERE rec = ?1");
    s.bind(1, row.rec);
    if (s.step()) {
      json["invalid"] = model::Json::parse(s.text(0), nullptr, false);
      s.reset();
    }
  }
  json["conflicts"] = 0;
  if (row.flags & store::kRowStateful) {
    auto& s = db.cached("SELECT n FROM conflict WHERE rec = ?1");
    s.bind(1, row.rec);
    if (s.step()) {
      json["conflicts"] = s.integer(0);
      s.reset();
    }
  }
  auto& last = db.cached(
      "SELECT l.last_stamp, l.seq <= f.receipted_seq FROM log l JOIN feed f ON f.id = l.feed "
      "WHERE l.arrival = ?1");
  last.bind(1, row.latest);
  if (last.step()) {
    json["confirmed"] = last.integer(1) != 0;
    json["changed_at"] = time_text(last.integer(0));
    last.reset();
  } else if (const auto in = condensed(db, row.rec)) {
    json["confirmed"] = true;
    json["changed_at"] = time_text(in->changed);
  }
  if (record.removed) json["removed"] = true;
  return json;
}

Result<std::string> filter_value(const Field& field, const std::string& text) {
  switch (field.type) {
    case FieldType::ref: {
      // Any ref to this id; scopes are few enough that the id decides.
      const auto id = sync::record_id(text);
      if (!id) return fail(Errc::bad_value, "a record id is needed", std::string(field.name));
      return std::string(id->view());
    }
    case FieldType::integer:
    case FieldType::boolean: {
      const auto json = Json::parse(text, nullptr, false);
      const Hash none{};
      return model::value_from_json(field, json, "", {none, "", "", {}});
    }
    case FieldType::state: {
      for (const auto& value : field.values) {
        if (value.code == text) return sync::encode_move({-1, value.number});
      }
      return fail(Errc::bad_value, "no such state: " + text, std::string(field.name));
    }
    case FieldType::text:
    case FieldType::date:
    case FieldType::instant:
    case FieldType::choice: {
      const Hash none{};
      return model::value_from_json(field, Json(text), "", {none, "", "", {}});
    }
    default:
      return fail(Errc::bad_value, "lists can't be filtered by this field",
                  std::string(field.name));
  }
}

}  // namespace reading

using namespace reading;

namespace {

Result<const Table*> table_named(store::Store& store, std::string_view type) {
  const auto* known = model::schema().type(type);
  if (!known) {
    return fail(Errc::unknown_type, "no record type is called " + std::string(type));
  }
  return store.projector().table(known->number);
}

}  // namespace

Result<RecordPage> list_records(store::Store& store, const RecordQuery& query) {
  const auto table = table_named(store, query.type);
  if (!table) return fail(table.error());
  if (query.limit < 1 || query.limit > 1000) {
    return fail(Errc::bad_value, "limit is 1 to 1000", "limit");
  }
  const auto& type = (*table)->type();
  std::string sql = (*table)->select() + " WHERE ";
  std::int64_t after = query.newest_first ? INT64_MAX : 0;
  if (!query.cursor.empty()) {
    char* end = nullptr;
    after = std::strtoll(query.cursor.c_str(), &end, 10);
    if (*end != '\0' || after < 0)
      return fail(Errc::bad_value, "not a cursor of this list", "cursor");
  }
  sql += query.newest_first ? "_rec < ?1" : "_rec > ?1";
  // Hidden ones are marked removed too, and shown to nobody.
  sql += query.removed ? " AND (_flags & 8) = 0" : " AND (_flags & 1) = 0";
  if (!query.scope.empty()) {
    sql += " AND _scope IN (SELECT id FROM scope WHERE path = ?2 OR path GLOB ?2 || '/*')";
  }
  const auto filters = RecordFilters::of(type, query.where, 3);
  if (!filters) return fail(filters.error());
  sql += filters->sql();
  sql += query.newest_first ? " ORDER BY _rec DESC LIMIT " : " ORDER BY _rec LIMIT ";
  sql += std::to_string(query.limit + 1);
  try {
    auto lease = store.read();
    auto& db = *lease;
    const store::Transaction snapshot(db, true);
    auto rows = db.prepare(sql);
    rows.bind(1, after);
    if (!query.scope.empty()) rows.bind_text(2, query.scope);
    if (auto bound = filters->bind(rows); !bound) return fail(bound.error());
    RecordPage page;
    std::int64_t last = 0;
    while (rows.step()) {
      auto row = (*table)->read(rows);
      if (page.items.size() == query.limit) {
        page.next_cursor = std::to_string(last);
        break;
      }
      last = row.rec;
      page.items.push_back(record_json(store, db, row));
    }
    return page;
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> get_record(store::Store& store, std::string_view type, std::string_view scope,
                        const sync::RecordId& id) {
  const auto table = table_named(store, type);
  if (!table) return fail(table.error());
  try {
    auto lease = store.read();
    auto& db = *lease;
    const store::Transaction snapshot(db, true);
    auto row = (*table)->find(db, scope_number(db, scope), id);
    if (!row || (row->flags & kRowHidden))
      return fail(Errc::not_found, "本机没有这条记录 no such record here");
    return record_json(store, db, *row);
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Result<std::string> scope_of(store::Store& store, std::string_view type, const sync::RecordId& id) {
  const auto found = found_in(store, type, id);
  if (!found) return fail(found.error());
  if (found->empty()) return fail(Errc::not_found, "本机没有这条记录 no such record here");
  if (found->size() == 1) return found->front();
  std::string scopes;
  for (const auto& scope : *found) scopes += (scopes.empty() ? "" : ", ") + scope;
  return fail(Errc::bad_value,
              "多个范围里都有这个编号的记录，请用 --scope（接口里 ?scope=）写明一个 several scopes "
              "have it, name one with --scope (?scope= in the API): " +
                  scopes,
              "scope");
}

Result<void> export_records(store::Store& store, std::string_view type,
                            const std::function<void(const Json&)>& line) {
  const auto table = table_named(store, type);
  if (!table) return fail(table.error());
  try {
    auto lease = store.read();
    auto& db = *lease;
    const store::Transaction snapshot(db, true);
    // No join: a type may have a field that is called like one of scope's columns.
    auto rows = db.prepare((*table)->select() +
                           " WHERE (_flags & 1) = 0 "
                           "ORDER BY (SELECT s.path FROM scope s WHERE s.id = _scope), _id");
    while (rows.step()) {
      auto row = (*table)->read(rows);
      row.record.scope = path_of(db, row.scope);
      const model::ViewOf view(row.record);
      Json json;
      json["id"] = sync::to_text(row.record.id);
      json["scope"] = row.record.scope;
      auto fields = model::fields_to_json(*view);
      mark_erased(db, {row.scope, row.record.type->number, row.record.id}, *row.record.type,
                  row.record.fields, fields);
      for (auto& [name, value] : fields.items()) json[name] = std::move(value);
      line(json);
    }
    return {};
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

Json record_counts(store::Store& store) {
  auto lease = store.read();
  Json counts = Json::object();
  for (const auto& [number, table] : store.projector().tables()) {
    auto& s = lease->cached("SELECT count(*) FROM " + table.name());
    s.step();
    counts[std::string(table.type().name)] = s.integer(0);
    s.reset();
  }
  return counts;
}

}  // namespace linli::store
