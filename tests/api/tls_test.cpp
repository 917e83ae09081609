// Nodes over https: real sockets, pinned keys, and who stands in between.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <list>

#include "api/tls_server.h"
#include "crypto/tls_authority.h"
#include "node/pinning.h"
#include "node/tls_key.h"
#include "node/tls_shown.h"
#include "node/upstream.h"
#include "tests/api/people.h"

namespace linli::test {
namespace {

using namespace std::chrono_literals;
using crypto::TlsKey;

const api::Listen kHttps{"127.0.0.1", 0, api::Listen::Line::https};

/// Stands in between with a key of its own, and passes on what it hears.
class Interceptor {
 public:
  explicit Interceptor(const std::string& url) : url_(url) {
    const auto pass = [this](const httplib::Request& q, httplib::Response& s) {
      heard.push_back(q.path);
      node::HttpClient real(url_);
      real.meet();
      const auto answer = real.send(q.method, q.path, q.body, q.get_header_value("Content-Type"));
      if (!answer) return;
      s.status = answer->status;
      s.set_content(answer->body, "application/octet-stream");
    };
    server_.Get(".*", pass);
    server_.Post(".*", pass);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!server_.is_running() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(1ms);
    }
  }
  ~Interceptor() {
    server_.stop();
    thread_.join();
  }
  Interceptor(const Interceptor&) = delete;
  Interceptor& operator=(const Interceptor&) = delete;
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> heard;  ///< Looked at between requests.

 private:
  std::string url_;
  crypto::TlsServerSide side_{crypto::TlsIdentity::bare(TlsKey::generate())};
  api::Guests guests_;
  api::TlsServer server_{side_, 8, guests_};
  int port_ = 0;
  std::thread thread_;
};

node::Invite invite_of(Node& hub, const std::string& url) {
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = "渠东社区";
  offer.url = url;
  auto made = node::invite(*hub, offer);
  if (!made) FAIL(describe(made.error()));
  return *made;
}

/// A socket that is connected, and has said what it was told to.
int caller(int port, std::string_view says = {}) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::send(socket, says.data(), says.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(says.size()));
  return socket;
}

/// What a browser sees there that trusts this authority: the answer's status; 0: no line is made.
int browse(const std::string& authority_file, int port) {
  httplib::SSLClient browser("127.0.0.1", port);
  browser.set_ca_cert_path(authority_file);
  const auto answer = browser.Get("/healthz");
  return answer ? answer->status : 0;
}

/// As somebody gives it: PKCS #8.
std::string private_pem(const TlsKey& key) {
  const auto head =
      crypto::from_hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
  std::array<unsigned char, crypto::kTlsSecretBytes> secret{};
  key.write_secret(secret);
  auto text = crypto::to_base64url(*head + std::string(secret.begin(), secret.end()));
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return "-----BEGIN PRIVATE KEY-----\n" + text.insert(64, 1, '\n') +
         "\n-----END PRIVATE KEY-----\n";
}

void write(const std::filesystem::path& file, std::string_view text) {
  REQUIRE(node::write_small_file(file, text));
}

}  // namespace

