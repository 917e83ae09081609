// What the hub confirmed twice: its disk was put back together with its mark, and it confirmed
// something else under numbers whose confirmation it had lost. Of two receipts that contradict each
// other the one of the later epoch counts (sync/EXCHANGE.md, "Two branches").
#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/intake.h"
#include "node/store/branches.h"
#include "node/store/history.h"
#include "node/store/peer_memory.h"
#include "node/store/words.h"
#include "sync/history.h"

namespace linli::node {
namespace {

/// The greatest number of the feed that receipts confirm which aren't older than a word of this
/// keeper of epochs; receipts of others always count. Within an epoch the time tells: who was put
/// back without knowing goes on in the epoch that it had.
std::uint64_t confirmed_since(const std::vector<sync::Receipt>& receipts,
                              const crypto::CertificateBook& book, const crypto::AuthorId& keeper,
                              const sync::Seen& word) {
  std::uint64_t confirmed = 0;
  for (const auto& receipt : receipts) {
    const auto* signer = book.find(receipt.certificate);
    const auto& at = receipt.checkpoint;
    const bool older = signer && signer->subject == keeper &&
                       std::pair(at.epoch, at.time) < std::pair(word.epoch, word.time);
    if (!older) confirmed = std::max(confirmed, receipt.to);
  }
  return confirmed;
}

}  // namespace

std::vector<sync::Receipt> Replica::receipts_of(const store::Feed& feed, std::uint64_t from) {
  std::vector<sync::Receipt> receipts;
  for (const auto& body : store_->log().told_of(feed, from, sync::ObjectKind::receipt)) {
    if (auto receipt = sync::Receipt::decode(body.body)) receipts.push_back(std::move(*receipt));
  }
  return receipts;
}

/// Up to which number of the feed this receipt can't say otherwise: a snapshot stands for it, or
/// receipts confirm it that aren't older.
std::uint64_t Replica::confirmed_against(const store::Feed& feed, const sync::Receipt& receipt) {
  const auto* signer = trust_->book.find(receipt.certificate);
  // A key that was ended takes nothing back: somebody else may hold it by now.
  if (trust_->revocations.of(signer->signing_key)) return feed.receipted;
  const auto confirmed =
      confirmed_since(receipts_of(feed, 1), trust_->book, signer->subject, receipt.checkpoint);
  return std::max(confirmed, feed.condensed.seq);
}

/// Is what it covers a branch that leaves the one here before what it can't say otherwise of?
bool Replica::is_of_older_branch(store::Feed& feed, const sync::Receipt& receipt) {
  if (!store::is_branch_evidence(store_->database(), receipt.last)) return false;
  const auto stands = confirmed_against(feed, receipt);
  return parting(feed, stands, receipt.to, receipt.last).where == Parting::before_confirmed;
}

/// Both signed receipts show together that the hub took back what it had confirmed: that is for
/// whoever watches the city's history.
void Replica::keep_contradiction(const store::Feed& feed, std::uint64_t after,
                                 const sync::Receipt& later, const std::string& bytes) {
  const auto as_text = [](std::string_view receipt) {
    return "receipt " + crypto::to_base64(receipt) + "\n";
  };
  const auto& keeper = trust_->book.find(later.certificate)->subject;
  const sync::LogName origin{identity().city_scope, keeper, later.checkpoint.epoch};
  for (const auto& before : store_->log().told_of(feed, after + 1, sync::ObjectKind::receipt)) {
    (void)store::keep_history_fault(
        store_->database(),
        {origin.origin(),
         "the hub confirmed another change set under a number that it had confirmed",
         as_text(before.encode()), as_text(bytes), clock_.now()});
    return;  // One is proof enough.
  }
}

/// Lets go of what was said of numbers behind this one: a later word confirms another branch.
void Replica::unconfirm(store::Feed& feed, std::uint64_t after) {
  auto& log = store_->log();
  const auto id = feed.feed;
  auto told_from = after + 1;  // What is let go of may have spoken of earlier numbers, too.
  for (const auto& receipt : receipts_of(feed, after + 1)) {
    told_from = std::min(told_from, receipt.from);
  }
  log.keep_numbers();
  store::forget_words_behind(log, feed, after);
  log.forget();
  auto* now = log.find_feed(id);
  confirm_by_what_is_held(*now);
  settle_clocks(*now, told_from, now->tip.seq);
  // What the branch says may be what others are judged by, until its author has written it again.
  keep_certificates_in_use();
  // Words on the other branch may have come when there was no place for them.
  store::forget_pulled(log);
  ++peers_taken_back_;
  spdlog::warn("the hub's disk was put back: what it had confirmed of a feed gives way");
}

/// At the hub: a receipt of its own that it doesn't know. One of this epoch's end or of a later
/// epoch shows that this disk was put back.
void Replica::meet_own_word(const sync::Receipt& receipt, bool contradicts) {
  const auto& at = receipt.checkpoint;
  const auto epoch = epoch_.load();
  const bool ahead = at.epoch == epoch && (contradicts || at.size > tree_.size());
  if (at.epoch <= epoch && !ahead) return;
  epoch_ = at.epoch;  // The one that begins now is a later one.
  fell_behind_ = true;
}

/// At the hub: somebody holds another branch of what it confirmed from this number on, and maybe a
/// receipt for it that is lost here. What stands here is confirmed once more, in an epoch of its
/// own.
void Replica::confirm_again(const store::Feed& feed, std::uint64_t from) {
  // Nothing has begun anew since it was written: this is what shows that the disk was put back.
  if (feed.name.author == identity().author && feed.name.incarnation == incarnation_) {
    fell_behind_ = true;
  }
  const auto receipts = receipts_of(feed, from);
  const bool said = std::any_of(receipts.begin(), receipts.end(), [&](const auto& receipt) {
    return receipt.checkpoint.epoch == epoch_.load() &&
           receipt.certificate == identity().certificate;
  });
  if (said && !fell_behind_) return;
  const auto before = std::max(from, feed.condensed.seq + 1) - 1;
  auto& since = unreceipted_.emplace(feed.id, before).first->second;
  since = std::min(since, before);
  flagged_seqs_[feed.id] = store_->log().untrusted(feed, since + 1, feed.tip.seq);
}

}  // namespace linli::node
