// What lies in tls/: whose authority is taken, what is shown, and what a backup holds of it.
#include <filesystem>

#include "crypto/cbor.h"
#include "node/backup.h"
#include "node/issuing.h"
#include "node/tls_certificates.h"
#include "node/tls_key.h"
#include "node/tls_profile.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

/// Authorities of one key that no Linli made, good from 2025 to 2045: without name constraints, for
/// names only, and with constraints that a browser may pass over.
constexpr const char* kUnbounded = R"(-----BEGIN CERTIFICATE-----
MIIBNTCB3KADAgECAgEFMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD0xpbmxpIHVu
Ym91bmRlZDAeFw0yNTA2MDEwMDAwMDBaFw00NTA2MDEwMDAwMDBaMBoxGDAWBgNV
BAMMD0xpbmxpIHVuYm91bmRlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIKd
3Tq6AqpmtphOgtRufyxbRhZEwKnGndeHG5mJ66sf1PooqGf52ecDAVJWzZHcSeh+
IRrqIPqgSZWsThkRqhWjEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SAAwRQIhAOX9GMQLSr+PtDwqCL7uuYhkxF4Rrh2q3YzIlX2Cvxk9AiAWf7MRnWbh
wQgNqGdp3BPnrDCTo+IHoxopH3GTNBUkxQ==
-----END CERTIFICATE-----
)";
constexpr const char* kNamesOnly = R"(-----BEGIN CERTIFICATE-----
MIIBSzCB86ADAgECAgEFMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD0xpbmxpIHVu
Ym91bmRlZDAeFw0yNTA2MDEwMDAwMDBaFw00NTA2MDEwMDAwMDBaMBoxGDAWBgNV
BAMMD0xpbmxpIHVuYm91bmRlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIKd
3Tq6AqpmtphOgtRufyxbRhZEwKnGndeHG5mJ66sf1PooqGf52ecDAVJWzZHcSeh+
IRrqIPqgSZWsThkRqhWjKjAoMA8GA1UdEwEB/wQFMAMBAf8wFQYDVR0eAQH/BAsw
CaAHMAWCA2xhbjAKBggqhkjOPQQDAgNHADBEAiAV/To9RrHbCHEXdquOgZXCcRaj
PPnnVfzeBZnNLp4fmQIgERIcFaJ9pjXV3APjOmqIJ6RVL5RDe/zzi87hIHrkO98=
-----END CERTIFICATE-----
)";
constexpr const char* kNotCritical = R"(-----BEGIN CERTIFICATE-----
MIIBVjCB/KADAgECAgEFMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD0xpbmxpIHVu
Ym91bmRlZDAeFw0yNTA2MDEwMDAwMDBaFw00NTA2MDEwMDAwMDBaMBoxGDAWBgNV
BAMMD0xpbmxpIHVuYm91bmRlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIKd
3Tq6AqpmtphOgtRufyxbRhZEwKnGndeHG5mJ66sf1PooqGf52ecDAVJWzZHcSeh+
IRrqIPqgSZWsThkRqhWjMzAxMA8GA1UdEwEB/wQFMAMBAf8wHgYDVR0eBBcwFaAT
MAWCA2xhbjAKhwgKAAAA/wAAADAKBggqhkjOPQQDAgNJADBGAiEAwvYj7P+njrQs
zSiMe01VUluPA5GkgmHlRo0O5E+I6kACIQDakGE5QizPZscHYH3gMtkdUrzISL69
IyqKqOXLiU348A==
-----END CERTIFICATE-----
)";

/// Good from June 2025 to the end of 2026.
constexpr const char* kGiven = R"(-----BEGIN CERTIFICATE-----
MIIBITCByKADAgECAgEGMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMMBWdpdmVuMB4X
DTI1MDYwMTAwMDAwMFoXDTI3MDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFZ2l2ZW4w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATSFODY2cGPn0uAUEk98Oy9xI2ESCtD
3B5EH7cY6+9QRrAWeHKrwQS6BtiSRLQV5RcQy4a1la+7XKSxQnd1cqDMoxMwETAP
BgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIQCGVgDHoQ0lb68DOzzg
3yLf90sBTXuy1bSvnOQocH8V6QIgMpZviv/qxKZ9jFTN2TPOOpicHqN6YasARYaj
kp8MF6k=
-----END CERTIFICATE-----
)";
constexpr const char* kGivenKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj7TZhErAR9rJwPIM
RuJFvSqEGiAiDQMJOfJvtX9EOBihRANCAATSFODY2cGPn0uAUEk98Oy9xI2ESCtD
3B5EH7cY6+9QRrAWeHKrwQS6BtiSRLQV5RcQy4a1la+7XKSxQnd1cqDM
-----END PRIVATE KEY-----
)";

void write(const fs::path& file, std::string_view text) {
  REQUIRE(node::write_small_file(file, text));
}
std::string read(const fs::path& file) { return node::read_small_file(file).value_or(""); }

