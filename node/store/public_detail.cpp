#include "node/store/public_detail.h"

#include <algorithm>

namespace linli::store::reading {

using model::Field;
using model::FieldType;

namespace {

bool is_everybodys(const Field& field) {
  return field.protection != model::Protection::personal && !field.sealed;
}

Json coded(const Field& field, const Json& code) {
  for (const auto& value : field.values) {
    if (code == value.code) {
      return {{"code", value.code}, {"zh", value.label.zh}, {"en", value.label.en}};
    }
  }
  return {{"code", code}, {"zh", code}, {"en", code}};  // Of a later version.
}

/// Withheld or erased: there is nothing to show.
bool is_empty(const Json& value) {
  return value.is_null() ||
         (value.is_object() &&
          (value.contains("withheld") || value.contains("erased") || value.contains("cbor")));
}

}  // namespace

std::optional<Row> Board::one(std::string_view type, const sync::RecordId& id) {
  const auto* table = store_.projector().table(model::schema().type(type)->number);
  auto rows =
      db_.prepare(table->select() + " WHERE _id = ?1 AND (_flags & 1) = 0 ORDER BY _rec LIMIT 1");
  rows.bind_blob(1, id.view());
  if (!rows.step()) return std::nullopt;
  auto row = table->read(rows);
  row.record.scope = path_of(db_, row.scope);
  return row;
}

std::vector<Row> Board::all(std::string_view type, std::string_view field, const Row& target,
                            const Fields& states, const std::string& order, std::size_t most) {
  const auto* declared = model::schema().type(type);
  const auto* table = store_.projector().table(declared->number);
  // As it is written in records of its own scope, and in others.
  const model::Ref ref{target.record.type->number, target.record.scope, target.record.id};
  const auto near = model::encode_ref(ref, ref.scope), far = model::encode_ref(ref, "");
  auto sql = table->select() + " WHERE (_flags & 1) = 0 AND " +
             Table::column(*declared->field(field)) + " IN (?1, ?2)";
  if (!states.empty()) {
    const auto* state = declared->field(declared->state);
    std::string numbers;
    for (const auto& value : state->values) {
      if (std::find(states.begin(), states.end(), value.code) == states.end()) continue;
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(value.number);
    }
    sql += " AND " + Table::column(*state) + " IN (" + numbers + ")";
  }
  auto rows = db_.prepare(sql + " ORDER BY " + order + " LIMIT " + std::to_string(most));
  rows.bind_blob(1, near).bind_blob(2, far);
  std::vector<Row> found;
  while (rows.step()) {
    auto row = table->read(rows);
    row.record.scope = path_of(db_, row.scope);
    const auto named = model::ViewOf(row.record)->ref(declared->field(field)->number);
    if (named && named->scope == ref.scope) found.push_back(std::move(row));
  }
  return found;
}

std::optional<Row> Board::followed(const Row& row, std::string_view field) {
  const auto ref = model::ViewOf(row.record)->ref(row.record.type->field(field)->number);
  if (!ref) return std::nullopt;
  const auto* table = store_.projector().table(ref->type);
  const auto scope = table ? scope_number(db_, ref->scope) : -1;
  if (scope < 0) return std::nullopt;
  auto found = table->find(db_, scope, ref->id);
  if (!found || (found->flags & kRowRemoved)) return std::nullopt;
  found->record.scope = ref->scope;
  return found;
}

Json Board::value(const Field& field, const Json& held, const Row& row) {
  switch (field.type) {
    case FieldType::choice:
    case FieldType::state:
      return coded(field, held);
    case FieldType::choices: {
      auto list = Json::array();
      for (const auto& code : held) list.push_back(coded(field, code));
      return list;
    }
    case FieldType::rows: {
      auto list = Json::array();
      for (const auto& one : held) {
        Json shown = Json::object();
        for (const auto& column : field.columns) {
          const auto at = one.find(std::string(column.name));
          const bool file = column.type == FieldType::blob || column.type == FieldType::blobs;
          if (at == one.end() || file || is_empty(*at)) continue;
          shown[std::string(column.name)] = value(column, *at, row);
        }
        list.push_back(std::move(shown));
      }
      return list;
    }
    case FieldType::ref: {
      Json shown{{"id", held.value("id", "")}};
      const auto target = followed(row, field.name);
      if (!target) return shown;
      const auto* title = target->record.type->field(target->record.type->title);
      if (title && is_everybodys(*title)) shown["title"] = title_of(store_, db_, target->record, 1);
      return shown;
    }
    default:
      return held;
  }
}

Json Board::show(Row& row, const Fields& fields) {
  const auto& type = *row.record.type;
  const model::ViewOf view(row.record);
  auto held = model::fields_to_json(*view);
  mark_erased(db_, {row.scope, type.number, row.record.id}, type, row.record.fields, held);
  Json json{{"id", sync::to_text(row.record.id)}};
  if (row.flags & kRowInvalid) json["in_doubt"] = true;
  for (const auto name : fields) {
    const auto* field = type.field(name);
    ensure(field && is_everybodys(*field), "the public board shows no personal values");
    const auto at = held.find(std::string(name));
    if (at != held.end() && !is_empty(*at)) json[std::string(name)] = value(*field, *at, row);
  }
  return json;
}

std::string Board::code(const Row& row, std::string_view field) const {
  const auto* declared = row.record.type->field(field);
  const auto raw = model::ViewOf(row.record)->raw(declared->number);
  if (!raw) return {};
  const auto json = model::value_to_json(*declared, *raw, row.record.scope);
  return json.is_string() ? json.get<std::string>() : std::string();
}

}  // namespace linli::store::reading
