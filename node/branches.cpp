// Two branches of one feed: a disk was put back with its mark, and its node wrote before it met
// anybody who knew. The branch that the hub has confirmed counts everywhere; the other one leaves
// the log and stays as evidence, and its author writes again what it said (format-v1, rule 18;
// sync/EXCHANGE.md, "Two branches").
#include "node/store/branches.h"

#include <spdlog/spdlog.h>

#include "node/intake.h"

namespace linli::node {

/// Takes what nobody has confirmed behind a number out of a feed's end: our own is kept to be
/// written again, and goes on in a new incarnation; others' is evidence.
void Replica::set_apart(const sync::FeedId& id, std::uint64_t after, std::int64_t peer) {
  auto& log = store_->log();
  const auto* feed = log.find_feed(id);
  const bool own = feed && feed->name.author == identity().author;
  const auto taken = store::take_unconfirmed(log, id, after);
  if (taken.empty()) return;
  if (own) {
    store::set_aside(log, taken);
    set_aside_ = true;
  } else {
    const Error why{Errc::fork, "the hub has confirmed another branch", {}};
    for (const auto& one : taken) keep_evidence(prepare(one.bytes, false), why, peer);
  }
  store_->rebuild_within();
  load_trust();
  spdlog::warn(
      "{} change sets of a feed with two branches {}", taken.size(),
      own ? "are written again once the others' are here" : "gave way to what is confirmed");
}

/// A set came that doesn't fit the branch that is here. Whoever gave us that one may not know of
/// the other, its author least of all.
std::optional<Error> Replica::take_branch(Prepared& p, const Error& why, std::int64_t peer) {
  const bool own = peer != 0 && p.loaded->set.feed.author == identity().author;
  if (own && !taking_branch_) return take_own_branch(p, why, peer);
  const auto seq = p.loaded->set.seq;
  if (!keep_evidence(p, why, peer)) return why;
  if (receipting_) {
    if (const auto* feed = store_->log().find_feed(p.loaded->feed)) {
      confirm_again(*feed, std::min(seq, feed->tip.seq));
    }
  }
  awake_.push_back(place(p.loaded->feed, seq));  // What comes behind it is of its branch as well.
  if (taking_branch_) return why;
  store::give_again(store_->log(), p.loaded->feed, seq);
  ++peers_taken_back_;
  return why;
}

/// Where the branch that ends with this set leaves the one that is here, followed back set by set.
Replica::Parting Replica::parting(store::Feed& feed, std::uint64_t confirmed, std::uint64_t seq,
                                  Hash set) {
  auto& log = store_->log();
  bool rewritten = false;
  for (; seq > confirmed; --seq) {
    if (seq <= feed.tip.seq && log.held(feed, seq) == set) {
      return {Parting::behind, seq, rewritten};
    }
    rewritten |= store::was_written_again(store_->database(), set);
    const auto bytes = store::outside_log(store_->database(), set);
    const auto parcel = bytes ? sync::Parcel::decode(*bytes) : fail(Errc::gap);
    const auto read = parcel ? sync::decode_change_set_header(parcel->body) : fail(Errc::gap);
    if (!read || read->seq != seq) return {Parting::unknown, 0, rewritten};
    set = read->prev;
  }
  const bool joins = seq == 0 || log.held(feed, seq) == set;
  return {joins ? Parting::behind : Parting::before_confirmed, joins ? seq : 0, rewritten};
}

/// If the hub has confirmed another branch than the one that is here, it is taken up from where the
/// two part.
void Replica::give_way(const sync::Receipt& confirmed, const std::string& bytes,
                       std::int64_t peer) {
  auto& log = store_->log();
  auto* feed = log.find_feed(confirmed.feed);
  if (!feed) return;
  const auto stands = confirmed_against(*feed, confirmed);
  const auto [where, common, rewritten] = parting(*feed, stands, confirmed.to, confirmed.last);
  if (where != Parting::behind || common >= std::min(feed->tip.seq, confirmed.to)) return;
  if (common < feed->receipted) {
    keep_contradiction(*feed, common, confirmed, bytes);
    unconfirm(*feed, common);
  }
  auto branch = store::take_branch_evidence(log, confirmed.feed, true);
  set_apart(confirmed.feed, common, peer);
  take_in(branch, peer);
}

/// What fits goes in; the rest is evidence again.
void Replica::take_in(std::vector<store::Aside>& sets, std::int64_t peer) {
  taking_branch_ = true;
  for (auto& set : sets) {
    auto prepared = prepare(std::move(set.bytes), false);
    (void)accept(prepared, peer);
  }
  taking_branch_ = false;
}

Result<void> Replica::settle_branches() {
  auto contested = store::contested(*store_);
  if (!contested) return fail(contested.error());
  if (contested->empty()) return {};
  return write([&, this]() -> Result<void> {
    giving_way_ = true;
    for (const auto& need : *contested) wake(need);
    giving_way_ = false;
    return {};
  });
}

/// Somebody brings a change set of ours whose number has been taken here since. What the hub has
/// confirmed stays, and what was brought is written again; otherwise what was brought was first.
std::optional<Error> Replica::take_own_branch(Prepared& p, const Error& why, std::int64_t peer) {
  auto& log = store_->log();
  const auto id = p.loaded->feed;
  const auto seq = p.loaded->set.seq;
  // Somebody read it before it gave way here: taking it back would only turn the two around.
  if (store::was_written_again(store_->database(), p.hash)) return why;
  if (store::is_set_aside(log, id, seq, p.hash)) return why;
  auto* feed = log.find_feed(id);
  // At the hub what stands here is confirmed, if only with this very commit.
  const auto confirmed = !feed ? 0 : receipting_ ? feed->tip.seq : feed->receipted;
  // Without a feed the branch that it goes on with was written again as a whole.
  const auto [where, common, rewritten] =
      feed && seq > confirmed ? parting(*feed, confirmed, seq - 1, p.loaded->set.prev)
                              : Parting{Parting::before_confirmed, 0, false};
  if (where == Parting::unknown && !rewritten) {
    const Error gap{Errc::gap, "what stands before it in its branch isn't here yet", {}};
    return keep_waiting(p, place(id, seq - 1), gap, peer) ? gap : no_room();
  }
  const bool is_news = keep_evidence(p, why, peer);
  awake_.push_back(place(id, seq));
  // What it goes on with was written again: so is this, and what stands here stays.
  if (where == Parting::before_confirmed || rewritten) {
    if (receipting_ && feed) confirm_again(*feed, std::min(seq, feed->tip.seq));
    if (is_news) write_again_later(p);
    return why;
  }
  begin_incarnation("fork");
  auto branch = store::take_branch_evidence(log, id, false);
  set_apart(id, common, peer);
  take_in(branch, peer);
  const auto* now = log.find_feed(id);
  if (now && log.held(*now, seq) == p.hash) return std::nullopt;
  write_again_later(p);
  return why;
}

void Replica::write_again_later(const Prepared& p) {
  store::set_aside(store_->log(), {{p.loaded->feed, p.loaded->set.seq, p.bytes}});
  set_aside_ = true;
}

}  // namespace linli::node
