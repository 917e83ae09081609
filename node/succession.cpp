// What becomes of a node whose disk was put back from a copy, or copied to a second machine: new
// incarnations, and what was written in between (format-v1, rule 18).
#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/intake.h"
#include "node/meetings.h"
#include "node/store/branches.h"
#include "node/store/held.h"
#include "node/store/peer_memory.h"

namespace linli::node {
namespace {

/// Nothing is written from here on, until a person decides.
void note_other_machine(store::Log& log, sync::Micros now) {
  log.set_meta_int("cloned", now);
  meetings::forget(log);
  spdlog::error(
      "another machine writes with this node's key: nothing is written here until one of "
      "the two is enrolled anew (`linli doctor` says how)");
}

/// The epoch that follows: by the clock, or, where that stands behind the last one, some days of
/// microseconds on at random. Two disks put back from one copy must not begin the same one.
std::uint64_t epoch_after(std::uint64_t last, sync::Micros now) {
  using Apart = crypto::FixedBytes<5, struct ApartTag>;
  const auto clock = static_cast<std::uint64_t>(now);
  if (clock > last) return clock;
  std::uint64_t apart = 0;
  for (const auto byte : crypto::random<Apart>().data) apart = apart << 8 | byte;
  return last + 1 + apart;
}

/// The newest head of the hub's log that the author of a feed's last set knew.
std::optional<sync::Seen> seen_by_last(store::Log& log, const sync::FeedId& id) {
  const auto* feed = log.find_feed(id);
  const auto arrival = feed ? log.arrival_of(id, feed->tip.seq) : std::nullopt;
  return arrival ? log.load(*arrival)->set.seen : std::nullopt;
}

/// Was that found out, and is what was lost here?
Result<bool> is_to_stop(store::Store& store) {
  try {
    auto lease = store.read();
    store::Log log(*lease);
    return log.meta_int("catching_up", 0) == 0 && meetings::alone(log) != meetings::Alone::yes;
  } catch (const store::DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace

void Replica::begin_incarnation(const std::string& reason) {
  auto& log = store_->log();
  log.set_meta("nonce_of_incarnation/" + std::to_string(incarnation_.number),
               incarnation_.nonce.view());
  incarnation_.number =
      std::max(incarnation_.number, log.newest_incarnation(identity().author)) + 1;
  incarnation_.nonce = crypto::random<sync::Nonce>();
  log.set_meta_int("incarnation", static_cast<std::int64_t>(incarnation_.number));
  log.set_meta("incarnation_nonce", incarnation_.nonce.view());
  log.set_meta("incarnation_reason", reason);
  // By a clock that was set back it would lie before what this very machine wrote: see meet_own.
  log.set_meta_int("incarnation_began", std::max(clock_.now(), hybrid_.last()));
}

/// A clock that stood far ahead was set right, and the hub said of what it stamped that it is from
/// the future. Within a feed stamps only ascend, so feeds begin anew: otherwise what is written now
/// would be stamped later still, and lose every conflict until that day comes.
void Replica::leave_wrong_stamps() {
  const auto now = clock_.now();
  if (hybrid_.last() <= now + sync::kStampAheadMax) return;
  if (!store_->log().ends_flagged(identity().author, now + sync::kStampAheadMax)) return;
  const auto left = hybrid_.last();
  begin_incarnation("clock");
  auto& log = store_->log();
  log.set_meta_int("stamps_from", static_cast<std::int64_t>(incarnation_.number));
  log.set_meta_int("stamps_left", left);
  log.set_meta_int("incarnation_began", now);
  hybrid_ = sync::HybridClock(now);
  // Which of the two it is only somebody else's time can tell.
  if (log.time_by_others(identity().author, receipting_) > now + sync::kStampAheadMax) {
    spdlog::warn(
        "this node's clock is behind the time that others show: its feeds begin anew; "
        "set the clock right");
  } else {
    spdlog::warn("this node's clock stood ahead and was set back: its feeds begin anew");
  }
}

/// This disk's incarnations, that of now first. Receipts for what was written in an earlier one and
/// lost with a disk still come, and only by its name are they known as ours (is_ours).
std::vector<sync::Incarnation> Replica::incarnations() {
  std::vector<sync::Incarnation> all{incarnation_};
  for (auto number = incarnation_.number; number-- > 0;) {
    const auto nonce = store_->log().meta("nonce_of_incarnation/" + std::to_string(number));
    if (nonce) all.push_back({number, sync::Nonce::of(*nonce)});
  }
  return all;
}

Result<void> Replica::succeed(const std::string& reason,
                              const std::vector<sync::Frontier>& peer_knows) {
  return write([&, this]() -> Result<void> {
    auto& log = store_->log();
    const auto came_back = [&](const sync::Frontier& frontier) {
      const auto* feed = log.find_feed(frontier.feed);
      return feed && log.held(*feed, frontier.seq) == frontier.hash;
    };
    // What came meanwhile was met as ours, and began anew by itself (meet_own).
    if (!peer_knows.empty() && std::all_of(peer_knows.begin(), peer_knows.end(), came_back)) {
      return {};
    }
    begin_anew(reason);
    for (const auto& frontier : peer_knows) {
      if (came_back(frontier)) continue;
      // Of the branch that others know some may have come already; all of it comes again.
      (void)store::take_branch_evidence(log, frontier.feed, false);
      set_apart(frontier.feed, 0, 0);
    }
    return {};
  });
}

Result<bool> Replica::began_since(const std::vector<sync::Frontier>& peer_knows) {
  if (peer_knows.empty()) return false;
  bool all = true;
  auto looked = write([&, this]() -> Result<void> {
    auto& log = store_->log();
    all = log.meta_int("catching_up", 0) != 0;
    for (const auto& frontier : peer_knows) {
      const auto* feed = log.find_feed(frontier.feed);
      all = all && feed && feed->name.incarnation != incarnation_ &&
            feed->tip.seq <= feed->receipted && log.held(*feed, frontier.seq) != frontier.hash;
    }
    return {};
  });
  if (!looked) return fail(looked.error());
  return all;
}

void Replica::begin_anew(const std::string& reason) {
  auto& log = store_->log();
  fell_behind_ = false;
  begin_incarnation(reason);
  // Peers' cursors of the old epoch go on at the number that the copy ended with, if that is
  // known: what was found out later by others may have happened at any time. And if no entry left
  // the log since: they may have passed over the gap of one that is here again.
  const auto witness = mark_->read();
  const bool all_were_there = receipting_ || (witness.epoch != 0 && witness.let_go == let_go_);
  const bool known = reason == "restored" && all_were_there;
  log.set_meta_int("epoch_before", static_cast<std::int64_t>(epoch_.load()));
  log.set_meta_int("restored_at", known ? log.last_arrival() : 0);
  epoch_ = epoch_after(epoch_.load(), clock_.now());
  log.set_meta_int("epoch", static_cast<std::int64_t>(epoch_.load()));
  log.set_meta_int("catching_up", 1);
  // Pull everything again, and in a new session our own sets, too: so what was lost comes back.
  store::forget_exchanges(log);
  ++peers_taken_back_;
}

/// Writes again, in the incarnation of now, what was set aside and didn't come back from the peers:
/// the same changes under new names.
Result<void> Replica::write_again() {
  if (set_aside_.load()) {
    bool stuck = false;
    auto again = write([&, this]() -> Result<void> {
      auto& log = store_->log();
      if (log.meta_int("catching_up", 0) != 0) return {};
      const auto before = log.last_arrival();
      auto done = author_what_was_set_aside();
      stuck = set_aside_.load() && log.last_arrival() == before;
      return done;
    });
    // It goes over before this node stops, if it does.
    if (!again || !stuck) return again;
  }
  const auto stop = is_to_stop(*store_);
  if (!stop) return fail(stop.error());
  if (!*stop) return {};
  return write([this]() -> Result<void> {
    if (!cloned_.exchange(true)) note_other_machine(store_->log(), clock_.now());
    return {};
  });
}

Result<void> Replica::author_what_was_set_aside() {
  auto& log = store_->log();
  std::map<sync::VersionId, sync::VersionId> renamed;
  std::vector<store::Aside> kept;
  for (auto& aside : store::take_own_aside(log)) {
    auto parcel = sync::Parcel::decode(aside.bytes);
    if (!parcel) return fail(Errc::corrupt, "a change set that was set aside can't be read");
    const auto* feed = log.find_feed(aside.feed);
    if (feed && log.held(*feed, aside.seq) == sync::change_set_hash(parcel->body)) continue;
    auto set = sync::decode_change_set(parcel->body);
    if (!set) return fail(set.error());
    // What it stood behind came back: it stays what it was, as others know it.
    if (feed && set->seq == feed->tip.seq + 1 && set->prev == feed->tip.hash) {
      auto prepared = prepare(aside.bytes, true);
      const auto refused = accept(prepared, 0);
      if (!refused || refused->code == Errc::held) continue;
    }
    const auto under = certificate_for(*set);
    if (!under) {
      kept.push_back(std::move(aside));
      continue;
    }
    set->certificate = *under;
    // Whoever brings it again finds that this was done.
    (void)store::keep_evidence(store_->database(), {.name = sync::change_set_hash(parcel->body),
                                                    .author = identity().author,
                                                    .feed = aside.feed,
                                                    .seq = aside.seq,
                                                    .reason = store::kWrittenAgain,
                                                    .detail = {},
                                                    .received = clock_.now(),
                                                    .bytes = aside.bytes});
    if (auto done = author_again(*set, aside.feed, std::move(parcel->openings), renamed); !done) {
      return done;
    }
  }
  store::set_aside(log, kept);
  set_aside_ = !kept.empty();
  if (kept.empty()) return {};
  spdlog::warn(
      "{} change sets that were set aside can't be written again before their scope returns",
      kept.size());
  return {};
}

/// Under which certificate what was set aside is written again: that of now; of a scope that was
/// lost meanwhile the one it was written under, so that it waits at the hub for approval, as what
/// was still unsent does. Nothing: the key of that isn't held any more.
std::optional<Hash> Replica::certificate_for(const sync::ChangeSet& set) {
  const auto* own = trust_->book.find(identity().certificate);
  const auto audience = static_cast<unsigned>(set.feed.audience);
  if (own->covers(set.feed.scope) && (own->audiences >> audience & 1) != 0) {
    return identity().certificate;
  }
  const auto* before = trust_->book.find(set.certificate);
  if (!before || !held_key(before->signing_key)) return std::nullopt;
  // It goes over, and then it is let go of once more.
  store_->log().set_meta_int("scopes_changed", 1);
  leaving_ = true;
  return set.certificate;
}

Result<void> Replica::author_again(sync::ChangeSet& set, const sync::FeedId& was,
                                   std::vector<sync::Opening> openings,
                                   std::map<sync::VersionId, sync::VersionId>& renamed) {
  auto& log = store_->log();
  const auto seq_before = set.seq;
  set.feed.incarnation = incarnation_;
  const auto id = set.feed.id(identity().city);
  const auto* feed = log.find_feed(id);
  set.seq = (feed ? feed->tip.seq : 0) + 1;
  set.prev = feed ? feed->tip.hash : Hash{};
  set.succession = set.seq == 1 ? std::optional(succession_of(set.feed)) : std::nullopt;
  const auto rename = [&](std::vector<sync::VersionId>& versions) {
    for (auto& version : versions) {
      if (const auto now = renamed.find(version); now != renamed.end()) version = now->second;
    }
    std::sort(versions.begin(), versions.end());
  };
  const auto now = clock_.now();
  for (std::uint32_t i = 0; i < set.changes.size(); ++i) {
    auto& change = set.changes[i];
    rename(change.base.all);
    for (auto& [cell, versions] : change.base.cells) rename(versions);
    change.stamp = hybrid_.tick(now);
    renamed[{was, seq_before, i}] = {id, set.seq, i};
  }
  set.time_base = set.changes.front().stamp;
  auto body = sync::encode_change_set(set);
  if (!body) return fail(body.error());
  sync::Parcel parcel{std::move(*body), {}, std::move(openings)};
  const auto* signing = set.certificate == identity().certificate
                            ? &key()
                            : held_key(trust_->book.find(set.certificate)->signing_key);
  parcel.signature = signing->sign(crypto::kDomainChangeSet, parcel.body);
  auto prepared = prepare(parcel.encode(), true);
  // The hub may hold its own back as well: what it alters was closed meanwhile.
  const auto refused = accept(prepared, 0);
  if (refused && refused->code != Errc::held) return fail(*refused);
  return {};
}

/// What the first set of an incarnation says of the one before.
sync::Succession Replica::succession_of(const sync::FeedName& name) {
  sync::Succession succession;
  succession.reason = store_->log().meta("incarnation_reason").value_or("restored");
  if (const auto* before = store_->log().feed_before(name)) {
    succession.feed = before->feed;
    succession.seq = before->tip.seq;
    succession.head = before->tip.hash;
  }
  return succession;
}

/// A change set by our own key came from elsewhere. While we catch up after a restore that is what
/// we lost, unless it happens again and again; later it means that another machine writes with this
/// key.
void Replica::meet_own(const sync::FeedName& name, sync::Micros stamp) {
  auto& log = store_->log();
  const bool catching_up = fell_behind_ || log.meta_int("catching_up", 0) != 0;
  if (name.incarnation == incarnation_ && !catching_up) fell_behind_ = true;
  if (receipting_ || name.incarnation == incarnation_) return;
  const auto all = incarnations();
  if (std::find(all.begin(), all.end(), name.incarnation) == all.end()) {
    const auto seen = seen_by_last(log, name.id(identity().city));
    meetings::count(log, identity().author, seen, incarnation_.number, clock_.now());
  }
  if (meetings::alone(log) == meetings::Alone::surely_not && !cloned_.exchange(true)) {
    note_other_machine(log, clock_.now());
  }
  if (catching_up) {
    // An incarnation that this disk has forgotten: ours must be a later one.
    if (name.incarnation.number >= incarnation_.number) begin_incarnation("restored");
    return;
  }
  // What our own clock stamped ahead may come back as well, of a scope that was lost meanwhile.
  const auto ours = std::max(log.meta_int("incarnation_began", 0), log.meta_int("stamps_left", 0));
  if (stamp <= ours + sync::kStampAheadMax) return;
  if (!cloned_.exchange(true)) note_other_machine(log, clock_.now());
}

Result<void> Replica::go_on_alone() {
  if (auto begun = succeed("cloned"); !begun) return begun;
  return write([this]() -> Result<void> {
    store_->log().set_meta_int("cloned", 0);
    meetings::forget(store_->log());
    cloned_ = false;
    return {};
  });
}

}  // namespace linli::node
