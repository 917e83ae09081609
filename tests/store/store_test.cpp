#include "node/store/store.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/store/scratch.h"

namespace linli::store {
namespace {

void set_format(const std::filesystem::path& file, std::int64_t format) {
  auto db = Database::open(file, Access::write);
  REQUIRE(db);
  auto s = (*db)->prepare("UPDATE meta SET value = ?1 WHERE key = 'format'");
  s.bind(1, format).run();
}

/// A database as a released version made it: by its own SQL, which stands in formats/.
void make_old(const std::filesystem::path& file, std::int64_t format) {
  std::ifstream sql(std::string(LINLI_TESTS_DIR) + "/store/formats/format_" +
                    std::to_string(format) + ".sql");
  REQUIRE(sql);
  const std::string text{std::istreambuf_iterator<char>(sql), {}};
  auto db = Database::open(file, Access::write);
  REQUIRE(db);
  (*db)->execute(text);
  auto s = (*db)->prepare("INSERT INTO meta(key, value) VALUES ('format', ?1)");
  s.bind(1, format).run();
}

/// Names of a database's tables and indexes, with their columns.
std::vector<std::string> shape(Database& db) {
  std::vector<std::string> names;
  auto s = db.prepare(
      "SELECT m.type || ' ' || m.name || ' ' || coalesce((SELECT group_concat(name) FROM "
      "(SELECT name FROM pragma_table_info(m.name) ORDER BY name)), "
      "(SELECT group_concat(name) FROM pragma_index_info(m.name)), '') FROM sqlite_schema m "
      "WHERE m.name NOT GLOB 'sqlite_*' ORDER BY 1");
  while (s.step()) names.emplace_back(s.text(0));
  return names;
}

}  // namespace

TEST_CASE("store: every released format is brought up to this one when it is opened to write",
          "[store][I8]") {
  const tests::ScratchFolder folder;
  const auto format = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  CAPTURE(format);
  static_assert(kFormatVersion == 9, "keep the SQL of the format before in formats/");
  const auto file = folder.path() / "linli.db";
  make_old(file, format);
  const auto reading = Store::open(file, Access::read);
  REQUIRE_FALSE(reading);
  CHECK(reading.error().code == Errc::data_dir_in_use);
  const auto store = Store::open(file, Access::write);
  REQUIRE(store);
  CHECK((*store)->log().meta_int("format", 0) == kFormatVersion);
  const auto fresh = Store::create(folder.path() / "fresh.db");
  REQUIRE(fresh);
  CHECK(shape((*store)->database()) == shape((*fresh)->database()));
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

TEST_CASE("store: half of the records are never read as if they were all", "[store][I2]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "linli.db";
  REQUIRE(Store::create(file));
  {
    const auto store = Store::open(file, Access::write);
    REQUIRE(store);
    (*store)->log().set_meta("projection", "rebuilding");  // As a rebuild that was cut off left it.
  }
  const auto reading = Store::open(file, Access::read);
  REQUIRE_FALSE(reading);
  CHECK(reading.error().code == Errc::data_dir_in_use);
  REQUIRE(Store::open(file, Access::write));  // Finishes it.
  CHECK(Store::open(file, Access::read));
}

}  // namespace linli::store
