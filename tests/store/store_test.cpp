#include "node/store/store.h"

#include <catch2/catch.hpp>

#include "tests/store/scratch.h"

namespace linli::store {
namespace {

bool has_index(Database& db, const std::string& name) {
  auto s = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = ?1");
  s.bind_text(1, name);
  s.step();
  return s.integer(0) == 1;
}

/// Every column of every table, and every index: what a migration has to arrive at.
std::vector<std::string> columns(Database& db) {
  std::vector<std::string> list;
  auto s = db.prepare(
      "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.pk FROM sqlite_schema m, "
      "pragma_table_info(m.name) c WHERE m.type = 'table' UNION SELECT 'index ' || name FROM "
      "sqlite_schema WHERE type = 'index' ORDER BY 1");
  while (s.step()) list.emplace_back(s.text(0));
  return list;
}

void set_format(const std::filesystem::path& file, std::int64_t format) {
  auto db = Database::open(file, Access::write);
  REQUIRE(db);
  auto s = (*db)->prepare("UPDATE meta SET value = ?1 WHERE key = 'format'");
  s.bind(1, format).run();
  if (format > 2) return;
  (*db)->execute(
      "DROP INDEX log_standing; DROP INDEX log_place; ALTER TABLE log DROP COLUMN standing; "
      "CREATE UNIQUE INDEX log_place ON log(feed, seq, kind); DROP TABLE refusal; "
      "ALTER TABLE peer DROP COLUMN pulled_mark; ALTER TABLE peer DROP COLUMN regive; "
      "DROP TABLE blob; DROP TABLE blob_from; DROP TABLE blob_part");
  if (format == 1) (*db)->execute("DROP INDEX waiting_peer");
}

}  // namespace

TEST_CASE("store: an older format is brought up to this one when it is opened to write",
          "[store][I8]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "linli.db";
  REQUIRE(Store::create(file));
  set_format(file, 1);
  {
    const auto reading = Store::open(file, Access::read);
    REQUIRE(reading);
    CHECK_FALSE(has_index((*reading)->database(), "waiting_peer"));
  }
  const auto store = Store::open(file, Access::write);
  REQUIRE(store);
  CHECK(has_index((*store)->database(), "waiting_peer"));
  CHECK((*store)->log().meta_int("format", 0) == kFormatVersion);
  // Column by column what a new one has.
  const auto fresh = Store::create(folder.path() / "new.db");
  REQUIRE(fresh);
  CHECK(columns((*store)->database()) == columns((*fresh)->database()));
}

TEST_CASE("store: a newer format is refused, and left as it is", "[store][I8]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "linli.db";
  REQUIRE(Store::create(file));
  set_format(file, kFormatVersion + 1);
  for (const auto access : {Access::read, Access::write}) {
    const auto store = Store::open(file, access);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == Errc::newer_version);
  }
}

}  // namespace linli::store
