// sync/receipt.h: the hub's signed word on what it has made durable, and its tree over everything.
#pragma once

#include <string>
#include <vector>

#include "sync/change_set.h"

namespace linli::sync {

/// Merkle tree over the hub's log (RFC 9162 §2.1, with BLAKE2b-256): leaves are change set hashes.
/// Keeps only the roots of its complete subtrees: at most 64 hashes.
class LogTree {
 public:
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;  ///< Of the empty tree: hash of nothing.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<LogTree> decode(std::string_view bytes);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;  ///< Largest subtree first.
};

inline constexpr std::size_t kReceiptBytesMax = 64u << 10;
inline constexpr std::size_t kFlaggedMax = 1000;  ///< More flagged numbers: several receipts.

/// Says that numbers `from` … `to` of one feed are durable at the signer since `checkpoint.time`.
struct Receipt {
  Hash city{};
  Hash certificate{};  ///< The signer's; needs kRightReceipt and a path that covers `scope`.
  FeedId feed{};
  std::string scope;  ///< The feed's, so that the receipt reaches who may read the feed.
  Audience audience = Audience::ancestors;
  std::uint64_t from = 0, to = 0;
  Hash last{};  ///< Hash of number `to`.
  /// Ascending numbers of sets whose last stamp, or whose seen.time, was > 10 min ahead (rule 12).
  std::vector<std::uint64_t> clock_flagged;
  Seen checkpoint;  ///< The tree head that covers them: epoch, size, root, time.

  [[nodiscard]] std::string encode() const;  ///< The body that is signed under kDomainReceipt.
  /// Errors: malformed, too_large, unknown_critical (suite, audience, a negative key).
  [[nodiscard]] static Result<Receipt> decode(std::string_view body);
};

/// Did somebody sign it who may? Errors: other_city, unknown_certificate, bad_signature, forbidden
/// (no kRightReceipt), out_of_scope. A feed's id doesn't show its scope: who holds the feed must
/// also compare the receipt's scope and audience with the feed's own, and `last` with number `to`.
[[nodiscard]] Result<void> judge_receipt(const Receipt& receipt, std::string_view body,
                                         const crypto::Signature& signature,
                                         const crypto::CertificateBook& book);

}  // namespace linli::sync
