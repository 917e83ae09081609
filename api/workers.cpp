#include "api/workers.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace linli::api {

void Workers::add(std::function<void()> job, bool known) {
  {
    const std::lock_guard lock(guard_);
    (known ? known_ : strangers_).push_back(std::move(job));
    if (idle_ < known_.size() + strangers_.size() && may_take() && threads_.size() < most_) {
      try {
        threads_.emplace_back([this] { run(); });
      } catch (const std::system_error& e) {
        // The system gives no more: those that are there do it in turn.
        if (threads_.empty()) throw;
        spdlog::warn("no more threads than {}: {}", threads_.size(), e.what());
      }
    }
    tell_how_many_wait();
  }
  ready_.notify_one();
}

/// What was begun ends with the rest, whoever it is of.
bool Workers::may_take_stranger() const {
  return !strangers_.empty() && (stopping_ || with_strangers_ < strangers_most_);
}

bool Workers::may_take() const { return !known_.empty() || may_take_stranger(); }

Workers::Job Workers::take() {
  const bool strangers_turn = ++turns_ % 4 == 0;
  const bool known = !known_.empty() && !(strangers_turn && may_take_stranger());
  auto& jobs = known ? known_ : strangers_;
  Job job{std::move(jobs.front()), known};
  jobs.pop_front();
  if (!known) ++with_strangers_;
  return job;
}

/// Within the guard: who is told last knows best.
void Workers::tell_how_many_wait() {
  CallersWaiting waiting;
  const auto more = most_ - threads_.size();
  const auto free = idle_ + more;
  waiting.known = known_.size() - std::min(known_.size(), free);
  const auto left = free - std::min(known_.size(), free);
  const auto for_strangers =
      std::min(left, strangers_most_ - std::min(with_strangers_, strangers_most_));
  waiting.strangers = strangers_.size() - std::min(strangers_.size(), for_strangers);
  if (waiting == told_ || !crowded_) return;
  told_ = waiting;
  crowded_(waiting);
}

void Workers::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(guard_);
      ++idle_;
      ready_.wait(lock, [&] { return stopping_ || may_take(); });
      --idle_;
      if (!may_take()) return;
      job = take();
      tell_how_many_wait();
    }
    job.work();
    if (job.known) continue;
    const std::lock_guard lock(guard_);
    --with_strangers_;
  }
}

void Workers::shutdown() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_) thread.join();
}

}  // namespace linli::api
