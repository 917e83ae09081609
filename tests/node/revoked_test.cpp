// Keys that were revoked: where the line runs, and what becomes of what lies beyond it.
#include "node/exchange.h"
#include "node/renewal.h"
#include "node/scopes.h"
#include "tests/support/city.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

constexpr const char* kWhy = "笔记本电脑丢失";

Hash held_set(Node& node) {
  auto lease = node->store().read();
  auto s = lease->prepare("SELECT hash FROM log WHERE standing = 1 ORDER BY arrival");
  REQUIRE(s.step());
  return Hash::of(s.blob(0));
}

}  // namespace

TEST_CASE("revoked: what was accepted before stands, what comes later is held back everywhere",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto before = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto under_way = put(office, "compound", compound("410702003901002"));
  exchange(office, street);  // Which shows it before the hub has spoken.
  CHECK(field(street, "compound", under_way, "name") == "示例小区");
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  // The street brings it and hears of the end, in this order or the other.
  const bool heard_first = GENERATE(true, false);
  CAPTURE(heard_first);
  if (heard_first) {
    Line deaf{.ask = [&, asked = 0](std::string&) mutable { return asked++ < 2; }};
    (void)try_exchange(street, hub, deaf);
  }
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  const auto late = put(office, "compound", compound("410702003901003"));
  (void)try_exchange(office, street);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  for (auto* node : {&hub, &street}) {
    CHECK(field(*node, "compound", before, "name") == "示例小区");
    CHECK(get(*node, "compound", under_way).is_null());
    CHECK(get(*node, "compound", late).is_null());
    CHECK(held(*node) == 2);
    check_whole(*node);
  }
  // Nothing is lost: approved it counts everywhere.
  REQUIRE(hub->approve(held_set(hub), "核实过"));
  exchange(street, hub);
  for (auto* node : {&hub, &street}) {
    CHECK(field(*node, "compound", under_way, "name") == "示例小区");
    CHECK(get(*node, "compound", late).is_null());
    check_whole(*node);
  }
}

TEST_CASE("revoked: what its issuer held of it stands, though the hub gets it after the news",
          "[node][I1][I3]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto held_below = put(office, "compound", compound("410702003901001"));
  exchange(office, street);
  REQUIRE(street->revoke(office->identity().author, kWhy));
  const auto beyond = put(office, "compound", compound("410702003901002"));
  (void)try_exchange(office, street);
  CHECK(held(street) == 1);
  CHECK(get(street, "compound", beyond).is_null());
  // The news overtakes what it speaks of.
  auto page = street->outgoing(hub->identity().certificate, 0, 0, 1 << 20);
  REQUIRE(page);
  std::vector<sync::Object> news;
  for (auto& object : page->objects) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    if (!parcel || object.kind != sync::ObjectKind::parcel) continue;
    const auto set = sync::decode_change_set(parcel->body);
    if (set && set->changes.front().type == sync::kTypeRevocation) news.push_back(object);
  }
  REQUIRE(news.size() == 1);
  exchange(street, hub);
  (void)take(hub, news, street);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  for (auto* node : {&hub, &street}) {
    CHECK(field(*node, "compound", held_below, "name") == "示例小区");
    CHECK(get(*node, "compound", beyond).is_null());
    CHECK(held(*node) == 1);
    check_whole(*node);
  }
}

TEST_CASE("revoked: held by who ended the key, taken by the hub before it hears of that",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  REQUIRE(street->revoke(office->identity().author, kWhy));
  const auto beyond = put(office, "compound", compound("410702003901001"));
  (void)try_exchange(office, street);
  CHECK(held(street) == 1);
  // A stick brings it to the hub, which knows of no end.
  auto page = office->outgoing(hub->identity().certificate, 0, 0, 1 << 20);
  REQUIRE(page);
  (void)take(hub, page->objects, office);
  CHECK(field(hub, "compound", beyond, "name") == "示例小区");
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  // What it had taken stands, and its receipt tells the street.
  for (auto* node : {&hub, &street}) {
    CHECK(field(*node, "compound", beyond, "name") == "示例小区");
    CHECK(held(*node) == 0);
    check_whole(*node);
  }
}

