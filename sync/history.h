// sync/history.h: the hub's log as others see it: whose it is, its signed heads, and whether one
// goes on from another. Bytes: PROOF.md.
#pragma once

#include <optional>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/tlog_proof.h"
#include "sync/names.h"

namespace linli::sync {

/// What stands in a checkpoint's first line. A log that a restored backup cut short goes on under
/// another epoch: as another log.
struct LogName {
  std::string city_scope;
  AuthorId author{};  ///< Of the node that keeps it.
  std::uint64_t epoch = 0;
  /// "linli-log/410700/<32 hex digits>/1"
  [[nodiscard]] std::string origin() const;
  /// Errors: malformed.
  [[nodiscard]] static Result<LogName> of(std::string_view origin);
  bool operator==(const LogName&) const = default;
};

/// "linli-node/<32 hex digits>": under what name a node cosigns.
[[nodiscard]] std::string witness_name(const AuthorId& author);

/// A checkpoint whose signature was verified.
struct TreeHead {
  LogName log;
  crypto::Checkpoint checkpoint;
  Hash certificate{};  ///< Of the node that signed it as the log.
};

/// Is this note a head of a log of this city, signed by who may give receipts? Errors: malformed,
/// too_large, other_city (another scope in the origin), unknown_certificate (its keeper isn't in
/// the book), forbidden (it may not give receipts), bad_signature, unauthorised.
[[nodiscard]] Result<TreeHead> open_checkpoint(std::string_view note,
                                               const crypto::CertificateBook& book);

/// A node of the city that has cosigned a checkpoint.
struct Witness {
  Hash certificate{};
  crypto::NoteSignature line;
  std::uint64_t time = 0;  ///< Seconds since 1970, by its own clock.
};
/// Those whose certificates are in the book; others are passed over. Errors: bad_signature (a line
/// under the name and key of one of them that it didn't sign).
[[nodiscard]] Result<std::vector<Witness>> witnesses_of(const crypto::SignedNote& note,
                                                        const crypto::CertificateBook& book);

/// Does `next` go on from `known`? `proof`: of consistency between them, from the smaller to the
/// greater. Errors: fork (they can't both be of one history, or nothing proves that they are).
[[nodiscard]] Result<void> goes_on(const crypto::Checkpoint& known, const crypto::Checkpoint& next,
                                   std::span<const crypto::TreeHash> proof);

}  // namespace linli::sync
