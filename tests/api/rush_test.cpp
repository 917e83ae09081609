// The whole city comes back at once.
#include <atomic>
#include <random>
#include <thread>

#include "tests/support/city.h"

namespace linli::test {
namespace {

using namespace std::chrono_literals;

/// A node that has nothing and keeps nothing: it only counts what it was given.
class Blank final : public sync::Shelf {
 public:
  std::size_t given = 0;
  Result<std::uint64_t> epoch() override { return 1; }
  Result<Page> page(const Hash&, const sync::Cursor&, bool, bool, std::size_t) override {
    return Page{};
  }
  Result<Page> outgoing(const Hash&, std::uint64_t, std::uint64_t, std::size_t) override {
    return Page{};
  }
  Result<std::vector<sync::Verdict>> take(std::vector<sync::Object> objects, const Hash&) override {
    given += objects.size();
    return std::vector<sync::Verdict>{};
  }
  Result<std::vector<sync::Frontier>> frontiers(const std::vector<sync::FeedId>&) override {
    return std::vector<sync::Frontier>{};
  }
  Result<std::vector<HeldFeed>> own_feeds(const Hash&, bool) override {
    return std::vector<HeldFeed>{};
  }
  Result<std::uint64_t> resume_after(const Hash&, const std::vector<sync::Frontier>&,
                                     bool) override {
    return 0;
  }
  Result<std::uint64_t> newest() override { return 0; }
};

struct Rush {
  std::string url;
  Hash city{}, hub{};
  crypto::PublicKey hub_key{};
  std::atomic<int> refused{0}, unanswered{0};
};

/// One exchange, begun anew after each refusal when its time has come. Objects received.
std::size_t come_back(Rush& rush, const Admitted& who) {
  Blank shelf;
  sync::PeerMemory memory;
  memory.certificate = rush.hub;
  sync::Client talk(shelf, memory, rush.city, who.certificate);
  node::HttpClient client(rush.url);
  auto request = talk.begin();
  while (request) {
    const auto body = request->encode();
    const auto answer =
        client.send("POST", "/api/v1/sync", sync::pack(body, who.key, crypto::kDomainRequest),
                    "application/vnd.linli+cbor");
    if (!answer || answer->status != 200) {
      client.close();
      if (answer && answer->status != 429) return 0;
      ++(answer ? rush.refused : rush.unanswered);
      std::this_thread::sleep_for(answer ? answer->retry_after() : 500ms);
      continue;  // The same request: nothing of it was looked at.
    }
    const auto response = sync::open_response(answer->body, rush.hub_key);
    if (!response) return 0;
    auto step = talk.take(*response, crypto::hash({body}));
    if (!step) return 0;
    if (step->done) break;
    request = std::move(*step->next);
  }
  return shelf.given;
}

}  // namespace

TEST_CASE("sync: two hundred nodes come back at once, some are sent away, all get everything",
          "[api][I9]") {
  City city;
  auto& hub = city.hub();
  std::vector<node::Wish> wishes;
  for (int i = 0; i < 400; ++i) {
    wishes.push_back(wish("city_figure", R"({"name":"示例","year":)" + std::to_string(1600 + i) +
                                             R"(,"title":"示例","value":1,"unit":"个",
                                                "source":"示例","as_of":"2022-12-31"})"));
  }
  REQUIRE(hub->put(wishes).has_value());
  std::vector<Admitted> offices;
  for (int i = 0; i < 200; ++i) offices.push_back(admit(hub, kOffice));
  Serving serving(hub);
  Rush rush{serving.url(), hub->identity().city, hub->identity().certificate,
            hub->key().public_key()};
  std::vector<std::size_t> got(offices.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < offices.size(); ++i) {
      threads.emplace_back([&, i] { got[i] = come_back(rush, offices[i]); });
    }
  }
  CAPTURE(rush.refused.load(), rush.unanswered.load());
  CHECK(got.front() > 0);
  CHECK(got == std::vector<std::size_t>(offices.size(), got.front()));
  CHECK(rush.refused > 0);
}

}  // namespace linli::test