TEST_CASE("revoked: held by who heard of the end, taken by the hub that held the end back itself",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  auto& desk = city.enrol(kOffice, "示例值班室", crypto::Role::office, &office);
  exchange(desk, office);
  const auto beyond = put(desk, "compound", compound("410702003901001"));
  REQUIRE(office->revoke(desk->identity().author, kWhy));
  // Who ended the key works elsewhere by now, says the hub: neither the desk's certificate nor the
  // word on its key count there.
  const node::ScopeChange elsewhere{{std::string(kStreet) + "/410702003902"}, {kOffice}};
  REQUIRE(node::change_scopes(*hub, office->identity().author, elsewhere));
  (void)try_exchange(desk, office);
  (void)try_exchange(office, street);
  CHECK(held(street) == 1);
  exchange(street, hub);
  while (held(hub) > 0) REQUIRE(hub->approve(held_set(hub), "核实过"));
  for (int i = 0; i < 3; ++i) exchange(street, hub);
  // It had taken the set by the time when the end counted for it.
  CHECK(field(hub, "compound", beyond, "name") == "示例小区");
  CHECK(field(street, "compound", beyond, "name") == "示例小区");
  for (auto* node : {&hub, &street}) check_whole(*node);
}

TEST_CASE("revoked: the lost laptop reads nothing any more, and is told so", "[node][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  exchange(street, hub);
  const auto secret =
      put(hub, "compound",
          compound("410702003901009", R"({"scope":")" + std::string(kOffice) + R"("})"));
  exchange(street, hub);
  const auto refused = try_exchange(office, street);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::revoked);
  CHECK(refused.error().detail.find(kWhy) != std::string::npos);
  CHECK(get(office, "compound", secret).is_null());
  // What was recorded on it before somebody noticed isn't lost.
  put(office, "compound", compound("410702003901001"));
  const auto brought = exchange(office, street);
  REQUIRE(brought.refusals.size() == 1);
  CHECK(brought.refusals.front().refused == Errc::held);
  CHECK(brought.received == 0);
  exchange(street, hub);
  CHECK(held(hub) == 1);
}

TEST_CASE("revoked: whom the stolen key enrols stays a stranger", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  exchange(street, hub);
  auto& phone = city.enrol(kOffice, "不明手机", crypto::Role::device, &office);
  const auto& known = phone->trust()->book;
  const auto minted = *known.signed_bytes(phone->identity().certificate);
  (void)try_exchange(office, street);  // It brings the certificate in a change set …
  exchange(street, hub);
  for (auto* above : {&hub, &street}) {
    CHECK((*above)->adopt({minted}).error().code == Errc::revoked);  // … and the phone shows it.
    CHECK((*above)->trust()->book.find(phone->identity().certificate) == nullptr);
    check_whole(*above);
  }
}

TEST_CASE("revoked: only from above, once, and a dry run changes nothing", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto before = dump(hub);
  CHECK(hub->revoke(office->identity().author, "").error().code == Errc::missing_field);
  CHECK(hub->revoke(crypto::AuthorId{}, kWhy).error().code == Errc::not_found);
  CHECK(office->revoke(street->identity().author, kWhy).error().code == Errc::forbidden);
  CHECK(office->revoke(office->identity().author, kWhy).error().code == Errc::forbidden);
  REQUIRE(hub->revoke(office->identity().author, kWhy, true));
  CHECK(dump(hub) == before);
  CHECK_FALSE(hub->trust()->revocations.of(
      hub->trust()->book.find(office->identity().certificate)->signing_key));
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  CHECK(hub->revoke(office->identity().author, kWhy).error().code == Errc::replay);
}

TEST_CASE("restored issuer: a certificate that came back from one scope is published in the other",
          "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& beside = city.enrol(kOtherOffice, "样例社区");
  for (auto* node : {&office, &beside, &office}) exchange(*node, hub);
  hub.close();
  const auto copy = city.folder.path() / "copy";
  std::filesystem::copy(hub.dir, copy, std::filesystem::copy_options::recursive);
  hub.open();
  REQUIRE(node::change_scopes(*hub, office->identity().author, {{kOtherOffice}, {kOffice}}));
  exchange(beside, hub);  // The office itself doesn't hear of it.
  hub.close();
  std::filesystem::remove_all(hub.dir);
  std::filesystem::copy(copy, hub.dir, std::filesystem::copy_options::recursive);
  hub.open();
  exchange(beside, hub);
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  CHECK(office->trust()->book.find(office->identity().certificate)->covers(kOtherOffice));
  CHECK(faults(hub) == std::vector<std::string>{});
}

