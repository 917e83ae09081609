// The agent's exchanges: one at a time, and what each leaves behind.
#include <spdlog/spdlog.h>

#include "node/agent.h"
#include "node/blob_transfer.h"
#include "node/last_found.h"
#include "node/pinning.h"
#include "node/renewal.h"
#include "node/store/news.h"

namespace linli::node {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kHour = std::chrono::hours(1);

Agent::Wait since(Steady::time_point begin) {
  return std::chrono::duration_cast<Agent::Wait>(Steady::now() - begin);
}

std::uint64_t count_flagged(Replica& replica) {
  auto lease = replica.store().read();
  return store::flagged_sets(*lease, replica.identity().author);
}

/// The client of an exchange, where the destructor can end it.
class Line {
 public:
  Line(std::mutex& guard, std::shared_ptr<HttpClient>& place, std::shared_ptr<HttpClient> client)
      : guard_(guard), place_(place), client_(std::move(client)) {
    const std::lock_guard lock(guard_);
    place_ = client_;
  }
  ~Line() {
    const std::lock_guard lock(guard_);
    place_.reset();
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  [[nodiscard]] HttpClient& operator*() const { return *client_; }

 private:
  std::mutex& guard_;
  std::shared_ptr<HttpClient>& place_;
  std::shared_ptr<HttpClient> client_;
};

}  // namespace

/// Records came first; whatever is more urgent than photos cuts this short.
void Agent::move_blobs(const std::string& url) {
  const std::lock_guard one(talking_);
  const Line line(guard_, line_, std::make_shared<HttpClient>(url, tls_));
  pin_to_known(replica_, *line);
  bool arrived = false;  // By the exchange itself, perhaps: that is no hurry.
  {
    const std::lock_guard lock(guard_);
    arrived = std::exchange(wakes_.arrived, false);
  }
  const auto urgent = [this] {
    std::unique_lock lock(guard_);
    const auto wakes = wakes_;
    if (stopping_ || wakes != Wakes{.news = wakes.news}) return true;
    if (!wakes.news) return false;
    // A stream that was cut and is back tells of what is here already: that is no reason.
    const auto peer = state_.peer;
    lock.unlock();
    if (has_to_fetch(peer, *wakes.news)) return true;
    lock.lock();
    if (wakes_ == wakes) wakes_.news.reset();
    return false;
  };
  const auto moved = transfer_blobs(replica_, *line, replica_.blobs().policy(), {}, urgent);
  if (!moved) spdlog::info("attachments: {}", describe(moved.error()));
  wake({.nudged = moved && moved->more, .arrived = arrived});
}

/// Well before its end, so that months without a line don't matter; and a key that waits for its
/// certificate is asked for again.
void Agent::renew_certificate(const std::string& url) {
  const auto end = certificate_end(replica_);
  if (!end.renew && !replica_.has_next_key()) return;
  const auto now = Steady::now();
  if (renewal_tried_ && now - *renewal_tried_ < kHour) return;
  renewal_tried_ = now;
  const std::lock_guard one(talking_);
  const Line line(guard_, line_, std::make_shared<HttpClient>(url, tls_));
  const auto renewed = renew_if_due(replica_, *line);
  if (!renewed) {
    spdlog::log(end.soon ? spdlog::level::warn : spdlog::level::info,
                "this node's certificate ends {}: {}", model::instant_text(end.at / 1000),
                describe(renewed.error()));
  }
}

Result<ExchangeReport> Agent::exchange_now() {
  const auto set = settings();
  if (set.upstreams.empty()) {
    return fail(Errc::not_found, "this node has no upstream: `linli upstream set URL`");
  }
  const auto url = state().url;
  Findings found;
  auto report = talk(url.empty() ? set.upstreams.front() : url, found);
  if (report) nudge();  // The background may think that nobody answers.
  return report;
}

Result<ExchangeReport> Agent::talk(const std::string& url, Findings& found) {
  const std::lock_guard one(talking_);
  const auto begun = Steady::now();
  const Line line(guard_, line_, std::make_shared<HttpClient>(url, tls_));
  begin_progress(url);
  const auto report = exchange_through_cuts(
      replica_, *line, portions_,
      [&](const ExchangeReport& so_far, std::uint64_t remaining) {
        const std::lock_guard lock(guard_);
        if (!state_.progress) return;
        state_.progress->so_far = so_far;
        state_.progress->to_fetch = remaining;
        state_.progress->passed = since(begun);
      },
      &found,
      [this] {
        const std::lock_guard lock(guard_);
        return stopping_ || wakes_.reloaded;
      });
  note(report, found);
  return report;
}

void Agent::begin_progress(const std::string& url) {
  const auto peer = peer_at(replica_, url);
  Progress progress;
  progress.reached = static_cast<std::uint64_t>(replica_.arrival());
  progress.had_to_send = to_send(replica_, peer.value_or(Hash{}));
  const std::lock_guard lock(guard_);
  use(url, peer);
  state_.progress = progress;
  talk_began_ = Steady::now();
}

void Agent::note(const Result<ExchangeReport>& report, const Findings& found) {
  const auto now = replica_.now();
  keep_found(report, found);
  if (found.clock) note_clock(*found.clock);
  // Receipts may have come.
  const auto flagged =
      found.so_far.received > 0 ? std::optional(count_flagged(replica_)) : std::nullopt;
  const std::lock_guard lock(guard_);
  state_.total.add(found.so_far);
  state_.total.refusals.clear();
  if (flagged) state_.flagged = *flagged;
  state_.progress.reset();
  if (!found.peer.is_zero()) state_.peer = found.peer;
  if (report) {
    state_.ok = true;
    state_.last_contact = now;
    state_.offline_since = 0;
    state_.last_error.clear();
    state_.last_code.reset();
    for (const auto& refusal : report->refusals) {
      if (!refusal.refused) continue;
      spdlog::warn("the upstream refused a change set: {} {}", info(*refusal.refused).name,
                   refusal.detail);
    }
    return;
  }
  // A busy upstream isn't an outage.
  if (report.error().code == Errc::slow_down) return;
  state_.ok = false;
  if (state_.offline_since == 0) state_.offline_since = now;
  const auto error = describe(report.error());
  if (report.error().code != Errc::unreachable && error != state_.last_error) {
    spdlog::warn("sync: {}", error);
  }
  state_.last_error = error;
  state_.last_code = report.error().code;
}

/// For who asks when nothing runs. Not each poll is worth a write: only what tells something new.
void Agent::keep_found(const Result<ExchangeReport>& report, const Findings& found) {
  bool worth = false;
  {
    const std::lock_guard lock(guard_);
    worth = found.clock &&
            (!state_.clock || clock_is_wrong(*state_.clock) != clock_is_wrong(*found.clock));
    const bool revoked = says_revoked(replica_, report, found);
    if (report || revoked) {
      worth = worth || state_.revoked != revoked;
      state_.revoked = revoked;
    }
  }
  if (worth) keep_last_found(replica_, report, found);
}

void Agent::note_clock(const ClockDifference& clock) {
  const std::lock_guard lock(guard_);
  const bool was_wrong = state_.clock && clock_is_wrong(*state_.clock);
  state_.clock = clock;
  state_.compared = replica_.now();
  if (!clock_is_wrong(clock) || was_wrong) return;
  spdlog::warn(
      "this machine's clock is {} s {} the upstream's: set it right (changes go on, "
      "marked as of an unsure time)",
      std::abs(clock.ahead) / 1'000'000, clock.ahead > 0 ? "ahead of" : "behind");
}

}  // namespace linli::node
