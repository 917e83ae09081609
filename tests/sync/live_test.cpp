// The token that opens a live stream: good once, here, now, and for nobody else.
#include "sync/live.h"

#include <catch2/catch.hpp>

#include "tests/support/seed.h"

namespace linli::sync {
namespace {

constexpr Micros kNow = 1'767'225'600'000'000;
constexpr Micros kYear = 365LL * 24 * 3600 * 1'000'000;

/// A city with one node, whose tokens are looked at.
struct Scene {
  crypto::SigningKey root = crypto::SigningKey::generate(), key = crypto::SigningKey::generate();
  std::optional<crypto::CertificateBook> book;
  Hash certificate{}, server = crypto::hash({"the hub"});
  LiveDoor door;

  Scene() {
    crypto::RootStatement statement;
    statement.name = "示例市";
    statement.scope = "410700";
    statement.keys = {root.public_key()};
    crypto::SignedBody signed_root{statement.encode(), {}};
    signed_root.signature = root.sign(crypto::kDomainRoot, signed_root.body);
    book = *crypto::CertificateBook::found(signed_root.encode());
    crypto::Certificate made;
    made.city = book->city();
    made.serial = 1;
    made.subject = crypto::author_of(key.public_key());
    made.signing_key = key.public_key();
    made.sealing_key = key.sealing_key();
    made.role = crypto::Role::hub;
    made.name = "示例";
    made.paths = {"410700"};
    made.valid_from_us = kNow - kYear;
    made.valid_until_us = kNow + kYear;
    made.issuer = book->city();
    crypto::SignedBody body{made.encode(), {}};
    body.signature = root.sign(crypto::kDomainCertificate, body.body);
    certificate = *book->add(body.encode());
  }
  [[nodiscard]] LiveToken token(Micros time = kNow) const {
    return {book->city(), certificate, server, time};
  }
  /// "" if it opens.
  std::string shown(const std::string& text, Micros now = kNow) {
    const auto who = door.enter(text, server, *book, now);
    if (!who) return std::string(info(who.error().code).name);
    return *who == certificate ? "" : "somebody else";
  }
};

}  // namespace

TEST_CASE("live token: opens once, and later ones after it", "[sync][I5]") {
  Scene s;
  const auto first = s.token().sign(s.key);
  CHECK(s.shown(first) == "");
  CHECK(s.shown(first) == "replay");
  CHECK(s.shown(s.token(kNow - 1).sign(s.key)) == "replay");
  CHECK(s.shown(s.token(kNow + 1).sign(s.key)) == "");
  // After its time it is refused for its age, although nobody remembers it any more.
  CHECK(s.shown(first, kNow + 2 * kLiveTokenMicros) == "expired");
  CHECK(s.shown(s.token(kNow + 3 * kLiveTokenMicros).sign(s.key), kNow) == "expired");
}

TEST_CASE("live token: useless elsewhere, for others, altered, or as anything else", "[sync][I5]") {
  Scene s;
  auto elsewhere = s.token();
  elsewhere.server = crypto::hash({"another hub"});
  CHECK(s.shown(elsewhere.sign(s.key)) == "stranger");
  auto abroad = s.token();
  abroad.city = crypto::hash({"another city"});
  CHECK(s.shown(abroad.sign(s.key)) == "other_city");
  auto unknown = s.token();
  unknown.certificate = crypto::hash({"nobody"});
  CHECK(s.shown(unknown.sign(s.key)) == "unknown_certificate");
  CHECK(s.shown(s.token().sign(crypto::SigningKey::generate())) == "bad_signature");
  CHECK(s.shown(s.token().sign(s.key), kNow + 2 * kYear) == "expired");
  for (const auto& junk : {std::string(), std::string("!"), std::string("AAAA"),
                           std::string(5000, 'A'), s.token().sign(s.key) + "AA"}) {
    CHECK(s.shown(junk) == "malformed");
  }
  // Nothing of this was remembered: the good one still opens.
  CHECK(s.shown(s.token().sign(s.key)) == "");
}

}  // namespace linli::sync
