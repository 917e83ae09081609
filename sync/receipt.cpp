#include "sync/receipt.h"

#include <bit>

#include "crypto/cbor.h"
#include "sync/signed_parts.h"

namespace linli::sync {
namespace {

constexpr std::uint64_t kSuite = 1;

// Keys of a receipt's body, for ever.
namespace key {
enum : std::int64_t {
  suite,
  city,
  certificate,
  feed,
  scope,
  audience,
  from,
  to,
  last,
  clock_flagged,
  checkpoint
};
}
constexpr std::uint32_t bit(std::int64_t k) { return 1u << k; }
constexpr std::uint32_t kRequired = (bit(key::checkpoint + 1) - 1) & ~bit(key::clock_flagged);

// RFC 9162 §2.1.1: different first bytes, so that no inner node can be passed off as a leaf.
Hash leaf_hash(const Hash& leaf) {
  return crypto::hash({std::string_view{"\x00", 1}, leaf.view()});
}
Hash node_hash(const Hash& left, const Hash& right) {
  return crypto::hash({"\x01", left.view(), right.view()});
}

std::vector<std::uint64_t> read_flagged(cbor::Reader& r, const Receipt& receipt) {
  std::size_t left = r.array();
  if (left == 0 || left > kFlaggedMax) r.reject("1 to 1000 flagged numbers expected");
  std::vector<std::uint64_t> flagged;
  flagged.reserve(r.ok() ? left : 0);
  for (; left > 0 && r.ok(); --left) {
    const std::uint64_t seq = r.uint();
    if (seq < receipt.from || seq > receipt.to) r.reject("flags a number outside of from … to;");
    if (!flagged.empty() && seq <= flagged.back()) r.reject("flagged numbers must ascend;");
    flagged.push_back(seq);
  }
  return flagged;
}

}  // namespace

// The tree

void LogTree::append(const Hash& leaf) {
  // As many subtrees end here as the size has trailing ones: carry, as in adding 1.
  Hash subtree = leaf_hash(leaf);
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    subtree = node_hash(peaks_.back(), subtree);
    peaks_.pop_back();
  }
  peaks_.push_back(subtree);
  ++size_;
}

Hash LogTree::root() const {
  if (peaks_.empty()) return crypto::hash({});
  Hash root = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak)
    root = node_hash(*peak, root);
  return root;
}

std::string LogTree::encode() const {
  cbor::Writer w;
  w.array(2);
  w.uint(size_);
  w.array(peaks_.size());
  for (const auto& peak : peaks_) w.bytes(peak.view());
  return w.take();
}

Result<LogTree> LogTree::decode(std::string_view bytes) {
  cbor::Reader r{bytes};
  LogTree tree;
  if (r.array() != 2) r.reject("a tree is [size, peaks]; ends");
  tree.size_ = r.uint();
  std::size_t left = r.array();
  if (left != static_cast<std::size_t>(std::popcount(tree.size_)))
    r.reject("a tree has one peak for each bit of its size; ends");
  for (; left > 0 && r.ok(); --left) tree.peaks_.push_back(fixed<Hash>(r));
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return tree;
}

// The receipt

std::string Receipt::encode() const {
  ensure(clock_flagged.size() <= kFlaggedMax, "Receipt: split it, it flags too many numbers");
  cbor::Writer w;
  w.map(clock_flagged.empty() ? 10 : 11);
  w.sint(key::suite), w.uint(kSuite);
  w.sint(key::city), w.bytes(city.view());
  w.sint(key::certificate), w.bytes(certificate.view());
  w.sint(key::feed), w.bytes(feed.view());
  w.sint(key::scope), w.text(scope);
  w.sint(key::audience), w.uint(static_cast<std::uint64_t>(audience));
  w.sint(key::from), w.uint(from);
  w.sint(key::to), w.uint(to);
  w.sint(key::last), w.bytes(last.view());
  if (!clock_flagged.empty()) {
    w.sint(key::clock_flagged), w.array(clock_flagged.size());
    for (const auto seq : clock_flagged) w.uint(seq);
  }
  w.sint(key::checkpoint), write_checkpoint(w, checkpoint);
  return w.take();
}

Result<Receipt> Receipt::decode(std::string_view body) {
  if (body.size() > kReceiptBytesMax) return fail(Errc::too_large, "a receipt over 64 KiB");
  if (auto valid = cbor::validate(body); !valid) return fail(std::move(valid.error()));
  cbor::Reader r{body};
  Receipt receipt;
  std::uint32_t present = 0;
  std::uint64_t suite = 0, audience = 0;
  bool critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() >= 0 && m.key() <= key::checkpoint) present |= bit(m.key());
    switch (m.key()) {
      case key::suite:
        suite = r.uint();
        break;
      case key::city:
        receipt.city = fixed<Hash>(r);
        break;
      case key::certificate:
        receipt.certificate = fixed<Hash>(r);
        break;
      case key::feed:
        receipt.feed = fixed<FeedId>(r);
        break;
      case key::scope:
        receipt.scope = r.text();
        break;
      case key::audience:
        audience = r.uint();
        break;
      case key::from:
        receipt.from = r.uint();
        break;
      case key::to:
        receipt.to = r.uint();
        break;
      case key::last:
        receipt.last = fixed<Hash>(r);
        break;
      case key::clock_flagged:
        receipt.clock_flagged = read_flagged(r, receipt);
        break;
      case key::checkpoint:
        receipt.checkpoint = read_checkpoint(r);
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if ((present & kRequired) != kRequired) r.reject("a required key is missing");
  if (!crypto::valid_scope(receipt.scope)) r.reject("not a scope path");
  if (receipt.from == 0 || receipt.to < receipt.from) r.reject("from … to is no range");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));

  if (suite != kSuite) return fail(Errc::unknown_critical, "suite " + std::to_string(suite));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key");
  if (audience > static_cast<std::uint64_t>(Audience::everyone))
    return fail(Errc::unknown_critical, "audience " + std::to_string(audience));
  receipt.audience = static_cast<Audience>(audience);
  return receipt;
}

Result<void> judge_receipt(const Receipt& receipt, std::string_view body,
                           const crypto::Signature& signature,
                           const crypto::CertificateBook& book) {
  if (receipt.city != book.city()) return fail(Errc::other_city);
  const auto* signer = book.find(receipt.certificate);
  if (signer == nullptr) return fail(Errc::unknown_certificate);
  if (!crypto::verify(signer->signing_key, crypto::kDomainReceipt, body, signature))
    return fail(Errc::bad_signature, "the receipt isn't signed by " + signer->name);
  if ((signer->rights & crypto::kRightReceipt) == 0)
    return fail(Errc::forbidden, signer->name + " may not give receipts");
  if (!signer->covers(receipt.scope))
    return fail(Errc::out_of_scope, signer->name + " doesn't cover " + receipt.scope);
  return {};
}

}  // namespace linli::sync
