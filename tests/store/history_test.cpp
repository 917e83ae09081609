#include "node/store/history.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "node/store/store.h"
#include "sync/receipt.h"
#include "tests/store/scratch.h"

namespace linli::store {
namespace {

using crypto::TreeHash;

crypto::Hash set_number(std::uint64_t n) { return crypto::hash({"set " + std::to_string(n)}); }

std::vector<Leaf> leaves(std::uint64_t first, std::uint64_t count) {
  std::vector<Leaf> all;
  for (std::uint64_t i = first; i < first + count; ++i) {
    all.push_back({static_cast<std::int64_t>(10 + 3 * i), set_number(i)});
  }
  return all;
}

/// Appends as the hub does: some at a time, and the tree of the receipts beside them.
void grow(Store& store, std::uint64_t size, std::uint64_t step) {
  auto& db = store.database();
  Transaction transaction(db);
  auto kept = store.log().meta("tree");
  auto tree = kept ? *sync::LogTree::decode(*kept) : sync::LogTree();
  while (tree.size() < size) {
    const auto some = leaves(tree.size(), std::min(step, size - tree.size()));
    append_leaves(db, tree.size(), some);
    for (const auto& leaf : some) tree.append(leaf.set);
  }
  store.log().set_meta("tree", tree.encode());
  transaction.commit();
}

/// The root of the first `size` leaves, made one by one as a log's own tree is (RFC 9162 §2.1.2).
TreeHash root_of(std::uint64_t size) {
  std::vector<std::pair<unsigned, TreeHash>> peaks;
  for (std::uint64_t i = 0; i < size; ++i) {
    std::pair<unsigned, TreeHash> next{0, crypto::tree_leaf(set_number(i).view())};
    for (; !peaks.empty() && peaks.back().first == next.first; peaks.pop_back()) {
      next = {next.first + 1, crypto::tree_node(peaks.back().second, next.second)};
    }
    peaks.push_back(next);
  }
  auto root = peaks.back().second;
  for (auto peak = peaks.rbegin() + 1; peak != peaks.rend(); ++peak) {
    root = crypto::tree_node(peak->second, root);
  }
  return root;
}

struct Scene {
  tests::ScratchFolder folder;
  std::unique_ptr<Store> store = std::move(*Store::create(folder.path() / "linli.db"));
  Database& db = store->database();
};

}  // namespace

TEST_CASE("history: a tree of 70000 has the tiles that the specification counts", "[store][I5]") {
  Scene s;
  grow(*s.store, 70'000, 997);
  REQUIRE(history_size(s.db) == 70'000);
  // "273 full level 0 tiles, one partial level 0 tile of width 112, one full level 1 tile, one
  // partial level 1 tile of width 17, and one partial level 2 tile of width 1."
  const auto bytes = [&](unsigned level, std::uint64_t number, std::uint64_t width) {
    const auto tile = history_tile(s.db, level, number, width);
    return tile ? tile->size() : 0;
  };
  CHECK(bytes(0, 0, 256) == 8192);
  CHECK(bytes(0, 272, 256) == 8192);
  CHECK(bytes(0, 273, 112) == 112 * 32);
  CHECK(bytes(0, 273, 113) == 0);
  CHECK(bytes(1, 0, 256) == 8192);
  CHECK(bytes(1, 1, 17) == 17 * 32);
  CHECK(bytes(1, 1, 18) == 0);
  CHECK(bytes(2, 0, 1) == 32);
  CHECK(bytes(2, 0, 2) == 0);
  CHECK(bytes(3, 0, 1) == 0);
  CHECK(history_entries(s.db, 273, 112)->size() == 112 * 34);
  CHECK_FALSE(history_entries(s.db, 273, 113));

  CHECK(history_faults(s.db).empty());
  const auto nodes = history_nodes(s.db);
  const auto root = root_of(70'000);
  CHECK(crypto::tree_root(70'000, nodes) == root);
  for (const std::uint64_t index : {0u, 255u, 256u, 65'535u, 65'536u, 69'999u}) {
    CHECK(crypto::check_inclusion(crypto::tree_leaf(set_number(index).view()), index, 70'000, root,
                                  crypto::inclusion_proof(index, 70'000, nodes)));
  }
  for (const std::uint64_t before : {1u, 255u, 256u, 257u, 65'536u, 65'537u, 69'999u}) {
    CHECK(crypto::check_consistency(before, root_of(before), 70'000, root,
                                    crypto::consistency_proof(before, 70'000, nodes)));
  }
}

TEST_CASE("history: a change set's place is found by its arrival", "[store]") {
  Scene s;
  CHECK_FALSE(leaf_position(s.db, 10));
  grow(*s.store, 300, 7);
  CHECK(leaf_position(s.db, 10) == 0);
  CHECK(leaf_position(s.db, 10 + 3 * 299) == 299);
  CHECK_FALSE(leaf_position(s.db, 11));
  CHECK_FALSE(leaf_position(s.db, 10 + 3 * 300));
}

TEST_CASE("history: what doesn't fit is named", "[store][I5]") {
  Scene s;
  grow(*s.store, 600, 50);
  REQUIRE(history_faults(s.db).empty());
  const auto* broken =
      GENERATE("UPDATE leaf SET hash = zeroblob(32) WHERE position = 300",
               "UPDATE leaf_node SET hash = zeroblob(32) WHERE number = 1",
               "DELETE FROM leaf_node WHERE number = 0", "DELETE FROM leaf WHERE position = 520",
               "UPDATE leaf SET arrival = 1 WHERE position = 550");
  CAPTURE(broken);
  s.db.execute(broken);
  CHECK_FALSE(history_faults(s.db).empty());
}

TEST_CASE("history: what isn't committed never was", "[store][I1]") {
  Scene s;
  grow(*s.store, 250, 250);
  {
    Transaction transaction(s.db);
    append_leaves(s.db, 250, leaves(250, 20));
    CHECK(history_size(s.db) == 270);
  }
  CHECK(history_size(s.db) == 250);
  grow(*s.store, 300, 300);
  CHECK(history_faults(s.db).empty());
  CHECK(crypto::tree_root(300, history_nodes(s.db)) == root_of(300));
}

TEST_CASE("history: a hub of format 5 has its whole history after the upgrade", "[store][I8]") {
  const tests::ScratchFolder folder;
  const auto file = folder.path() / "linli.db";
  std::ifstream sql(std::string(LINLI_TESTS_DIR) + "/store/formats/format_5.sql");
  const std::string text{std::istreambuf_iterator<char>(sql), {}};
  constexpr std::uint64_t kSets = 300;
  const bool lacking = GENERATE(false, true);
  {
    auto db = Database::open(file, Access::write);
    REQUIRE(db);
    (*db)->execute(text);
    (*db)->execute("INSERT INTO meta(key, value) VALUES ('format', 5)");
    sync::LogTree tree;
    auto s = (*db)->prepare(
        "INSERT INTO log(arrival, kind, scope, audience, feed, seq, hash, author, peer, trusted, "
        "changes, received, last_stamp, signature, body) VALUES (?1, ?2, 1, 0, 1, ?1, ?3, 1, 0, 1, "
        "0, 0, 0, x'', x'00')");
    for (std::uint64_t i = 0; i < kSets; ++i) {
      const auto hash = set_number(i);
      s.bind(1, static_cast<std::int64_t>(2 * i + 1)).bind(2, 1).bind_blob(3, hash.view()).run();
      s.reset();
      s.bind(1, static_cast<std::int64_t>(2 * i + 2)).bind(2, 2).bind_blob(3, hash.view()).run();
      s.reset();
      tree.append(hash);
    }
    if (lacking) tree.append(set_number(kSets));
    auto meta = (*db)->prepare("INSERT INTO meta(key, value) VALUES ('tree', ?1)");
    const auto encoded = tree.encode();
    meta.bind_blob(1, encoded).run();
  }
  // Only the migration: opening it would project what isn't real.
  auto db = Database::open(file, Access::write);
  REQUIRE(db);
  std::ifstream migration(std::string(LINLI_TESTS_DIR) + "/../node/store/migration_6.sql");
  (*db)->execute(std::string{std::istreambuf_iterator<char>(migration), {}});
  Log log(**db);
  complete_history(log);
  if (lacking) {
    // A log that isn't the tree's proves nothing: better no history than a wrong one.
    CHECK(history_size(**db) == 0);
    return;
  }
  CHECK(history_size(**db) == kSets);
  CHECK(history_faults(**db).empty());
  CHECK(crypto::tree_root(kSets, history_nodes(**db)) == root_of(kSets));
  CHECK(leaf_position(**db, 2 * 299 + 1) == 299);
}

TEST_CASE("history: of cosigned heads the one that most have checked is found", "[store]") {
  Scene s;
  CHECK_FALSE(most_cosigned(s.db, "log", 1));
  save_cosignature(s.db, "log", 5, "a", "line a5");
  save_cosignature(s.db, "log", 5, "b", "line b5");
  save_cosignature(s.db, "log", 9, "a", "line a9");
  save_cosignature(s.db, "another", 50, "a", "line");
  CHECK(most_cosigned(s.db, "log", 1) == 5);
  CHECK(most_cosigned(s.db, "log", 6) == 9);
  CHECK_FALSE(most_cosigned(s.db, "log", 10));
  CHECK(cosignatures(s.db, "log", 5) == std::vector<std::string>{"line a5", "line b5"});
  for (std::uint64_t size = 10; size < 10 + 2 * kCosignaturesMax; ++size) {
    save_cosignature(s.db, "log", size, "a", "line");
  }
  // The newest few of each: a node that always syncs doesn't fill the hub.
  CHECK(cosignatures(s.db, "log", 5) == std::vector<std::string>{"line b5"});
  CHECK(most_cosigned(s.db, "log", 6) == 9 + 2 * kCosignaturesMax);
}

TEST_CASE("history: what was seen of others' is kept, and evidence once", "[store][I5]") {
  Scene s;
  CHECK_FALSE(seen_history(s.db, "a"));
  save_seen_history(s.db, {"a", "note 1", 5, 100});
  save_seen_history(s.db, {"b", "note 2", 7, 200});
  save_seen_history(s.db, {"a", "note 3", 9, 300});
  REQUIRE(seen_histories(s.db).size() == 2);
  CHECK(seen_histories(s.db).front().note == "note 3");
  CHECK(seen_history(s.db, "b")->size == 7);
  CHECK(keep_history_fault(s.db, {"a", "another root", "kept", "shown 1", 1}));
  CHECK_FALSE(keep_history_fault(s.db, {"a", "another root", "kept", "shown 2", 2}));
  CHECK(keep_history_fault(s.db, {"a", "another root", "kept later", "shown 2", 3}));
  CHECK(kept_history_faults(s.db).size() == 2);
  CHECK(keep_history_fault(s.db, {"another", "another root", "kept", "shown 3", 4}));
}

TEST_CASE("history: an acknowledged contradiction stays as it was and a new one isn't",
          "[store][I5]") {
  Scene s;
  REQUIRE(keep_history_fault(s.db, {"a", "another root", "kept", "shown", 1}));
  const auto number = kept_history_faults(s.db).front().number;
  CHECK_FALSE(kept_history_faults(s.db).front().acknowledged);
  acknowledge_history_fault(s.db, number, {7, "王某", "市局恢复过备份"});
  const auto fault = kept_history_faults(s.db).front();
  REQUIRE(fault.acknowledged);
  CHECK((fault.acknowledged->at == 7 && fault.acknowledged->by == "王某"));
  CHECK(fault.acknowledged->note == "市局恢复过备份");
  CHECK((fault.kept == "kept" && fault.shown == "shown" && fault.at == 1));
  CHECK_FALSE(keep_history_fault(s.db, {"a", "another root", "kept", "shown", 9}));
  REQUIRE(keep_history_fault(s.db, {"a", "another root", "kept later", "shown", 9}));
  CHECK_FALSE(kept_history_faults(s.db).back().acknowledged);
}

}  // namespace linli::store
