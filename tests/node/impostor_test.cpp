// Certificates that somebody makes out for a key of somebody else, whom he didn't enrol: they say
// nothing wrong, and must do nothing.
#include "node/exchange.h"
#include "node/issuing.h"
#include "node/pinning.h"
#include "node/scopes.h"
#include "tests/support/city.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Node& mallory = city.enrol(kOtherOffice, "恶意社区");
  Scene() {
    for (auto* node : {&office, &mallory, &office}) exchange(*node, hub);
  }
  /// As mallory has it from the victim's own hello: another certificate for the same key.
  [[nodiscard]] std::string made_out_for(Node& victim) const {
    const auto trust = victim->trust();
    auto made = *trust->book.find(victim->identity().certificate);
    const auto* own = mallory->trust()->book.find(mallory->identity().certificate);
    made.serial = 7;
    made.role = crypto::Role::office;
    made.name = "恶意社区";
    made.paths = {kOtherOffice};
    made.excluded = {};
    made.audiences &= own->audiences;
    made.rights = 0;
    made.delegation = 0;
    made.tls_key = crypto::Hash::of(std::string(32, 'm'));
    made.sealing_key = mallory->key().sealing_key();
    made.valid_from_us = std::max(made.valid_from_us, own->valid_from_us) + 1'000'000;
    made.valid_until_us = own->valid_until_us;
    made.issuer = mallory->identity().certificate;
    return node::sign_certificate(made, mallory->key());
  }
  [[nodiscard]] std::vector<std::string> shown(const std::string& certificate) const {
    auto chain = node::chain_to(mallory->trust()->book, mallory->identity().certificate);
    chain.push_back(certificate);
    return chain;
  }
};

}  // namespace

TEST_CASE("impostor: who makes a certificate out for the hub's key changes nothing at the hub",
          "[node][I5]") {
  Scene s;
  const auto before = s.hub->identity().certificate;
  CHECK(s.hub->adopt(s.shown(s.made_out_for(s.hub))).error().code == Errc::forbidden);
  // Nor does one that comes in a change set, at mallory's own node or at the hub.
  REQUIRE(s.mallory->publish_certificate(s.made_out_for(s.hub)));
  exchange(s.mallory, s.hub);
  CHECK(held(s.hub) == 1);
  CHECK(s.hub->identity().certificate == before);
  CHECK(s.hub->identity().role == crypto::Role::hub);
  put(s.office, "compound", compound("410702003901001"));
  exchange(s.office, s.hub);
  CHECK(number(s.office, "SELECT count(*) FROM feed WHERE tip_seq > receipted_seq") == 0);
  s.hub.close();
  s.hub.open();
  CHECK(s.hub->identity().certificate == before);
  CHECK(faults(s.hub) == std::vector<std::string>{});
}

TEST_CASE("impostor: an office isn't moved by who didn't enrol it", "[node][I3][I5]") {
  Scene s;
  const auto before = s.office->identity().certificate;
  const auto made = s.made_out_for(s.office);
  REQUIRE(s.mallory->publish_certificate(made));
  exchange(s.mallory, s.hub);
  CHECK(held(s.hub) == 1);
  CHECK(s.office->adopt(s.shown(made)).error().code == Errc::forbidden);
  CHECK(s.office->identity().certificate == before);
  const auto written = put(s.office, "compound", compound("410702003901001"));
  exchange(s.office, s.hub);
  CHECK(held(s.hub) == 1);
  CHECK(field(s.hub, "compound", written, "name") == "示例小区");
  // Nor what others know of it: what it is called, and by which keys.
  const auto nodes = store::list_nodes(s.hub->store());
  for (const auto& node : nodes["items"]) {
    if (node["author"] != crypto::to_hex(s.office->identity().author.view())) continue;
    CHECK(node["name"] == "示例社区");
    CHECK(node["scope"] == kOffice);
  }
  // Who stands above it still moves it.
  REQUIRE(node::change_scopes(*s.hub, s.office->identity().author,
                              {{std::string(kStreet) + "/410702003902"}, {}}));
  exchange(s.office, s.hub);
  CHECK(s.office->identity().certificate != before);
  CHECK(s.office->trust()->book.find(s.office->identity().certificate)->paths.size() == 2);
}

TEST_CASE("impostor: who made a certificate out for a key doesn't stand above it", "[node][I5]") {
  Scene s;
  REQUIRE(s.mallory->publish_certificate(s.made_out_for(s.hub)));
  CHECK(s.mallory->revoke(s.hub->identity().author, "恶意").error().code == Errc::forbidden);
  CHECK_FALSE(s.mallory->trust()->revocations.of(s.hub->key().public_key()));
  // Who knows no other certificate of a key than its own believes itself; the hub doesn't.
  REQUIRE(s.mallory->publish_certificate(s.made_out_for(s.office)));
  (void)s.mallory->revoke(s.office->identity().author, "恶意").has_value();
  for (int i = 0; i < 2; ++i) exchange(s.mallory, s.hub);
  CHECK_FALSE(s.hub->trust()->revocations.of(s.office->key().public_key()));
  exchange(s.office, s.hub);
  // A program of its own asks nobody.
  sync::Revocation end{.city = s.hub->identity().city,
                       .certificate = s.mallory->identity().certificate,
                       .key = s.office->key().public_key(),
                       .cuts = {},
                       .reason = "恶意",
                       .time = s.hub->now()};
  const auto body = end.encode();
  const auto signature = s.mallory->key().sign(crypto::kDomainRevocation, body);
  CHECK(sync::judge_revocation(end, body, signature, s.hub->trust()->book).error().code ==
        Errc::forbidden);
}

TEST_CASE("impostor: who certifies machines without end isn't listened to for ever", "[node][I9]") {
  Scene s;
  const auto before = s.hub->trust()->book.all().size();
  auto made =
      crypto::Certificate(*s.mallory->trust()->book.find(s.mallory->identity().certificate));
  made.issuer = s.mallory->identity().certificate;
  made.delegation = 0;
  std::optional<Error> refused;
  // As hellos bring them, fifteen at a time.
  for (int n = 0; n < 2500 && !refused;) {
    auto chain = node::chain_to(s.mallory->trust()->book, s.mallory->identity().certificate);
    for (; chain.size() < 16; ++n) {
      const auto key = crypto::SigningKey::generate();
      made.subject = crypto::author_of(key.public_key());
      made.signing_key = key.public_key();
      chain.push_back(node::sign_certificate(made, s.mallory->key()));
    }
    if (auto taken = s.hub->adopt(chain); !taken) refused = taken.error();
  }
  REQUIRE(refused);
  CHECK(refused->code == Errc::slow_down);
  CHECK(s.hub->trust()->book.all().size() - before <= 2001);
  // Others are heard.
  auto& phone = s.city.enrol(kOffice, "巡查手机", crypto::Role::device, &s.office);
  CHECK(node::take_hello(*s.hub, node::hello(*phone)));
}

}  // namespace linli::test
