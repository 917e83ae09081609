#include "node/store/table.h"

#include "crypto/cbor.h"

namespace linli::store {
namespace {

using model::Field;
using model::FieldType;

enum class Affinity { text, integer, blob };

Affinity affinity(FieldType type) {
  switch (type) {
    case FieldType::text:
      return Affinity::text;
    case FieldType::integer:
    case FieldType::boolean:
    case FieldType::date:
    case FieldType::instant:
    case FieldType::choice:
    case FieldType::state:
      return Affinity::integer;
    default:
      return Affinity::blob;
  }
}

/// The CBOR of what a column holds.
std::string item_of(const Field& field, const Statement& row, int at) {
  switch (affinity(field.type)) {
    case Affinity::text:
      return cbor::encode_text(row.text(at));
    case Affinity::blob:
      return std::string(row.blob(at));
    case Affinity::integer:
      break;
  }
  if (field.type == FieldType::boolean) return cbor::encode_bool(row.integer(at) != 0);
  if (field.type == FieldType::state) return sync::encode_move({-1, row.integer(at)});
  return cbor::encode_int(row.integer(at));
}

}  // namespace

std::string Table::column(const Field& field) { return '"' + std::string(field.name) + '"'; }

Table::Table(const model::RecordType& type) : type_(type), name_("r_" + std::string(type.name)) {
  std::string columns = "_rec, _scope, _id, _arrival, _idx, _latest, _flags, _extra";
  std::string places = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8";
  std::string assignments = "_latest = ?6, _flags = ?7, _extra = ?8, _arrival = ?4, _idx = ?5";
  int at = 9;
  for (const auto& field : type.fields) {
    columns += ", " + column(field);
    places += ", ?" + std::to_string(at);
    assignments += ", " + column(field) + " = ?" + std::to_string(at);
    ++at;
  }
  select_ = "SELECT " + columns + " FROM " + name_;
  find_ = select_ + " WHERE _id = ?1 AND _scope = ?2";
  at_ = select_ + " WHERE _rec = ?1";
  insert_ = "INSERT INTO " + name_ + " (" + columns + ") VALUES (" + places + ")";
  update_ =
      "UPDATE " + name_ + " SET " + assignments + " WHERE _rec = ?1 AND _scope = ?2 AND _id = ?3";
}

std::string Table::ddl() const {
  std::string sql = "CREATE TABLE " + name_ +
                    " (_rec INTEGER PRIMARY KEY, _scope INTEGER NOT NULL, _id BLOB NOT NULL, "
                    "_arrival INTEGER NOT NULL, _idx INTEGER NOT NULL, _latest INTEGER NOT NULL, "
                    "_flags INTEGER NOT NULL, _extra BLOB";
  for (const auto& field : type_.fields) {
    const auto kind = affinity(field.type);
    sql += ", " + column(field) +
           (kind == Affinity::text      ? " TEXT"
            : kind == Affinity::integer ? " INTEGER"
                                        : " BLOB");
  }
  sql += ");\nCREATE UNIQUE INDEX " + name_ + "_id ON " + name_ + "(_id, _scope);\n";
  int n = 0;
  for (const auto& index : type_.indexes) {
    sql += "CREATE INDEX " + name_ + "_" + std::to_string(++n) + " ON " + name_ + "(";
    for (std::size_t i = 0; i < index.size(); ++i) {
      sql += (i ? ", \"" : "\"") + std::string(index[i]) + '"';
    }
    sql += ");\n";
  }
  return sql;
}

bool Table::bind_value(Statement& statement, int at, const Field& field, std::string_view value) {
  cbor::Reader r(value);
  switch (affinity(field.type)) {
    case Affinity::text: {
      if (r.peek() != cbor::Kind::text) return false;
      statement.bind_text(at, r.text());
      return true;
    }
    case Affinity::blob:
      if (r.peek() == cbor::Kind::tag || r.peek() == cbor::Kind::null) return false;
      statement.bind_blob(at, value);
      return true;
    case Affinity::integer:
      break;
  }
  if (field.type == FieldType::boolean) {
    if (r.peek() != cbor::Kind::boolean) return false;
    statement.bind(at, r.boolean() ? 1 : 0);
    return true;
  }
  if (field.type == FieldType::state) {
    const auto move = sync::decode_move(value);
    if (!move) return false;
    statement.bind(at, move->to);
    return true;
  }
  if (r.peek() != cbor::Kind::uint && r.peek() != cbor::Kind::nint) return false;
  statement.bind(at, r.sint());
  return true;
}

void Table::bind_fields(Statement& statement, int first, std::span<const sync::FieldValue> fields,
                        std::string& extra) const {
  std::vector<sync::FieldValue> left_over;
  std::size_t next = 0;
  int at = first;
  // Declared fields ascend by number, as the values do: one walk over both.
  for (const auto& field : type_.fields) {
    while (next < fields.size() && fields[next].field < field.number) {
      left_over.push_back(fields[next++]);
    }
    const bool here = next < fields.size() && fields[next].field == field.number;
    if (!here || !bind_value(statement, at, field, fields[next].value)) {
      statement.bind_null(at);
      if (here) left_over.push_back(fields[next]);
    }
    if (here) ++next;
    ++at;
  }
  for (; next < fields.size(); ++next) left_over.push_back(fields[next]);
  if (left_over.empty()) {
    statement.bind_null(8);
    return;
  }
  cbor::Writer w;
  w.map(left_over.size());
  for (const auto& value : left_over) {
    w.uint(value.field);
    w.raw(value.value);
  }
  extra = w.take();
  statement.bind_blob(8, extra);
}

void Table::insert(Database& db, const Row& head, std::span<const sync::FieldValue> fields) const {
  auto& s = db.cached(insert_);
  std::string extra;
  s.bind(1, head.rec).bind(2, head.scope).bind_blob(3, head.record.id.view());
  s.bind(4, head.arrival).bind(5, head.idx).bind(6, head.latest).bind(7, head.flags);
  bind_fields(s, 9, fields, extra);
  s.run();
}

void Table::update(Database& db, const Row& head, std::span<const sync::FieldValue> fields) const {
  auto& s = db.cached(update_);
  std::string extra;
  s.bind(1, head.rec).bind(2, head.scope).bind_blob(3, head.record.id.view());
  s.bind(4, head.arrival).bind(5, head.idx).bind(6, head.latest).bind(7, head.flags);
  bind_fields(s, 9, fields, extra);
  s.run();
}

Row Table::read(const Statement& s) const {
  Row row;
  row.rec = s.integer(0);
  row.scope = s.integer(1);
  row.record.type = &type_;
  row.record.id = sync::RecordId::of(s.blob(2));
  row.arrival = s.integer(3);
  row.idx = s.integer(4);
  row.latest = s.integer(5);
  row.flags = s.integer(6);
  row.record.removed = (row.flags & kRowRemoved) != 0;
  int at = 8;
  for (const auto& field : type_.fields) {
    if (!s.is_null(at)) row.record.fields.emplace_back(field.number, item_of(field, s, at));
    ++at;
  }
  if (!s.is_null(7)) {
    cbor::Reader r(s.blob(7));
    for (cbor::IntMap m(r); m.next();) {
      row.record.set(static_cast<std::uint32_t>(m.key()), std::string(r.item()));
    }
  }
  return row;
}

std::optional<Row> Table::find(Database& db, std::int64_t scope, const sync::RecordId& id) const {
  auto& s = db.cached(find_);
  s.bind_blob(1, id.view()).bind(2, scope);
  if (!s.step()) return std::nullopt;
  auto row = read(s);
  s.reset();
  return row;
}

std::optional<Row> Table::at(Database& db, std::int64_t rec) const {
  auto& s = db.cached(at_);
  s.bind(1, rec);
  if (!s.step()) return std::nullopt;
  auto row = read(s);
  s.reset();
  return row;
}

}  // namespace linli::store
