// sync/holdings.h: the hub's signed word on everything that one certificate entitles to, so that a
// node can show that nothing was kept from it (PROOF.md, "Completeness").
//
// A hub that leaves something out contradicts the receipt that it gave for it: the node that wrote
// it, and everybody who got it, holds that receipt.
#pragma once

#include <string>
#include <vector>

#include "sync/change_set.h"

namespace linli::sync {

/// A district of the largest city has some ten thousand feeds of 75 bytes.
inline constexpr std::size_t kHoldingsBytesMax = 8u << 20;

/// How far the hub has a feed.
struct HeldFeed {
  FeedId feed{};
  std::uint64_t seq = 0;
  Hash set{};  ///< Of that number.
};
struct HeldShelf {
  std::string scope;
  Audience audience = Audience::ancestors;
  std::vector<HeldFeed> feeds;  ///< Ascending by id.
};

struct Holdings {
  Hash city{};
  Hash certificate{};  ///< The signer's: needs kRightReceipt.
  Hash reader{};       ///< The certificate that it speaks of.
  Nonce question{};    ///< Chosen by who asked: an older answer can't stand for this one.
  Seen checkpoint;     ///< The signer's log at that moment.
  std::vector<HeldShelf> shelves;  ///< Ascending by scope and audience; without empty ones.

  [[nodiscard]] std::string encode() const;  ///< The body that is signed under kDomainHoldings.
  /// Errors: malformed, too_large, unknown_critical (suite, audience, a negative key).
  [[nodiscard]] static Result<Holdings> decode(std::string_view body);
};

/// Did somebody sign it who may? Errors: other_city, unknown_certificate, bad_signature, forbidden
/// (no kRightReceipt).
[[nodiscard]] Result<void> judge_holdings(const Holdings& holdings, std::string_view body,
                                          const crypto::Signature& signature,
                                          const crypto::CertificateBook& book);

}  // namespace linli::sync
