#include "node/store/numbering.h"

namespace linli::store {

std::vector<std::string> texts_with_prefix(Database& db, const Table& table,
                                           const model::Field& field, std::string_view prefix) {
  const auto column = Table::column(field);
  // Every text that begins with the prefix lies before the prefix with this byte behind it: UTF-8
  // has none.
  const auto end = std::string(prefix) + '\xff';
  auto s = db.prepare("SELECT " + column + " FROM " + table.name() + " WHERE " + column +
                      " >= ?1 AND " + column + " < ?2");
  s.bind_text(1, prefix).bind_text(2, end);
  std::vector<std::string> texts;
  while (s.step()) texts.emplace_back(s.text(0));
  return texts;
}

}  // namespace linli::store
