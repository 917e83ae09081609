// crypto/merkle.h: the public tree over the hub's log: RFC 6962 hashing, its proofs, and their
// checks.
//
// SHA-256, since the C2SP formats (tlog-tiles, tlog-checkpoint) know no other hash. The receipts'
// own tree over the same leaves (sync/receipt.h) uses BLAKE2b and stays as it was signed.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.h"

namespace linli::crypto {

using TreeHash = FixedBytes<32, struct TreeHashTag>;  ///< SHA-256.

[[nodiscard]] TreeHash sha256(std::initializer_list<std::string_view> parts);
[[nodiscard]] TreeHash tree_leaf(std::string_view entry);  ///< H(0x00 ‖ entry)
[[nodiscard]] TreeHash tree_node(const TreeHash& left, const TreeHash& right);  ///< H(0x01 ‖ l ‖ r)
[[nodiscard]] TreeHash tree_empty();                                            ///< H("")

/// The root of the complete subtree number `number` of 2^level leaves, from 0: whoever asks keeps
/// within the tree. May throw.
using TreeNodes = std::function<TreeHash(unsigned level, std::uint64_t number)>;

[[nodiscard]] TreeHash tree_root(std::uint64_t size, const TreeNodes& nodes);

/// RFC 9162 §2.1.3: that leaf `index` stands in the tree of `size`, from the leaf's sibling up.
/// `index` must be below `size`.
[[nodiscard]] std::vector<TreeHash> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                    const TreeNodes& nodes);
/// RFC 9162 §2.1.4: that the tree of `size` goes on from that of `before`, which is at most `size`.
/// Empty if `before` is 0 or `size`.
[[nodiscard]] std::vector<TreeHash> consistency_proof(std::uint64_t before, std::uint64_t size,
                                                      const TreeNodes& nodes);

/// Is the leaf at `index` of the tree that `size` and `root` name? Errors: altered.
[[nodiscard]] Result<void> check_inclusion(const TreeHash& leaf, std::uint64_t index,
                                           std::uint64_t size, const TreeHash& root,
                                           std::span<const TreeHash> proof);
/// Does the tree of `size` and `root` begin with that of `before` and `root_before`? Errors: fork.
[[nodiscard]] Result<void> check_consistency(std::uint64_t before, const TreeHash& root_before,
                                             std::uint64_t size, const TreeHash& root,
                                             std::span<const TreeHash> proof);

}  // namespace linli::crypto
