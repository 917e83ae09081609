#include "api/tls_server.h"

#include "api/one_line.h"
#include "node/tls_stream.h"

namespace linli::api {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(100);  ///< Between two looks whether we stop.

/// The library's own queue has nothing to do: whoever calls is handed to the handshakes at once.
class AtOnce final : public httplib::TaskQueue {
 public:
  explicit AtOnce(std::function<void()> end) : end_(std::move(end)) {}
  void enqueue(std::function<void()> job) override { job(); }
  void shutdown() override { end_(); }

 private:
  std::function<void()> end_;
};

std::chrono::milliseconds milliseconds(time_t seconds, time_t micros) {
  return std::chrono::milliseconds(seconds * 1000 + micros / 1000);
}

}  // namespace

TlsServer::TlsServer(const crypto::TlsServerSide& side, std::size_t workers)
    : side_(side),
      places_(workers),
      workers_(workers, [this](std::size_t callers) { places_.make_room(callers); }),
      handshakes_([this](std::shared_ptr<TlsCaller> caller) {
        workers_.enqueue([this, caller = std::move(caller)] { serve(*caller); });
      }) {
  new_task_queue = [this] {
    return new AtOnce([this] {
      handshakes_.stop();
      workers_.shutdown();
    });
  };
}

TlsServer::~TlsServer() = default;

bool TlsServer::process_and_close_socket(socket_t socket) {
  handshakes_.take(std::make_shared<TlsCaller>(side_, socket));
  return true;
}

bool TlsServer::asks_again(const TlsCaller& caller) const {
  if (caller.line->pending()) return true;
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(keep_alive_timeout_sec_);
  while (svr_sock_ != INVALID_SOCKET && std::chrono::steady_clock::now() < until) {
    if (crypto::wait_for(caller.socket.fd(), false, kSlice)) return true;
  }
  return false;
}

void TlsServer::serve(TlsCaller& caller) {
  node::TlsStream stream(*caller.line, milliseconds(read_timeout_sec_, read_timeout_usec_),
                         milliseconds(write_timeout_sec_, write_timeout_usec_));
  std::string ip;
  int port = 0;
  stream.get_remote_ip_and_port(ip, port);
  Places::Place place(places_, caller.socket.fd(), ip);
  CarefulStream line(stream, place);
  const auto readable = [&] { return asks_again(caller); };
  serve_line(line, place, keep_alive_max_count_, readable, [&](bool last, bool& closed) {
    return process_request(line, last, closed, [&](httplib::Request& request) {
      request.ssl = static_cast<const SSL*>(caller.line->handle());
    });
  });
}

}  // namespace linli::api
