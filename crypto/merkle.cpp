#include "crypto/merkle.h"

#include <sodium.h>

#include <bit>

namespace linli::crypto {
namespace {

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// The greatest power of two below `n`, as an exponent; n > 1.
unsigned split_level(std::uint64_t n) { return static_cast<unsigned>(std::bit_width(n - 1)) - 1; }

/// Root of the leaves from `begin` on, `count` of them; `begin` is a multiple of the power of two
/// at or above `count`.
TreeHash root_of(std::uint64_t begin, std::uint64_t count, const TreeNodes& nodes) {
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return nodes(level, begin >> level);
  }
  const auto level = split_level(count);
  const std::uint64_t left = std::uint64_t{1} << level;
  return tree_node(nodes(level, begin >> level), root_of(begin + left, count - left, nodes));
}

/// RFC 9162 §2.1.3.1, within the leaves from `begin` on.
void add_path(std::uint64_t index, std::uint64_t begin, std::uint64_t count, const TreeNodes& nodes,
              std::vector<TreeHash>& proof) {
  if (count == 1) return;
  const std::uint64_t left = std::uint64_t{1} << split_level(count);
  if (index < left) {
    add_path(index, begin, left, nodes, proof);
    proof.push_back(root_of(begin + left, count - left, nodes));
  } else {
    add_path(index - left, begin + left, count - left, nodes, proof);
    proof.push_back(root_of(begin, left, nodes));
  }
}

/// RFC 9162 §2.1.4.1 SUBPROOF; `known`: the verifier has the root of these leaves.
void add_subproof(std::uint64_t before, std::uint64_t begin, std::uint64_t count, bool known,
                  const TreeNodes& nodes, std::vector<TreeHash>& proof) {
  if (before == count) {
    if (!known) proof.push_back(root_of(begin, count, nodes));
    return;
  }
  const std::uint64_t left = std::uint64_t{1} << split_level(count);
  if (before <= left) {
    add_subproof(before, begin, left, known, nodes, proof);
    proof.push_back(root_of(begin + left, count - left, nodes));
  } else {
    add_subproof(before - left, begin + left, count - left, false, nodes, proof);
    proof.push_back(root_of(begin, left, nodes));
  }
}

tl::unexpected<Error> forked(std::string detail) { return fail(Errc::fork, std::move(detail)); }

}  // namespace

TreeHash sha256(std::initializer_list<std::string_view> parts) {
  init();
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const auto part : parts) crypto_hash_sha256_update(&state, raw(part), part.size());
  TreeHash h;
  crypto_hash_sha256_final(&state, h.data.data());
  return h;
}

TreeHash tree_leaf(std::string_view entry) { return sha256({std::string_view{"\x00", 1}, entry}); }
TreeHash tree_node(const TreeHash& left, const TreeHash& right) {
  return sha256({"\x01", left.view(), right.view()});
}
TreeHash tree_empty() { return sha256({}); }

TreeHash tree_root(std::uint64_t size, const TreeNodes& nodes) {
  return size == 0 ? tree_empty() : root_of(0, size, nodes);
}

std::vector<TreeHash> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                      const TreeNodes& nodes) {
  ensure(index < size, "inclusion_proof: the leaf is in the tree");
  std::vector<TreeHash> proof;
  add_path(index, 0, size, nodes, proof);
  return proof;
}

std::vector<TreeHash> consistency_proof(std::uint64_t before, std::uint64_t size,
                                        const TreeNodes& nodes) {
  ensure(before <= size, "consistency_proof: a tree only grows");
  std::vector<TreeHash> proof;
  if (before != 0) add_subproof(before, 0, size, true, nodes, proof);
  return proof;
}

// RFC 9162 §2.1.3.2.
Result<void> check_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                             const TreeHash& root, std::span<const TreeHash> proof) {
  if (index >= size) return fail(Errc::altered, "the leaf's place lies beyond the tree");
  std::uint64_t place = index, last = size - 1;
  TreeHash hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return fail(Errc::altered, "the inclusion proof is too long");
    if ((place & 1) != 0 || place == last) {
      hash = tree_node(sibling, hash);
      while ((place & 1) == 0 && place != 0) place >>= 1, last >>= 1;
    } else {
      hash = tree_node(hash, sibling);
    }
    place >>= 1, last >>= 1;
  }
  if (last != 0) return fail(Errc::altered, "the inclusion proof is too short");
  if (hash != root) return fail(Errc::altered, "the inclusion proof leads to another root");
  return {};
}

// RFC 9162 §2.1.4.2.
Result<void> check_consistency(std::uint64_t before, const TreeHash& root_before,
                               std::uint64_t size, const TreeHash& root,
                               std::span<const TreeHash> proof) {
  if (before > size) return forked("the tree has become smaller");
  if (before == size || before == 0) {
    if (!proof.empty()) return forked("nothing is to be proven, and yet there is a proof");
    if (before == size && root_before != root) return forked("two trees of one size");
    if (before == 0 && root_before != tree_empty()) return forked("no root of an empty tree");
    return {};
  }
  if (proof.empty()) return forked("the consistency proof is missing");
  std::size_t next = 0;
  // A complete subtree's root is what the verifier has: the proof leaves it out.
  TreeHash first = std::has_single_bit(before) ? root_before : proof[next++];
  TreeHash second = first;
  std::uint64_t place = before - 1, last = size - 1;
  while ((place & 1) != 0) place >>= 1, last >>= 1;
  for (; next < proof.size(); ++next) {
    const auto& hash = proof[next];
    if (last == 0) return forked("the consistency proof is too long");
    if ((place & 1) != 0 || place == last) {
      first = tree_node(hash, first);
      second = tree_node(hash, second);
      while ((place & 1) == 0 && place != 0) place >>= 1, last >>= 1;
    } else {
      second = tree_node(second, hash);
    }
    place >>= 1, last >>= 1;
  }
  if (last != 0) return forked("the consistency proof is too short");
  if (first != root_before) return forked("the tree doesn't begin with the one that was known");
  if (second != root) return forked("the consistency proof leads to another root");
  return {};
}

}  // namespace linli::crypto
