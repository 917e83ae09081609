// More than anybody needs: connections, slow ones, bodies, bombs, requests.
#include <sys/resource.h>

#include <random>

#include "tests/hostile/raw.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// As many sockets as this machine gives.
void allow_sockets() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

/// Does the honest office get through while this goes on? It is asked as often as the row lasts.
std::string served(Scene& s, const std::function<void()>& meanwhile, std::chrono::seconds lasts) {
  const auto end = Clock::now() + lasts;
  std::chrono::milliseconds worst{0};
  while (Clock::now() < end) {
    meanwhile();
    const auto began = Clock::now();
    node::HttpClient hub(s.hub().url());
    hub.set_timeout(5s);
    const auto said = hub.send("GET", "/healthz");
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    worst = std::max(worst, took);
    if (!said || said->status != 200) return "the hub doesn't answer";
    std::this_thread::sleep_for(50ms);
  }
  return worst < 2s ? "others are served" : "others wait " + std::to_string(worst.count()) + " ms";
}

/// Where the attackers are: the n-th of them.
using From = std::function<std::string(std::size_t)>;
std::string one_address(std::size_t) { return kElsewhere; }
/// Addresses of this machine, each its own network to others.
std::string many_addresses(std::size_t n) {
  return "127." + std::to_string(1 + n / 40'000) + "." + std::to_string(1 + n / 200 % 200) + "." +
         std::to_string(1 + n % 200);
}

/// Opens connections that begin with `begin`; what goes wrong with one is its own affair.
std::vector<std::unique_ptr<Raw>> connections(Scene& s, std::size_t n, const std::string& begin,
                                              const From& from = one_address) {
  allow_sockets();
  std::vector<std::unique_ptr<Raw>> all;
  for (std::size_t i = 0; i < n; ++i) {
    try {
      all.push_back(std::make_unique<Raw>(s.port(), from(i).c_str()));
      if (!begin.empty()) (void)all.back()->send_some(begin);
    } catch (const std::runtime_error&) {
      // Refused: that is an answer, too.
    }
  }
  return all;
}

std::string idle(Scene& s, const From& from) {
  const auto all = connections(s, 3'000, "", from);
  return served(
      s, [] {}, 3s);
}

/// Sends one byte to each, now and then.
std::string trickle(Scene& s, std::size_t n, const std::string& begin,
                    const From& from = one_address) {
  const auto all = connections(s, n, begin, from);
  auto next = Clock::now();
  return served(
      s,
      [&] {
        if (Clock::now() < next) return;
        next = Clock::now() + 500ms;
        for (const auto& one : all) (void)one->send_some("a");
      },
      3s);
}

/// Asks for a large page, again and again, and never reads.
std::string never_read(Scene& s) {
  std::string begin;
  for (int i = 0; i < 60; ++i) begin += "GET /api/v1/schema HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  allow_sockets();
  std::vector<std::unique_ptr<Raw>> all;
  for (int i = 0; i < 400; ++i) {
    all.push_back(std::make_unique<Raw>(s.port()));
    all.back()->small_window();
    (void)all.back()->send_some(begin);
  }
  return served(
      s, [] {}, 3s);
}

/// Bodies that are nearly complete, and never are.
std::string held_bodies(Scene& s, const From& from) {
  constexpr std::size_t kBody = 8u << 20;
  const auto head =
      "POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(kBody) +
      "\r\n\r\n";
  const std::string most(kBody - 1, 'x');
  const auto before = s.resident_mb();
  auto all = connections(s, 100, head, from);
  for (const auto& one : all) (void)one->send(most, 5s);
  auto said = served(
      s, [] {}, 2s);
  // The bound on bodies is 192 MiB, and a text that grows is copied; without it, it were 800.
  if (const auto most_mb = s.memory_mb(); most_mb > 450) {
    said += ", " + std::to_string(most_mb) + " MB";
  }
  // And nothing of it stays.
  all.clear();
  const auto end = Clock::now() + 10s;
  while (s.resident_mb() > before + 60 && Clock::now() < end) std::this_thread::sleep_for(100ms);
  const auto kept = s.resident_mb() - before;
  return kept <= 60 ? said : said + ", " + std::to_string(kept) + " MB stay";
}

/// Many at once do something over and over.
std::string hammer(Scene& s, int threads, const std::function<void(node::HttpClient&)>& once) {
  std::atomic<bool> over{false};
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      node::HttpClient client(s.hub().url());
      while (!over) once(client);
    });
  }
  const auto said = served(
      s, [] {}, 3s);
  over = true;
  for (auto& one : all) one.join();
  return said;
}

void post(node::HttpClient& client, const std::string& wire) {
  (void)client.send("POST", "/api/v1/sync", wire, "application/vnd.linli+cbor");
}

/// Asks for an exchange over and over, whatever it is told.
void insist(Scene& s, const std::string& from, const std::string& request,
            const std::atomic<bool>& over, std::atomic<int>& sent_away) {
  while (!over) {
    try {
      Raw line(s.port(), from.c_str());
      while (!over && line.send(request)) {
        const auto said = line.until("}");  // Of the problem document.
        if (said.empty()) break;
        if (told(said) == "429 slow_down") ++sent_away;
      }
    } catch (const std::runtime_error&) {
      // No connection just now.
    }
  }
}

