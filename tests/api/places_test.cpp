// Places of a server that strangers from many addresses want all of, over real sockets.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "api/plain_server.h"

namespace linli::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kKnown = "127.0.0.9";

std::string stranger(int i) { return "127.0.1." + std::to_string(1 + i); }

/// A connection from that address of this machine; hangs up at its end.
class Line {
 public:
  Line(int port, const std::string& from) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto at = [](const std::string& ip, int p) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<std::uint16_t>(p));
      ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
      return address;
    };
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto here = at(from, 0), there = at("127.0.0.1", port);
    good_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0 &&
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
  }
  Line(Line&& other) noexcept : fd_(other.fd_), good_(other.good_) { other.fd_ = -1; }
  Line& operator=(Line&&) = delete;
  ~Line() {
    if (fd_ >= 0) ::close(fd_);
  }
  /// "200"; empty: no answer came.
  std::string get(const std::string& path) {
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char head[12];
    if (!good_ || ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
    return ::recv(fd_, head, sizeof head, MSG_WAITALL) == sizeof head ? std::string(head + 9, 3)
                                                                      : std::string();
  }

 private:
  int fd_;
  bool good_ = false;
};

struct Scene {
  api::Guests guests;
  std::atomic<int> working{0};
  std::atomic<bool> over{false};
  api::PlainServer server{16, guests};
  int port = 0;
  std::thread thread;

  Scene() {
    guests.welcome(kKnown);
    server.set_keep_alive_timeout(60);
    server.set_read_timeout(60);
    server.Get("/slow", [this](const httplib::Request&, httplib::Response& answer) {
      ++working;
      over.wait(false);
      answer.set_content("x", "text/plain");
    });
    server.Get("/fast", [](const httplib::Request&, httplib::Response& answer) {
      answer.set_content("x", "text/plain");
    });
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { server.listen_after_bind(); });
    const auto until = Clock::now() + 20s;
    while (!server.is_running() && Clock::now() < until) std::this_thread::sleep_for(1ms);
    CHECK(server.is_running());
  }
  ~Scene() {
    finish();
    server.stop();
    thread.join();
  }
  /// Whoever is at work is done.
  void finish() {
    over = true;
    over.notify_all();
  }
};

}  // namespace

TEST_CASE("places: idle lines from many addresses keep nobody out", "[api]") {
  Scene s;
  std::vector<Line> idle;
  for (int i = 0; i < 200; ++i) idle.emplace_back(s.port, stranger(i));
  CHECK(Line(s.port, kKnown).get("/fast") == "200");
  CHECK(Line(s.port, "127.0.2.1").get("/fast") == "200");
}

TEST_CASE("places: strangers who work leave a quarter to who is known", "[api]") {
  Scene s;
  std::vector<std::thread> slow;
  for (int i = 0; i < 40; ++i) {
    slow.emplace_back([&s, i] { (void)Line(s.port, stranger(i)).get("/slow"); });
  }
  const auto until = Clock::now() + 20s;
  while (s.working < 12 && Clock::now() < until) std::this_thread::sleep_for(10ms);
  for (int i = 0; i < 3; ++i) CHECK(Line(s.port, kKnown).get("/fast") == "200");
  CHECK(s.working == 12);
  s.finish();
  for (auto& one : slow) one.join();
  CHECK(s.working == 40);  // Each had its turn.
}

TEST_CASE("places: who is known and takes all gives way to others as well", "[api]") {
  Scene s;
  std::vector<Line> mine;
  for (int i = 0; i < 40; ++i) mine.emplace_back(s.port, kKnown);
  CHECK(Line(s.port, "127.0.2.1").get("/fast") == "200");
}

}  // namespace linli::test
