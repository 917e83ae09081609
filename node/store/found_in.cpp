#include "node/store/found_in.h"

#include <algorithm>

namespace linli::store {
namespace {

std::string select(const Table& table, const std::string& where) {
  return "SELECT s.path, r._flags & " + std::to_string(kRowRemoved) + " FROM " + table.name() +
         " r JOIN scope s ON s.id = r._scope WHERE " + where + " AND r._flags & " +
         std::to_string(kRowHidden) + " = 0 ORDER BY s.path";
}

std::vector<std::string> scopes(Statement& s) {
  std::vector<std::string> live, removed;
  while (s.step()) (s.integer(1) == 0 ? live : removed).emplace_back(s.text(0));
  s.reset();
  return live.empty() ? removed : live;
}

}  // namespace

std::vector<std::string> found_in(Database& db, const Table& table, const sync::RecordId& id) {
  auto& s = db.cached(select(table, "r._id = ?1"));
  s.bind_blob(1, id.view());
  return scopes(s);
}

Result<std::vector<std::string>> found_in(Store& store, std::string_view type,
                                          const sync::RecordId& id) {
  const auto* known = model::schema().type(type);
  if (!known) return fail(Errc::unknown_type, "no record type is called " + std::string(type));
  try {
    auto lease = store.read();
    return found_in(*lease, *store.projector().table(known->number), id);
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

std::vector<std::string> found_in_by_key(Database& db, const Table& table,
                                         const model::Record& keyed) {
  const auto& type = table.type();
  std::string where;
  int at = 0;
  for (const auto name : type.key) {
    where += (at == 0 ? "r." : " AND r.") + Table::column(*type.field(name)) + " = ?" +
             std::to_string(at + 1);
    ++at;
  }
  if (at == 0) return {};
  auto& s = db.cached(select(table, where));
  at = 0;
  for (const auto name : type.key) {
    const auto* field = type.field(name);
    const auto* value = keyed.get(field->number);
    if (field->type == model::FieldType::ref || !value ||
        !Table::bind_value(s, ++at, *field, *value)) {
      s.reset();
      return {};
    }
  }
  return scopes(s);
}

}  // namespace linli::store
