#include "crypto/merkle.h"

#include <catch2/catch.hpp>

namespace linli::crypto {
namespace {

/// A tree in memory, the slow and plain way: what the proofs are held against.
struct Plain {
  std::vector<TreeHash> leaves;
  [[nodiscard]] TreeHash root(std::uint64_t begin, std::uint64_t end) const {
    if (end - begin == 1) return leaves[begin];
    std::uint64_t left = 1;
    while (left * 2 < end - begin) left *= 2;
    return tree_node(root(begin, begin + left), root(begin + left, end));
  }
  [[nodiscard]] TreeHash root(std::uint64_t size) const {
    return size == 0 ? tree_empty() : root(0, size);
  }
  [[nodiscard]] TreeNodes nodes() const {
    return [this](unsigned level, std::uint64_t number) {
      REQUIRE(((number + 1) << level) <= leaves.size());
      return root(number << level, (number + 1) << level);
    };
  }
};

Plain tree_of(const std::vector<std::string>& entries) {
  Plain tree;
  for (const auto& entry : entries) tree.leaves.push_back(tree_leaf(entry));
  return tree;
}

TreeHash hash_of(std::string_view hex) { return TreeHash::of(*from_hex(hex)); }

/// The leaves that Certificate Transparency's implementations test with.
Plain reference_tree() {
  std::vector<std::string> entries;
  for (const auto* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    entries.push_back(*from_hex(hex));
  }
  return tree_of(entries);
}

}  // namespace

TEST_CASE("merkle: roots are those of the reference trees", "[crypto][I5]") {
  const auto tree = reference_tree();
  const std::vector<std::string> roots{
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  for (std::uint64_t size = 0; size < roots.size(); ++size) {
    CHECK(to_hex(tree_root(size, tree.nodes()).view()) == roots[size]);
  }
}

TEST_CASE("merkle: proofs are those of the reference trees", "[crypto][I5]") {
  const auto tree = reference_tree();
  using Hashes = std::vector<TreeHash>;
  CHECK(inclusion_proof(0, 8, tree.nodes()) ==
        Hashes{hash_of("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
               hash_of("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
               hash_of("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")});
  CHECK(inclusion_proof(5, 8, tree.nodes()) ==
        Hashes{hash_of("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
               hash_of("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
               hash_of("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")});
  CHECK(consistency_proof(6, 8, tree.nodes()) ==
        Hashes{hash_of("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
               hash_of("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
               hash_of("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")});
  CHECK(consistency_proof(2, 5, tree.nodes()) ==
        Hashes{hash_of("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
               hash_of("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")});
}

TEST_CASE("merkle: every proof of every small tree holds, and no other does", "[crypto][I5]") {
  std::vector<std::string> entries;
  for (int i = 0; i < 33; ++i) entries.push_back("entry " + std::to_string(i));
  const auto tree = tree_of(entries);
  const auto nodes = tree.nodes();
  std::size_t wrong_accepted = 0, right_refused = 0;
  for (std::uint64_t size = 1; size <= entries.size(); ++size) {
    const auto root = tree_root(size, nodes);
    REQUIRE(root == tree.root(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto& leaf = tree.leaves[index];
      const auto proof = inclusion_proof(index, size, nodes);
      right_refused += !check_inclusion(leaf, index, size, root, proof);
      for (std::uint64_t other = 0; other <= size; ++other) {
        if (other != index)
          wrong_accepted += check_inclusion(leaf, other, size, root, proof).has_value();
      }
      wrong_accepted += check_inclusion(tree_leaf("forged"), index, size, root, proof).has_value();
      wrong_accepted += check_inclusion(leaf, index, size, tree_leaf("forged"), proof).has_value();
      auto longer = proof;
      longer.push_back(root);
      wrong_accepted += check_inclusion(leaf, index, size, root, longer).has_value();
      for (auto& hash : longer) hash.data[7] ^= 1;
      longer.pop_back();
      if (!proof.empty()) {
        wrong_accepted += check_inclusion(leaf, index, size, root, longer).has_value();
        longer = proof;
        longer.pop_back();
        wrong_accepted += check_inclusion(leaf, index, size, root, longer).has_value();
      }
    }
    for (std::uint64_t before = 0; before <= size; ++before) {
      const auto proof = consistency_proof(before, size, nodes);
      const auto known = tree.root(before);
      right_refused += !check_consistency(before, known, size, root, proof);
      wrong_accepted +=
          check_consistency(before, tree_leaf("forged"), size, root, proof).has_value();
      if (before != size && before != 0) {
        wrong_accepted +=
            check_consistency(before, known, size, tree_leaf("forged"), proof).has_value();
        wrong_accepted += check_consistency(before, known, size, root, {}).has_value();
        auto longer = proof;
        longer.push_back(root);
        wrong_accepted += check_consistency(before, known, size, root, longer).has_value();
        for (std::size_t i = 0; i < proof.size(); ++i) {
          auto changed = proof;
          changed[i].data[0] ^= 0x80;
          wrong_accepted += check_consistency(before, known, size, root, changed).has_value();
        }
      }
      if (before < size) {
        wrong_accepted += check_consistency(size, root, before, known, proof).has_value();
      }
    }
  }
  CHECK(wrong_accepted == 0);
  CHECK(right_refused == 0);
}

TEST_CASE("merkle: a history with one leaf rewritten has no consistency proof", "[crypto][I5]") {
  std::vector<std::string> entries{"a", "b", "c", "d", "e", "f", "g"};
  const auto told = tree_of(entries);
  entries[2] = "rewritten";
  entries.push_back("h");
  const auto rewritten = tree_of(entries);
  const auto checked = check_consistency(7, told.root(7), 8, rewritten.root(8),
                                         consistency_proof(7, 8, rewritten.nodes()));
  REQUIRE(!checked);
  CHECK(checked.error().code == Errc::fork);
}

}  // namespace linli::crypto
