// Two branches of one feed: a disk was put back with its mark, and its node wrote before it met
// anybody who knew. The branch that the hub has confirmed counts everywhere; the other one leaves
// the log and stays as evidence, and its author writes again what it said (format-v1, rule 18;
// sync/EXCHANGE.md, "Two branches").
#include <spdlog/spdlog.h>

#include "node/intake.h"
#include "node/store/branches.h"

namespace linli::node {

/// Takes what nobody has confirmed out of a feed's end: our own is kept to be written again, and
/// goes on in a new incarnation; others' is evidence.
void Replica::set_apart(const sync::FeedId& id, std::int64_t peer) {
  auto& log = store_->log();
  const auto* feed = log.find_feed(id);
  const bool own = feed && feed->name.author == identity().author;
  const auto taken = store::take_unconfirmed(log, id);
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
  spdlog::warn("{} change sets of a feed with two branches {}", taken.size(),
               own ? "are written again once the others' are here" : "gave way to what is confirmed");
}

/// A set came that doesn't fit the branch that is here. Whoever gave us that one may not know of the
/// other, its author least of all.
void Replica::tell_of_branch(const sync::FeedId& feed, std::uint64_t seq) {
  store::give_again(store_->log(), feed, seq);
  ++peers_taken_back_;
}

/// Is what the hub has confirmed the end of another branch than the one that is here? Followed back
/// set by set, to where the two part; a link that is missing may still come.
bool Replica::is_of_other_branch(const sync::Receipt& confirmed) {
  auto& log = store_->log();
  auto* feed = log.find_feed(confirmed.feed);
  if (!feed) return false;
  if (feed->tip.seq >= confirmed.to && confirmed.to > feed->receipted &&
      log.held(*feed, confirmed.to) != confirmed.last) {
    return true;
  }
  auto hash = confirmed.last;
  for (auto seq = confirmed.to; seq > feed->receipted; --seq) {
    if (seq <= feed->tip.seq && log.held(*feed, seq) == hash) return seq < feed->tip.seq;
    const auto bytes = store::outside_log(store_->database(), hash);
    const auto parcel = bytes ? sync::Parcel::decode(*bytes) : fail(Errc::gap);
    const auto set = parcel ? sync::decode_change_set_header(parcel->body) : fail(Errc::gap);
    if (!set || set->seq != seq) return false;
    hash = set->prev;
  }
  return feed->tip.seq > feed->receipted;
}

/// The hub has confirmed another branch than the one that is here.
void Replica::give_way(const sync::Receipt& confirmed, std::int64_t peer) {
  auto& log = store_->log();
  auto branch = store::take_branch_evidence(log, confirmed.feed);
  set_apart(confirmed.feed, peer);
  for (auto& set : branch) {
    auto prepared = prepare(std::move(set.bytes), false);
    (void)accept(prepared, peer);
  }
  auto* feed = log.find_feed(confirmed.feed);
  if (feed && feed->tip.seq >= confirmed.to && log.held(*feed, confirmed.to) != confirmed.last) {
    set_apart(confirmed.feed, peer);  // A third one; the right one is still to come.
  }
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
  const auto* feed = log.find_feed(id);
  const bool is_news = keep_evidence(p, why, peer);
  if (p.loaded->set.seq <= feed->receipted || feed->tip.seq <= feed->receipted) {
    if (is_news) {
      store::set_aside(log, {{id, p.loaded->set.seq, p.bytes}});
      set_aside_ = true;
    }
    return why;
  }
  begin_incarnation("fork");
  set_apart(id, peer);
  std::optional<Error> verdict = why;
  for (auto& set : store::take_branch_evidence(log, id)) {
    auto prepared = prepare(std::move(set.bytes), false);
    auto said = accept(prepared, peer);
    if (prepared.hash == p.hash) verdict = std::move(said);
  }
  return verdict;
}

}  // namespace linli::node
