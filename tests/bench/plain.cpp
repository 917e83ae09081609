#include "plain.h"

#include <deque>

#include "crypto/cbor.h"
#include "node/store/projector.h"

namespace linli::bench {
namespace {

/// One column's value as SQLite takes it.
struct Native {
  enum class Kind { null, integer, text, blob } kind = Kind::null;
  std::int64_t integer = 0;
  std::string bytes;
};

struct NativeRow {
  std::string id;
  std::int64_t scope = 0;
  const model::RecordType* type = nullptr;
  std::vector<Native> columns;
  store::SearchText text;
};

/// As Table binds it, for the types that are measured here.
Native native(const model::Field& field, std::string_view value) {
  cbor::Reader r(value);
  switch (field.type) {
    case model::FieldType::text:
      return {Native::Kind::text, 0, std::string(r.text())};
    case model::FieldType::state:
      return {Native::Kind::integer, must(sync::decode_move(value), "a state").to, {}};
    case model::FieldType::integer:
    case model::FieldType::date:
    case model::FieldType::instant:
    case model::FieldType::choice:
      return {Native::Kind::integer, r.sint(), {}};
    default:
      return {Native::Kind::blob, 0, std::string(value)};
  }
}

NativeRow native_row(const Plain& record, std::int64_t scope) {
  NativeRow row{std::string(record.id.view()), scope, record.type, {}, {}};
  std::vector<sync::FieldValue> values;
  for (const auto& [number, value] : record.fields) values.push_back({number, value});
  const model::RecordView view{record.type, record.scope, record.id, false, values};
  for (const auto& field : record.type->fields) {
    const auto value = view.raw(field.number);
    row.columns.push_back(value ? native(field, *value) : Native{});
  }
  row.text = store::search_text(view);
  return row;
}

std::string insert_into(const model::RecordType& type) {
  std::string columns = "_rec, _scope, _id, _arrival, _idx, _latest, _flags";
  std::string places = "?1, ?2, ?3, ?4, ?5, ?6, ?7";
  int at = 8;
  for (const auto& field : type.fields) {
    columns += ", " + store::Table::column(field);
    places += ", ?" + std::to_string(at++);
  }
  return "INSERT INTO r_" + std::string(type.name) + " (" + columns + ") VALUES (" + places + ")";
}

void bind(store::Statement& statement, int at, const Native& value) {
  switch (value.kind) {
    case Native::Kind::null:
      statement.bind_null(at);
      return;
    case Native::Kind::integer:
      statement.bind(at, value.integer);
      return;
    case Native::Kind::text:
      statement.bind_text(at, value.bytes);
      return;
    case Native::Kind::blob:
      statement.bind_blob(at, value.bytes);
      return;
  }
}

}  // namespace

PlainCost insert_plainly(const std::filesystem::path& folder, const std::vector<Plain>& records,
                         double per_commit, bool search) {
  std::filesystem::create_directories(folder);
  auto db = must(store::Database::open(folder / "plain.db", store::Access::write), "opening");
  store::Log log(*db);
  store::Projector(*db, log, model::schema()).create();
  std::map<std::string, std::int64_t> scopes;
  std::vector<NativeRow> rows;
  rows.reserve(records.size());
  for (const auto& record : records) {
    const auto scope = scopes.try_emplace(record.scope, scopes.size() + 1).first->second;
    rows.push_back(native_row(record, scope));
  }
  std::map<const model::RecordType*, store::Statement> inserts;
  for (const auto& record : records) {
    if (inserts.contains(record.type)) continue;
    inserts.emplace(record.type, db->prepare(insert_into(*record.type)));
  }
  store::SearchIndex index(*db);

  const Stopwatch watch;
  double commit_at = per_commit;
  std::int64_t rec = 0;
  for (std::size_t done = 0; done < rows.size();) {
    store::Transaction transaction(*db);
    for (; done < rows.size() && static_cast<double>(done) < commit_at; ++done) {
      const auto& row = rows[done];
      auto& s = inserts.at(row.type);
      rec += store::kTypesMax;
      s.bind(1, rec + row.type->number).bind(2, row.scope).bind_blob(3, row.id);
      s.bind(4, rec / store::kTypesMax).bind(5, 0).bind(6, rec / store::kTypesMax).bind(7, 0);
      int at = 8;
      for (const auto& column : row.columns) bind(s, at++, column);
      s.run();
      if (search) index.insert(rec + row.type->number, row.text);
    }
    index.flush();
    transaction.commit();
    commit_at += std::max(per_commit, 1.0);
  }
  return {watch.seconds()};
}

}  // namespace linli::bench
