#include "api/workers.h"

#include <spdlog/spdlog.h>

namespace linli::api {

void Workers::enqueue(std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < most_) {
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

/// Within the guard: who is told last knows best.
void Workers::tell_how_many_wait() {
  const bool all_busy = threads_.size() >= most_ && jobs_.size() > idle_;
  const auto waiting = all_busy ? jobs_.size() - idle_ : 0;
  if (waiting == told_ || !crowded_) return;
  told_ = waiting;
  crowded_(waiting);
}

void Workers::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(guard_);
      ++idle_;
      ready_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      tell_how_many_wait();
    }
    job();
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
