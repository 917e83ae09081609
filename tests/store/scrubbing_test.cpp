// What an erasure leaves in free pages of the database's file.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "node/store/store.h"
#include "tests/store/scratch.h"

namespace linli::store {
namespace {

const std::string kSecret = "0373-示例电话-1234567";

bool file_holds(const std::filesystem::path& file, const std::string& text) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(bytes.empty());
  return bytes.find(text) != std::string::npos;
}

/// As a version without secure_delete left it: deleted, and readable in the file.
void leave_in_a_free_page(const std::filesystem::path& file) {
  auto db = Database::open(file, Access::write);
  REQUIRE(db);
  (*db)->execute("PRAGMA secure_delete=OFF");
  (*db)->execute("CREATE TABLE old(value TEXT)");
  auto s = (*db)->prepare("INSERT INTO old VALUES (?1)");
  for (int i = 0; i < 200; ++i) {
    s.bind_text(1, kSecret + std::string(100, '.')).run();
  }
  (*db)->execute("DELETE FROM old");
  (*db)->execute("DROP TABLE old");
  (*db)->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

TEST_CASE("scrubbing: what lies in a free page is found and gone from the file", "[store][I10]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "test.db";
  const auto store = Store::create(file);
  REQUIRE(store);
  leave_in_a_free_page(file);
  REQUIRE(file_holds(file, kSecret));
  REQUIRE((*store)->scrub({"what was never here"}));
  CHECK(file_holds(file, kSecret));  // Nobody looked for it, and the file isn't written anew.
  const bool named = GENERATE(true, false);
  CAPTURE(named);
  CHECK((*store)->scrub(named ? std::vector{kSecret} : std::vector<std::string>{}));
  CHECK_FALSE(file_holds(file, kSecret));
}

}  // namespace linli::store
