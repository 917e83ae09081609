#include "api/tls_server.h"

#include "api/one_line.h"
#include "api/pace.h"
#include "api/peer.h"
#include "node/tls_stream.h"

namespace linli::api {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(100);  ///< Between two looks whether we stop.

std::chrono::milliseconds milliseconds(time_t seconds, time_t micros) {
  return std::chrono::milliseconds(seconds * 1000 + micros / 1000);
}

}  // namespace

TlsServer::TlsServer(const crypto::TlsServerSide& side, std::size_t workers, const Guests& guests)
    : side_(side),
      guests_(guests),
      places_(workers, guests),
      workers_(workers, [this](CallersWaiting callers) { places_.make_room(callers); }),
      handshakes_([this](std::shared_ptr<TlsCaller> caller) {
        const bool known = caller->known;
        workers_.add([this, caller = std::move(caller)] { serve(*caller); }, known);
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
  auto network = network_of(peer_of(socket).ip);
  const bool known = guests_.knows(network);
  handshakes_.take(std::make_shared<TlsCaller>(side_, socket, std::move(network), known));
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
  Places::Place place(places_, caller.socket.fd(), caller.network, caller.known);
  CarefulStream line(stream, place);
  const auto readable = [&] { return asks_again(caller); };
  serve_line(line, place, keep_alive_max_count_, readable, [&](bool last, bool& closed) {
    return process_request(line, last, closed, [&](httplib::Request& request) {
      request.ssl = static_cast<const SSL*>(caller.line->handle());
    });
  });
}

}  // namespace linli::api
