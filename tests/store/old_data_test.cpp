// Databases with what people wrote, in the form of each released version: nothing of it is lost,
// and the node goes on with it (I8). store_test.cpp compares the tables of empty ones.
#include <fstream>
#include <iterator>

#include "node/store/store.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

std::string old_sql(std::int64_t format) {
  std::ifstream sql(std::string(LINLI_TESTS_DIR) + "/store/formats/format_" +
                    std::to_string(format) + ".sql");
  REQUIRE(sql);
  return {std::istreambuf_iterator<char>(sql), {}};
}

std::vector<std::string> names(store::Database& db, const std::string& sql) {
  std::vector<std::string> all;
  auto s = db.prepare(sql);
  while (s.step()) all.emplace_back(s.text(0));
  return all;
}

/// The columns that a table has in both databases, separated by commas; empty: one lacks it.
std::string common_columns(store::Database& db, const std::string& table) {
  std::string columns;
  for (const auto& name :
       names(db, "SELECT name FROM pragma_table_info('" + table +
                     "', 'main') WHERE name IN (SELECT name FROM pragma_table_info('" + table +
                     "', 'today'))")) {
    columns += (columns.empty() ? "" : ", ") + name;
  }
  return columns;
}

/// What the closed node holds, in the tables of that format: what it had no place for is gone.
void put_back_to(Node& node, std::int64_t format) {
  const auto file = node.dir / "linli.db", old = node.dir / "old.db";
  {
    auto opened = store::Database::open(old, store::Access::write);
    REQUIRE(opened);
    auto& db = **opened;
    db.execute(old_sql(format));
    db.execute("ATTACH '" + file.string() + "' AS today");
    for (const auto& table :
         names(db,
               "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT GLOB "
               "'sqlite_*'")) {
      const auto columns = common_columns(db, table);
      if (columns.empty()) continue;
      db.execute("INSERT INTO main." + table + "(" + columns + ") SELECT " + columns +
                 " FROM today." + table);
    }
    db.execute("UPDATE main.meta SET value = " + std::to_string(format) + " WHERE key = 'format'");
    db.execute("UPDATE main.meta SET value = 'of then' WHERE key = 'projection'");
    db.execute("DETACH today");
  }
  for (const char* beside : {"-wal", "-shm"}) {
    std::filesystem::remove(file.string() + beside);
    // Closing has moved everything into the file itself.
    REQUIRE_FALSE(std::filesystem::exists(old.string() + beside));
  }
  std::filesystem::rename(old, file);
}

std::size_t found(Node& node, const std::string& text) {
  store::SearchRequest wish;
  wish.text = text;
  const auto page = store::search_records(node->store(), wish);
  if (!page) FAIL(describe(page.error()));
  return (*page)["items"].size();
}

}  // namespace

TEST_CASE("store: what stands in a database of every released format is there after the upgrade",
          "[store][I8][I3]") {
  const auto format = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  const bool at_hub = GENERATE(true, false);
  CAPTURE(format, at_hub);
  static_assert(store::kFormatVersion == 9, "the newest format before this one belongs here too");
  City city;
  auto& office = city.enrol(kOffice, "渠东社区");
  exchange(office, city.hub());  // What offices refer to.
  const auto first = put(office, "compound", compound("410702003901001"));
  put(office, "compound", compound("410702003901002", R"({"name":"翠竹苑"})"));
  exchange(office, city.hub());
  put(city.hub(), "company",
      R"({"uscc":"91350100M000100Y43","name":"示例物业","legal_person":"甲","phone":"1",
      "complaint_phone":"2","status":"active"})",
      {.update = true});
  edit(office, "compound", first, R"({"name":"槐树里小区"})");
  exchange(office, city.hub());
  exchange(office, city.hub());
  REQUIRE(export_all(office).find("槐树里小区") != std::string::npos);

  auto& node = at_hub ? city.hub() : office;
  const auto records = export_all(node), tables = dump(node);
  const auto sets = number(node, "SELECT count(*) FROM log");
  const auto leaves = number(node, "SELECT count(*) FROM leaf");
  node.close();
  put_back_to(node, format);
  node.open();
  CHECK(node->store().log().meta_int("format", 0) == store::kFormatVersion);
  CHECK(number(node, "SELECT count(*) FROM log") == sets);
  CHECK(number(node, "SELECT count(*) FROM leaf") == leaves);
  CHECK(export_all(node) == records);
  CHECK(dump(node) == tables);
  const auto differences = node->store().compare_projections({});
  REQUIRE(differences);
  CHECK(differences->empty());
  CHECK(faults(node).empty());
  CHECK(found(node, "槐树里") == 1);
  CHECK(found(node, "翠竹") == 1);

  // It goes on, both ways.
  put(office, "compound", compound("410702003901003", R"({"name":"枫林苑"})"));
  put(city.hub(), "company",
      R"({"uscc":"91350100M000100Y43","name":"样板物业","legal_person":"甲","phone":"1",
      "complaint_phone":"2","status":"active"})",
      {.update = true});
  for (int i = 0; i < 3; ++i) exchange(office, city.hub());
  CHECK(found(city.hub(), "枫林") == 1);
  CHECK(found(office, "样板物业") == 1);
  CHECK(faults(city.hub()).empty());
  CHECK(faults(office).empty());
}

}  // namespace linli::test
