// node/exchange.h: one whole exchange with an upstream, from the first request to the last answer.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "node/http_client.h"
#include "node/portions.h"
#include "node/replica.h"

namespace linli::node {

/// What one exchange moved.
struct ExchangeReport {
  std::uint64_t sent = 0, refused = 0, received = 0, round_trips = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;  ///< HTTP headers included, about.
  std::vector<sync::Verdict> refusals;

  void add(const ExchangeReport& more);
};

/// Told after each round trip; `remaining`: about how many objects are still to come.
using ExchangeProgress = std::function<void(const ExchangeReport& so_far, std::uint64_t remaining)>;

/// Our clock beside the upstream's, from the answer that was fastest to come.
struct ClockDifference {
  sync::Micros ahead = 0;  ///< Ours minus the upstream's; negative: ours is behind.
  sync::Micros doubt = 0;  ///< Half the round trip: it may be off by so much.
};
/// From here on people are told to set the clock right.
inline constexpr sync::Micros kClockOffMax = 5LL * 60 * 1'000'000;
[[nodiscard]] bool clock_is_wrong(const ClockDifference& difference);

/// What an exchange found out besides, however it ended.
struct Findings {
  Hash peer{};                          ///< Whose certificate was talked with; zero: nobody's.
  std::chrono::seconds retry_after{0};  ///< With slow_down: what the upstream asks for; 0: nothing.
  std::optional<ClockDifference> clock;
  /// What went through before it failed: as good as the report of an exchange that didn't.
  ExchangeReport so_far;
  bool got_on = false;  ///< Something that needn't go again did.
  /// Paths of this node that the upstream doesn't cover: what belongs there neither goes to it nor
  /// comes from it.
  std::vector<std::string> elsewhere = {};
};

/// One whole exchange with the upstream at `client`: whichever node of the city answers there and
/// may be one (see upstream.h). What went over is durable on its side, and what came is durable
/// here, however it ends. `portions`: how much goes into a request; without it as much as may.
/// Errors: unreachable; unauthorised, other_city and stranger (what answers
/// isn't a node to sync with); slow_down; not_found (no upstream: it is the hub).
[[nodiscard]] Result<ExchangeReport> exchange(Replica& replica, HttpClient& client,
                                              const ExchangeProgress& progress = {},
                                              Findings* findings = nullptr,
                                              Portions* portions = nullptr);

/// The same over a line that breaks: taken up again at once where it broke, as long as that gets
/// on. The report, or `findings`, has all of it. `stop`: asked before each try but the first.
/// Errors: as above, of the first try, or of the last in a row without progress.
[[nodiscard]] Result<ExchangeReport> exchange_through_cuts(Replica& replica, HttpClient& client,
                                                           Portions& portions,
                                                           const ExchangeProgress& progress = {},
                                                           Findings* findings = nullptr,
                                                           const std::function<bool()>& stop = {});

/// The same over any line: `send` posts a request's body and answers as HTTP would. `peer`: the
/// certificate that must answer; zero: who issued our own.
using Post = std::function<Result<HttpAnswer>(const std::string& body)>;
[[nodiscard]] Result<ExchangeReport> exchange(Replica& replica, const Post& send,
                                              const ExchangeProgress& progress = {},
                                              const Hash& peer = {}, Findings* findings = nullptr,
                                              Portions* portions = nullptr);

/// What `/api/v1/sync/hello` answers: the certificates that prove this node's own, which comes
/// last. CBOR [1*16 bstr].
[[nodiscard]] std::string hello(const Replica& replica);
/// Learns who says hello. Errors: malformed; stranger (it doesn't chain to the city's root).
[[nodiscard]] Result<Hash> take_hello(Replica& replica, std::string_view bytes);

}  // namespace linli::node
