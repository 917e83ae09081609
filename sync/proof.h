// sync/proof.h: a small file that proves to anybody what the city holds of one record.
//
// It is checked with the city's name or root key, and nothing else. What it shows: each of these
// change sets was signed under a certificate of the city, and stands in the history that the hub
// signed. What it doesn't: that there are no others (a later correction may have been left out).
// Bytes: PROOF.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/change_set.h"
#include "sync/history.h"
#include "sync/receipt.h"

namespace linli::sync {

inline constexpr std::size_t kProofBytesMax = 8u << 20;
inline constexpr std::size_t kProofSetsMax = 1000;
inline constexpr std::size_t kProofCertificatesMax = 1000;

struct RecordName {
  std::uint32_t type = 0;
  std::string scope;
  RecordId id{};
};

/// The file.
struct ProofFile {
  RecordName record;
  std::string root;                       ///< The city's signed root statement.
  std::vector<std::string> certificates;  ///< Signed; each behind its issuer's.
  struct Set {
    std::string parcel;     ///< With the openings that are to be shown.
    std::string inclusion;  ///< A tlog-proof.
    std::string receipt;    ///< Signed; empty: none.
  };
  std::vector<Set> sets;  ///< Oldest first.

  [[nodiscard]] std::string encode() const;
  /// Errors: malformed, too_large, newer_version.
  [[nodiscard]] static Result<ProofFile> decode(std::string_view bytes);
};

/// One change set that was found to be what it says.
struct ProvenSet {
  Parcel parcel;
  ChangeSet set;                     ///< Its views point into `parcel`.
  Hash hash{};                       ///< Of the set.
  std::uint64_t index = 0;           ///< Its place in the history.
  crypto::Checkpoint checkpoint;     ///< Which covers it.
  std::vector<Witness> witnesses;    ///< Nodes that have checked that head.
  std::optional<Micros> not_after;   ///< By the hub's receipt; nothing: no receipt in the file.
  std::optional<Micros> not_before;  ///< By the checkpoint that its author had seen.
  /// What stands behind the commitments that are opened, by place among the set's commitments.
  std::vector<Committed> committed;
};

struct Proven {
  RecordName record;
  crypto::CertificateBook book;
  std::vector<ProvenSet> sets;
};

/// Is it the city that somebody knows by 64 hex digits: its name (the hash of its root statement),
/// or one of its root keys? Errors: bad_value (not such digits), other_city.
[[nodiscard]] Result<void> check_root(const crypto::CertificateBook& book, std::string_view root);

/// Checks everything. `root`: 64 hex digits: the city's name (hash of its root statement) or one of
/// its root keys. Errors: bad_value (not such digits), other_city (another city's proof), as
/// ProofFile::decode, and with the reason of whatever doesn't hold: bad_signature, stranger,
/// altered, out_of_scope, forbidden, corrupt (an opening that doesn't fit), not_found (a set that
/// doesn't touch the record, or none at all).
[[nodiscard]] Result<Proven> check_proof(std::string_view file, std::string_view root);

}  // namespace linli::sync
