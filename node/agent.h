// node/agent.h: keeps a node in step with its upstream: pushes and pulls, backs off, recovers.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "node/backoff.h"
#include "node/exchange.h"
#include "node/live.h"
#include "node/network_watch.h"
#include "node/upstream.h"

namespace linli::node {

/// Syncs in the background: at once after a local change, and when a live stream says that there is
/// something to fetch; otherwise at the pace of `Pace`. When the upstream can't be reached it waits
/// longer each time (see Backoff), until the machine's network comes back; when an upstream asks to
/// be left alone it obeys. After some failures it tries the next address, and goes back to the
/// first when that answers again. What it does is a setting (upstream.h) that may change any time.
class Agent {
 public:
  using Wait = std::chrono::milliseconds;
  struct Pace {
    Wait poll{2000}, first_wait{500}, longest_wait{30'000};
    Wait live_poll{30'000};      ///< While a live stream tells of what is new.
    Wait metered_poll{300'000};  ///< Where the line costs by volume; and no live stream.
    Wait first_again{60'000};  ///< How often the preferred address is tried while another is used.
    unsigned tries = 5;        ///< At one address before the next one.
  };
  enum class Mode { none, connecting, live, polling, slow_down, offline, paused };
  [[nodiscard]] static std::string_view name_of(Mode mode);

  /// An exchange under way.
  struct Progress {
    ExchangeReport so_far;
    std::uint64_t to_fetch = 0;  ///< About how many objects are still to come.
    Wait passed{0};              ///< Until the last answer came.
    Wait running{0};             ///< Until now.
    /// When it began: how many change sets had to go up, and how far our log reached.
    std::uint64_t had_to_send = 0, reached = 0;
    std::optional<HttpClient::UnderWay> request = {};
  };
  struct State {
    std::string url;  ///< In use; empty: none.
    SyncSettings settings;
    Mode mode = Mode::none;
    bool ok = false;                ///< The last attempt went through.
    Hash peer{};                    ///< The upstream's certificate, once it answered.
    sync::Micros last_contact = 0;  ///< Our clock; 0: never. So for the next two.
    sync::Micros offline_since = 0, next_try = 0;
    std::string last_error;
    std::optional<Errc> last_code;  ///< Of last_error.
    bool revoked = false;           ///< An upstream said that this node's key was ended.
    std::optional<ClockDifference> clock;
    sync::Micros compared = 0;  ///< When the clocks were; ours.
    std::uint64_t flagged = 0;  ///< Own change sets whose time a receipt called unsure.
    std::optional<Progress> progress;
    ExchangeReport total;  ///< Since this process began.
  };

  /// `only`: the one address for this run, whatever the store says.
  Agent(Replica& replica, Pace pace, std::string only = {});
  ~Agent();
  [[nodiscard]] State state() const;
  void nudge();   ///< Tries now, unless the upstream asked to be left alone.
  void reload();  ///< The settings changed; what state() tells has them at once.
  /// One exchange for somebody who waits for it, also while paused. Errors: as exchange().
  [[nodiscard]] Result<ExchangeReport> exchange_now();

 private:
  /// What ends a wait before its time; each is forgotten when the wait begins that it ends.
  struct Wakes {
    bool nudged = false, arrived = false, network = false, reloaded = false;
    std::optional<LiveStream::News> news = {};
    bool operator==(const Wakes&) const = default;
    void add(const Wakes& other);
  };

  void run();
  bool turn();
  void watch_arrivals();
  [[nodiscard]] SyncSettings settings();
  void begin_progress(const std::string& url);
  void use(const std::string& url, const std::optional<Hash>& peer);
  [[nodiscard]] std::size_t choose(const SyncSettings& settings);
  /// One exchange at an address, into state_.
  [[nodiscard]] Result<ExchangeReport> talk(const std::string& url, Findings& found);
  void note(const Result<ExchangeReport>& report, const Findings& found);
  void move_blobs(const std::string& url);
  void renew_certificate(const std::string& url);
  void note_clock(const ClockDifference& clock);
  void keep_found(const Result<ExchangeReport>& report, const Findings& found);
  [[nodiscard]] Wait after_success(const SyncSettings& settings, std::size_t used);
  [[nodiscard]] Wait after_failure(const SyncSettings& settings, std::size_t used);
  [[nodiscard]] Wait after_refusal(const Findings& found);
  /// Until `time` passed or something that `until` names happened; false: the agent ends.
  bool rest(Wait time, const std::function<bool(Wakes&)>& until);
  [[nodiscard]] bool has_to_send(const Hash& peer);
  [[nodiscard]] bool has_to_fetch(const Hash& peer, const LiveStream::News& news);
  void show(Mode mode, Wait until_next);
  void wake(const Wakes& why);

  Replica& replica_;
  Pace pace_;
  std::string only_;
  std::mutex talking_;  ///< One exchange at a time.
  Portions portions_;   ///< Guarded by talking_.
  mutable std::mutex guard_;
  std::condition_variable changed_;
  State state_;  ///< Guarded by guard_; so are the next three.
  Wakes wakes_;
  bool stopping_ = false, ended_ = false;
  std::shared_ptr<HttpClient> line_;                    ///< Of the exchange under way.
  std::chrono::steady_clock::time_point talk_began_{};  ///< Guarded by guard_.
  const std::shared_ptr<crypto::TlsClientSide> tls_;  ///< So that a poll needs no whole handshake.

  // Only the agent's own thread uses these.
  std::size_t at_ = 0;  ///< Which address is in use.
  unsigned failures_ = 0;
  std::chrono::steady_clock::time_point first_tried_{};
  std::optional<std::chrono::steady_clock::time_point> renewal_tried_;
  Backoff backoff_;
  std::mt19937_64 random_{std::random_device{}()};

  LiveStream live_;
  NetworkWatch network_;
  std::thread watcher_, thread_;
};

}  // namespace linli::node