TEST_CASE("revoked: a laptop whose end is heard of before its certificate reads nothing either",
          "[node][I5][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  auto& desk = city.enrol(kOffice, "示例值班室", crypto::Role::office, &office);
  // The office is gone, and told nobody whom it had enrolled: that shows itself to the hub.
  REQUIRE(node::take_hello(*hub, node::hello(*desk)));
  REQUIRE(hub->revoke(desk->identity().author, kWhy));
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  REQUIRE(node::take_hello(*street, node::hello(*desk)));
  const auto page = street->page(desk->identity().certificate, {}, true);
  REQUIRE_FALSE(page);
  CHECK(page.error().code == Errc::revoked);
}

TEST_CASE("revoked: what is refused of a lost laptop isn't sent again at each poll", "[node][I9]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  // Whom it enrols nobody knows, so that what comes of it waits there.
  auto& desk = city.enrol(kOffice, "示例值班室", crypto::Role::office, &office);
  exchange(desk, office);
  (void)put(desk, "compound", compound("410702003901001"));
  exchange(desk, office);
  for (int i = 0; i < 2; ++i) (void)try_exchange(office, street).has_value();
  for (int i = 0; i < 3; ++i) {
    node::Findings found;
    const auto poll = try_exchange(office, street, {}, &found);
    REQUIRE_FALSE(poll);
    CHECK(poll.error().code == Errc::revoked);
    CHECK(found.so_far.sent == 0);
  }
}

TEST_CASE("revoked: an issuer that works elsewhere by now hears of the end of a key it had issued",
          "[node][I5][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  auto& phone = city.enrol(kOffice, "巡查手机", crypto::Role::device, &office);
  exchange(phone, office);
  c.bring_up();
  // Beside the old place in another district, where the street may not write.
  const node::ScopeChange elsewhere{{kOtherOffice}, {kOffice}};
  // Who ends the key, and when: the hub afterwards; the street, which the hub has to help out; or
  // the hub before, while the office was away.
  const auto how = GENERATE(0, 1, 2);
  CAPTURE(how);
  if (how == 2) REQUIRE(hub->revoke(phone->identity().author, kWhy));
  REQUIRE(node::change_scopes(*hub, office->identity().author, elsewhere));
  if (how == 0) REQUIRE(hub->revoke(phone->identity().author, kWhy));
  if (how == 1) {
    for (int i = 0; i < 2; ++i) exchange(street, hub);
    REQUIRE(street->revoke(phone->identity().author, kWhy));
    for (int i = 0; i < 2; ++i) exchange(street, hub);
  }
  for (int i = 0; i < 3; ++i) {
    const Serving serving(hub);  // The street isn't above it any more.
    node::HttpClient line(serving.url());
    REQUIRE(node::exchange(*office, line));
  }
  // It has let go of what it had of that place: the phone shows who it is.
  (void)node::take_hello(*office, node::hello(*phone)).has_value();
  const auto page = office->page(phone->identity().certificate, {}, true);
  REQUIRE_FALSE(page);
  CHECK(page.error().code == Errc::revoked);
  for (auto* node : {&hub, &street, &office}) CHECK(faults(*node) == std::vector<std::string>{});
}

TEST_CASE("revoked: the end of a key is told where it concerns somebody and nowhere else",
          "[node][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  REQUIRE(hub->revoke(office->identity().author, kWhy));
  CHECK(rows(hub, "SELECT s.path FROM r_revocation r JOIN scope s ON s.id = r._scope") ==
        std::string(kOffice) + "\n");
}

TEST_CASE("renewal: an issuer that works elsewhere by now says who renews and asks there",
          "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  c.bring_up();
  auto& phone = city.enrol(kOffice, "巡查手机", crypto::Role::device, &office);
  exchange(phone, office);
  c.bring_up();
  REQUIRE(node::change_scopes(*hub, office->identity().author, {{kOtherOffice}, {kOffice}}));
  const Serving serving(hub);
  node::HttpClient line(serving.url());
  REQUIRE(node::exchange(*office, line));
  const auto refused = node::renew_node(*office, phone->identity().author);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::not_found);  // It has let go of what it had there.
  CHECK(refused.error().detail.find("linli nodes renew") != std::string::npos);
  CHECK(refused.error().detail.find("who stands above there now") != std::string::npos);
  const auto request = node::ask_for_renewal(*phone, false);
  REQUIRE(request);
  CHECK_FALSE(node::answer_renewal_or_ask(*office, *request, "").has_value());
  const auto answer = node::answer_renewal_or_ask(*office, *request, serving.url());
  if (!answer) FAIL(describe(answer.error()));
  CHECK(node::take_renewal(*phone, *answer));
}

}  // namespace linli::test