/// They want all places for exchanges: does another one get its own, each time?
std::string all_places(Scene& s, const From& from) {
  const auto slow = bomb(64 << 20, false);  // Unpacked as far as the bound.
  const auto request =
      "POST /api/v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
      "application/vnd.linli+cbor\r\nContent-Length: " +
      std::to_string(slow.size()) + "\r\n\r\n" + slow;
  std::atomic<bool> over{false};
  std::atomic<int> sent_away{0};
  std::vector<std::thread> all;
  for (int i = 0; i < 64; ++i) {
    all.emplace_back(
        [&, i] { insist(s, from(static_cast<std::size_t>(i)), request, over, sent_away); });
  }
  int asked = 0, refused = 0;
  const auto end = Clock::now() + 3s, latest = Clock::now() + 30s;
  while (Clock::now() < end || (sent_away == 0 && Clock::now() < latest)) {
    node::HttpClient hub(s.hub().url());
    const auto said = hub.send("POST", "/api/v1/sync", "x", "application/vnd.linli+cbor");
    ++asked;
    if (!said || said->status != 400) ++refused;
  }
  over = true;
  for (auto& one : all) one.join();
  if (sent_away == 0) return "it never had them all";
  return refused == 0 ? "others are served"
                      : std::to_string(refused) + " of " + std::to_string(asked) + " turned away";
}

}  // namespace

std::vector<Row> flood_attacks() {
  const std::string host = "Host: 127.0.0.1\r\n";
  return {
      {"3,000 connections that say nothing", [](Scene& s) { return idle(s, one_address); },
       "others are served"},
      {"3,000 addresses, each with one", [](Scene& s) { return idle(s, many_addresses); },
       "others are served"},
      {"3,000 addresses, each with a header, a byte now and then",
       [](Scene& s) { return trickle(s, 3'000, "GET /healthz HTTP/1.1\r\nX: ", many_addresses); },
       "others are served"},
      {"400 headers, a byte now and then",
       [](Scene& s) { return trickle(s, 400, "GET /healthz HTTP/1.1\r\nX: "); },
       "others are served"},
      {"400 bodies, a byte now and then",
       [host](Scene& s) {
         return trickle(
             s, 400, "POST /api/v1/sync HTTP/1.1\r\n" + host + "Content-Length: 1000000\r\n\r\n");
       },
       "others are served"},
      {"400 enrolment requests, a byte now and then",
       [host](Scene& s) {
         return trickle(s, 400,
                        "POST /api/v1/enrol HTTP/1.1\r\n" + host + "Content-Length: 4000\r\n\r\n");
       },
       "others are served"},
      {"400 that ask for pages and never read", never_read, "others are served"},
      {"100 bodies of 8 MiB that lack their last byte",
       [](Scene& s) { return held_bodies(s, one_address); }, "others are served"},
      {"100 such bodies, each from an address of its own",
       [](Scene& s) { return held_bodies(s, many_addresses); }, "others are served"},
      {"12 at once with bombs",
       [](Scene& s) {
         const auto bomb = '\x01' + sync::compress(std::string(64 << 20, '\0'), 1);
         return hammer(s, 12, [&](auto& client) { post(client, bomb); });
       },
       "others are served"},
      {"12 at once with random bytes",
       [](Scene& s) {
         const std::string bytes(100'000, '\x5a');
         return hammer(s, 12, [&](auto& client) { post(client, '\0' + bytes); });
       },
       "others are served"},
      {"64 at once with bombs, over and over whatever they are told: all places for exchanges",
       [](Scene& s) { return all_places(s, one_address); }, "others are served"},
      {"64 at once with bombs, each from an address of its own",
       [](Scene& s) { return all_places(s, many_addresses); }, "others are served"},
      {"an enrolled node reads everything, 12 at once, over and over",
       [](Scene& s) {
         const auto certificate = s.mallory.me().hash;
         const auto city = s.mallory.city();
         const auto session = s.mallory.ask().response->session;
         std::atomic<std::uint64_t> counter{1'000'000};
         return hammer(s, 12, [&](auto& client) {
           sync::Request q;
           q.city = city;
           q.certificate = certificate;
           q.session = session;
           q.counter = ++counter;
           post(client, sync::pack(q.encode(), s.mallory.key(), crypto::kDomainRequest));
         });
       },
       "others are served"},
  };
}

TEST_CASE("floods: others are served while one address or thousands take all that they can get",
          "[hostile][floods]") {
  Scene::Plan plan;
  plan.memory_mb = 450;
  plan.deadline = std::chrono::seconds(10);
  Scene scene(std::move(plan));
  scene.hold(flood_attacks());
  WARN("the attacked process had at most " << scene.memory_mb() << " MB");
  scene.end();
}

}  // namespace linli::hostile
