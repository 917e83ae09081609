// node/live.h: the listening end of a live stream: hears at once when there is something to pull.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// Keeps one stream of server-sent events open to an upstream, from a thread of its own; comes back
/// by itself after it broke, later each time, or when the upstream said so.
class LiveStream {
 public:
  /// To whom, as the last exchange found it.
  struct Aim {
    std::string url;
    Hash peer{};                   ///< The upstream's certificate.
    sync::Micros clock_ahead = 0;  ///< Our clock minus the upstream's.
    [[nodiscard]] bool same_place(const Aim& other) const {
      return url == other.url && peer == other.peer;
    }
  };

  /// What an event says: up to which number of the upstream's log there is something to fetch.
  struct News {
    std::uint64_t epoch = 0;  ///< Of the upstream's store; 0: unknown, look for yourself.
    std::uint64_t arrival = 0;
    bool operator==(const News&) const = default;
  };
  using Heard = std::function<void(const News&)>;

  /// `heard` is called from the stream's thread: when it opened (something may have come before),
  /// at each event, and when it broke.
  LiveStream(Replica& replica, Heard heard);
  ~LiveStream();
  LiveStream(const LiveStream&) = delete;
  LiveStream& operator=(const LiveStream&) = delete;

  /// Listens there from now on; nothing: nowhere. The place it listens at already stays as it is.
  void aim(std::optional<Aim> aim);
  /// The network came back: a stream that waits for its next attempt waits no longer.
  void hurry();
  /// Events arrive now.
  [[nodiscard]] bool on() const { return on_; }

 private:
  void run();
  /// One stream from its beginning to its end: how long to keep off then, if the peer says so.
  std::optional<std::chrono::milliseconds> listen(const Aim& aim);
  [[nodiscard]] bool wanted(const Aim& aim);

  Replica& replica_;
  Heard heard_;
  std::atomic<bool> on_{false};
  std::mutex guard_;
  std::condition_variable changed_;
  std::optional<Aim> aim_;            ///< Guarded.
  bool stopping_ = false;             ///< Guarded.
  bool hurried_ = false;              ///< Guarded.
  bool ended_ = false;                ///< The thread has. Guarded.
  std::shared_ptr<HttpClient> line_;  ///< Of the stream under way. Guarded.
  std::thread thread_;
};

}  // namespace linli::node
