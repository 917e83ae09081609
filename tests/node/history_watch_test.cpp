// What a node demands of the history that it is shown: that it is shown at all, and by whom.
#include "node/history_watch.h"

#include <httplib.h>

#include "crypto/tlog_proof.h"
#include "node/history.h"
#include "node/history_owed.h"
#include "node/issuing.h"
#include "node/store/history.h"
#include "node/upstream.h"
#include "sync/history.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

constexpr sync::Micros kHour = 3600LL * 1'000'000;

/// Answers to whoever asks for the history as a test wants it.
class Shown {
 public:
  Shown() {
    http_.Get("/api/v1/sync/history", [this](const httplib::Request&, httplib::Response& s) {
      s.status = status;
      s.set_content(text, "text/plain");
    });
    http_.Post("/api/v1/sync/history/cosign",
               [this](const httplib::Request&, httplib::Response&) { ++cosigned; });
    port_ = http_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    while (!http_.is_running()) std::this_thread::yield();
  }
  ~Shown() {
    http_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  int status = 404;
  std::string text;
  std::atomic<int> cosigned = 0;

 private:
  httplib::Server http_;
  int port_ = 0;
  std::thread thread_;
};

/// A city with an office that has checked the hub's history.
struct Watching {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "渠东社区");

  Watching() {
    meet();
    put(office, "compound", compound("410702003901001"));
    meet();
    meet();
    REQUIRE(store::seen_histories(office->store().database()).size() == 1);
  }
  void meet() {
    const Serving serving(hub);
    node::HttpClient line(serving.url());
    const auto talked = node::exchange(*office, line);
    if (!talked) FAIL(describe(talked.error()));
  }
  /// The error's name, or whether it was proven.
  std::string watch(const std::string& url) {
    city.time += 2 * kHour;
    node::HttpClient line(url);
    const auto watched = node::watch_history(*office, line);
    if (!watched) return std::string(info(watched.error().code).name);
    return *watched ? "proven" : "nothing";
  }
  Json state() { return node::history_state(office->store().database()); }
  std::uint64_t checked() { return state()["size"].get<std::uint64_t>(); }
};

/// A certificate of a second keeper.
struct SecondKeeper {
  crypto::SigningKey key = crypto::SigningKey::generate();
  Hash certificate{};

  SecondKeeper(Node& hub, Node& office, bool by_root = true) {
    const auto trust = hub->trust();
    auto made = *trust->book.find(hub->identity().certificate);
    made.serial += 77;
    made.subject = crypto::author_of(key.public_key());
    made.signing_key = key.public_key();
    made.sealing_key = key.sealing_key();
    const auto root = crypto::SigningKey::load(hub.dir / "root.key");
    REQUIRE(root);
    if (!by_root) {
      made.issuer = hub->identity().certificate;
      made.delegation = 0;
    }
    const auto bytes = node::sign_certificate(made, by_root ? *root : hub->key());
    certificate = crypto::certificate_hash(crypto::SignedBody::decode(bytes)->body);
    // Who isn't the root may have it refused in the first place.
    for (auto* node : {&hub, &office}) {
      const auto learnt = (*node)->adopt({bytes});
      if (by_root && !learnt) FAIL(describe(learnt.error()));
    }
  }
  /// The growth that it shows: one leaf.
  [[nodiscard]] std::string growth() const {
    const sync::LogName name{kCity, crypto::author_of(key.public_key()), 1};
    const crypto::Checkpoint head{name.origin(), 1, crypto::tree_leaf("anything"), {}};
    const auto text = head.encode();
    const auto note =
        crypto::SignedNote{text, {crypto::sign_note(key, name.origin(), text)}}.encode();
    return crypto::TlogGrowth{0, {}, note}.encode();
  }
};

}  // namespace

TEST_CASE("history: a hub that shows none any more is a fault at once", "[node][I5]") {
  Watching w;
  const auto size = w.checked();
  w.hub.close();
  execute(w.hub, "DELETE FROM leaf WHERE position = 0");
  w.hub.open();
  put(w.office, "compound", compound("410702003901002"));
  w.city.time += 2 * kHour;
  w.meet();
  CHECK(w.state()["faults"] == 1);
  CHECK(w.checked() == size);
  w.city.time += 2 * kHour;
  w.meet();
  CHECK(w.state()["faults"] == 1);  // Once.
  const auto json = node::history_json(w.office->store());
  REQUIRE(json);
  const auto& fault = (*json)["faults"][0];
  CHECK(crypto::SignedNote::decode(fault["kept"].get<std::string>()));
  CHECK(fault["shown"].get<std::string>().find("receipt ") != std::string::npos);
  CHECK(fault["zh"] == "中心签发过历史，现在却不再出示");
  CHECK(w.state()["last_fault"]["zh"] == fault["zh"]);
  CHECK(node::history_trouble(w.state()).find(fault["zh"].get<std::string>()) != std::string::npos);
}

