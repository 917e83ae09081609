#include "node/store/touched.h"

namespace linli::store {
namespace {

void note(Database& db, std::uint32_t type, std::int64_t scope, std::string_view id) {
  const auto number = last_touched(db) + 1;
  auto& add = db.cached("INSERT INTO touched(number, type, scope, id) VALUES (?1, ?2, ?3, ?4)");
  add.bind(1, number).bind(2, type).bind(3, scope).bind_blob(4, id).run();
  auto& trim = db.cached("DELETE FROM touched WHERE number <= ?1");
  trim.bind(1, number - kTouchedMax).run();
}

}  // namespace

void note_touched(Database& db, std::uint32_t type, std::int64_t scope, const sync::RecordId& id) {
  note(db, type, scope, id.view());
}

void note_all_touched(Database& db) { note(db, 0, 0, {}); }

std::int64_t last_touched(Database& db) {
  auto& s = db.cached("SELECT coalesce(max(number), 0) FROM touched");
  s.step();
  const auto number = s.integer(0);
  s.reset();
  return number;
}

bool knows_touched_after(Database& db, std::int64_t number) {
  auto& s = db.cached(
      "SELECT coalesce(max(number), 0), coalesce(min(number), 0), "
      "coalesce(max(CASE WHEN type = 0 THEN number END), 0) FROM touched");
  s.step();
  const auto newest = s.integer(0), oldest = s.integer(1), all = s.integer(2);
  s.reset();
  return number <= newest && number + 1 >= oldest && number >= all;
}

}  // namespace linli::store
