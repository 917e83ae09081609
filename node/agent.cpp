#include "node/agent.h"

#include <spdlog/spdlog.h>

#include <random>

namespace linli::node {

std::optional<std::string> upstream(Replica& replica) {
  auto lease = replica.store().read();
  auto url = store::Log(*lease).meta("upstream");
  if (url && url->empty()) return std::nullopt;
  return url;
}

Result<ExchangeReport> exchange(Replica& replica, HttpClient& client,
                                const ExchangeProgress& progress) {
  const Post send = [&client](const std::string& body) {
    return client.send("POST", "/api/v1/sync", body, "application/vnd.linli+cbor");
  };
  return exchange(replica, send, progress);
}

Result<ExchangeReport> exchange(Replica& replica, const Post& send,
                                const ExchangeProgress& progress) {
  const auto trust = replica.trust();
  const auto* own = trust->book.find(replica.identity().certificate);
  const auto* above = trust->book.find(own->issuer);
  if (!above) return fail(Errc::not_found, "this node has no upstream: it is the hub");
  const auto held = replica.peer(own->issuer);
  if (!held) return fail(held.error());
  const auto& memory = *held;
  sync::Client talk(replica, memory, replica.identity().city, replica.identity().certificate);
  auto request = talk.begin();
  if (!request) return fail(request.error());
  ExchangeReport report;
  std::optional<Error> failed;
  for (std::optional<sync::Request> next = std::move(*request); next && !failed;) {
    const auto body = next->encode();
    const auto wire = sync::pack(body, replica.key(), crypto::kDomainRequest);
    auto answer = send(wire);
    ++report.round_trips;
    if (!answer) {
      failed = answer.error();
      break;
    }
    report.bytes_out += answer->bytes_out;
    report.bytes_in += answer->bytes_in;
    if (answer->status == 429 || answer->status == 503) {
      failed = Error{Errc::slow_down, "the upstream is busy", {}};
      break;
    }
    if (answer->status != 200) {
      failed = Error{Errc::unreachable,
                     "it answered " + std::to_string(answer->status) + " to a sync request",
                     {}};
      break;
    }
    auto response = sync::open_response(answer->body, above->signing_key);
    if (!response) {
      failed = response.error();
      break;
    }
    auto step = talk.take(*response, crypto::hash({body}));
    report.sent = talk.progress().sent;
    report.refused = talk.progress().refused;
    report.received = talk.progress().received;
    if (!step) {
      failed = step.error();
      break;
    }
    if (progress) progress(report, talk.progress().remaining);
    if (step->done) break;
    next = std::move(step->next);
  }
  report.refusals = talk.refusals();
  const auto& now = talk.memory();
  const bool changed = now.pushed != memory.pushed || now.pushed_epoch != memory.pushed_epoch ||
                       now.session != memory.session ||
                       now.pulled.arrival != memory.pulled.arrival ||
                       now.pulled.epoch != memory.pulled.epoch;
  if (!talk.peer_ahead().empty()) {
    // Instead of remembering this exchange: the next one begins anew, and would find it out again.
    spdlog::warn("the upstream knows more of our own feeds than we do: a new incarnation begins");
    if (auto begun = replica.succeed("peer_ahead"); !begun) return fail(begun.error());
  } else if (changed || now.counter % 64 == 0) {
    // Kept however it ended: what went through need not go again. A mere poll writes nothing.
    if (auto kept = replica.remember(now); !kept) return fail(kept.error());
  } else {
    replica.count(now);
  }
  if (failed) return fail(*failed);
  replica.contact(own->issuer, replica.now());
  return report;
}

Agent::Agent(Replica& replica, std::string url, Pace pace) : replica_(replica), pace_(pace) {
  state_.url = std::move(url);
  const auto trust = replica.trust();  // Held: what find() answers with lives in it.
  const auto* own = trust->book.find(replica.identity().certificate);
  const auto* above = own ? trust->book.find(own->issuer) : nullptr;
  if (above) state_.last_contact = replica.last_contact(above->subject);
  thread_ = std::thread([this] { run(); });
  // A change made here wakes the agent at once.
  watcher_ = std::thread([this] {
    auto seen = replica_.arrival();
    for (;;) {
      const auto now = replica_.wait_beyond(seen, std::chrono::milliseconds(500));
      {
        const std::lock_guard lock(guard_);
        if (stopping_) return;
      }
      if (now > seen) nudge();
      seen = now;
    }
  });
}

Agent::~Agent() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (watcher_.joinable()) watcher_.join();
}

Agent::State Agent::state() const {
  const std::lock_guard lock(guard_);
  return state_;
}

void Agent::nudge() {
  {
    const std::lock_guard lock(guard_);
    nudged_ = true;
  }
  changed_.notify_all();
}

void Agent::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(guard_);
  changed_.wait_for(lock, time, [&] { return stopping_ || nudged_; });
}

void Agent::run() {
  HttpClient client(state_.url);
  std::mt19937_64 random{std::random_device{}()};
  auto longest = pace_.first_wait;
  for (;;) {
    {
      const std::lock_guard lock(guard_);
      if (stopping_) return;
      nudged_ = false;
    }
    const auto before = replica_.arrival();
    auto report = exchange(replica_, client);
    client.close();
    bool ok = report.has_value();
    {
      const std::lock_guard lock(guard_);
      state_.tried = true;
      state_.ok = ok;
      if (ok) {
        state_.last_contact = replica_.now();
        state_.last_error.clear();
        state_.total.sent += report->sent;
        state_.total.refused += report->refused;
        state_.total.received += report->received;
        state_.total.round_trips += report->round_trips;
        state_.total.bytes_out += report->bytes_out;
        state_.total.bytes_in += report->bytes_in;
        // What this exchange itself brought in is no reason for another one.
        if (report->received > 0 && replica_.arrival() > before) nudged_ = false;
      } else {
        state_.last_error = describe(report.error());
      }
    }
    if (ok) {
      for (const auto& refusal : report->refusals) {
        if (refusal.refused) {
          spdlog::warn("the upstream refused a change set: {} {}", info(*refusal.refused).name,
                       refusal.detail);
        }
      }
      longest = pace_.first_wait;
      wait(pace_.poll);
      continue;
    }
    if (report.error().code != Errc::unreachable) {
      spdlog::warn("sync: {}", describe(report.error()));
    }
    // While the upstream is away a local change doesn't hurry: it waits like everything else.
    std::uniform_int_distribution<std::int64_t> jitter(pace_.first_wait.count() / 2,
                                                       longest.count());
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(jitter(random));
    {
      std::unique_lock lock(guard_);
      changed_.wait_until(lock, until, [&] { return stopping_; });
    }
    longest = std::min(longest * 2, pace_.longest_wait);
  }
}

}  // namespace linli::node