TEST_CASE("tls: an office joins and syncs over https, by the key in the invite", "[api][I5]") {
  City city;
  auto& hub = city.hub();
  const Serving serving(hub, nullptr, kHttps);
  REQUIRE(serving.url().starts_with("https://"));
  const auto invite = invite_of(hub, serving.url());
  const auto key = node::tls_key_of(hub->dir());
  REQUIRE(key);
  CHECK(invite.tls_key == key->hash());
  CHECK(node::Invite::parse(invite.line())->tls_key == key->hash());

  Node office(city.new_folder(), city.time);
  const auto joined = node::join(office.dir, invite, "", office.clock);
  if (!joined) FAIL(describe(joined.error()));
  office.open();
  const auto own = node::tls_key_of(office->dir());
  REQUIRE(own);
  CHECK(office->trust()->book.find(office->identity().certificate)->tls_key == own->hash());

  const auto side = std::make_shared<crypto::TlsClientSide>();
  node::HttpClient first(serving.url(), side);
  CHECK_FALSE(first.is_pinned());
  CHECK(node::exchange(*office, first)->received > 0);
  CHECK(first.is_pinned());
  put(office, "compound", compound("410702003901001"));
  node::HttpClient second(serving.url(), side);
  const auto report = node::exchange(*office, second);
  if (!report) FAIL(describe(report.error()));
  CHECK(report->sent > 0);
  CHECK(second.line_key() == key->hash());
  node::HttpClient third(serving.url(), side);
  CHECK(node::exchange(*office, third));
  CHECK(third.resumed());

  // The agent, its stream and attachments go the same way.
  node::Agent::Pace pace;
  pace.poll = 50ms;
  REQUIRE(node::set_upstreams(*office, {serving.url()}));
  node::Agent agent(*office, pace);
  for (int i = 0; i < 400 && agent.state().mode != node::Agent::Mode::live; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK(agent.state().mode == node::Agent::Mode::live);
}

TEST_CASE("tls: who stands in between with another key hears nothing that counts", "[api][I5]") {
  City city;
  auto& hub = city.hub();
  const Serving serving(hub, nullptr, kHttps);
  Interceptor thief(serving.url());

  // At first contact: the invite's secret isn't said.
  const auto invite = invite_of(hub, thief.url());
  Node office(city.new_folder(), city.time);
  CHECK(node::join(office.dir, invite, "", office.clock).error().code == Errc::wrong_key);
  CHECK(thief.heard.empty());
  CHECK_FALSE(std::filesystem::exists(office.dir));
  // An invite without the key isn't good for https.
  auto old = invite;
  old.tls_key = {};
  CHECK(node::join(office.dir, old, "", office.clock).error().code == Errc::bad_usage);
  CHECK(thief.heard.empty());

  REQUIRE(node::join(office.dir, invite, serving.url(), office.clock));
  office.open();
  node::HttpClient good(serving.url());
  REQUIRE(node::exchange(*office, good));
  put(office, "compound", compound("410702003901001"));
  // At an address where nobody was met yet: it may say who it is, and that isn't its line.
  node::HttpClient stranger(thief.url());
  CHECK(node::exchange(*office, stranger).error().code == Errc::wrong_key);
  CHECK(thief.heard == std::vector<std::string>{"/api/v1/sync/hello"});
  // And where the hub was met before.
  thief.heard.clear();
  const auto hubs = hub->identity().certificate;
  REQUIRE(node::remember_peer_at(*office, thief.url(), hubs));
  node::HttpClient known(thief.url());
  const auto refused = node::exchange(*office, known);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::wrong_key);
  CHECK(refused.error().detail.find("未发送任何数据") != std::string::npos);
  CHECK(thief.heard == std::vector<std::string>{"/api/v1/sync/hello"});
  // A line that nobody pinned says nothing at all.
  node::HttpClient unpinned(thief.url());
  CHECK(unpinned.send("GET", "/healthz").error().code == Errc::unauthorised);
}

TEST_CASE("tls: an upstream with a new certified key is met anew", "[api][I5]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  exchange(office, street);
  std::string url;
  int port = 0;
  {
    const Serving serving(street, nullptr, kHttps);
    url = serving.url();
    port = serving.port();
    node::HttpClient client(url);
    CHECK(node::exchange(*office, client));
  }
  // Its machine was replaced: another node, with another key, at the old address.
  auto& next = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(next, hub);
  const Serving serving(next, nullptr, {"127.0.0.1", port, api::Listen::Line::https});
  node::HttpClient client(url);
  const auto report = node::exchange(*office, client);
  if (!report) FAIL(describe(report.error()));
  CHECK(node::peer_at(*office, url) == next->identity().certificate);
}

TEST_CASE("tls: an address that others reach is https, unless http is asked for", "[api]") {
  const auto https = [](std::string_view text) { return api::Listen::parse(text)->is_https(); };
  CHECK_FALSE(https("127.0.0.1:8080"));
  CHECK_FALSE(https("localhost:8080"));
  CHECK_FALSE(https("[::1]:8080"));
  CHECK(https("0.0.0.0:8443"));
  CHECK(https("10.0.0.5:8443"));
  CHECK(https("[::]:8443"));
  CHECK(https("127.evil.example:8443"));
  CHECK(https("https://127.0.0.1:8443"));
  CHECK_FALSE(https("http://0.0.0.0:8080"));
  CHECK(api::Listen::parse("https://nowhere").error().code == Errc::bad_usage);

  City city(false);
  api::Server server(*city.hub(), nullptr);
  CHECK(server.bind({"0.0.0.0", 0}).error().code == Errc::forbidden);
  REQUIRE(server.bind({"127.0.0.1", 0}));
  REQUIRE(server.bind({"0.0.0.0", 0}, true));
  const auto port = server.port();
  CHECK(server.urls().at(0).starts_with("http://127.0.0.1:"));
  CHECK(server.urls().at(1) == "https://0.0.0.0:" + std::to_string(port));
  std::thread running([&] { server.run(); });
  node::HttpClient plain("http://127.0.0.1:" + std::to_string(port));
  const auto told = plain.send("GET", "/healthz");
  CHECK((!told || told->status == 400));
  node::HttpClient secret("https://127.0.0.1:" + std::to_string(port));
  secret.meet();
  CHECK(secret.send("GET", "/healthz")->status == 200);
  node::HttpClient own(server.urls().front());
  CHECK(own.send("GET", "/healthz")->status == 200);
  server.stop();
  running.join();
}

