// Certificates for browsers: from the hub to a node's folder, and renewed.
#include "node/tls_certificates.h"

#include "node/tls_key.h"
#include "node/tls_profile.h"
#include "node/upstream.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

struct Scene {
  City city{false};
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office = city.enrol(kOffice, "渠东社区");
  Node& other = city.enrol(kOtherOffice, "渠西社区");

  Scene() {
    const auto made =
        node::found_authority(hub->dir(), "示例市住建局", {"gov.example"}, hub->now());
    if (!made) FAIL(describe(made.error()));
  }
  /// What the office gets, by `ask`: "true", "false", or the refusal.
  std::string renew(Node& node, const node::AskAbove& ask) {
    const auto done = node::renew_certificate(*node, ask);
    if (!done) return std::string(info(done.error().code).name);
    return *done ? "true" : "false";
  }
  std::string renew(Node& node) {
    return renew(
        node, [&](const std::string& request) { return node::issue_certificate(*hub, request); });
  }
  static void name(Node& node, const std::vector<std::string>& names) {
    REQUIRE(node::set_tls_names(node->dir(), names));
  }
  static std::string server_pem(Node& node) {
    return node::read_small_file(node::TlsFiles(node->dir()).server()).value_or("");
  }
  std::string request_of(Node& node, const std::vector<std::string>& names) const {
    const auto key = node::tls_key_of(node->dir());
    const node::CertificateRequest request{node->identity().certificate, key->public_der(), names};
    return request.encode(node->key());
  }
};

}  // namespace

TEST_CASE("certificates: a node gets one for its names, and the next in time", "[node]") {
  Scene s;
  CHECK(s.renew(s.office) == "false");  // It has no names.
  s.name(s.office, {"192.168.1.10", "QuDong.gov.example"});
  CHECK(s.renew(s.office) == "true");
  CHECK(s.renew(s.office) == "false");
  const auto facts = crypto::tls_facts(s.server_pem(s.office));
  REQUIRE(facts);
  CHECK(facts->names == std::vector<std::string>{"192.168.1.10", "qudong.gov.example"});
  CHECK(facts->key == node::tls_key_of(s.office->dir())->hash());
  const auto authority = node::read_small_file(node::TlsFiles(s.hub->dir()).authority());
  CHECK(crypto::is_vouched_for(s.server_pem(s.office), *authority, s.hub->now()));
  // Other names, and time passing.
  s.name(s.office, {"192.168.1.11"});
  CHECK(s.renew(s.office) == "true");
  s.city.time += 200 * crypto::kDayMicros;
  CHECK(s.renew(s.office) == "false");
  s.city.time += 80 * crypto::kDayMicros;
  CHECK(s.renew(s.office) == "true");
  CHECK(s.renew(s.office) == "false");
  // The hub's own, without asking anybody.
  s.name(s.hub, {"linli.gov.example"});
  CHECK(s.renew(s.hub, [](const std::string&) -> Result<std::string> {
    return fail(Errc::internal, "nobody is asked");
  }) == "true");
}

TEST_CASE("certificates: the hub's answer, and nobody else's, is taken", "[node][I5]") {
  Scene s;
  s.name(s.office, {"192.168.1.10"});
  // Somebody on the way has an authority of his own.
  exchange(s.street, s.hub);
  REQUIRE(node::found_authority(s.street->dir(), "假的", {}, s.hub->now()));
  CHECK(s.renew(s.office, [&](const std::string& request) {
    return node::issue_certificate(*s.street, request);
  }) == "stranger");
  CHECK(s.renew(s.office, [&](const std::string& request) -> Result<std::string> {
    auto said = node::issue_certificate(*s.hub, request);
    if (said) said->back() = static_cast<char>(said->back() ^ 1);
    return said;
  }) == "bad_signature");
  CHECK(s.renew(s.office, [&](const std::string&) {
    return node::issue_certificate(*s.hub, s.request_of(s.office, {"10.0.0.1"}));
  }) == "wrong_recipient");
  CHECK(s.server_pem(s.office).empty());
}

