// What becomes of a node whose disk was put back from a copy, or copied to a second machine: new
// incarnations (format-v1, rule 18). What was written in between: writing_again.cpp.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/intake.h"
#include "node/meetings.h"
#include "node/store/branches.h"
#include "node/store/peer_memory.h"

namespace linli::node {
namespace {

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

}  // namespace

void note_other_machine(store::Log& log, sync::Micros now) {
  log.set_meta_int("cloned", now);
  meetings::forget(log);
  spdlog::error(
      "another machine writes with this node's key: nothing is written here until one of "
      "the two is enrolled anew (`linli doctor` says how)");
}

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
  const auto far = now + sync::kStampAheadMax;
  if (hybrid_.last() <= far) return;
  auto& log = store_->log();
  const auto given = log.last_stamp_of(identity().author, log.meta_int("stamps_from", 0));
  if (given <= far) {
    hybrid_ = sync::HybridClock(given);  // Only somebody else's stamp lies there.
    return;
  }
  if (!log.ends_flagged(identity().author, far)) return;
  const auto left = hybrid_.last();
  begin_incarnation("clock");
  log.set_meta_int("stamps_from", static_cast<std::int64_t>(incarnation_.number));
  log.set_meta_int("stamps_left", left);
  log.set_meta_int("incarnation_began", now);
  hybrid_ = sync::HybridClock(now);
  // Which of the two it is only somebody else's time can tell.
  if (log.time_by_others(identity().author, receipting_) > far) {
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
