// The asking side of an exchange.
#include <algorithm>
#include <map>

#include "sync/exchange.h"
#include "sync/exchange_detail.h"

namespace linli::sync {
namespace {

constexpr int kRejoinsMax = 3;

}  // namespace

Result<Request> Client::begin() { return make_request(); }

void Client::count_bytes(std::size_t out, std::size_t in) {
  progress_.bytes_out += out;
  progress_.bytes_in += in;
}

Result<Request> Client::make_request() {
  outgoing_.reset();
  outgoing_count_ = 0;
  Request q;
  q.city = city_;
  q.certificate = own_;
  q.session = session_;
  q.counter = ++counter_;
  if (settled_) memory_.counter = counter_;
  q.cursor = asked_from_ = memory_.pulled;
  q.include_own = !settled_;
  if (session_.is_zero()) return q;  // will be refused: spare it everything else
  if (portion_ < kBatchBytesAim) q.portion = portion_;
  if (q.cursor.epoch == 0) {
    const auto wanted = shelf_.wants_snapshots();
    if (!wanted) return fail(wanted.error());
    q.snapshots = *wanted;
  }
  if (inquiry_) {
    inquiry_->asking = std::min(kAskMax, inquiry_->feeds.size() - inquiry_->asked);
    for (std::size_t i = 0; i < inquiry_->asking; ++i)
      q.ask.push_back(inquiry_->feeds[inquiry_->asked + i].tip.feed);
    return q;  // nothing is pushed before we know where to go on, and that we aren't a clone
  }
  if (push_halted_) return q;
  auto page = shelf_.outgoing(memory_.certificate, pushed_, memory_.regive, portion_);
  if (!page) return fail(page.error());
  outgoing_count_ = page->objects.size();
  q.objects = std::move(page->objects);
  page->objects.clear();
  ensure(page->arrivals.empty() || page->arrivals.size() == outgoing_count_,
         "exchange: one arrival number for each outgoing object");
  outgoing_ = std::move(*page);
  return q;
}

Result<Client::Step> Client::take(const Response& response, const Hash& request_hash) {
  if (response.request != request_hash) return fail(Errc::bad_input, "answers another request");
  ++progress_.round_trips;
  if (response.error == Errc::unauthorised) return rejoin(response);

  const bool taken = response.cursor.epoch != 0;
  if (!response.error && !taken) return fail(Errc::malformed, "an answer without a cursor");
  const bool restored = taken && peer_was_restored(response);
  if (taken && !restored)
    if (auto done = acknowledge(response); !done) return fail(done.error());
  if (response.error == Errc::bad_cursor && taken && !cursor_dropped_) return read_anew();
  if (response.error == Errc::revoked && taken && !ended_) return ask_what_is_there(response);
  if (response.error) return push_on({*response.error, response.detail, {}}, taken && !restored);
  rejoined_ = 0;

  // Before the cursor moves: an exchange that breaks off now must find this out again.
  if (restored) memory_.pushed_epoch = kEpochLost;
  if (trouble_) return push_on(*trouble_, !restored);
  if (auto done = receive(response); !done) return push_on(done.error(), !restored);
  memory_.pushed = pushed_;
  const bool looked_into = inquiry_ && inquiry_->restored;
  if (auto done = learn(response); !done) return fail(done.error());
  const bool lost = std::exchange(peer_lost_, false);
  if (lost) memory_.pushed_epoch = kEpochLost;
  if ((restored || lost) && !looked_into && !inquiry_)
    if (auto begun = inquire(true); !begun) return fail(begun.error());
  if (inquiry_ && inquiry_->feeds.empty())  // nothing to ask: the answer is known
    if (auto done = learn(response); !done) return fail(done.error());
  return next_step();
}

/// No page came, or it can't be kept here: that doesn't keep us from handing over what waits. But
/// only by a cursor behind it can the peer find out later that it lost what it takes, so that none
/// of it counts as pushed, and it is given again in the next exchange.
Result<Client::Step> Client::push_on(Error trouble, bool taken) {
  if (!trouble_) trouble_ = std::move(trouble);
  if (!taken || inquiry_ || push_halted_ || !push_more_) return fail(*trouble_);
  auto next = make_request();
  if (!next) return fail(next.error());
  if (next->objects.empty()) return fail(*trouble_);
  next->pull = false;
  return Step{false, std::move(*next)};
}

/// The server never gave our cursor: once an exchange we begin at 0 instead. While our certificate
/// had expired we were handed none behind what we handed over; so we ask what of it is there.
Result<Client::Step> Client::read_anew() {
  cursor_dropped_ = true;
  memory_.pulled = {};
  // What is asked in a new session looks after our own disk only; and who was put back has one.
  if (!inquiry_ || !(inquiry_->restored || inquiry_->first))
    if (auto begun = inquire(true); !begun) return fail(begun.error());
  auto next = make_request();
  if (!next) return fail(next.error());
  return Step{false, std::move(*next)};
}

/// Our key was revoked: we are handed no page any more, and so no cursor behind what we hand over,
/// by which a peer whose disk was put back finds out what it lost. So we ask, once a session: who
/// was put back begins another. In the place of the cursor's mark stands in which one we did; each
/// time we would send again what is refused or waits there.
Result<Client::Step> Client::ask_what_is_there(const Response& response) {
  ended_ = Error{*response.error, response.detail, {}};
  if (memory_.pulled.mark == session_.view()) return fail(*ended_);
  if (auto begun = inquire(true); !begun) return fail(begun.error());
  if (inquiry_->feeds.empty()) return fail(*ended_);
  inquiry_->ended = true;
  auto next = make_request();
  if (!next) return fail(next.error());
  return Step{false, std::move(*next)};
}

/// The server doesn't know this session, or took a later counter from us.
Result<Client::Step> Client::rejoin(const Response& response) {
  if (response.session.is_zero() || ++rejoined_ > kRejoinsMax)
    return fail(Errc::unauthorised, response.detail);
  session_ = response.session;
  counter_ = std::max(counter_, response.counter);
  settled_ = false;
  // Our counter was behind: perhaps our disk is an older one. If this breaks off, it isn't
  // forgotten.
  memory_.session = {};
  if (!inquiry_)
    if (auto begun = inquire(false); !begun) return fail(begun.error());
  auto next = make_request();
  if (!next) return fail(next.error());
  return Step{false, std::move(*next)};
}

/// Another epoch, or the same log but shorter than what it handed us already.
bool Client::peer_was_restored(const Response& response) const {
  const Cursor& now = response.cursor;
  if (memory_.pushed_epoch != 0 && now.epoch != memory_.pushed_epoch) return true;
  return !response.error && now.epoch == asked_from_.epoch &&
         asked_from_.certificate == now.certificate && now.arrival < asked_from_.arrival;
}

Result<void> Client::acknowledge(const Response& response) {
  if (memory_.pushed_epoch == 0) memory_.pushed_epoch = response.cursor.epoch;
  if (!outgoing_) return {};
  std::size_t reached = outgoing_count_;  // everything before this was decided
  for (const auto& verdict : response.verdicts) {
    if (verdict.index >= outgoing_count_) return fail(Errc::malformed, "a verdict on no object");
    if (verdict.refused && is_transient(*verdict.refused))
      reached = std::min<std::size_t>(reached, verdict.index);
  }
  const auto& arrivals = outgoing_->arrivals;
  for (auto verdict : response.verdicts) {
    // What stands behind the transient one is sent again, and judged again then.
    if (!verdict.refused || *verdict.refused == Errc::replay || verdict.index > reached) continue;
    if (!arrivals.empty()) verdict.arrival = arrivals[verdict.index];
    refusals_.push_back(std::move(verdict));
    ++progress_.refused;
  }
  // Whose key was revoked is told so, unless it brings something: what is there doesn't count.
  const auto known =
      std::count_if(response.verdicts.begin(), response.verdicts.end(),
                    [&](const auto& v) { return v.index < reached && v.refused == Errc::replay; });
  progress_.sent += reached - (ended_ ? static_cast<std::size_t>(known) : 0);
  if (reached == outgoing_count_) {
    pushed_ = std::max(pushed_, outgoing_->cursor.arrival);
    push_more_ = outgoing_->more;
  } else {
    // Pressing on would only meet the same trouble; what came before it needn't be sent again.
    if (reached > 0 && !arrivals.empty()) pushed_ = arrivals[reached - 1];
    push_halted_ = true;
  }
  outgoing_.reset();
  return {};
}

Result<void> Client::receive(const Response& response) {
  if (response.more && response.objects.empty() && response.cursor.arrival == asked_from_.arrival &&
      response.cursor.epoch == asked_from_.epoch)
    return fail(Errc::malformed, "more is promised, but nothing came");
  std::vector<Object> objects;
  for (std::size_t i = 0; i < response.objects.size(); ++i)
    if (!refuse_outright(response.objects[i], i)) objects.push_back(response.objects[i]);
  if (!objects.empty()) {
    auto verdicts = shelf_.take(std::move(objects), memory_.certificate);
    if (!verdicts) return fail(verdicts.error());
    for (const auto& verdict : *verdicts)
      if (verdict.refused && is_transient(*verdict.refused))
        return fail(*verdict.refused, verdict.detail);
  }
  // Only now, when all of it is durable.
  memory_.pulled = response.cursor;
  pull_more_ = response.more;
  progress_.received += response.objects.size();
  progress_.remaining = response.remaining;
  return {};
}

Result<void> Client::inquire(bool restored) {
  auto feeds = shelf_.own_feeds(memory_.certificate, restored);
  if (!feeds) return fail(feeds.error());
  Inquiry inquiry;
  inquiry.restored = restored;
  // Others may have brought it long ago what we carry: a relay that took another's place, the hub
  // after a relay that is gone.
  inquiry.first = !restored && memory_.pushed == 0 && memory_.pushed_epoch == 0;
  inquiry.feeds = std::move(*feeds);
  // To see whether our disk was rolled back, the feeds that others write tell nothing.
  if (!restored && !inquiry.first) {
    std::erase_if(inquiry.feeds, [](const auto& feed) { return !feed.own; });
    // No cursor of ours may stand behind what the peer got from us, or gave us on a stick.
    const auto surely = shelf_.surely_known(memory_.certificate, memory_.pushed);
    if (!surely) return fail(surely.error());
    for (const auto& tip : *surely) inquiry.feeds.push_back({tip, false, true});
  }
  if (restored || !inquiry.feeds.empty()) inquiry_ = std::move(inquiry);
  return {};
}

Result<void> Client::learn(const Response& response) {
  if (!inquiry_) return {};
  auto& [restored, first, ended, feeds, known, asked, asking] = *inquiry_;
  std::map<FeedId, const Frontier*> told;
  for (const auto& frontier : response.frontiers) told.emplace(frontier.feed, &frontier);
  for (const std::size_t end = asked + std::exchange(asking, 0); asked < end; ++asked) {
    const auto& [tip, own, surely] = feeds[asked];
    const auto there = told.find(tip.feed);
    if (surely) {
      peer_lost_ = peer_lost_ || there == told.end() || there->second->seq < tip.seq;
      continue;
    }
    if (there == told.end()) continue;
    const Frontier& theirs = *there->second;
    std::optional<Hash> ours = tip.hash;
    if ((own || ended) && theirs.seq < tip.seq) {
      auto held = shelf_.hash_at(tip.feed, theirs.seq);
      if (!held) return fail(held.error());
      ours = *held;
    }
    const bool other_branch = ours && *ours != theirs.hash;
    // A branch that gave way everywhere else stays with who hears of nothing any more.
    if (ended && other_branch) {
      known.push_back({tip.feed, tip.seq + 1, theirs.hash});
      continue;
    }
    known.push_back(theirs);
    if (own && (theirs.seq > tip.seq || other_branch)) peer_ahead_.push_back(theirs);
  }
  if (asked < feeds.size()) return {};
  if (!peer_ahead_.empty()) push_halted_ = true;
  if (restored || first) {
    const auto from = shelf_.resume_after(memory_.certificate, known, restored);
    if (!from) return fail(from.error());
    // Where it had been taken back to (give_again: another branch of a feed) it stays.
    memory_.pushed = pushed_ = restored ? std::min(memory_.pushed, *from) : *from;
    memory_.pushed_epoch = response.cursor.epoch;
    push_more_ = true;
  }
  if (restored) {
    const auto newest = shelf_.newest();
    if (!newest) return fail(newest.error());
    memory_.regive = *newest;
  }
  inquiry_.reset();
  return {};
}

Result<Client::Step> Client::next_step() {
  if (!inquiry_ && !pull_more_ && !settled_) {
    settled_ = true;
    memory_.session = session_;
    memory_.counter = counter_;
  }
  const auto end = [this]() -> Result<Step> {
    if (ended_) memory_.pulled.mark = std::string(session_.view());
    if (ended_ && progress_.sent == 0) return fail(*ended_);
    return Step{true, std::nullopt};
  };
  const bool push = push_more_ && !push_halted_;
  if (!inquiry_ && !pull_more_ && !push) return end();
  auto next = make_request();
  if (!next) return fail(next.error());
  if (!inquiry_ && !pull_more_ && next->objects.empty()) {
    // Looked, and there is nothing to push after all: that needs no round trip.
    if (outgoing_) pushed_ = std::max(pushed_, outgoing_->cursor.arrival);
    memory_.pushed = pushed_;
    return end();
  }
  return Step{false, std::move(*next)};
}

}  // namespace linli::sync
