#include "node/store/named_by.h"

#include "node/model/record.h"

namespace linli::store {

std::vector<Row> records_naming(Database& db, Log& log, const Table& table, const model::Field& by,
                                const std::string& scope, const sync::RecordId& id) {
  std::vector<Row> rows;
  const auto target = table.type().field(by.name)->targets.front();
  const auto number = model::schema().type(target)->number;
  // A ref within one scope is written shorter than one to another: both are looked up, each by the
  // column's index.
  const model::Ref ref{number, scope, id};
  const auto sql = table.select() + " WHERE " + Table::column(by) + " = ?1 AND (_flags & ?2) = 0";
  for (const auto& value : {model::encode_ref(ref, scope), model::encode_ref(ref, "")}) {
    auto& s = db.cached(sql);
    s.bind_blob(1, value).bind(2, static_cast<std::int64_t>(kRowRemoved | kRowHidden));
    while (s.step()) {
      auto row = table.read(s);
      row.record.scope = log.path(row.scope);
      const auto named = model::decode_ref(*row.record.get(by.number), row.record.scope);
      if (named && named->id == id && named->scope == scope) rows.push_back(std::move(row));
    }
    s.reset();
  }
  return rows;
}

}  // namespace linli::store
