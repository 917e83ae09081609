// What was set aside because its number is taken, or may be, and didn't come back from the peers:
// the same changes under new names (sync/EXCHANGE.md, "What is written again").
#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/intake.h"
#include "node/meetings.h"
#include "node/store/branches.h"
#include "node/store/held.h"
#include "node/store/left_sets.h"

namespace linli::node {

struct Replica::SetAside {
  store::Aside aside;
  sync::Parcel parcel;
  sync::ChangeSet set;
  /// The certificate that it is written again under. None: not before its scope, or a version that
  /// reads it, is back.
  std::optional<Hash> under;
};

namespace {

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

/// The edit is as old as it was: with a later stamp it would win over what was written after it.
/// Only what a clock stamped ahead gets new ones.
bool keeps_stamps(const sync::ChangeSet& set, sync::Micros now) {
  return set.changes.back().stamp <= now + sync::kStampAheadMax;
}

/// Can it stand behind that end? Stamps only ascend within a feed.
bool fits(const sync::ChangeSet& set, const store::Feed* feed) {
  return !feed || set.changes.front().stamp > feed->tip.stamp;
}

/// Will it be asked again, by itself or with the next exchange?
bool may_come_yet(Errc code) {
  return code == Errc::unknown_certificate || code == Errc::unknown_policy ||
         code == Errc::unknown_critical || code == no_room().code;
}

using Renamed = std::map<sync::VersionId, sync::VersionId>;

void rename(std::vector<sync::VersionId>& versions, const Renamed& renamed) {
  for (auto& version : versions) {
    if (const auto now = renamed.find(version); now != renamed.end()) version = now->second;
  }
  std::sort(versions.begin(), versions.end());
}

}  // namespace

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
  auto sets = take_what_did_not_come_back();
  if (!sets) return fail(sets.error());
  leave_wrong_stamps();
  const auto now = clock_.now();
  const auto has_place = [&](const SetAside& one) {
    auto name = one.set.feed;
    name.incarnation = incarnation_;
    return !one.under || !keeps_stamps(one.set, now) ||
           fits(one.set, log.find_feed(name.id(identity().city)));
  };
  // Written in this one meanwhile.
  if (!std::all_of(sets->begin(), sets->end(), has_place)) begin_incarnation("restored");
  std::vector<store::Aside> kept;
  Renamed renamed;
  for (auto& one : *sets) {
    if (!one.under) {
      kept.push_back(std::move(one.aside));
    } else if (auto done = author_again(one, renamed); !done) {
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

/// What came back is forgotten; what stood behind it goes in as it is: so others know it.
Result<std::vector<Replica::SetAside>> Replica::take_what_did_not_come_back() {
  auto& log = store_->log();
  std::vector<SetAside> left;
  for (auto& aside : store::take_own_aside(log)) {
    auto parcel = sync::Parcel::decode(aside.bytes);
    if (!parcel) return fail(Errc::corrupt, "a change set that was set aside can't be read");
    const auto* feed = log.find_feed(aside.feed);
    const auto hash = sync::change_set_hash(parcel->body);
    const auto there = feed ? log.held(*feed, aside.seq) : std::nullopt;
    if (there == hash) continue;
    // A snapshot stands in its place, and the hub had confirmed it before its scope was lost here.
    const bool covered = feed && !there && aside.seq <= feed->receipted;
    if (covered && store::was_left(log.database(), aside.feed, aside.seq, hash)) continue;
    auto set = sync::decode_change_set(parcel->body);
    if (!set) return fail(set.error());
    if (feed && set->seq == feed->tip.seq + 1 && set->prev == feed->tip.hash) {
      auto prepared = prepare(aside.bytes, true);
      const auto refused = accept(prepared, 0);
      if (!refused || refused->code == Errc::held) continue;
    }
    const auto under = set->changes.empty() ? std::nullopt : certificate_for(*set);
    left.push_back({std::move(aside), std::move(*parcel), std::move(*set), under});
  }
  return left;
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

/// Puts it at the end of the feed of now. One that is refused for good is evidence with its reason
/// then, as everybody's is, and the rest goes on.
Result<void> Replica::author_again(SetAside& one, Renamed& renamed) {
  auto& log = store_->log();
  auto& set = one.set;
  const auto seq_before = set.seq;
  set.certificate = *one.under;
  set.feed.incarnation = incarnation_;
  const auto id = set.feed.id(identity().city);
  const auto* feed = log.find_feed(id);
  set.seq = (feed ? feed->tip.seq : 0) + 1;
  set.prev = feed ? feed->tip.hash : Hash{};
  set.succession = set.seq == 1 ? std::optional(succession_of(set.feed)) : std::nullopt;
  const auto now = clock_.now();
  const bool new_stamps = !keeps_stamps(set, now) || !fits(set, feed);
  for (std::uint32_t i = 0; i < set.changes.size(); ++i) {
    auto& change = set.changes[i];
    rename(change.base.all, renamed);
    for (auto& [cell, versions] : change.base.cells) rename(versions, renamed);
    if (new_stamps) change.stamp = hybrid_.tick(now);
    renamed[{one.aside.feed, seq_before, i}] = {id, set.seq, i};
  }
  set.time_base = set.changes.front().stamp;
  auto body = sync::encode_change_set(set);
  if (!body) return fail(body.error());
  // Whoever brings the old one again finds that this was done.
  (void)store::keep_evidence(store_->database(), {.name = sync::change_set_hash(one.parcel.body),
                                                  .author = identity().author,
                                                  .feed = one.aside.feed,
                                                  .seq = one.aside.seq,
                                                  .reason = store::kWrittenAgain,
                                                  .detail = {},
                                                  .received = now,
                                                  .bytes = one.aside.bytes});
  sync::Parcel parcel{std::move(*body), {}, std::move(one.parcel.openings)};
  const auto* signing = set.certificate == identity().certificate
                            ? &key()
                            : held_key(trust_->book.find(set.certificate)->signing_key);
  parcel.signature = signing->sign(crypto::kDomainChangeSet, parcel.body);
  auto prepared = prepare(parcel.encode(), true);
  // The hub may hold its own back as well: what it alters was closed meanwhile.
  const auto refused = accept(prepared, 0);
  if (refused && refused->code != Errc::held) {
    if (may_come_yet(refused->code)) return fail(*refused);
    spdlog::error("what was set aside can't be written again: {}", describe(*refused));
    for (std::uint32_t i = 0; i < set.changes.size(); ++i) {
      renamed.erase({one.aside.feed, seq_before, i});
    }
  }
  return {};
}

}  // namespace linli::node
