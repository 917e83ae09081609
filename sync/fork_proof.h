// sync/fork_proof.h: proof that one author signed two change sets under one number of one feed.
//
// Whoever has the city's name can check it, and nothing else is needed. It travels in the log as an
// object of its own kind, to whoever may read that feed, and lies in a file the same. What it
// shows: the author's key signed both. What it doesn't: why. A machine that was copied, a disk that
// was put back behind its node's back, and a key in a thief's hands look alike. A disk that was
// restored as it should be begins a new incarnation, which is another feed, and is never the
// subject of one. Bytes: PROTOCOL.md §8.
#pragma once

#include <string>
#include <vector>

#include "sync/exchange.h"

namespace linli::sync {

inline constexpr std::size_t kForkProofBytesMax = kObjectBytesMax;
/// Two chains from the root.
inline constexpr std::size_t kForkCertificatesMax = 32;

struct ForkProof {
  std::string root;                       ///< The city's signed root statement.
  std::vector<std::string> certificates;  ///< Signed; each behind its issuer's.
  /// The two change sets, without the values that their commitments stand for, ascending by hash.
  crypto::SignedBody first, second;

  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, unknown_critical (a negative key).
  [[nodiscard]] static Result<ForkProof> decode(std::string_view bytes);
};

/// The one spelling of what two sets show: the lower hash first, and of the certificates those that
/// either was written under, with their issuers. Errors: unknown_certificate (the book lacks one of
/// them), no_fork, too_large (together they don't fit into an object), malformed (not change sets).
[[nodiscard]] Result<ForkProof> prove_fork(crypto::SignedBody one, crypto::SignedBody other,
                                           const crypto::CertificateBook& book);

/// What a proof was found to show.
struct ProvenFork {
  crypto::CertificateBook book;
  FeedName feed;
  FeedId id{};
  std::uint64_t seq = 0;
  struct Set {
    Hash hash{}, certificate{};
    Micros stated = 0;  ///< By its author's clock.
  };
  Set first, second;
};
/// Checks everything. Errors: as decode; stranger (the root or a certificate doesn't hold);
/// as judge_author for either set; no_fork (two feeds, two numbers, or twice the same).
[[nodiscard]] Result<ProvenFork> check_fork(const ForkProof& proof);
/// The same of a proof's bytes, for one city. Errors: also other_city.
[[nodiscard]] Result<ProvenFork> check_fork(std::string_view bytes, const Hash& city);
/// The same for whoever knows the city by 64 hex digits: its name or a root key (check_root).
[[nodiscard]] Result<ProvenFork> check_fork(std::string_view bytes, std::string_view root);

}  // namespace linli::sync
