#include "api/plain_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "api/one_line.h"
#include "api/pace.h"
#include "api/peer.h"

namespace linli::api {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kSlice{100};  ///< Between two looks whether the server stops.

/// Readable or writable before the time is over?
bool ready(int socket, short what, milliseconds patience) {
  pollfd polled{socket, what, 0};
  int n = 0;
  do {
    n = ::poll(&polled, 1, static_cast<int>(patience.count()));
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

/// A socket as the library reads and writes it.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(int socket, milliseconds reading, milliseconds writing)
      : socket_(socket), reading_(reading), writing_(writing) {}

  [[nodiscard]] bool is_readable() const override { return ready(socket_, POLLIN, reading_); }
  [[nodiscard]] bool is_writable() const override { return ready(socket_, POLLOUT, writing_); }
  ssize_t read(char* into, std::size_t size) override {
    if (!is_readable()) return -1;
    ssize_t n = 0;
    do {
      n = ::recv(socket_, into, size, 0);
    } while (n < 0 && errno == EINTR);
    return n;
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (!is_writable()) return -1;
    return ::send(socket_, from, size, MSG_NOSIGNAL);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    auto peer = peer_of(socket_);
    ip = std::move(peer.ip);
    port = peer.port;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    auto here = own_end_of(socket_);
    ip = std::move(here.ip);
    port = here.port;
  }
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  int socket_;
  milliseconds reading_, writing_;
};

milliseconds time_of(time_t seconds, time_t micros) {
  return milliseconds(seconds * 1000 + micros / 1000);
}

}  // namespace

PlainServer::PlainServer(std::size_t workers, const Guests& guests)
    : guests_(guests),
      places_(workers, guests),
      workers_(workers, [this](CallersWaiting callers) { places_.make_room(callers); }) {
  new_task_queue = [this] { return new AtOnce([this] { workers_.shutdown(); }); };
}

bool PlainServer::process_and_close_socket(socket_t socket) {
  auto network = network_of(peer_of(socket).ip);
  const bool known = guests_.knows(network);
  workers_.add(
      [this, socket, known, network = std::move(network)] {
        {
          Places::Place place(places_, socket, network, known);
          serve(socket, place);
        }
        ::shutdown(socket, SHUT_RDWR);
        ::close(socket);
      },
      known);
  return true;
}

void PlainServer::serve(socket_t socket, Places::Place& place) {
  SocketStream plain(socket, time_of(read_timeout_sec_, read_timeout_usec_),
                     time_of(write_timeout_sec_, write_timeout_usec_));
  CarefulStream line(plain, place);
  const auto readable = [&] {
    const auto until = Clock::now() + std::chrono::seconds(keep_alive_timeout_sec_);
    while (svr_sock_ != INVALID_SOCKET && Clock::now() < until) {
      if (ready(socket, POLLIN, kSlice)) return true;
    }
    return false;
  };
  serve_line(line, place, keep_alive_max_count_, readable, [&](bool last, bool& closed) {
    return process_request(line, last, closed, [](httplib::Request&) {});
  });
}

}  // namespace linli::api
