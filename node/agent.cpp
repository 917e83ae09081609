#include "node/agent.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "crypto/tls_line.h"
#include "node/background.h"
#include "node/last_found.h"
#include "node/store/news.h"

namespace linli::node {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto kHour = std::chrono::hours(1);
constexpr auto kAfterTrouble = 30s;  ///< When this node's own store couldn't be asked.
constexpr auto kGoodbye = 2s;        ///< For the exchange under way when the node stops.

Agent::Wait since(Steady::time_point begin) {
  return std::chrono::duration_cast<Agent::Wait>(Steady::now() - begin);
}

}  // namespace

std::string_view Agent::name_of(Mode mode) {
  switch (mode) {
    case Mode::none:
      return "none";
    case Mode::connecting:
      return "connecting";
    case Mode::live:
      return "live";
    case Mode::polling:
      return "polling";
    case Mode::slow_down:
      return "slow_down";
    case Mode::offline:
      return "offline";
    case Mode::paused:
      return "paused";
  }
  return "none";
}

Agent::Agent(Replica& replica, Pace pace, std::string only)
    : replica_(replica),
      pace_(pace),
      only_(std::move(only)),
      tls_(std::make_shared<crypto::TlsClientSide>()),
      backoff_(pace.first_wait, pace.longest_wait),
      live_(replica, [this](const LiveStream::News& news) { wake({.news = news}); }),
      network_([this] {
        live_.hurry();
        wake({.network = true});
      }) {
  state_.settings = settings();
  {
    auto lease = replica.store().read();
    state_.flagged = store::flagged_sets(*lease, replica.identity().author);
  }
  state_.revoked = last_found(replica).revoked;
  if (!state_.settings.upstreams.empty()) {
    state_.url = state_.settings.upstreams.front();
    state_.mode = Mode::connecting;
    if (const auto peer = peer_at(replica, state_.url)) {
      state_.peer = *peer;
      const auto trust = replica.trust();  // Held: what find() answers with lives in it.
      const auto* above = trust->book.find(*peer);
      if (above) state_.last_contact = replica.last_contact(above->subject);
    }
  }
  thread_ = std::thread([this] { run(); });
  watcher_ = std::thread([this] { watch_arrivals(); });
}

Agent::~Agent() {
  {
    std::unique_lock lock(guard_);
    stopping_ = true;
    changed_.notify_all();
    const auto ended = [this] { return ended_; };
    if (!changed_.wait_for(lock, kGoodbye, ended)) {
      // Again and again: a line that was only about to connect had nothing to be closed.
      while (!changed_.wait_for(lock, 20ms, ended)) {
        if (line_) line_->close();
      }
    }
  }
  thread_.join();
  watcher_.join();
}

Agent::State Agent::state() const {
  const std::lock_guard lock(guard_);
  auto state = state_;
  if (state.mode == Mode::polling && live_.on()) state.mode = Mode::live;
  if (state.progress) {
    state.progress->running = since(talk_began_);
    if (line_) state.progress->request = line_->under_way();
  }
  return state;
}

void Agent::nudge() { wake({.nudged = true}); }

void Agent::reload() {
  const auto set = settings();
  const bool paused = set.paused(replica_.now());
  const auto& urls = set.upstreams;
  const auto first = urls.empty() ? std::nullopt : peer_at(replica_, urls.front());
  {
    const std::lock_guard lock(guard_);
    state_.settings = set;
    const bool rested = state_.mode == Mode::paused || state_.mode == Mode::none;
    if (urls.empty()) {
      state_.url.clear();
    } else if (std::find(urls.begin(), urls.end(), state_.url) == urls.end()) {
      use(urls.front(), first);
    }
    if (paused || urls.empty()) {
      state_.mode = paused ? Mode::paused : Mode::none;
    } else if (rested) {
      state_.mode = Mode::connecting;
    }
  }
  wake({.reloaded = true});
}

/// From now on that is the address; of the one before nothing counts any more. With guard_ held.
void Agent::use(const std::string& url, const std::optional<Hash>& peer) {
  if (state_.url == url) return;
  state_.url = url;
  state_.peer = peer.value_or(Hash{});
}

void Agent::Wakes::add(const Wakes& other) {
  nudged = nudged || other.nudged;
  arrived = arrived || other.arrived;
  network = network || other.network;
  reloaded = reloaded || other.reloaded;
  if (other.news) news = other.news;
}

void Agent::wake(const Wakes& why) {
  {
    const std::lock_guard lock(guard_);
    wakes_.add(why);
  }
  changed_.notify_all();
}

void Agent::watch_arrivals() {
  for (auto seen = replica_.arrival();;) {
    const auto now = replica_.wait_beyond(seen, 500ms);
    {
      const std::lock_guard lock(guard_);
      if (stopping_) return;
    }
    if (now > seen) wake({.arrived = true});
    seen = now;
  }
}

SyncSettings Agent::settings() {
  auto settings = sync_settings(replica_);
  if (!only_.empty()) settings.upstreams = {only_};
  return settings;
}

// ---- The loop -----------------------------------------------------------------------------------

void Agent::run() {
  for (bool going = true; going;) {
    const bool survived = survives("the sync agent", [&] { going = turn(); });
    if (!survived) going = rest(kAfterTrouble, [](Wakes&) { return false; });
  }
  const std::lock_guard lock(guard_);
  ended_ = true;
  changed_.notify_all();
}