TEST_CASE("history: who only fails to prove it has a day and then it is a fault", "[node][I5]") {
  Watching w;
  Shown shown;
  const bool relay = GENERATE(true, false);  // That knows none, or something that never works.
  shown.status = relay ? 404 : 500;
  const std::string refused = relay ? "not_found" : "unreachable";
  CHECK(w.watch(shown.url()) == refused);
  CHECK(w.state()["owed_since"].is_string());
  CHECK(w.state()["faults"] == 0);
  // As long as everything that was confirmed is proven, nothing can be hidden by that.
  w.city.time += 48 * kHour;
  for (int i = 0; i < 4; ++i) CHECK(w.watch(shown.url()) == refused);
  CHECK(w.state()["faults"] == 0);
  // A receipt comes, over a line on which nobody asks for the history.
  put(w.office, "compound", compound("410702003901002"));
  exchange(w.office, w.hub);
  exchange(w.office, w.hub);
  CHECK(w.watch(shown.url()) == "altered");
  CHECK(w.state()["faults"] == 1);
  // What is shown later goes on from what was kept: it is over, and can be looked up.
  w.city.time += 2 * kHour;
  w.meet();
  CHECK(w.state()["faults"] == 0);
  CHECK(w.state()["owed_since"].is_null());
  CHECK((*node::history_json(w.office->store()))["faults"][0]["over"] == true);
}

TEST_CASE("history: a bad line for a few tries is no fault", "[node]") {
  Watching w;
  Shown shown;
  shown.status = 503;
  put(w.office, "compound", compound("410702003901002"));
  exchange(w.office, w.hub);
  exchange(w.office, w.hub);
  CHECK(w.watch(shown.url()) == "unreachable");
  w.city.time += 24 * 7 * kHour;  // Nobody was there for a week.
  CHECK(w.watch(shown.url()) == "unreachable");
  CHECK(w.state()["faults"] == 0);
  w.meet();
  CHECK(w.state()["owed_since"].is_null());
}

TEST_CASE("history: another keeper without the root key's word is a fault and isn't cosigned",
          "[node][I5]") {
  Watching w;
  const auto size = w.checked();
  const SecondKeeper second(w.hub, w.office);
  Shown shown;
  shown.status = 200;
  shown.text = second.growth();
  CHECK(w.watch(shown.url()) == "fork");
  CHECK(w.watch(shown.url()) == "fork");
  CHECK(shown.cosigned == 0);
  CHECK(w.state()["faults"] == 1);
  CHECK(w.checked() == size);
  CHECK(store::seen_histories(w.office->store().database()).size() == 1);
}

TEST_CASE("history: a person acknowledges a restored hub and the next contradiction is told again",
          "[node][I5]") {
  Watching w;
  const auto begin_anew = [&](int epoch) {
    w.hub.close();
    execute(w.hub, "UPDATE meta SET value = " + std::to_string(epoch) + " WHERE key = 'epoch'");
    w.hub.open();
    put(w.office, "compound", compound("41070200390100" + std::to_string(epoch)));
    w.city.time += 2 * kHour;
    w.meet();
  };
  begin_anew(5);
  REQUIRE(w.state()["faults"] == 1);
  CHECK(node::history_trouble(w.state()).find("--acknowledge") != std::string::npos);
  const auto refused = node::acknowledge_history(*w.office, {"", "王某", 0});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_value);
  CHECK_FALSE(node::acknowledge_history(*w.office, {"已核实", "王某", 99}));
  CHECK(node::acknowledge_history(*w.office, {"市局恢复过备份", "王某", 0}).value_or(0) == 1);
  CHECK(w.state()["faults"] == 0);
  CHECK(w.state()["acknowledged"] == 1);
  CHECK(w.state()["last_acknowledged"]["note"] == "市局恢复过备份");
  CHECK(node::history_trouble(w.state()).empty());
  const auto kept = (*node::history_json(w.office->store()))["faults"][0];
  CHECK(kept["acknowledged"]["by"] == "王某");
  CHECK(crypto::SignedNote::decode(kept["shown"].get<std::string>()));
  const auto again = node::acknowledge_history(*w.office, {"市局恢复过备份", "王某", 0});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::not_found);
  // Nothing new: still quiet. Another new beginning is told.
  w.city.time += 2 * kHour;
  w.meet();
  CHECK(w.state()["faults"] == 0);
  begin_anew(6);
  CHECK(w.state()["faults"] == 1);
  CHECK(w.state()["acknowledged"] == 1);
}

TEST_CASE("history: the first keeper that is seen has its certificate from a root key",
          "[node][I5]") {
  City city;
  auto& office = city.enrol(kOffice, "渠东社区");
  const bool by_root = GENERATE(true, false);
  const SecondKeeper second(city.hub(), office, by_root);
  Shown shown;
  shown.status = 200;
  shown.text = second.growth();
  node::HttpClient line(shown.url());
  CHECK(node::watch_history(*office, line).value_or(false) == by_root);
  CHECK(shown.cosigned == (by_root ? 1 : 0));
  CHECK(store::seen_histories(office->store().database()).size() == (by_root ? 1 : 0));
}

}  // namespace linli::test