TEST_CASE("tls: stalled handshakes and garbage keep nobody else waiting", "[api][I9]") {
  City city(false);
  const Serving serving(city.hub(), nullptr, kHttps);
  std::list<crypto::File> stalled;
  for (std::size_t i = 0; i < 400; ++i) {
    // Nothing, half a greeting, noise.
    const auto says = i % 3 == 0   ? std::string()
                      : i % 3 == 1 ? std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)
                                   : std::string(40, static_cast<char>(i));
    stalled.emplace_back(caller(serving.port(), says));
  }
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    node::HttpClient honest(serving.url());
    honest.meet();
    const auto answer = honest.send("GET", "/healthz");
    if (!answer) FAIL(describe(answer.error()));
    CHECK(answer->status == 200);
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took < api::Handshakes::kMost / 2);
  // Who stalls is let go of.
  auto& first = stalled.front();
  char byte = 0;
  REQUIRE(crypto::wait_for(first.fd(), false, api::Handshakes::kMost + 5s));
  CHECK(::recv(first.fd(), &byte, 1, 0) <= 0);
}

TEST_CASE("tls: a given certificate is refused when it is no good, and renewed while serving",
          "[api]") {
  City city(false);
  auto& hub = city.hub();
  const auto now = hub->now();
  const auto ca_key = TlsKey::generate(), given = TlsKey::generate();
  const auto ca = crypto::TlsAuthority::found(ca_key, "示例", {}, now);
  const auto ca_file = (city.folder.path() / "ca.pem").string();
  std::ofstream(ca_file) << ca->pem();
  const node::TlsFiles files(hub->dir());
  const auto own = node::tls_key_of(hub->dir());
  const auto pem = [&](const TlsKey& key, const std::string& name) {
    return ca->issue(key.public_der(), {name}, now).value();
  };
  const auto bound = [&] { return api::Server(*hub, nullptr).bind(kHttps); };

  // Of the city's own authority, for the node's own key. A browser's clock isn't the test's: the
  // authority is looked at, not the time.
  write(files.server(), pem(*own, "127.0.0.1"));
  CHECK(bound());
  write(files.given(), pem(given, "127.0.0.1"));
  write(files.given_key(), "no key");
  CHECK(bound().error().code == Errc::bad_value);
  CHECK(bound().error().detail.find("given.pem") != std::string::npos);
  write(files.given(), "nothing");
  CHECK(bound().error().code == Errc::bad_value);
  std::filesystem::remove(files.given());
  city.time += 400 * crypto::kDayMicros;
  CHECK(bound());  // The own one has expired: it is made anew by itself.
  city.time -= 400 * crypto::kDayMicros;
}

TEST_CASE("tls: browsers are shown what the files have, and nodes the node's key", "[api]") {
  City city(false);
  auto& hub = city.hub();
  city.time = std::chrono::duration_cast<std::chrono::microseconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  const auto now = hub->now();
  const auto ca = crypto::TlsAuthority::found(TlsKey::generate(), "示例", {}, now);
  const auto other = crypto::TlsAuthority::found(TlsKey::generate(), "另一个", {}, now);
  const auto ca_file = (city.folder.path() / "ca.pem").string();
  const auto other_file = (city.folder.path() / "other.pem").string();
  std::ofstream(ca_file) << ca->pem();
  std::ofstream(other_file) << other->pem();
  const node::TlsFiles files(hub->dir());
  const auto own = node::tls_key_of(hub->dir());
  const Serving serving(hub, nullptr, kHttps);
  CHECK(browse(ca_file, serving.port()) == 0);

  const auto eventually = [&](const std::string& file) {
    for (int i = 0; i < 100; ++i) {
      if (browse(file, serving.port()) == 200) return true;
      std::this_thread::sleep_for(100ms);
    }
    return false;
  };
  write(files.server(), ca->issue(own->public_der(), {"127.0.0.1"}, now).value());
  CHECK(eventually(ca_file));
  CHECK(browse(other_file, serving.port()) == 0);
  // Renewed while it serves, by another authority this time.
  write(files.server(), other->issue(own->public_der(), {"127.0.0.1"}, now).value());
  CHECK(eventually(other_file));
  // What is no good changes nothing.
  write(files.server(), ca->issue(TlsKey::generate().public_der(), {"127.0.0.1"}, now).value());
  std::this_thread::sleep_for(1200ms);
  node::HttpClient node(serving.url());
  node.pin(own->hash());
  CHECK(node.send("GET", "/healthz")->status == 200);
}

