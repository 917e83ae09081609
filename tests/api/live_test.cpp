// Live streams and a hub that has more callers than places, over real sockets.
#include "sync/live.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "api/gate.h"
#include "api/guests.h"
#include "api/live.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

using std::chrono::milliseconds;

/// A stream's raw bytes.
class Listener {
 public:
  Listener(int port, const std::string& authorization) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const std::string request =
        "GET /api/v1/sync/live HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization + "\r\n\r\n";
    REQUIRE(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
  }
  ~Listener() { ::close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// All that came, once `word` is in it, or nothing more comes for `patience`.
  std::string until(const std::string& word, milliseconds patience = milliseconds(5000)) {
    const timeval limit{patience.count() / 1000, (patience.count() % 1000) * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char part[4096];
    while (got_.find(word) == std::string::npos) {
      const auto n = ::recv(fd_, part, sizeof part, 0);
      ended_ = n == 0;
      if (n <= 0) break;
      got_.append(part, static_cast<std::size_t>(n));
    }
    return std::exchange(got_, {});
  }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  int fd_;
  std::string got_;
  bool ended_ = false;
};

std::string token(Node& from, Node& to, sync::Micros off = 0) {
  return "Linli " + sync::LiveToken{from->identity().city, from->identity().certificate,
                                    to->identity().certificate, to->now() + off}
                        .sign(from->key());
}

bool has(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

constexpr const char* kFigure =
    R"({"name":"示例","year":2001,"title":"示例","value":1,"unit":"个","source":"示例",
        "as_of":"2022-12-31"})";

}  // namespace

TEST_CASE("live: tells of what its node may read, and of nothing else", "[api][I6]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  exchange(office, hub);
  exchange(other, hub);
  Serving serving(hub);
  Listener listener(serving.port(), token(office, hub));
  const auto begun = listener.until("}\n\n");
  CHECK(has(begun, "HTTP/1.1 200"));
  CHECK(has(begun, "text/event-stream"));
  const auto said = [&](const std::string& name) {
    return "event: " + name + "\ndata: {\"epoch\":" + std::to_string(*hub->epoch()) +
           ",\"arrival\":" + std::to_string(hub->arrival()) + "}\n\n";
  };
  REQUIRE(has(begun, said("ready")));

  put(other, "compound", compound("410703001901001"));
  exchange(other, hub);
  CHECK_FALSE(has(listener.until("news", milliseconds(1000)), "news"));
  put(hub, "city_figure", kFigure);
  CHECK(has(listener.until("}\n\n"), said("news")));
  // What it brought itself is none; the receipt for it is.
  put(office, "compound", compound("410702003901001"));
  exchange(office, hub);
  CHECK(has(listener.until("news"), "event: news"));
}

TEST_CASE("live: a stream needs a token that is good here and now", "[api][I5]") {
  City city(false);
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  Serving serving(hub);
  node::HttpClient client(serving.url());
  const auto shown = [&](const std::string& authorization) {
    const auto answer = client.stream("/api/v1/sync/live", {{"Authorization", authorization}},
                                      [](std::string_view) { return false; });
    REQUIRE(answer.has_value());
    client.close();
    if (answer->status == 200) return std::string("200");
    return std::to_string(answer->status) + " " +
           Json::parse(answer->body)["code"].get<std::string>();
  };
  CHECK(shown("") == "401 unauthorised");
  CHECK(shown("Bearer x") == "401 unauthorised");
  CHECK(shown("Linli x") == "400 malformed");
  CHECK(shown(token(office, other)) == "403 stranger");
  CHECK(shown(token(office, hub, 10 * sync::kLiveTokenMicros)) == "403 expired");
  CHECK(shown(token(office, hub, -10 * sync::kLiveTokenMicros)) == "403 expired");
  const auto good = token(office, hub);
  CHECK(shown(good) == "200");
  CHECK(shown(good) == "409 replay");
  // The name of the route lets nobody further in.
  CHECK(client.send("GET", "/api/v1/synchronised", {}, {}, {{"X-Forwarded-For", "10.0.0.1"}})
            ->status == 403);
}

TEST_CASE("live: a node's newer stream ends its older one", "[api]") {
  City city(false);
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  Serving serving(hub);
  Listener first(serving.port(), token(office, hub));
  REQUIRE(has(first.until("event: ready"), "event: ready"));
  Listener second(serving.port(), token(office, hub));
  REQUIRE(has(second.until("event: ready"), "event: ready"));
  (void)first.until("never", milliseconds(4000));
  CHECK(first.ended());
}

TEST_CASE("live: no more streams than places, and a time to try again", "[api][I9]") {
  City city(false);
  auto& hub = city.hub();
  api::Live live(*hub);
  std::vector<Admitted> nodes;
  for (std::size_t i = 0; i <= api::kListenersMax; ++i) nodes.push_back(admit(hub, kOffice));
  const auto begin = [&](std::size_t i) {
    return live.begin(sync::LiveToken{hub->identity().city, nodes[i].certificate,
                                      hub->identity().certificate, hub->now()}
                          .sign(nodes[i].key));
  };
  std::vector<api::Live::Stream> streams;
  for (std::size_t i = 0; i < api::kListenersMax; ++i) {
    const auto stream = begin(i);
    REQUIRE(stream.has_value());
    streams.push_back(*stream);
  }
  CHECK(begin(api::kListenersMax).error().code == Errc::slow_down);
  CHECK(live.come_again() >= std::chrono::seconds(60));
  // One that comes back takes its own place; one that ends gives its place away.
  CHECK(begin(3).has_value());
  live.end(streams[3]);  // The older stream's end: the newer one keeps the place.
  CHECK(begin(api::kListenersMax).error().code == Errc::slow_down);
  live.end(streams[4]);
  CHECK(begin(api::kListenersMax).has_value());
}