Json status(Node& node) {
  return node::tls_json(*node->trust()->book.find(node->identity().certificate), node->dir(),
                        node->now());
}
bool warns(Node& node, const std::string& of) {
  const auto warnings = status(node)["warnings"];
  return std::find(warnings.begin(), warnings.end(), of) != warnings.end();
}

/// The answer that a holder of such a key would sign.
std::string signed_answer(const crypto::SigningKey& key, const Hash& certificate,
                          const std::string& request, const std::string& chain,
                          const std::string& authority) {
  cbor::Writer w;
  w.array(5);
  w.uint(1);
  w.bytes(crypto::hash({node::kDomainTlsRequest, request}).view());
  w.bytes(certificate.view());
  w.bytes(chain);
  w.bytes(authority);
  crypto::SignedBody body{w.take(), {}};
  body.signature = key.sign(node::kDomainTlsAnswer, body.body);
  return body.encode();
}

/// A hub with an authority, and an office with a name.
struct Scene {
  City city{false};
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "渠东社区");
  node::TlsFiles at_hub{hub->dir()}, at_office{office->dir()};

  Scene() {
    found();
    REQUIRE(node::set_tls_names(office->dir(), {"192.168.1.10"}));
  }
  void found() {
    const auto made = node::found_authority(hub->dir(), "示例", {"gov.example"}, hub->now());
    if (!made) FAIL(describe(made.error()));
  }
  /// "true", "false", or the refusal.
  std::string renew(Node& node, bool compare = false) {
    return renew(node, compare, [&](const std::string& request) {
      return node::issue_certificate(*hub, request);
    });
  }
  std::string renew(Node& node, bool compare, const node::AskAbove& ask) {
    const auto done = node::renew_certificate(*node, ask, compare);
    if (!done) return std::string(info(done.error().code).name);
    return *done ? "true" : "false";
  }
};

}  // namespace

TEST_CASE("authority: bounded or not is told from its certificate", "[node][I5]") {
  const auto made = crypto::TlsAuthority::found(crypto::TlsKey::generate(), "示例", {}, 0);
  REQUIRE(made);
  CHECK(crypto::is_bounded_authority(made->pem()));
  CHECK_FALSE(crypto::is_bounded_authority(kUnbounded));
  CHECK_FALSE(crypto::is_bounded_authority(kNamesOnly));
  CHECK_FALSE(crypto::is_bounded_authority(kNotCritical));
  CHECK_FALSE(crypto::is_bounded_authority(kGiven));
  CHECK_FALSE(crypto::is_bounded_authority(made->pem() + kUnbounded));
  CHECK_FALSE(crypto::is_bounded_authority(""));
}

TEST_CASE("certificates: an authority without bounds isn't taken", "[node][I5]") {
  Scene s;
  for (const auto* pem : {kUnbounded, kNamesOnly, kNotCritical}) {
    CHECK(s.renew(s.office, false, [&](const std::string& request) -> Result<std::string> {
      return signed_answer(s.hub->key(), s.hub->identity().certificate, request, pem, pem);
    }) == "forbidden");
    CHECK(read(s.at_office.authority()).empty());
    CHECK(status(s.office)["refused"]["code"] == "forbidden");
  }
}

TEST_CASE("certificates: who got the role of a hub from elsewhere hands out no authority",
          "[node][I5]") {
  Scene s;
  const auto thief = crypto::SigningKey::generate();
  auto made = *s.hub->trust()->book.find(s.hub->identity().certificate);
  made.issuer = s.hub->identity().certificate;
  made.serial += 77;
  made.delegation = 0;
  made.subject = crypto::author_of(thief.public_key());
  made.signing_key = thief.public_key();
  made.sealing_key = thief.sealing_key();
  const auto bytes = node::sign_certificate(made, s.hub->key());
  // A node that is offered it may refuse to learn it in the first place.
  (void)s.office->adopt({bytes}).has_value();
  const auto authority =
      crypto::TlsAuthority::found(crypto::TlsKey::generate(), "假的", {}, s.hub->now());
  REQUIRE(authority);
  CHECK(s.renew(s.office, false, [&](const std::string& request) -> Result<std::string> {
    const auto key = node::tls_key_of(s.office->dir());
    return signed_answer(
        thief, crypto::certificate_hash(crypto::SignedBody::decode(bytes)->body), request,
        authority->issue(key->public_der(), {"192.168.1.10"}, s.hub->now()).value(),
        authority->pem());
  }) == "stranger");
  CHECK(read(s.at_office.authority()).empty());
}

