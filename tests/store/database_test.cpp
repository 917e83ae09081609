#include "node/store/database.h"

#include <catch2/catch.hpp>
#include <functional>

#include "node/store/search.h"
#include "tests/store/scratch.h"

using namespace linli;
using namespace linli::store;

namespace {

/// A file with a table t(v) for one test.
struct File {
  tests::ScratchFolder folder;
  std::filesystem::path path = folder.path() / "some.db";
  std::unique_ptr<Database> db = opened(Access::write);

  File() { db->execute("CREATE TABLE t(v)"); }
  std::unique_ptr<Database> opened(Access access) const {
    auto database = Database::open(path, access);
    REQUIRE(database.has_value());
    return std::move(*database);
  }
  std::int64_t count() const { return count(*db); }
  static std::int64_t count(Database& database) {
    auto& rows = database.cached("SELECT count(*) FROM t");
    rows.step();
    const auto n = rows.integer(0);
    rows.reset();
    return n;
  }
  std::string pragma(const std::string& name) const {
    auto rows = db->prepare("PRAGMA " + name);
    rows.step();
    return std::string(rows.text(0));
  }
};

std::optional<Errc> refusal(const std::function<void()>& what) {
  try {
    what();
  } catch (const DatabaseError& refused) {
    return refused.error().code;
  }
  return {};
}

}  // namespace

TEST_CASE("database: an answered write survives a power cut", "[store][I1]") {
  const File file;
  CHECK(file.pragma("journal_mode") == "wal");
  CHECK(file.pragma("synchronous") == "2");
  CHECK(file.pragma("page_size") == "4096");
  CHECK(file.pragma("foreign_keys") == "0");
}

TEST_CASE("database: says why it can't be opened", "[store]") {
  tests::ScratchFolder folder;
  const auto refused = [](const std::filesystem::path& path, Access access) {
    const auto database = Database::open(path, access);
    return database ? std::optional<Errc>() : database.error().code;
  };
  CHECK(refused(folder.path() / "none.db", Access::read) == Errc::not_a_data_dir);
  CHECK(refused(folder.path() / "no" / "such" / "folder.db", Access::write) == Errc::io);
  std::ofstream(folder.path() / "text.db") << std::string(5'000, 'x');
  CHECK(refused(folder.path() / "text.db", Access::write) == Errc::corrupt);
  CHECK(refused(folder.path() / "text.db", Access::read) == Errc::corrupt);
}

TEST_CASE("database: a reader reads what was committed, and can't write", "[store]") {
  const File file;
  file.db->execute("INSERT INTO t VALUES(1)");
  const auto reader = file.opened(Access::read);
  CHECK(File::count(*reader) == 1);
  CHECK(refusal([&] { reader->execute("INSERT INTO t VALUES(2)"); }));
  file.db->execute("CREATE VIRTUAL TABLE s USING fts5(x, tokenize='linli')");
  file.db->execute("INSERT INTO s VALUES('電梯')");
  auto rows = reader->prepare("SELECT count(*) FROM s('电梯')");  // Its tokenizer is there too.
  CHECK((rows.step() && rows.integer(0) == 1));
}

TEST_CASE("statement: values come back as they were bound", "[store]") {
  const File file;
  const std::string bytes("\0\xff\0x", 4);
  const auto back = [&](auto&& bind) {
    auto statement = file.db->prepare("SELECT ?, typeof(?1)");
    bind(statement);
    REQUIRE(statement.step());
    return std::make_pair(std::string(statement.blob(0)), std::string(statement.text(1)));
  };
  using Back = std::pair<std::string, std::string>;
  CHECK(back([](auto& s) { s.bind(1, INT64_MIN); }) == Back{"-9223372036854775808", "integer"});
  CHECK(back([](auto& s) { s.bind_text(1, "电"); }) == Back{"电", "text"});
  CHECK(back([&](auto& s) { s.bind_blob(1, bytes); }) == Back{bytes, "blob"});
  CHECK(back([](auto& s) { s.bind_null(1); }) == Back{"", "null"});
  // Empty isn't absent.
  CHECK(back([](auto& s) { s.bind_text(1, {}); }) == Back{"", "text"});
  CHECK(back([](auto& s) { s.bind_blob(1, {}); }) == Back{"", "blob"});
}

TEST_CASE("statement: what can't be prepared or bound is a bug", "[store]") {
  const File file;
  CHECK_THROWS_AS(file.db->prepare("SELEKT 1"), std::logic_error);
  CHECK_THROWS_AS(file.db->prepare("  "), std::logic_error);
  CHECK_THROWS_AS(file.db->prepare("SELECT 1").bind(1, 1), std::logic_error);
  CHECK_THROWS_AS(file.db->prepare("SELECT 1").run(), std::logic_error);
}

TEST_CASE("cached: is prepared once, and comes back without rows or values", "[store]") {
  const File file;
  file.db->execute("INSERT INTO t VALUES(1), (2), (3)");
  auto& first = file.db->cached("SELECT v FROM t WHERE v >= coalesce(?, 3) ORDER BY v");
  CHECK((first.bind(1, 1).step() && first.integer(0) == 1));
  const std::string same = "SELECT v FROM t WHERE v >= coalesce(?, 3) ORDER BY v";
  auto& again = file.db->cached(same);
  CHECK(&again == &first);
  CHECK((again.step() && again.integer(0) == 3));
  CHECK_FALSE(again.step());
}

TEST_CASE("reconnect: what was prepared works on, and the full-text tables too", "[store]") {
  File f;
  f.db->execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'linli')");
  const auto* before = f.db->handle();
  auto& insert = f.db->cached("INSERT INTO t VALUES (?1)");
  insert.bind(1, 7).run();
  REQUIRE(f.db->reconnect());
  CHECK(f.db->handle() != before);
  f.db->cached("INSERT INTO t VALUES (?1)").bind(1, 8).run();
  f.db->cached("INSERT INTO words VALUES (?1)").bind_text(1, "消防通道").run();
  CHECK(f.count() == 2);
}