TEST_CASE(
    "tls: a given certificate that ends while it is shown is shown no longer and one that is "
    "being written harms nothing",
    "[api]") {
  City city(false);
  auto& hub = city.hub();
  city.time = std::chrono::duration_cast<std::chrono::microseconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  const auto now = hub->now();
  const auto file = [&](const char* name, const crypto::TlsAuthority& authority) {
    auto path = (city.folder.path() / name).string();
    std::ofstream(path) << authority.pem();
    return path;
  };
  const auto ca = crypto::TlsAuthority::found(TlsKey::generate(), "示例", {}, now);
  const auto other = crypto::TlsAuthority::found(TlsKey::generate(), "另一个", {}, now);
  const auto ca_file = file("ca.pem", *ca), other_file = file("other.pem", *other);
  const auto given = TlsKey::generate(), next = TlsKey::generate();
  const auto pem = [&](const crypto::TlsAuthority& authority, const TlsKey& key) {
    return authority.issue(key.public_der(), {"127.0.0.1"}, now).value();
  };
  const node::TlsFiles files(hub->dir());
  write(files.given(), pem(*ca, given));
  write(files.given_key(), private_pem(given));
  const Serving serving(hub, nullptr, kHttps);
  const auto shown = [&](const std::string& authority, int status) {
    for (int i = 0; i < 100; ++i) {
      if (browse(authority, serving.port()) == status) return true;
      std::this_thread::sleep_for(100ms);
    }
    return false;
  };
  const auto warned = [&] {
    node::HttpClient client(serving.url());
    client.meet();
    const auto answer = client.send("GET", "/healthz");
    REQUIRE(answer);
    const auto warnings = Json::parse(answer->body)["warnings"];
    return warnings.empty() ? std::string() : warnings[0].get<std::string>();
  };
  CHECK(shown(ca_file, 200));
  CHECK(warned().empty());
  // Half of another one, as a program leaves it that doesn't write files whole.
  const auto whole = pem(*other, next);
  for (const auto part : {whole.size() / 3, whole.size() / 2}) {
    std::ofstream(files.given()) << whole.substr(0, part);
    std::this_thread::sleep_for(1200ms);
    CHECK(browse(ca_file, serving.port()) == 200);
  }
  CHECK(warned() == "given_certificate_unusable");
  std::ofstream(files.given()) << whole;  // The key is still that of the one before.
  std::this_thread::sleep_for(1200ms);
  CHECK(browse(ca_file, serving.port()) == 200);
  std::ofstream(files.given_key()) << private_pem(next);
  CHECK(shown(other_file, 200));
  // A month before its end people hear of it.
  city.time += 370 * crypto::kDayMicros;
  CHECK(warned() == "given_certificate_ends_soon");
  CHECK(shown(other_file, 200));
  // Its time runs out, and nobody touches a file.
  city.time += 30 * crypto::kDayMicros;
  CHECK(shown(other_file, 0));
  CHECK(warned() == "given_certificate_ended");
  node::HttpClient node(serving.url());
  node.pin(node::tls_key_of(hub->dir())->hash());
  CHECK(node.send("GET", "/healthz")->status == 200);
}

TEST_CASE("tls: people log in over the node's own https, with a cookie for it only", "[api]") {
  Office office;
  office.add("zhang", "office");
  const Serving serving(office.node, nullptr, kHttps);
  Browser browser(serving.url());
  browser.client.meet();
  const auto in = browser.log_in("zhang");
  CHECK(in.status == 200);
  CHECK(in.headers.at("set-cookie").find("; Secure") != std::string::npos);
  const Browser::Headers same{{"Origin", serving.url()}};
  const Browser::Headers plain{{"Origin", "http" + serving.url().substr(5)}};
  CHECK(said(browser.ask("GET", "/api/v1/records/compound", {}, same)) == "200");
  CHECK(said(browser.ask("GET", "/api/v1/records/compound", {}, plain)) == "403 forbidden");
}

}  // namespace linli::test