TEST_CASE("certificates: another authority of the hub gets around and people are told",
          "[node][I5]") {
  Scene s;
  REQUIRE(node::set_tls_names(s.hub->dir(), {"linli.gov.example"}));
  CHECK(s.renew(s.hub) == "true");
  CHECK(s.renew(s.office) == "true");
  CHECK(s.renew(s.office, true) == "false");  // It compared: nothing is written.
  CHECK_FALSE(warns(s.office, "authority_changed"));
  const auto first = read(s.at_hub.authority());
  fs::remove(s.at_hub.authority_key());
  s.found();
  REQUIRE(read(s.at_hub.authority()) != first);
  // What the hub shows is vouched for by what phones are to trust.
  CHECK(s.renew(s.hub) == "true");
  CHECK(crypto::is_vouched_for(read(s.at_hub.server()), read(s.at_hub.authority()), s.hub->now()));
  CHECK(s.renew(s.office) == "false");  // It has not heard of it.
  CHECK(s.renew(s.office, true) == "true");
  CHECK(read(s.at_office.authority()) == read(s.at_hub.authority()));
  CHECK(warns(s.office, "authority_changed"));
  CHECK(warns(s.hub, "authority_changed"));
  s.city.time += 31 * crypto::kDayMicros;
  CHECK_FALSE(warns(s.office, "authority_changed"));
}

TEST_CASE("certificates: why there is none stands in the status until there is one", "[node]") {
  Scene s;
  REQUIRE(node::set_tls_names(s.office->dir(), {"bank.example"}));
  CHECK(s.renew(s.office) == "bad_value");
  const auto refused = status(s.office)["refused"];
  REQUIRE(refused.is_object());
  CHECK(refused["code"] == "bad_value");
  CHECK(refused["detail"].get<std::string>().find("bank.example") != std::string::npos);
  CHECK(warns(s.office, "certificate_refused"));
  REQUIRE(node::set_tls_names(s.office->dir(), {"192.168.1.10"}));
  CHECK(s.renew(s.office) == "true");
  CHECK(status(s.office)["refused"].is_null());
  // The hub is away when authorities are compared: that is ordinary.
  CHECK(s.renew(s.office, true, [](const std::string&) -> Result<std::string> {
    return fail(Errc::unreachable, "nobody");
  }) == "unreachable");
  CHECK(status(s.office)["refused"].is_null());
}

TEST_CASE("tls: a given certificate out of its time stops nobody", "[node]") {
  Scene s;
  CHECK(s.renew(s.office) == "true");
  write(s.at_office.given(), kGiven);
  write(s.at_office.given_key(), kGivenKey);
  const auto key = node::tls_key_of(s.office->dir());
  const auto shown = [&] {
    node::GivenKey held(s.office->dir());
    const auto found = node::certificate_for_browsers(s.office->dir(), *key, held, s.office->now());
    if (!found) return std::string(info(found.error().code).name);
    const std::string given = found->out_of_time ? "out of time, " : "";
    return given + (found->shown ? found->shown->facts().subject : "bare");
  };
  CHECK(shown() == "given");
  const auto now = s.city.time.load();
  s.city.time = 0;  // A machine whose clock was lost.
  CHECK(shown() == "out of time, bare");
  CHECK(warns(s.office, "certificate_not_yet_valid"));
  CHECK(node::tls_server_side(*s.office));
  s.city.time = now + 380 * crypto::kDayMicros;
  CHECK(shown().starts_with("out of time, Linli 192.168.1.10"));
  CHECK(warns(s.office, "certificate_expired"));
  CHECK(node::tls_server_side(*s.office));
  const Serving serving(s.office, nullptr, {"127.0.0.1", 0, api::Listen::Line::https});
  // One that fits at no time is a mistake that somebody should hear of.
  s.city.time = now;
  write(s.at_office.given_key(), "nothing");
  CHECK(shown() == "bad_value");
}

TEST_CASE("backup: what lies in tls/ is in it and phones need not trust anew", "[node][I1]") {
  Scene s;
  REQUIRE(node::set_tls_names(s.hub->dir(), {"linli.gov.example"}));
  CHECK(s.renew(s.hub) == "true");
  write(s.at_hub.given(), kGiven);
  write(s.at_hub.given_key(), kGivenKey);
  const auto fingerprint = node::trust_kit(s.hub->dir())->fingerprint;
  const auto file = s.city.folder.path() / "backup", dir = s.city.folder.path() / "restored";
  REQUIRE(node::back_up(s.hub.dir, file, s.hub->now()));
  const auto restored = node::restore(file, dir, s.hub.clock);
  if (!restored) FAIL(describe(restored.error()));
  const node::DataDir data(dir);
  const node::TlsFiles files(data);
  CHECK(node::trust_kit(data)->fingerprint == fingerprint);
  REQUIRE(node::authority_of(data));
  CHECK(*node::tls_names(data) == std::vector<std::string>{"linli.gov.example"});
  CHECK(read(files.given_key()) == kGivenKey);
  CHECK(read(files.server()) == read(s.at_hub.server()));
  for (const auto& one : {files.authority_key(), files.given_key()}) {
    CHECK((fs::status(one).permissions() & fs::perms(077)) == fs::perms::none);
  }
  CHECK((*restored)
            ->store()
            .read()
            ->prepare("SELECT 1 FROM sqlite_schema WHERE name GLOB "
                      "'backup*'")
            .step() == false);
}

}  // namespace linli::test