TEST_CASE("reconnect: doesn't make a new file where the old one is gone", "[store]") {
  File f;
  std::filesystem::remove(f.path);
  const auto connected = f.db->reconnect();
  REQUIRE_FALSE(connected);
  CHECK(connected.error().code == Errc::io);
  CHECK_FALSE(std::filesystem::exists(f.path));
}

TEST_CASE("transaction: rolls back unless committed", "[store][I2]") {
  const File file;
  {
    const Transaction transaction(*file.db);
    file.db->execute("INSERT INTO t VALUES(1)");
  }
  CHECK(file.count() == 0);
  {
    Transaction transaction(*file.db);
    file.db->execute("INSERT INTO t VALUES(1)");
    {
      const Savepoint undone(*file.db);
      file.db->execute("INSERT INTO t VALUES(2)");
      {
        Savepoint inner(*file.db);
        file.db->execute("INSERT INTO t VALUES(3)");
        inner.release();
      }
    }
    Savepoint kept(*file.db);
    file.db->execute("INSERT INTO t VALUES(4)");
    kept.release();
    transaction.commit();
    CHECK_THROWS_AS(transaction.commit(), std::logic_error);
  }
  auto rows = file.db->prepare("SELECT group_concat(v) FROM t");
  CHECK((rows.step() && rows.text(0) == "1,4"));
}

TEST_CASE("transaction: a reader sees one state, and a new one in the next", "[store]") {
  const File file;
  const auto reader = file.opened(Access::read);
  {
    const Transaction reading(*reader, true);
    auto& left_on_a_row = reader->cached("SELECT count(*) FROM t WHERE 1");
    CHECK((left_on_a_row.step() && left_on_a_row.integer(0) == 0));
    file.db->execute("INSERT INTO t VALUES(1)");
    CHECK(File::count(*reader) == 0);
  }
  const Transaction reading(*reader, true);
  CHECK(File::count(*reader) == 1);
}

TEST_CASE("transaction: a second writer is told so", "[store]") {
  const File file;
  const auto other = file.opened(Access::write);
  sqlite3_busy_timeout(other->handle(), 0);
  const Transaction transaction(*file.db);
  CHECK(refusal([&] { const Transaction second(*other); }) == Errc::data_dir_in_use);
}

TEST_CASE("transaction: a full disk changes nothing, and what comes later works", "[store][I1]") {
  const File file;
  file.db->execute("INSERT INTO t VALUES('before')");
  file.db->execute("PRAGMA max_page_count=10");
  CHECK(refusal([&] {
          Transaction transaction(*file.db);
          auto& insert = file.db->cached("INSERT INTO t VALUES(zeroblob(5000))");
          for (int i = 0; i < 100; ++i) insert.run();
          transaction.commit();
        }) == Errc::disk_full);
  CHECK(file.count() == 1);
  file.db->execute("PRAGMA max_page_count=1000000");
  Transaction transaction(*file.db);
  file.db->execute("INSERT INTO t VALUES('after')");
  transaction.commit();
  CHECK(file.count() == 2);
}
