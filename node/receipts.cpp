// The hub's receipts, given and taken: what is durable there, since when, and whose clock was off.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "crypto/cbor.h"
#include "node/holdings.h"
#include "node/intake.h"
#include "node/store/held.h"
#include "node/store/peer_memory.h"
#include "node/store/words.h"
#include "sync/policy.h"

namespace linli::node {
namespace {

std::vector<sync::Receipt> decoded(const std::vector<crypto::SignedBody>& bodies) {
  std::vector<sync::Receipt> receipts;
  for (const auto& body : bodies) {
    if (auto receipt = sync::Receipt::decode(body.body)) receipts.push_back(std::move(*receipt));
  }
  return receipts;
}

bool covers(const sync::Receipt& receipt, std::uint64_t seq) {
  return receipt.from <= seq && seq <= receipt.to;
}

/// Of several receipts for one number the first that was given is the one that counts (rule 9).
const sync::Receipt* effective(const std::vector<sync::Receipt>& receipts, std::uint64_t seq) {
  const sync::Receipt* first = nullptr;
  for (const auto& receipt : receipts) {
    if (!covers(receipt, seq)) continue;
    const auto& at = receipt.checkpoint;
    if (!first ||
        std::pair(at.epoch, at.size) < std::pair(first->checkpoint.epoch, first->checkpoint.size)) {
      first = &receipt;
    }
  }
  return first;
}

}  // namespace

/// A receipt of the hub: what it covers is safe there, and what it flags loses to every other edit.
std::optional<Error> Replica::accept_receipt(const std::string& bytes, std::int64_t peer) {
  auto& log = store_->log();
  const auto body = crypto::SignedBody::decode(bytes);
  if (!body) return body.error();
  const auto receipt = sync::Receipt::decode(body->body);
  if (!receipt) return receipt.error();
  if (auto fair = sync::judge_receipt(*receipt, body->body, body->signature, trust_->book); !fair) {
    return fair.error();
  }
  const auto* signer = trust_->book.find(receipt->certificate);
  if (const auto* end = trust_->revocations.against_word(*signer, receipt->checkpoint)) {
    return Error{Errc::revoked, "given after the end of its key: " + end->reason, {}};
  }
  const auto hash = crypto::hash({body->body});
  auto* feed = log.find_feed(receipt->feed);
  const auto wait = [&](const char* why) {
    const store::Held held{.hash = hash,
                           .author = signer->subject,
                           .need = place(receipt->feed, receipt->to),
                           .reason = info(Errc::gap).name,
                           .peer = peer,
                           .received = clock_.now(),
                           .kind = sync::ObjectKind::receipt,
                           .bytes = bytes};
    return store::keep_waiting(store_->database(), held) ? Error{Errc::gap, why, {}} : no_room();
  };
  const bool our_word = receipting_ && signer->subject == identity().author;
  // What the hub has confirmed it keeps: it confirms that once more (confirm_again).
  if (giving_way_ && !our_word) {
    give_way(*receipt, bytes, peer);
    feed = log.find_feed(receipt->feed);
  }
  const auto* own = trust_->book.find(identity().certificate);
  if (!feed && own && !sync::may_read(*own, receipt->scope, receipt->audience)) {
    return Error{Errc::replay, {}, {}};  // Of a scope that was left: what it covers doesn't come.
  }
  if (our_word) meet_own_word(*receipt, false);
  if (our_word && store::is_branch_evidence(store_->database(), receipt->last)) {
    if (feed && feed->tip.seq >= receipt->from) {
      meet_own_word(*receipt, true);
      confirm_again(*feed, receipt->from);
    }
    return Error{Errc::fork, "it covers a branch that gave way here", {}};
  }
  if (!feed || feed->tip.seq < receipt->to) {
    if (feed && is_of_older_branch(*feed, *receipt)) {
      return Error{Errc::fork, "it covers a branch that gave way here", {}};
    }
    if (is_ours(*receipt) && log.meta_int("catching_up", 0) == 0) fell_behind_ = true;
    return wait("what it covers isn't here yet");
  }
  const auto held = log.held(*feed, receipt->to);
  const bool vouched =
      receipt->to <= feed->condensed.seq && !log.arrival_of(receipt->feed, receipt->to);
  // A snapshot stands for the sets, and says the same; but those below may hold them, and need to
  // hear whose clock was off.
  if (vouched && receipt->clock_flagged.empty()) return Error{Errc::replay, {}, {}};
  const bool same_name =
      feed->name.scope == receipt->scope && feed->name.audience == receipt->audience;
  const bool same_set = held == receipt->last || (vouched && !held);
  if (!same_name || !same_set) {
    if (our_word && same_name) {
      meet_own_word(*receipt, true);
      confirm_again(*feed, receipt->from);
    }
    const bool stands = receipt->to <= feed->receipted &&
                        (our_word || receipt->to <= confirmed_against(*feed, *receipt));
    if (!same_name || stands) {
      return Error{Errc::fork, "it covers another change set than the one held here", {}};
    }
    // Of ours: somebody used our key, or this disk was put back. The next exchange asks what the
    // others know.
    if (feed->name.author == identity().author && log.meta_int("catching_up", 0) == 0) {
      store::forget_sessions(log);
      ++peers_taken_back_;
    }
    return wait("another branch is confirmed; the one that is here is handed on first");
  }
  if (log.has(*feed, receipt->to, sync::ObjectKind::receipt, hash)) {
    return Error{Errc::replay, {}, {}};
  }
  const auto stored = store::pack_body(body->body);
  (void)log.append({.kind = sync::ObjectKind::receipt,
                    .scope = feed->scope,
                    .audience = feed->name.audience,
                    .feed = feed->id,
                    .seq = receipt->to,
                    .hash = hash,
                    .author = log.author(signer->subject),
                    .peer = peer,
                    .received = clock_.now(),
                    .last_stamp = receipt->checkpoint.time,
                    .signature = body->signature,
                    .stored = stored});
  if (receipt->to > feed->receipted) {
    const auto before = feed->receipted;
    feed->receipted = receipt->to;
    feed->receipted_at = receipt->checkpoint.time;
    log.save_receipted(*feed);
    // Words on a branch that isn't the one of now have waited to see which it would be.
    for (auto& need : store::needs_between(store_->database(), place(feed->feed, before + 1),
                                           place(feed->feed, receipt->to))) {
      awake_.push_back(std::move(need));
    }
    follow_end(*feed, before, receipt->to);
  }
  follow(*feed, *receipt);
  remember_seen(receipt->checkpoint);
  return std::nullopt;
}

/// Does it speak of a feed of ours that this disk may have forgotten? A receipt doesn't say whose
/// feed it is, but the name of ours can be worked out.
bool Replica::is_ours(const sync::Receipt& receipt) {
  const auto& me = identity();
  if (const auto* feed = store_->log().find_feed(receipt.feed)) {
    return feed->name.author == me.author;
  }
  const auto all = incarnations();
  return std::any_of(all.begin(), all.end(), [&](const sync::Incarnation& one) {
    const sync::FeedName name{me.author, receipt.scope, receipt.audience, one};
    return name.id(me.city) == receipt.feed;
  });
}

/// Brings what the receipt covers in line with it.
void Replica::follow(store::Feed& feed, const sync::Receipt& receipt) {
  settle_clocks(feed, receipt.from, receipt.to);
  for (const auto seq : store_->log().ruled(feed, receipt.from, receipt.to)) {
    follow_rulings(feed, seq);
  }
}

/// Whose clock was off is what the receipts that are held say, of several the one that counts.
void Replica::settle_clocks(store::Feed& feed, std::uint64_t from, std::uint64_t to) {
  auto& log = store_->log();
  auto all = decoded(log.told_of(feed, from, sync::ObjectKind::receipt));
  std::erase_if(all, [&](const sync::Receipt& receipt) { return receipt.from > to; });
  const auto off = log.untrusted(feed, from, to);
  for (auto seq = from; seq <= std::min(to, feed.tip.seq); ++seq) {
    const auto* receipt = effective(all, seq);
    const bool flagged = receipt && std::binary_search(receipt->clock_flagged.begin(),
                                                       receipt->clock_flagged.end(), seq);
    if (flagged == std::binary_search(off.begin(), off.end(), seq)) continue;
    const auto arrival = log.arrival_of(feed.feed, seq);
    if (!arrival) continue;
    log.set_trusted(*arrival, !flagged);
    store_->projector().refold(*log.load(*arrival));
  }
}

/// How far a feed is confirmed, and since when, by the receipts that are held: some were let go of.
void Replica::confirm_by_what_is_held(store::Feed& feed) {
  auto& log = store_->log();
  feed.receipted = feed.condensed.seq;
  for (const auto& receipt : decoded(log.told_of(feed, 1, sync::ObjectKind::receipt))) {
    if (receipt.to < feed.receipted) continue;
    // Of several that reach equally far the one that was given first.
    const bool further = receipt.to > feed.receipted || feed.receipted == feed.condensed.seq;
    const auto at = receipt.checkpoint.time;
    feed.receipted_at = further ? at : std::min(feed.receipted_at, at);
    feed.receipted = receipt.to;
  }
  log.save_receipted(feed);
}

/// What an ended key said of heads after its last good one, and was believed before the end was
/// heard of: it leaves the log, and what it confirmed, held back or flagged is looked at anew.
void Replica::forget_words_of(const std::set<crypto::PublicKey>& keys) {
  auto& log = store_->log();
  forget_holdings(log, keys);
  std::map<std::int64_t, std::pair<std::uint64_t, std::uint64_t>> touched;  // Feed: from, to.
  for (const auto& key : keys) {
    for (const auto& word : store::words_beyond(log, trust_->book, trust_->revocations, key)) {
      log.keep_numbers();
      store::forget_word(log, word.arrival);
      auto& [from, to] = touched.try_emplace(word.feed, word.from, word.to).first->second;
      from = std::min(from, word.from);
      to = std::max(to, word.to);
    }
  }
  if (touched.empty()) return;
  log.forget();
  for (const auto& [id, range] : touched) {
    auto* feed = log.feed_at(id);
    if (!feed) continue;
    confirm_by_what_is_held(*feed);
    settle_clocks(*feed, range.first, range.second);
    for (auto seq = range.first; seq <= std::min(range.second, feed->tip.seq); ++seq) {
      follow_rulings(*feed, seq);
    }
  }
  spdlog::warn("what an ended hub key said after its end was let go of, in {} feeds",
               touched.size());
}

/// The newest checkpoint goes into what is written here next: "not before".
void Replica::remember_seen(const sync::Seen& head) {
  cbor::Writer seen;
  seen.array(4);
  seen.uint(head.epoch);
  seen.uint(head.size);
  seen.bytes(head.root.view());
  seen.sint(head.time);
  store_->log().set_meta("seen", seen.view());
}

std::optional<sync::Micros> Replica::first_receipted(store::Feed& feed, std::uint64_t seq) {
  const auto all = decoded(store_->log().told_of(feed, seq, sync::ObjectKind::receipt));
  std::optional<sync::Micros> first;
  for (const auto& receipt : all) {
    if (!covers(receipt, seq)) continue;
    first = std::min(first.value_or(receipt.checkpoint.time), receipt.checkpoint.time);
  }
  return first;
}

/// The hub's word on everything new in this transaction: a tree head, and a receipt for each feed.
void Replica::give_receipts() {
  if (unreceipted_.empty()) return;
  auto& log = store_->log();
  if (!new_leaves_.empty()) {
    store::append_leaves(log.database(), tree_.size(), new_leaves_);
    for (const auto& leaf : new_leaves_) tree_.append(leaf.set);
    log.set_meta("tree", tree_.encode());
  }
  const auto now = clock_.now();
  const sync::Seen head{epoch_.load(), tree_.size(), tree_.root(), now};
  for (const auto& [id, before] : unreceipted_) {
    auto* feed = log.feed_at(id);
    const auto& flagged = flagged_seqs_[id];
    auto from = before + 1;
    // Several, if it flags more numbers than one receipt holds.
    for (std::size_t told = 0; from <= feed->tip.seq;) {
      const auto some = std::min(flagged.size() - told, sync::kFlaggedMax);
      const bool last = told + some == flagged.size();
      const auto to = last ? feed->tip.seq : flagged[told + some - 1];
      give_receipt(*feed, from, to,
                   {flagged.begin() + static_cast<std::ptrdiff_t>(told),
                    flagged.begin() + static_cast<std::ptrdiff_t>(told + some)},
                   head);
      told += some;
      from = to + 1;
    }
  }
}

void Replica::give_receipt(store::Feed& feed, std::uint64_t from, std::uint64_t to,
                           std::vector<std::uint64_t> flagged, const sync::Seen& head) {
  auto& log = store_->log();
  const auto covered = log.held(feed, to);
  ensure(covered.has_value(), "a receipt covers what is held");
  const sync::Receipt receipt{.city = identity().city,
                              .certificate = identity().certificate,
                              .feed = feed.feed,
                              .scope = feed.name.scope,
                              .audience = feed.name.audience,
                              .from = from,
                              .to = to,
                              .last = *covered,
                              .clock_flagged = std::move(flagged),
                              .checkpoint = head};
  const auto body = receipt.encode();
  const auto stored = store::pack_body(body);
  (void)log.append({.kind = sync::ObjectKind::receipt,
                    .scope = feed.scope,
                    .audience = feed.name.audience,
                    .feed = feed.id,
                    .seq = to,
                    .hash = crypto::hash({body}),
                    .author = log.author(identity().author),
                    .received = head.time,
                    .last_stamp = head.time,
                    .signature = key().sign(crypto::kDomainReceipt, body),
                    .stored = stored});
  if (to > feed.receipted) {
    feed.receipted = to;
    feed.receipted_at = head.time;
    log.save_receipted(feed);
  }
  follow(feed, receipt);  // Not the first of these numbers, if this disk was put back.
}

}  // namespace linli::node
