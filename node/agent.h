// node/agent.h: keeps a node in step with its upstream: pushes and pulls, backs off, recovers.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "node/http_client.h"
#include "node/replica.h"

namespace linli::node {

/// What one exchange moved.
struct ExchangeReport {
  std::uint64_t sent = 0, refused = 0, received = 0, round_trips = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;  ///< HTTP headers included, about.
  std::vector<sync::Verdict> refusals;
};

/// Told after each round trip; `remaining`: about how many objects are still to come.
using ExchangeProgress = std::function<void(const ExchangeReport& so_far, std::uint64_t remaining)>;

/// One whole exchange with the upstream at `client`. What went over is durable on its side, and
/// what came is durable here, however it ends. Errors: unreachable; unauthorised, other_city and
/// stranger (what answers isn't the city's node); slow_down; not_found (no upstream's certificate).
[[nodiscard]] Result<ExchangeReport> exchange(Replica& replica, HttpClient& client,
                                              const ExchangeProgress& progress = {});

/// The same over any line: `send` posts a request's body and answers as HTTP would.
using Post = std::function<Result<HttpAnswer>(const std::string& body)>;
[[nodiscard]] Result<ExchangeReport> exchange(Replica& replica, const Post& send,
                                              const ExchangeProgress& progress = {});

/// The upstream's address, if this node has one; and setting it ("" takes it away).
[[nodiscard]] std::optional<std::string> upstream(Replica& replica);

/// Syncs in the background: at once after a local change, otherwise at the pace of `Pace`; when the
/// upstream can't be reached it waits longer each time, with full jitter (AWS, "Exponential backoff
/// and jitter"), so that a whole city doesn't come back in one second.
class Agent {
 public:
  struct Pace {
    std::chrono::milliseconds poll{2000}, first_wait{500}, longest_wait{30'000};
  };
  struct State {
    std::string url;
    bool ok = false;
    bool tried = false;
    sync::Micros last_contact = 0;  ///< 0: never.
    std::string last_error;
    ExchangeReport total;  ///< Since this process began.
  };

  Agent(Replica& replica, std::string url, Pace pace);
  ~Agent();
  [[nodiscard]] State state() const;
  void nudge();  ///< Tries now.

 private:
  void run();
  void move_blobs(HttpClient& client);
  void wait(std::chrono::milliseconds time);

  Replica& replica_;
  Pace pace_;
  mutable std::mutex guard_;
  std::condition_variable changed_;
  State state_;            ///< Guarded by guard_.
  bool stopping_ = false;  ///< Guarded by guard_.
  bool nudged_ = false;    ///< Guarded by guard_.
  std::thread watcher_, thread_;
};

}  // namespace linli::node
