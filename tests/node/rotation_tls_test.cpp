// Keys that change under lines whose TLS key is pinned.
#include "crypto/key_file.h"
#include "node/hub_key.h"
#include "node/renewal.h"
#include "node/tls_key.h"
#include "node/tls_shown.h"
#include "node/upstream.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

api::Listen https_at(int port) { return {"127.0.0.1", port, api::Listen::Line::https}; }

void talk(Node& node, const std::string& url) {
  node::HttpClient line(url);
  const auto talked = node::exchange(*node, line);
  if (!talked) FAIL(describe(talked.error()));
}

Hash certified_tls(Node& node) {
  return node->trust()->book.find(node->identity().certificate)->tls_key;
}

}  // namespace

TEST_CASE("rotation: over https both sides change their keys and the line stays pinned",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  int port = 0;
  const auto tls = certified_tls(office);
  REQUIRE_FALSE(tls.is_zero());
  {
    const Serving serving(hub, nullptr, https_at(0));
    port = serving.port();
    talk(office, serving.url());
    node::HttpClient line(serving.url());
    const auto renewed = node::renew_over(*office, line, true);
    if (!renewed) FAIL(describe(renewed.error()));
    CHECK(certified_tls(office) == tls);
    put(office, "compound", compound("410702003901001"));
    talk(office, serving.url());
    CHECK(number(hub, "SELECT count(*) FROM r_compound") == 1);
  }
  const auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(root);
  const auto before = certified_tls(hub);
  // As planned the TLS key stays; after a theft it has a successor too.
  for (const bool stolen : {false, true}) {
    CAPTURE(stolen);
    REQUIRE(node::replace_hub_key(*hub, *root, stolen));
    CHECK((certified_tls(hub) == before) == !stolen);
    CHECK(node::tls_key_of(hub->dir())->hash() == certified_tls(hub));
    const Serving serving(hub, nullptr, https_at(port));
    put(office, "compound", compound(stolen ? "410702003901003" : "410702003901002"));
    talk(office, serving.url());
    talk(office, serving.url());
    CHECK(number(hub, "SELECT count(*) FROM r_compound") == (stolen ? 3 : 2));
  }
  CHECK(faults(hub) == std::vector<std::string>{});
  CHECK(faults(office) == std::vector<std::string>{});
}

TEST_CASE("rotation: the stolen TLS key is good for nothing once the new one was heard of",
          "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  Node thief(city.new_folder(), city.time);
  hub.close();
  fs::copy(hub.dir, thief.dir, fs::copy_options::recursive);
  hub.open();
  thief.open();
  const auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(node::replace_hub_key(*hub, *root, true));
  int port = 0;
  {
    const Serving serving(hub, nullptr, https_at(0));
    port = serving.port();
    talk(office, serving.url());
  }
  // Where the hub answered: the thief, with all that the hub had.
  const Serving serving(thief, nullptr, https_at(port));
  node::HttpClient line(serving.url());
  put(office, "compound", compound("410702003901001"));
  const auto talked = node::exchange(*office, line);
  REQUIRE_FALSE(talked);
  CHECK(number(thief, "SELECT count(*) FROM r_compound") == 0);
}

TEST_CASE("rotation: a crash before the hub's new TLS key lies in its place loses nothing",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  const auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(node::replace_hub_key(*hub, *root, true));
  const auto certified = certified_tls(hub);
  hub.close();
  fs::rename(hub.dir / "tls.key", hub.dir / ("tls.key.next-" + crypto::to_hex(certified.view())));
  // One that no certificate ever named stays where it is.
  const node::DataDir dir(hub.dir);
  const auto unused = node::make_next_tls_key(dir);
  REQUIRE(unused);
  hub.open();
  CHECK(node::tls_key_of(dir)->hash() == certified);
}

TEST_CASE("renewal: another TLS key or the first one gets certified by itself", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  CHECK_FALSE(node::certificate_end(*office).renew);
  fs::remove(office.dir / "tls.key");
  CHECK_FALSE(node::certificate_end(*office).renew);  // Nobody needs one here.
  const auto made = node::tls_key_of(office->dir());
  REQUIRE(made);
  CHECK(node::certificate_end(*office).renew);
  const auto ask = [&]() -> std::string {
    const auto request = node::ask_for_renewal(*office, false);
    REQUIRE(request);
    const auto answer = node::answer_renewal(*street, *request);
    if (!answer) return std::string(info(answer.error().code).name);
    REQUIRE(node::take_renewal(*office, *answer));
    return "done";
  };
  CHECK(ask() == "done");
  CHECK(certified_tls(office) == made->hash());
  CHECK_FALSE(node::certificate_end(*office).renew);
  // What is kept for ever by everybody isn't had as often as one likes.
  fs::remove(office.dir / "tls.key");
  REQUIRE(node::tls_key_of(office->dir()));
  CHECK(ask() == "slow_down");
  city.time += 3601LL * 1'000'000;
  CHECK(ask() == "done");
  c.bring_up();
  const auto trust = hub->trust();
  const auto newest = trust->book.newest_of(office->identity().author);
  CHECK(trust->book.find(*newest)->tls_key == node::tls_key_of(office->dir())->hash());
  // Of a sealed key a serving node leaves the public half; without it nothing is asked.
  crypto::Passphrase passphrase;
  for (const char byte : std::string("渠东社区 2026")) REQUIRE(passphrase.push(byte));
  const auto file = node::tls_key_file(office->dir());
  const auto plain = crypto::KeyFile::read(file);
  REQUIRE(plain);
  REQUIRE(plain->replace(file, &passphrase, {1, 64}));
  CHECK_FALSE(node::tls_key_hash_of(office->dir()));
  const auto der = made->public_der();
  REQUIRE(node::write_small_file(node::TlsFiles(office->dir()).public_key(), crypto::to_hex(der)));
  CHECK(node::tls_key_hash_of(office->dir()) == made->hash());
}

}  // namespace linli::test
