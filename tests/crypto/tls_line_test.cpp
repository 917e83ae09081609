// Encrypted lines between two ends of a real socket.
#include "crypto/tls_line.h"

#include <signal.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "crypto/secret_file.h"
#include "crypto/tls_authority.h"

using namespace linli;
using namespace linli::crypto;
using namespace std::chrono_literals;

namespace {

struct Pair {
  std::array<int, 2> ends = made();
  File server{ends[0]}, client{ends[1]};
  static std::array<int, 2> made() {
    ::signal(SIGPIPE, SIG_IGN);  // As linli does from its first line on.
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return fds;
  }
};

struct Scene {
  TlsKey key = TlsKey::generate();
  TlsServerSide server{TlsIdentity::bare(key)};
  TlsClientSide client;

  struct Met {
    bool good = false, served = false, wrong_key = false, resumed = false, nodes = false;
    Hash key{};
    std::string heard;
  };
  /// A call that says "hello" and hears what the server answers.
  Met call(const std::optional<Hash>& pin) {
    const Pair sockets;
    Met met;
    std::jthread answering([&] {
      TlsLine line(server, sockets.server.fd());
      met.served = line.shake_hands(5s);
      std::array<char, 64> buffer{};
      const auto got = met.served ? line.read(buffer.data(), buffer.size(), 5s) : 0;
      if (got > 0) {
        met.nodes = line.is_nodes();
        const auto said = std::string(buffer.data(), static_cast<std::size_t>(got)) + " back";
        (void)line.write(said.data(), said.size(), 5s);
      }
      ::shutdown(sockets.server.fd(), SHUT_RDWR);
    });
    TlsLine line(client, sockets.client.fd(), pin, "there");
    met.good = line.shake_hands(5s);
    met.wrong_key = line.wrong_key();
    met.key = line.peer_key();
    if (met.good && line.write("hello", 5, 5s)) {
      std::array<char, 64> buffer{};
      const auto got = line.read(buffer.data(), buffer.size(), 5s);
      if (got > 0) met.heard = {buffer.data(), static_cast<std::size_t>(got)};
      met.resumed = line.resumed();
    }
    ::shutdown(sockets.client.fd(), SHUT_RDWR);
    return met;
  }
};

}  // namespace

TEST_CASE("tls line: the pinned key is talked with, and no other", "[crypto][I5]") {
  Scene s;
  const auto met = s.call(s.key.hash());
  CHECK(met.heard == "hello back");
  CHECK(met.nodes);
  CHECK(met.key == s.key.hash());

  const auto other = s.call(TlsKey::generate().hash());
  CHECK_FALSE(other.good);
  CHECK(other.wrong_key);
  CHECK(other.heard.empty());
  CHECK(other.key == s.key.hash());

  const auto met_first = s.call(std::nullopt);
  CHECK(met_first.heard == "hello back");
  CHECK(met_first.key == s.key.hash());
}

TEST_CASE("tls line: a session is gone on with, once, and only under its pin", "[crypto]") {
  Scene s;
  CHECK_FALSE(s.call(s.key.hash()).resumed);
  const auto again = s.call(s.key.hash());
  CHECK(again.resumed);
  CHECK(again.key == s.key.hash());
  CHECK(again.heard == "hello back");
  // What another key's holder gave isn't shown to this one.
  const auto other = s.call(TlsKey::generate().hash());
  CHECK(other.wrong_key);
  CHECK(s.call(s.key.hash()).resumed);
  // The server began anew and knows nothing of it.
  TlsServerSide fresh(TlsIdentity::bare(s.key));
  const Pair sockets;
  std::jthread answering([&] {
    TlsLine line(fresh, sockets.server.fd());
    CHECK(line.shake_hands(5s));
  });
  TlsLine line(s.client, sockets.client.fd(), s.key.hash(), "there");
  CHECK(line.shake_hands(5s));
  CHECK_FALSE(line.resumed());
}

TEST_CASE("tls line: nodes see the node's key whatever browsers are shown", "[crypto]") {
  Scene s;
  const auto ca_key = TlsKey::generate(), given = TlsKey::generate();
  constexpr std::int64_t kNow = 1'767'225'600'000'000;
  const auto ca = TlsAuthority::found(ca_key, "示例", {}, kNow);
  const auto pem = ca->issue(given.public_der(), {"hub.lan"}, kNow);
  s.server.show_browsers(*TlsIdentity::read(*pem, given, kNow));
  CHECK(s.call(s.key.hash()).heard == "hello back");
}

TEST_CASE("tls line: garbage, plain HTTP, silence and a cut end a handshake", "[crypto]") {
  Scene s;
  const auto step = [&](std::string_view sent) {
    const Pair sockets;
    TlsLine line(s.server, sockets.server.fd());
    REQUIRE(::send(sockets.client.fd(), sent.data(), sent.size(), 0) ==
            static_cast<ssize_t>(sent.size()));
    return line.shake_hands();
  };
  CHECK(step("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == TlsLine::Step::plain_http);
  CHECK(step(std::string(600, '\x7f')) == TlsLine::Step::failed);
  CHECK(step(std::string("\x16\x03\x01\x02\x00\x01", 6)) == TlsLine::Step::wants_read);
  {
    const Pair sockets;
    TlsLine line(s.server, sockets.server.fd());
    CHECK_FALSE(line.shake_hands(200ms));
    CHECK_FALSE(line.shake_hands(5s, [] { return true; }));
    ::shutdown(sockets.client.fd(), SHUT_RDWR);
    CHECK_FALSE(line.shake_hands(5s));
    char byte = 0;
    CHECK(line.read(&byte, 1, 10ms) == -1);
    CHECK_FALSE(line.write("x", 1, 10ms));
  }
  const Pair sockets;
  TlsLine line(s.client, sockets.client.fd(), s.key.hash(), "there");
  REQUIRE(::send(sockets.server.fd(), "HTTP/1.1 200 OK\r\n\r\n", 19, 0) == 19);
  CHECK_FALSE(line.shake_hands(5s));
  CHECK_FALSE(line.wrong_key());
  CHECK_FALSE(line.why().empty());
}
