// api/workers.h: threads for requests, made as they are needed.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace linli::api {

/// How many callers wait for a thread while there is none for them.
struct CallersWaiting {
  std::size_t known = 0, strangers = 0;
  bool operator==(const CallersWaiting&) const = default;
};

/// At most `most` threads. A hub needs hundreds, since each open stream holds one; an office's old
/// PC never makes more than a few. Callers who are known (guests.h) come first, but for each fourth
/// turn; a quarter of the threads is never busy with strangers.
class Workers {
 public:
  /// `crowded`: told how many wait, whenever that changes.
  using Crowded = std::function<void(CallersWaiting)>;
  explicit Workers(std::size_t most, Crowded crowded = {})
      : most_(most), strangers_most_(strangers_of(most)), crowded_(std::move(crowded)) {}
  /// Of `most` places, so many may be strangers'.
  [[nodiscard]] static std::size_t strangers_of(std::size_t most) { return most - most / 4; }

  void add(std::function<void()> job, bool known);
  void shutdown();  ///< Returns when what was begun has ended.

 private:
  struct Job {
    std::function<void()> work;
    bool known = false;
  };
  void run();
  [[nodiscard]] bool may_take_stranger() const;
  [[nodiscard]] bool may_take() const;
  Job take();
  void tell_how_many_wait();

  const std::size_t most_, strangers_most_;
  const Crowded crowded_;
  std::mutex guard_;  ///< Guards what follows.
  std::condition_variable ready_;
  std::deque<std::function<void()>> known_, strangers_;
  std::size_t idle_ = 0, with_strangers_ = 0, turns_ = 0;
  CallersWaiting told_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// For the HTTP library, which has a queue of its own: whoever calls is handed on at once, on the
/// thread that lets callers in.
class AtOnce final : public httplib::TaskQueue {
 public:
  explicit AtOnce(std::function<void()> end) : end_(std::move(end)) {}
  void enqueue(std::function<void()> job) override { job(); }
  void shutdown() override { end_(); }

 private:
  std::function<void()> end_;
};

}  // namespace linli::api