TEST_CASE("gate: those who find no place are told different times, as long as the queue",
          "[api][I9]") {
  api::Gate gate(2);
  {
    auto a = gate.enter("a", true);
    auto b = gate.enter("b", true);
    REQUIRE(a);
    REQUIRE(b);
    CHECK_FALSE(gate.enter("c", true));
    a.reset();
    CHECK(gate.enter("c", true));
    // 3,000 offices at 50 ms over two places: the last comes after more than a minute. Each of its
    // own line, or all behind one address.
    const auto now = api::Gate::Clock::now();
    const bool apart = GENERATE(true, false);
    CAPTURE(apart);
    std::multiset<std::int64_t> times;
    for (int i = 0; i < 3000; ++i) {
      times.insert(gate.come_again(apart ? std::to_string(i) : "all", true, now).count());
    }
    CHECK(*times.begin() >= 1);
    CHECK(*times.rbegin() >= 60);
    CHECK(*times.rbegin() <= 3600);
    const std::set<std::int64_t> distinct(times.begin(), times.end());
    CHECK(distinct.size() > 50);
    for (const auto second : distinct) CHECK(times.count(second) < 150);
    // When the queue is through, nobody waits long.
    CHECK(gate.come_again("all", true, now + std::chrono::minutes(5)).count() <= 4);
  }
  for (int i = 0; i < 100'000; ++i) (void)gate.come_again(std::to_string(i % 20'000), true);
  CHECK(gate.come_again("d", true).count() <= 3600);
}

TEST_CASE("gate: one address leaves places to others and doesn't make their queue longer",
          "[api][I9]") {
  api::Gate gate(16);
  std::vector<api::Gate::Place> greedy;
  while (auto place = gate.enter("one", true)) greedy.push_back(std::move(*place));
  CHECK(greedy.size() == 12);
  // It comes again at once, over and over, and is sent away for longer and longer.
  const auto now = api::Gate::Clock::now();
  std::int64_t longest = 0;
  for (int i = 0; i < 100'000; ++i)
    longest = std::max(longest, gate.come_again("one", true, now).count());
  CHECK(longest > 60);
  // Others find a place meanwhile, one each; and where none is left, a short queue.
  std::vector<api::Gate::Place> others;
  for (int i = 0; i < 4; ++i) {
    auto place = gate.enter("other " + std::to_string(i), true);
    REQUIRE(place);
    others.push_back(std::move(*place));
  }
  CHECK_FALSE(gate.enter("other 0", true));
  CHECK_FALSE(gate.enter("fifth", true));
  CHECK(gate.come_again("fifth", true, now).count() <= 4);
  // What it gives back is for everybody, itself included.
  greedy.clear();
  CHECK(gate.enter("one", true));
  CHECK(gate.enter("fifth", true));
  CHECK(gate.enter("other 0", true));
}

TEST_CASE("gate: strangers, however many, leave places to who is known and don't keep him waiting",
          "[api][I9]") {
  api::Gate gate(16);
  std::vector<api::Gate::Place> strangers;
  for (int i = 0; i < 20'000; ++i) {
    if (auto place = gate.enter("stranger " + std::to_string(i), false)) {
      strangers.push_back(std::move(*place));
    }
  }
  CHECK(strangers.size() == 12);
  const auto now = api::Gate::Clock::now();
  std::int64_t longest = 0;
  for (int i = 0; i < 20'000; ++i) {
    longest =
        std::max(longest, gate.come_again("stranger " + std::to_string(i), false, now).count());
  }
  CHECK(longest > 30);
  std::vector<api::Gate::Place> known;
  for (int i = 0; i < 4; ++i) {
    auto place = gate.enter("office " + std::to_string(i), true);
    REQUIRE(place);
    known.push_back(std::move(*place));
  }
  CHECK_FALSE(gate.enter("office 4", true));
  CHECK(gate.come_again("office 4", true, now).count() <= 4);
  // All places are for who is known where nobody else comes, and strangers have the rest.
  strangers.clear();
  CHECK(gate.enter("office 4", true));
  CHECK(gate.enter("stranger 1", false));
}

TEST_CASE("guests: who was here is known for a week and a flood doesn't drive them out", "[api]") {
  api::Guests guests;
  const auto now = api::Guests::Clock::now();
  guests.welcome("10.0.0.1", now);
  CHECK(guests.knows("10.0.0.1", now + std::chrono::hours(24)));
  CHECK_FALSE(guests.knows("10.0.0.2", now));
  CHECK_FALSE(guests.knows("10.0.0.1", now + api::Guests::kRemembered));
  for (std::size_t i = 0; i < api::Guests::kMost; ++i) {
    guests.welcome(std::to_string(i), now + std::chrono::seconds(1));
  }
  // Who was away for the longest is forgotten first.
  CHECK_FALSE(guests.knows("10.0.0.1", now));
  CHECK(guests.knows("0", now));
}

}  // namespace linli::test
