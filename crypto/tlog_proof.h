// crypto/tlog_proof.h: C2SP's texts that carry a Merkle proof with its checkpoint.
#pragma once

#include "crypto/signed_note.h"

namespace linli::crypto {

inline constexpr std::size_t kProofHashesMax = 63;

/// A leaf's place in a log: the body of a `.tlog-proof` file (c2sp.org/tlog-proof@v1).
struct TlogProof {
  std::uint64_t index = 0;
  std::vector<TreeHash> hashes;  ///< From the leaf's sibling up.
  std::string checkpoint;        ///< The signed note, verbatim.
  [[nodiscard]] std::string encode() const;
  /// Passes over `extra`. Errors: malformed, too_large.
  [[nodiscard]] static Result<TlogProof> decode(std::string_view text);
};

/// A greater tree, and that it goes on from the one of `old_size`: what c2sp.org/tlog-witness has a
/// log send to its witnesses (add-checkpoint).
struct TlogGrowth {
  std::uint64_t old_size = 0;
  std::vector<TreeHash> hashes;
  std::string checkpoint;
  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large.
  [[nodiscard]] static Result<TlogGrowth> decode(std::string_view text);
};

}  // namespace linli::crypto
