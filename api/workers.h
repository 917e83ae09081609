// api/workers.h: threads for requests, made as they are needed.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace linli::api {

/// At most `most` threads. A hub needs hundreds, since each open stream holds one; an office's old
/// PC never makes more than a few.
class Workers final : public httplib::TaskQueue {
 public:
  explicit Workers(std::size_t most) : most_(most) {}
  void enqueue(std::function<void()> job) override;
  void shutdown() override;  ///< Returns when what was begun has ended.

 private:
  void run();

  const std::size_t most_;
  std::mutex guard_;  ///< Guards what follows.
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace linli::api