TEST_CASE("certificates: who may ask, and for which names", "[node][I5]") {
  Scene s;
  const auto refused = [&](const std::string& request) {
    const auto said = node::issue_certificate(*s.hub, request);
    return said ? "none" : std::string(info(said.error().code).name);
  };
  CHECK(refused(s.request_of(s.office, {"a.gov.example"})) == "none");
  CHECK(refused(s.request_of(s.office, {"a.gov.example"})) == "none");
  CHECK(refused(s.request_of(s.other, {"a.gov.example"})) == "duplicate_key");
  CHECK(refused(s.request_of(s.office, {"192.168.1.10"})) == "none");
  CHECK(refused(s.request_of(s.other, {"192.168.1.10"})) == "none");
  CHECK(refused(s.request_of(s.other, {"bank.example"})) == "bad_value");
  CHECK(refused(s.request_of(s.other, {})) == "malformed");
  CHECK(refused("noise") == "malformed");
  CHECK(refused(std::string(node::kTlsLetterBytesMax + 1, 'x')) == "too_large");
  // Another's key, another's certificate, another's signature.
  const auto key = node::tls_key_of(s.office->dir());
  node::CertificateRequest request{s.other->identity().certificate, key->public_der(), {"b.lan"}};
  CHECK(refused(request.encode(s.other->key())) == "wrong_recipient");
  CHECK(refused(request.encode(s.office->key())) == "bad_signature");
  request.certificate = crypto::hash({"nobody"});
  CHECK(refused(request.encode(s.office->key())) == "unknown_certificate");
  REQUIRE(s.hub->revoke(s.office->identity().author, "lost"));
  CHECK(refused(s.request_of(s.office, {"a.gov.example"})) == "revoked");
  // Where there is no authority, nobody vouches.
  CHECK(node::issue_certificate(*s.street, s.request_of(s.other, {"b.lan"})).error().code ==
        Errc::not_found);
  CHECK(node::found_authority(s.hub->dir(), "示例", {"more.example"}, s.hub->now()).error().code ==
        Errc::forbidden);
}

TEST_CASE("certificates: asked for over HTTP, through whoever stands between", "[node]") {
  Scene s;
  exchange(s.street, s.hub);
  auto& below = s.city.enrol(kOffice, "示例社区", crypto::Role::office, &s.street);
  exchange(s.street, s.hub);
  const Serving at_hub(s.hub);
  REQUIRE(node::set_upstreams(*s.street, {at_hub.url()}));
  node::Agent agent(*s.street, {});
  const Serving at_street(s.street, &agent);
  s.name(below, {"192.168.1.10"});
  CHECK(s.renew(below, [&](const std::string& request) {
    return node::ask_certificate_above(*below, at_street.url(), request);
  }) == "true");
  // What phones install is the hub's authority, at each of them.
  const auto kit = node::trust_kit(below->dir()), hubs = node::trust_kit(s.hub->dir());
  REQUIRE(kit);
  CHECK(kit->fingerprint == hubs->fingerprint);
  CHECK(kit->profile.find("com.apple.security.root") != std::string::npos);
  CHECK(kit->page.find(kit->fingerprint) != std::string::npos);
  node::HttpClient client(at_hub.url());
  const auto page = client.send("GET", "/trust/");
  REQUIRE(page);
  CHECK(page->body == hubs->page);
  CHECK(client.send("GET", "/trust/linli-ca.crt")->body == hubs->der);
  node::HttpClient without(at_street.url());
  CHECK(without.send("GET", "/trust/")->status == 404);
  const auto state = client.send("GET", "/api/v1/node");
  CHECK(Json::parse(state->body)["tls"]["authority"] == "here");
}

TEST_CASE("tls.key: made with the node, kept by a backup, made for a node that had none",
          "[node]") {
  City city(false);
  auto& hub = city.hub();
  const auto key = node::tls_key_of(hub->dir());
  REQUIRE(key);
  CHECK(hub->trust()->book.find(hub->identity().certificate)->tls_key == key->hash());
  namespace fs = std::filesystem;
  const auto file = node::tls_key_file(hub->dir());
  CHECK((fs::status(file).permissions() & fs::perms(077)) == fs::perms::none);
  hub.close();
  fs::remove(file);
  const auto made = node::tls_key_of(node::DataDir(hub.dir));
  REQUIRE(made);
  CHECK(made->hash() != key->hash());
  CHECK(node::tls_key_of(node::DataDir(hub.dir))->hash() == made->hash());
  hub.open();
  const auto json =
      node::tls_json(*hub->trust()->book.find(hub->identity().certificate), hub->dir(), hub->now());
  CHECK(json["key"] == crypto::to_hex(key->hash().view()));
}

}  // namespace linli::test
