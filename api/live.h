// api/live.h: the telling end of live streams: nodes below hear when there is something for them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "node/replica.h"
#include "node/store/news.h"
#include "sync/live.h"

namespace linli::api {

/// Streams of nodes at once; each holds a thread. Who finds no place polls.
inline constexpr std::size_t kListenersMax = 256;

/// Who listens. Thread-safe.
class Live {
 public:
  explicit Live(node::Replica& replica) : replica_(replica) {}

  /// One listener's stream. A newer one of the same certificate ends it: the older line is dead,
  /// or somebody copied a key.
  struct Stream {
    crypto::Hash certificate{};
    std::uint64_t number = 0;
    std::int64_t seen = 0;  ///< Our arrival number up to which it was told.
  };
  /// Errors: those of LiveDoor::enter; slow_down (no place).
  [[nodiscard]] Result<Stream> begin(std::string_view token);
  void end(const Stream& stream);
  [[nodiscard]] bool current(const Stream& stream) const;
  /// Did anything arrive behind `stream.seen`, up to `upto`, that its node may read?
  [[nodiscard]] bool news(const Stream& stream, std::int64_t upto);
  /// When to try for a place again.
  [[nodiscard]] std::chrono::seconds come_again();

 private:
  /// What arrived in a range: one look serves all streams that ask about it.
  struct Look {
    std::int64_t after = -1, upto = -1;
    std::vector<store::Arrived> arrived;
  };

  node::Replica& replica_;
  sync::LiveDoor door_;
  mutable std::mutex guard_;                         ///< Guards what follows.
  std::map<crypto::Hash, std::uint64_t> listeners_;  ///< By certificate: its stream's number.
  std::uint64_t last_number_ = 0;
  std::mt19937_64 random_{std::random_device{}()};
  std::mutex looking_;
  std::shared_ptr<const Look> look_;  ///< The newest. Guarded by looking_.
};

}  // namespace linli::api
