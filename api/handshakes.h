// api/handshakes.h: callers whose TLS handshake is under way.
//
// They wait here, on one thread, and hold no worker: who never ends his handshake, or sends
// something else, costs a socket for some seconds and keeps nobody waiting.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "crypto/secret_file.h"
#include "crypto/tls_line.h"

namespace linli::api {

/// A caller's line and its socket, which closes with it.
struct TlsCaller {
  crypto::File socket;
  std::unique_ptr<crypto::TlsLine> line;
  std::string network;
  bool known;  ///< Of guests.h, when it came.
  TlsCaller(const crypto::TlsServerSide& side, int fd, std::string from, bool is_known)
      : socket(fd),
        line(std::make_unique<crypto::TlsLine>(side, fd)),
        network(std::move(from)),
        known(is_known) {}
};

class Handshakes {
 public:
  using Ready = std::function<void(std::shared_ptr<TlsCaller>)>;
  using Clock = std::chrono::steady_clock;
  /// How long one may take; and how many may be under way: beyond that the one that has waited
  /// longest goes, strangers first.
  static constexpr std::chrono::seconds kMost{10};
  static constexpr std::size_t kPlaces = 512;

  /// `ready` is called from its thread, once for each caller whose handshake is done.
  explicit Handshakes(Ready ready);
  ~Handshakes();
  Handshakes(const Handshakes&) = delete;
  Handshakes& operator=(const Handshakes&) = delete;

  /// From any thread.
  void take(std::shared_ptr<TlsCaller> caller);
  void stop();  ///< Lets go of all; nothing is taken any more.

 private:
  struct Waiting {
    std::shared_ptr<TlsCaller> caller;
    Clock::time_point until;
    crypto::TlsLine::Step wants = crypto::TlsLine::Step::wants_read;
    bool over = false;
  };
  void run();
  void take_in();
  void step(Waiting& waiting);

  const Ready ready_;
  crypto::File bell_;           ///< Wakes the thread.
  std::list<Waiting> waiting_;  ///< The oldest first. Of the thread.
  std::mutex guard_;
  std::list<std::shared_ptr<TlsCaller>> arrived_;  ///< Guarded.
  bool stopping_ = false;                          ///< Guarded.
  std::thread thread_;
};

}  // namespace linli::api
