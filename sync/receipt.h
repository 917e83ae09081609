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

/// Says that numbers `from` … `to` of one feed are durable at the signer since `checkpoint.time`.
struct Receipt {
  Hash city{};
  Hash certificate{};  ///< The signer's; needs kRightReceipt and a path that covers `scope`.
  FeedId feed{};
  std::string scope;  ///< The feed's, so that the receipt reaches who may read the feed.
  Audience audience = Audience::ancestors;
  std::uint64_t from = 0, to = 0;
  Hash last{};                               ///< Hash of number `to`.
  std::vector<std::uint64_t> clock_flagged;  ///< Numbers whose stamps were > 10 min ahead (rule 12).
  Seen checkpoint;  ///< The tree head that covers them: epoch, size, root, time.

  [[nodiscard]] std::string encode() const;  ///< The body that is signed under kDomainReceipt.
  [[nodiscard]] static Result<Receipt> decode(std::string_view body);
};

}  // namespace linli::sync
