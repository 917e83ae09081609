// TLS keys and certificates, without a line.
#include <catch2/catch.hpp>

#include "crypto/tls_authority.h"

using namespace linli;
using namespace linli::crypto;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000'000;  // 2026-01-01T00:00Z

std::string secret_of(const TlsKey& key) {
  std::array<unsigned char, kTlsSecretBytes> bytes{};
  key.write_secret(bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::string kOrder =
    from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();

}  // namespace

TEST_CASE("tls key: its secret gives it back, and the vector of crypto/README.md", "[crypto]") {
  const auto key = TlsKey::generate();
  const auto again = TlsKey::from_secret(secret_of(key));
  REQUIRE(again);
  CHECK(again->hash() == key.hash());
  CHECK(secret_of(*again) == secret_of(key));
  CHECK(tls_key_hash(key.public_der()) == key.hash());
  CHECK(TlsKey::generate().hash() != key.hash());

  const auto vector = TlsKey::from_secret(std::string(32, 't'));
  REQUIRE(vector);
  CHECK(to_hex(vector->public_der()) ==
        "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        "d66ee10aac8c03cbff3004f11f0d4506a711687ea2b07482bd600acd9f4d3d84"
        "6a58468b5531fc5f69deafbec96e1b35a3a465b86ff268f719226cc2325ad342");
  CHECK(to_hex(vector->hash().view()) ==
        "081b2d53b584176d751757971e5e857185057f8336c28aa27d8f593df69950d3");
}

TEST_CASE("tls key: what is no private number of the curve is refused", "[crypto]") {
  auto one = std::string(32, '\0');
  one.back() = 1;
  auto last = kOrder;
  last.back() = static_cast<char>(last.back() - 1);
  CHECK(TlsKey::from_secret(one));
  CHECK(TlsKey::from_secret(last));
  for (const auto& bad : {std::string(32, '\0'), kOrder, std::string(32, '\xff'),
                          std::string(31, 't'), std::string(33, 't'), std::string()}) {
    CHECK(TlsKey::from_secret(bad).error().code == Errc::corrupt);
  }
}

TEST_CASE("tls identity: the bare one names the key and is good for ever", "[crypto]") {
  const auto key = TlsKey::generate();
  const auto facts = TlsIdentity::bare(key).facts();
  CHECK(facts.key == key.hash());
  CHECK(facts.names.empty());
  CHECK(facts.until_us > kNow + std::int64_t{7000} * 365 * kDayMicros);
}

TEST_CASE("authority: vouches for a node's names, within its bounds and time", "[crypto]") {
  const auto ca_key = TlsKey::generate(), key = TlsKey::generate();
  const auto city =
      "新乡市住房和城乡建设局及其所属的一个名字特别特别长的单位用来看看会不会超过限制的长度";
  const auto ca = TlsAuthority::found(ca_key, city, {"gov.example", "203.0.113.5"}, kNow);
  REQUIRE(ca);
  const std::vector<std::string> names{"linli.gov.example", "192.168.1.10", "hub.lan",
                                       "203.0.113.5", "fd00::1"};
  const auto made = ca->issue(key.public_der(), names, kNow);
  REQUIRE(made);
  const auto identity = TlsIdentity::read(*made, key, kNow);
  REQUIRE(identity);
  const auto& facts = identity->facts();
  CHECK(facts.key == key.hash());
  CHECK(facts.names == std::vector<std::string>{"linli.gov.example", "192.168.1.10", "hub.lan",
                                                "203.0.113.5",
                                                "fd00:0000:0000:0000:0000:0000:0000:0001"});
  CHECK(facts.until_us == kNow + kServerDays * kDayMicros);
  CHECK(is_vouched_for(*made, ca->pem(), kNow));
  CHECK_FALSE(is_vouched_for(*made, ca->pem(), kNow + (kServerDays + 1) * kDayMicros));
  CHECK_FALSE(is_vouched_for(*made, TlsAuthority::found(key, "别的市", {}, kNow)->pem(), kNow));

  const auto only = ca->issue(key.public_der(), {"192.168.1.10"}, kNow);
  REQUIRE(only);  // Without any host's name.
  CHECK(is_vouched_for(*only, ca->pem(), kNow));

  for (const auto* other : {"bank.example", "gov.example.evil.test", "8.8.8.8", "203.0.113.6",
                            "2001:db8::1", "*.gov.example", "a b", "https://hub.lan", "hub.lan:80",
                            "1.2.3", "DNS:x,IP:8.8.8.8", "hub.lan,DNS:bank.example", ""}) {
    CAPTURE(other);
    CHECK(ca->issue(key.public_der(), {other}, kNow).error().code == Errc::bad_value);
  }
  CHECK(ca->issue(key.public_der(), {}, kNow).error().code == Errc::bad_value);
  CHECK(ca->issue("no key", names, kNow).error().code == Errc::bad_value);
  CHECK(TlsAuthority::read(ca->pem(), key).error().code == Errc::bad_value);
  CHECK(TlsAuthority::read(*made, key).error().code == Errc::bad_value);
  const auto again = TlsAuthority::read(ca->pem(), ca_key);
  REQUIRE(again);
  CHECK(again->issue(key.public_der(), names, kNow));
}

TEST_CASE("tls identity: a given certificate is looked at before it is used", "[crypto]") {
  const auto ca_key = TlsKey::generate(), key = TlsKey::generate();
  const auto ca = TlsAuthority::found(ca_key, "示例", {}, kNow);
  const auto made = ca->issue(key.public_der(), {"hub.lan"}, kNow).value();
  const auto refused = [&](std::string_view pem, const TlsKey& by, std::int64_t now) {
    return TlsIdentity::read(pem, by, now).error().code;
  };
  CHECK(TlsIdentity::read(made, key, kNow));
  CHECK(refused(made, TlsKey::generate(), kNow) == Errc::bad_value);
  CHECK(refused(made, key, kNow + kServerDays * kDayMicros) == Errc::expired);
  CHECK(refused(made, key, kNow - 2 * kDayMicros) == Errc::clock_ahead);
  CHECK(refused(ca->pem(), ca_key, kNow) == Errc::bad_value);
  CHECK(refused("", key, kNow) == Errc::bad_value);
  CHECK(refused(made.substr(0, made.size() / 4), key, kNow) == Errc::bad_value);
  CHECK(TlsIdentity::read(made, "no key", kNow).error().code == Errc::bad_value);
}

TEST_CASE("server name: a host or an address, and whether it is a local one", "[crypto]") {
  CHECK(server_name("Hub.LAN").value() == "hub.lan");
  CHECK(server_name("[fd00::1]").value() == "fd00::1");
  for (const auto* local :
       {"hub.lan", "hub", "a.b.local", "localhost", "10.1.2.3", "172.31.0.1", "192.168.0.1",
        "127.0.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1", "::1"}) {
    CAPTURE(local);
    CHECK(is_local_name(server_name(local).value()));
  }
  for (const auto* public_name : {"hub.gov.example", "8.8.8.8", "172.32.0.1", "100.128.0.1",
                                  "2001:db8::1", "::2", "lan.example"}) {
    CAPTURE(public_name);
    CHECK_FALSE(is_local_name(server_name(public_name).value()));
  }
  for (const auto* bad :
       {"", "a..b", ".a", "a.", "-a", "a_b", "a/b", "256.1.1.1", "1.2.3", "中文.cn", "a:80"}) {
    CAPTURE(bad);
    CHECK(server_name(bad).error().code == Errc::bad_value);
  }
}
