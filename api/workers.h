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

/// At most `most` threads. A hub needs hundreds, since each open stream holds one; an office's old
/// PC never makes more than a few.
class Workers final : public httplib::TaskQueue {
 public:
  /// `crowded`: told how many jobs wait while all of them are busy, whenever that changes.
  using Crowded = std::function<void(std::size_t jobs)>;
  explicit Workers(std::size_t most, Crowded crowded = {})
      : most_(most), crowded_(std::move(crowded)) {}
  void enqueue(std::function<void()> job) override;
  void shutdown() override;  ///< Returns when what was begun has ended.

 private:
  void run();
  void tell_how_many_wait();

  const std::size_t most_;
  const Crowded crowded_;
  std::mutex guard_;  ///< Guards what follows.
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0, told_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace linli::api
