// A disk that can't be read for a while, while the tables are made anew.
#include "tests/support/failing_reads.h"

#include <catch2/catch.hpp>

#include "node/store/store.h"
#include "tests/store/scratch.h"

namespace linli::store {

TEST_CASE("rebuild: after reads that failed nothing is missing, and it can be done again",
          "[store][I8]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "linli.db";
  REQUIRE(Store::create(file));
  test::FailingReads disk;
  const int fail = GENERATE(2, 5, 20);
  int broken_off = 0;
  for (int pass = 0; pass < 80; ++pass) {
    CAPTURE(pass);
    auto opened = Store::open(file, Access::write);
    REQUIRE(opened);
    auto& store = **opened;
    disk.after(pass, fail);
    try {
      Transaction transaction(store.database());
      store.rebuild_within();
      transaction.commit();
    } catch (const DatabaseError& e) {
      CHECK(e.error().code == Errc::io);
      ++broken_off;
    }
    // What is read next fails as well, or tells what is there: nothing seems to be gone.
    store.database().reset_cached();
    try {
      const auto there = store.database().prepare("SELECT 1 FROM meta WHERE key = 'format'").step();
      CHECK(there);
    } catch (const DatabaseError& e) {
      CHECK(e.error().code == Errc::io);
    }
    disk.after(0, 0);
    store.database().reset_cached();
    Transaction transaction(store.database());
    REQUIRE_NOTHROW(store.rebuild_within());
    transaction.commit();
  }
  CHECK(broken_off > 10);
}

}  // namespace linli::store