/// One try, and the rest behind it. False: it is to end.
bool Agent::turn() {
  const auto only_changes = [](Wakes& w) { return std::exchange(w.reloaded, false); };
  auto set = settings();
  const bool paused = set.paused(replica_.now());
  const bool idle = paused || set.upstreams.empty();
  {
    const std::lock_guard lock(guard_);
    state_.settings = set;
    if (idle) state_.mode = paused ? Mode::paused : Mode::none;
    if (set.upstreams.empty()) state_.url.clear();
  }
  if (idle) {
    live_.aim(std::nullopt);
    // The pause may end by a clock that is set meanwhile: looked at now and then.
    const bool ends = paused && *set.paused_until != kUntilResumed;
    return rest(ends ? Wait(1s) : Wait(1min), only_changes);
  }
  const auto used = choose(set);
  Findings found;
  const auto report = talk(set.upstreams[used], found);
  if (report) {
    renew_certificate(set.upstreams[used]);
    move_blobs(set.upstreams[used]);
    const auto wait = after_success(set, used);
    return rest(wait, [&](Wakes& w) {
      const bool send = std::exchange(w.arrived, false) && has_to_send(found.peer);
      const auto news = std::exchange(w.news, std::nullopt);
      return send || (news && has_to_fetch(found.peer, *news)) || std::exchange(w.nudged, false) ||
             std::exchange(w.network, false) || std::exchange(w.reloaded, false);
    });
  }
  if (report.error().code == Errc::slow_down) return rest(after_refusal(found), only_changes);
  // A copy of before the key was changed: only its next key's certificate helps.
  if (report.error().code == Errc::revoked) renew_certificate(set.upstreams[used]);
  if (found.got_on) backoff_.reset();
  live_.aim(std::nullopt);
  // A local change doesn't hurry: it waits like everything else.
  return rest(after_failure(set, used), [&](Wakes& w) {
    const bool back = std::exchange(w.network, false);
    if (back) backoff_.reset();
    return back || std::exchange(w.nudged, false) || std::exchange(w.reloaded, false);
  });
}

std::size_t Agent::choose(const SyncSettings& settings) {
  if (at_ >= settings.upstreams.size()) at_ = 0;
  if (at_ == 0 || since(first_tried_) < pace_.first_again) return at_;
  first_tried_ = Steady::now();
  return 0;
}

Agent::Wait Agent::after_success(const SyncSettings& settings, std::size_t used) {
  at_ = used;
  failures_ = 0;
  backoff_.reset();
  std::optional<LiveStream::Aim> aim;
  {
    const std::lock_guard lock(guard_);
    if (!settings.metered) {
      aim = {settings.upstreams[used], state_.peer, state_.clock ? state_.clock->ahead : 0};
    }
  }
  live_.aim(aim);
  auto wait = settings.metered ? pace_.metered_poll
              : live_.on()     ? std::max(pace_.live_poll, pace_.poll)
                               : pace_.poll;
  if (at_ != 0) wait = std::min(wait, pace_.first_again);
  show(Mode::polling, wait);
  return wait;
}

Agent::Wait Agent::after_failure(const SyncSettings& settings, std::size_t used) {
  auto wait = backoff_.next(random_);
  if (used != at_) {
    wait = Wait(0);  // Only the look whether the preferred one is back.
  } else if (++failures_ >= pace_.tries && settings.upstreams.size() > 1) {
    failures_ = 0;
    if (at_ == 0) first_tried_ = Steady::now();
    at_ = (at_ + 1) % settings.upstreams.size();
    wait = Wait(0);
    spdlog::info("the upstream's next address is tried");
  }
  show(Mode::offline, wait);
  return wait;
}

Agent::Wait Agent::after_refusal(const Findings& found) {
  auto wait = backoff_.next(random_);
  if (const Wait asked = found.retry_after; asked > Wait(0)) {
    wait = asked + Backoff(std::max<Wait>(1s, asked / 4), asked).next(random_);
  }
  wait = std::min<Wait>(wait, kHour);
  show(Mode::slow_down, wait);
  return wait;
}

void Agent::show(Mode mode, Wait until_next) {
  const auto now = replica_.now();
  const std::lock_guard lock(guard_);
  // A pause that came during an exchange isn't over with it.
  state_.mode = state_.settings.paused(now) ? Mode::paused : mode;
  state_.next_try = now + std::chrono::duration_cast<std::chrono::microseconds>(until_next).count();
}

bool Agent::rest(Wait time, const std::function<bool(Wakes&)>& until) {
  const auto end = Steady::now() + time;
  std::unique_lock lock(guard_);
  for (;;) {
    // Looked at apart from the lock: it may have to ask the store. What comes meanwhile stays.
    auto wakes = std::exchange(wakes_, {});
    lock.unlock();
    const bool woken = until(wakes);
    lock.lock();
    const bool more = wakes_ != Wakes{};
    wakes.add(wakes_);
    wakes_ = wakes;
    if (stopping_) return false;
    if (woken) return true;
    if (more) continue;  // It came while the store was asked: nobody has looked at it.
    if (!changed_.wait_until(lock, end, [&] { return stopping_ || wakes_ != wakes; })) return true;
  }
}

bool Agent::has_to_send(const Hash& peer) {
  const auto trust = replica_.trust();
  const auto* certificate = trust->book.find(peer);
  const auto memory = replica_.peer(peer);
  if (!certificate || !memory) return true;
  auto lease = replica_.store().read();
  return store::waiting_for(*lease, *certificate, memory->pushed) > 0;
}

/// What the last exchange brought already, an event that told of it doesn't ask for again.
bool Agent::has_to_fetch(const Hash& peer, const LiveStream::News& news) {
  const auto memory = replica_.peer(peer);
  if (!memory) return true;  // The exchange will say what is wrong.
  const auto& pulled = memory->pulled;
  return news.epoch == 0 || news.epoch != pulled.epoch || news.arrival > pulled.arrival;
}

}  // namespace linli::node
