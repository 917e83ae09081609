// The sync agent: when it goes, when it waits, where it goes, and what it tells.
#include <httplib.h>

#include <random>

#include "node/connection.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

using node::Agent;
using node::Backoff;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kCode = "410702003901001";

/// A pace at which a test doesn't wait long.
Agent::Pace quick() {
  Agent::Pace pace;
  pace.poll = milliseconds(50);
  pace.first_wait = milliseconds(10);
  pace.longest_wait = milliseconds(40);
  pace.first_again = milliseconds(100);
  pace.tries = 3;
  return pace;
}

template <class Condition>
bool until(Condition condition) {
  for (int i = 0; i < 800; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

/// A server of the test's own making, that answers every sync request alike.
class Odd {
 public:
  using Answer = std::function<void(const httplib::Request&, httplib::Response&)>;
  explicit Odd(const Answer& answer) {
    server_.Post("/api/v1/sync", answer);
    server_.Get("/api/v1/sync/hello", answer);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(milliseconds(2));
  }
  ~Odd() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("back-off: anything up to a bound that doubles, and begins anew after a success",
          "[node]") {
  std::mt19937_64 random(7);
  Backoff backoff(milliseconds(100), milliseconds(1000));
  std::vector<std::int64_t> bounds;
  bool low = false, high = false;
  for (int i = 0; i < 6; ++i) {
    bounds.push_back(backoff.bound().count());
    for (int k = 0; k < 200; ++k) {
      Backoff same = backoff;
      const auto wait = same.next(random);
      CHECK(wait >= milliseconds(0));
      CHECK(wait <= backoff.bound());
      low = low || wait < backoff.bound() / 10;
      high = high || wait > backoff.bound() * 9 / 10;
    }
    (void)backoff.next(random);
  }
  CHECK(bounds == std::vector<std::int64_t>{100, 200, 400, 800, 1000, 1000});
  CHECK(low);
  CHECK(high);
  backoff.reset();
  CHECK(backoff.bound() == milliseconds(100));
}

TEST_CASE("agent: paused it rests, by hand it goes all the same, resumed it goes on", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  Serving serving(hub);
  REQUIRE(node::set_upstreams(*office, {serving.url()}));
  REQUIRE(node::pause_sync(*office, node::kUntilResumed));
  Agent agent(*office, quick());
  CHECK(until([&] { return agent.state().mode == Agent::Mode::paused; }));
  const auto made = put(office, "compound", compound(kCode));
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(get(hub, "compound", made).is_null());
  CHECK(node::connection(*office, agent)["paused"]["until"].is_null());

  REQUIRE(agent.exchange_now().has_value());
  CHECK(field(hub, "compound", made, "name") == "示例小区");
  CHECK(agent.state().mode == Agent::Mode::paused);

  const auto second =
      put(office, "building", R"({"compound":"410702003901001","building_no":"1"})");
  CHECK(node::connection(*office, agent)["to_send"] == 1);
  REQUIRE(node::resume_sync(*office));
  agent.reload();
  CHECK(until([&] { return !get(hub, "building", second).is_null(); }));
  CHECK(until([&] { return node::connection(*office, agent)["to_send"] == 0; }));
}

TEST_CASE("agent: a pause ends by itself", "[node]") {
  City city(false);
  auto& office = city.enrol(kOffice, "示例社区");
  Serving serving(city.hub());
  REQUIRE(node::pause_sync(*office, office->now() + 60'000'000));
  Agent agent(*office, quick(), serving.url());
  CHECK(until([&] { return agent.state().mode == Agent::Mode::paused; }));
  CHECK(node::connection(*office, agent)["paused"]["until"].is_string());
  city.time += 61'000'000;
  CHECK(until([&] { return agent.state().ok; }));
}

TEST_CASE("agent: metered, it opens no stream and polls rarely, but changes go at once", "[node]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  Serving serving(city.hub());
  REQUIRE(node::set_metered(*office, true));
  Agent agent(*office, quick(), serving.url());
  CHECK(until([&] { return agent.state().ok; }));
  std::this_thread::sleep_for(milliseconds(300));
  const auto trips = agent.state().total.round_trips;
  CHECK(agent.state().mode == Agent::Mode::polling);
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(agent.state().total.round_trips == trips);
  const auto made = put(office, "compound", compound(kCode));
  CHECK(until([&] { return !get(city.hub(), "compound", made).is_null(); }));
}

TEST_CASE("agent: what the hub writes is here in well under a second, though it polls rarely",
          "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  exchange(other, hub);
  Serving serving(hub);
  auto pace = quick();
  pace.live_poll = std::chrono::hours(1);
  Agent agent(*office, pace, serving.url());
  REQUIRE(until([&] { return agent.state().mode == Agent::Mode::live; }));
  std::vector<double> took;
  for (int i = 0; i < 10; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto made =
        put(hub, "city_figure",
            R"({"name":"示例","year":)" + std::to_string(2000 + i) +
                R"(,"title":"示例","value":1,"unit":"个","source":"示例","as_of":"2022-12-31"})");
    REQUIRE(until([&] { return !get(office, "city_figure", made).is_null(); }));
    took.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(took.begin(), took.end());
  CAPTURE(took.back());
  CHECK(took.back() < 1.0);
  // What it may not read is no news to it: the stream says nothing, and nothing is asked.
  std::this_thread::sleep_for(milliseconds(300));
  const auto trips = agent.state().total.round_trips;
  put(other, "compound", compound("410703001901001"));
  exchange(other, hub);
  std::this_thread::sleep_for(milliseconds(600));
  CHECK(agent.state().total.round_trips == trips);
}

TEST_CASE("agent: a busy upstream is obeyed, and is no outage", "[node]") {
  City city(false);
  auto& office = city.enrol(kOffice, "示例社区");
  std::atomic<int> asked{0};
  Odd odd([&](const httplib::Request& q, httplib::Response& s) {
    if (q.method == "GET") {
      s.status = 404;
      return;
    }
    ++asked;
    s.status = 503;
    s.set_header("Retry-After", "600");
  });
  Agent agent(*office, quick(), odd.url());
  REQUIRE(until([&] { return agent.state().mode == Agent::Mode::slow_down; }));
  std::this_thread::sleep_for(milliseconds(300));
  CHECK(asked == 1);
  const auto told = node::connection(*office, agent);
  CHECK(told["offline_since"].is_null());
  CHECK(told["last_error"] == "");
  const auto wait = agent.state().next_try - office->now();
  CHECK(wait > 590'000'000);
  CHECK(wait < 751'000'000);
}

TEST_CASE("agent: an odd or hostile upstream costs a try, and nothing else", "[node][I9]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, city.hub());
  const auto made = put(office, "compound", compound(kCode));
  const auto arrival = office->arrival();
  const std::vector<std::pair<std::string, Odd::Answer>> answers{
      {"a page", [](auto&, auto& s) { s.set_content("<html>请登录</html>", "text/html"); }},
      {"nothing", [](auto&, auto& s) { s.status = 200; }},
      {"an error", [](auto&, auto& s) { s.status = 500; }},
      {"another place", [](auto&, auto& s) { s.set_redirect("http://127.0.0.1:1/"); }},
      {"too much", [](auto&, auto& s) { s.set_content(std::string(20u << 20, 'x'), "text/html"); }},
      {"no end", [](auto&, auto& s) {
         s.set_chunked_content_provider("text/html", [](std::size_t, httplib::DataSink& sink) {
           const std::string block(65536, 'x');
           return sink.write(block.data(), block.size());
         });
       }}};
  for (const auto& [name, answer] : answers) {
    INFO(name);
    Odd odd(answer);
    node::HttpClient client(odd.url());
    CHECK_FALSE(node::exchange(*office, client).has_value());
    // The same from one that was met before.
    REQUIRE(node::remember_peer_at(*office, odd.url(), city.hub()->identity().certificate));
    CHECK_FALSE(node::exchange(*office, client).has_value());
  }
  CHECK(office->arrival() == arrival);
  exchange(office, city.hub());
  CHECK(field(city.hub(), "compound", made, "name") == "示例小区");
}

TEST_CASE("agent: the next address is used while the first is down, and the first again after",
          "[node]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  exchange(street, hub);
  Serving above(hub);
  auto near = std::make_unique<Serving>(street);
  const auto port = near->port();
  REQUIRE(node::set_upstreams(*office, {near->url(), above.url()}));
  Agent agent(*office, quick());
  REQUIRE(until([&] { return agent.state().ok; }));
  CHECK(agent.state().url == near->url());
  const auto first = put(office, "compound", compound(kCode));
  REQUIRE(until([&] { return !get(street, "compound", first).is_null(); }));
  CHECK(get(hub, "compound", first).is_null());

  const auto url = near->url();
  near.reset();
  // Pushed to the street and never confirmed: the hub gets it from here.
  REQUIRE(until([&] { return !get(hub, "compound", first).is_null(); }));
  CHECK(agent.state().url == above.url());
  REQUIRE(until([&] { return get(office, "compound", first)["confirmed"] == true; }));

  api::Server again(*street, nullptr);
  REQUIRE(again.bind({"127.0.0.1", port}));
  std::thread thread([&] { again.run(); });
  CHECK(until([&] { return agent.state().url == url && agent.state().ok; }));
  again.stop();
  thread.join();
}

TEST_CASE("exchange: whichever node above answers will do, and nobody else", "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  auto& office = city.enrol(kOffice, "示例社区");
  auto& neighbour = city.enrol(kOtherOffice, "样例社区");
  auto& device = city.enrol(kOffice, "手机", crypto::Role::device);
  exchange(street, hub);
  exchange(office, hub);
  const auto made = put(office, "compound", compound(kCode));

  SECTION("the street, though the hub enrolled the office") {
    Serving serving(street);
    node::HttpClient client(serving.url());
    CHECK(node::exchange(*office, client)->sent > 0);
    CHECK(field(street, "compound", made, "name") == "示例小区");
  }
  SECTION("a phone at its office") {
    Serving serving(office);
    node::HttpClient client(serving.url());
    const auto report = node::exchange(*device, client);
    if (!report) FAIL(describe(report.error()));
    CHECK(field(device, "compound", made, "name") == "示例小区");
  }
  SECTION("not an office of another place, nor one below") {
    for (auto* wrong : {&neighbour, &device}) {
      Serving serving(*wrong);
      node::HttpClient client(serving.url());
      const auto report = node::exchange(*office, client);
      REQUIRE_FALSE(report.has_value());
      CHECK(report.error().code == Errc::stranger);
    }
    Serving serving(office);
    node::HttpClient client(serving.url());
    CHECK(node::exchange(*street, client).error().code == Errc::stranger);
  }
  SECTION("not another city's") {
    City elsewhere(false);
    Serving serving(elsewhere.hub());
    node::HttpClient client(serving.url());
    CHECK(node::exchange(*office, client).error().code == Errc::stranger);
  }
}

TEST_CASE("exchange: a relay that was replaced is met anew, and one nobody told of us learns us",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  auto serving = std::make_unique<Serving>(street);
  const auto port = serving->port();
  node::HttpClient client(serving->url());
  REQUIRE(node::exchange(*office, client).has_value());
  client.close();
  const auto made = put(office, "compound", compound(kCode));
  REQUIRE(node::exchange(*office, client).has_value());
  client.close();
  serving.reset();

  // The old machine is gone before it told the hub anything: not of the compound, not of the
  // office.
  auto& renewed = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(renewed, hub);
  {
    api::Server there(*renewed, nullptr);
    REQUIRE(there.bind({"127.0.0.1", port}));
    std::thread thread([&] { there.run(); });
    const auto report = node::exchange(*office, client);
    client.close();
    there.stop();
    thread.join();
    if (!report) FAIL(describe(report.error()));
  }
  CHECK(field(renewed, "compound", made, "name") == "示例小区");
  exchange(renewed, hub);
  CHECK(field(hub, "compound", made, "name") == "示例小区");
}

TEST_CASE("agent: a clock that is off is told of, and stops nothing", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  Serving serving(hub);
  constexpr std::int64_t kYearMicros = 365LL * 24 * 3600 * 1'000'000;
  const auto off = GENERATE_COPY(values<std::int64_t>({kYearMicros, -kYearMicros, 6 * 60'000'000}));
  office.clock.ahead = off;
  Agent agent(*office, quick(), serving.url());
  REQUIRE(until([&] { return agent.state().ok; }));
  const auto clock = node::connection(*office, agent)["clock"];
  CHECK(clock["wrong"] == true);
  CHECK(std::abs(clock["ahead_ms"].get<std::int64_t>() - off / 1000) < 60'000);
  // The live stream opens as well: its token speaks the upstream's time.
  CHECK(until([&] { return agent.state().mode == Agent::Mode::live; }));
  const auto made = put(office, "compound", compound(kCode));
  CHECK(until([&] { return !get(hub, "compound", made).is_null(); }));
  if (off == kYearMicros) {
    CHECK(until([&] { return node::connection(*office, agent)["flagged_sets"] == 1; }));
  }
}

TEST_CASE("settings: addresses are looked at before they are kept", "[node]") {
  City city(false);
  auto& office = city.enrol(kOffice, "示例社区");
  const auto before = node::sync_settings(*office).upstreams;
  const std::vector<std::vector<std::string>> bad{{"ftp://x"},
                                                  {"http://"},
                                                  {"http://a b"},
                                                  {"http://a\nhttp://b"},
                                                  {"http://a", "http://a"},
                                                  {"http://" + std::string(400, 'a')},
                                                  std::vector<std::string>(9, "http://a")};
  for (const auto& urls : bad) {
    INFO(urls.front());
    CHECK(node::set_upstreams(*office, urls).error().code == Errc::bad_value);
  }
  CHECK(node::sync_settings(*office).upstreams == before);
  REQUIRE(node::set_upstreams(*office, {"http://a:1", "https://b"}));
  CHECK(node::sync_settings(*office).upstreams ==
        std::vector<std::string>{"http://a:1", "https://b"});
  CHECK(node::set_upstreams(*city.hub(), {"http://a"}).error().code == Errc::forbidden);
}

}  // namespace linli::test
