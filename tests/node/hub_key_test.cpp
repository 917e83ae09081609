// The hub's own key: changed as planned, or replaced by the root key after a theft.
#include "node/hub_key.h"

#include "node/backup.h"
#include "node/renewal.h"
#include "node/store/history.h"
#include "sync/ruling.h"
#include "tests/support/city.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

/// The root key, which founding left in the hub's folder.
crypto::SigningKey root_of(const fs::path& dir) {
  auto key = crypto::SigningKey::load(dir / "root.key");
  if (!key) FAIL(describe(key.error()));
  return std::move(*key);
}

void replace(Node& hub, const crypto::SigningKey& root, bool stolen) {
  const auto done = node::replace_hub_key(*hub, root, stolen);
  if (!done) FAIL(describe(done.error()));
}

/// By an address, as a node finds out who answers there now.
void meet(Node& client, Node& server) {
  const Serving serving(server);
  node::HttpClient line(serving.url());
  const auto talked = node::exchange(*client, line);
  if (!talked) FAIL(describe(talked.error()));
}

std::int64_t unconfirmed(Node& node) {
  return number(node, "SELECT count(*) FROM feed WHERE tip_seq > receipted_seq");
}

/// Everybody hears everything, whoever has to be met anew.
void settle(RelayedCity& c) {
  for (int i = 0; i < 3; ++i) {
    meet(c.office, c.street);
    meet(c.street, c.hub);
  }
  meet(c.office, c.street);
}

/// What somebody with the hub's old key signs as its receipt.
sync::Object receipt_by(const crypto::SigningKey& key, Node& hub, const Hash& certificate,
                        const sync::FeedName& feed, std::uint64_t seq, const Hash& set,
                        const sync::Seen& head) {
  const sync::Receipt receipt{.city = hub->identity().city,
                              .certificate = certificate,
                              .feed = feed.id(hub->identity().city),
                              .scope = feed.scope,
                              .audience = feed.audience,
                              .from = seq,
                              .to = seq,
                              .last = set,
                              .clock_flagged = {},
                              .checkpoint = head};
  const auto body = receipt.encode();
  return {sync::ObjectKind::receipt,
          crypto::SignedBody{body, key.sign(crypto::kDomainReceipt, body)}.encode()};
}

}  // namespace

TEST_CASE("hub key: changed as planned, the city goes on and its history with it",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto epoch = *hub->epoch();
  const auto before = hub->key().public_key();
  const auto author = hub->identity().author;
  replace(hub, root_of(hub.dir), false);
  CHECK(hub->key().public_key() != before);
  CHECK(hub->identity().author == author);
  CHECK(*hub->epoch() == epoch);
  put(hub, "org_unit",
      R"({"code":"410704","level":"district","name":"凤泉区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})");
  edit(office, "compound", first, R"({"name":"改名后的小区"})");
  settle(c);
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", first, "name") == "改名后的小区");
    CHECK(number(*node, "SELECT count(*) FROM r_org_unit") == 8);
    CHECK(held(*node) == 0);
    CHECK(unconfirmed(*node) == 0);
    const auto trust = (*node)->trust();
    CHECK(trust->revocations.of(before));
    check_whole(*node);
  }
  // Who joins now begins with what the new key vouches for.
  auto& newcomer =
      city.enrol("410700/410702/410702003/410702003902", "新社区", crypto::Role::office, &street);
  meet(newcomer, street);
  CHECK(number(newcomer, "SELECT count(*) FROM r_org_unit") == 8);
}

TEST_CASE("hub key: stolen, the root key ends it, and what the thief signs is refused everywhere",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto stolen = crypto::SigningKey::load(hub.dir / "node.key");
  REQUIRE(stolen);
  const auto old_certificate = hub->identity().certificate;
  auto thief = Pen::of(hub, kCity, sync::Audience::below);
  thief.key = &*stolen;
  const auto next = thief.write([](sync::ChangeSet& set) { set.changes[0].type = 10; });
  auto anew = thief;
  anew.feed.scope = kOffice;
  anew.seq = 0;
  anew.prev = {};
  const auto forged = anew.write();
  const auto forged_set = sync::change_set_hash(sync::Parcel::decode(forged.bytes)->body);
  const sync::Seen invented{*hub->epoch(), 1'000'000, crypto::hash({"no such tree"}),
                            hub->now() + 60'000'000};
  const auto receipt =
      receipt_by(*stolen, hub, old_certificate, anew.feed, 1, forged_set, invented);
  // The street is deceived before it hears of the theft, or after.
  const bool deceived = GENERATE(true, false);
  CAPTURE(deceived);
  if (deceived) {
    CHECK(take(street, {forged, receipt}, hub) == std::vector<std::string>(2, "accepted"));
    CHECK(export_all(street).find("手写") != std::string::npos);
  }
  const auto epoch = *hub->epoch();
  replace(hub, root_of(hub.dir), true);
  CHECK(*hub->epoch() > epoch);
  edit(office, "compound", first, R"({"name":"改名后的小区"})");
  settle(c);
  if (!deceived) {
    CHECK(take(street, {forged, receipt}, office) == std::vector<std::string>{"held", "revoked"});
  }
  CHECK(take(street, {next}, office) == std::vector<std::string>{"held"});
  settle(c);
  for (auto* node : {&hub, &street, &office}) {
    CHECK(export_all(*node).find("手写") == std::string::npos);
    CHECK(field(*node, "compound", first, "name") == "改名后的小区");
    // The root key says where the history before ended: nobody takes that for a rewritten one.
    CHECK(store::kept_history_faults((*node)->store().database()).empty());
    check_whole(*node);
  }
  // What the thief brought to one of them is held back where it got to.
  CHECK(held(street) == 2);
  CHECK(held(office) == 2);
  // The hub gets to see it: in a new session it is asked how far it knows its own feeds.
  CHECK(held(hub) == 2);
  // A head that he signs of a later history is nobody's word.
  {
    const auto trust = street->trust();
    const auto* old = trust->book.find(old_certificate);
    CHECK(trust->revocations.against_word(*old, invented));
  }
  // Nobody lets the thief in, nor is let in by him.
  for (auto* node : {&street, &office}) {
    const auto trust = (*node)->trust();
    CHECK(trust->book.revoked(*trust->book.find(old_certificate)));
    CHECK_FALSE(trust->book.revoked(*trust->book.find(hub->identity().certificate)));
  }
}

TEST_CASE("hub key: a new machine, restored from a backup, goes on as the hub", "[node][I1][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto copy = city.folder.path() / "copy";
  REQUIRE(node::back_up(hub.dir, copy, hub->now()));
  const auto root = root_of(hub.dir);
  const auto lost = put(office, "compound", compound("410702003901002"));
  c.bring_up();
  // The machine is stolen with everything on it.
  hub.close();
  fs::rename(hub.dir, city.folder.path() / "stolen");
  {
    const auto restored = node::restore(copy, hub.dir, hub.clock);
    if (!restored) FAIL(describe(restored.error()));
  }
  hub.open();
  replace(hub, root, true);
  settle(c);
  const auto later = put(office, "compound", compound("410702003901003"));
  settle(c);
  for (auto* node : {&hub, &street, &office}) {
    for (const auto& one : {first, lost, later}) {
      CHECK(field(*node, "compound", one, "name") == "示例小区");
    }
    CHECK(held(*node) == 0);
    CHECK(unconfirmed(*node) == 0);
    check_whole(*node);
  }
}

TEST_CASE("hub key: only a root key of this city signs for it", "[node][I5]") {
  City city(false);
  auto& hub = city.hub();
  City another(false);
  const auto before = hub->key().public_key();
  const auto other = root_of(another.hub().dir);
  CHECK(node::replace_hub_key(*hub, other, true).error().code == Errc::forbidden);
  CHECK(node::replace_hub_key(*hub, hub->key(), true).error().code == Errc::forbidden);
  CHECK(hub->key().public_key() == before);
  CHECK(node::ask_for_renewal(*hub, true).error().code == Errc::forbidden);
  auto& office = city.enrol(kOffice, "示例社区");
  CHECK(node::replace_hub_key(*office, root_of(hub.dir), true).error().code == Errc::forbidden);
}

/// As sync/ENROLMENT.md has it, by another encoder than ours.
std::string letter_by_document(const std::string& root, const std::string& certificate,
                               const crypto::SigningKey& key) {
  const auto bytes = [](const std::string& text) {
    return Json::binary({text.begin(), text.end()});
  };
  const auto packed = [](const Json& json) {
    const auto cbor = Json::to_cbor(json);
    return std::string(cbor.begin(), cbor.end());
  };
  const auto body = packed(Json::array({2, bytes(root), bytes(certificate)}));
  const auto signature = key.sign(crypto::kDomainRenewal, body);
  return packed(Json::array({bytes(body), bytes(std::string(signature.view()))}));
}

TEST_CASE("hub key: by file the root key signs what the hub asks for and nothing else",
          "[node][I5]") {
  City city(false);
  auto& hub = city.hub();
  const auto root = root_of(hub.dir);
  const auto before = hub->key().public_key();
  const auto letter = node::ask_for_hub_key(*hub);
  REQUIRE(letter);
  auto request = node::HubKeyRequest::decode(*letter);
  REQUIRE(request);
  CHECK(*letter == letter_by_document(request->signed_root, request->wanted.encode(), hub->key()));
  // Asked for again, it is the same key that waits.
  const auto again = node::HubKeyRequest::decode(*node::ask_for_hub_key(*hub));
  REQUIRE(again);
  CHECK(again->wanted.signing_key == request->wanted.signing_key);

  City another(false);
  const auto stranger = root_of(another.hub().dir);
  CHECK(node::sign_hub_key(*request, stranger).error().code == Errc::forbidden);
  const auto refused = [&](const node::HubKeyRequest& asked) {
    const auto read = node::HubKeyRequest::decode(asked.encode(hub->key()));
    return read ? Errc::internal : read.error().code;
  };
  auto other = *request;
  other.signed_root = another.hub()->trust()->book.signed_root();
  CHECK(refused(other) == Errc::other_city);
  other = *request;
  other.wanted.role = crypto::Role::office;
  CHECK(refused(other) == Errc::forbidden);
  other = *request;
  other.wanted.keys_before.clear();
  CHECK(refused(other) == Errc::forbidden);
  CHECK(node::HubKeyRequest::decode(request->encode(stranger)).error().code == Errc::bad_signature);
  for (std::size_t length = 0; length < letter->size(); length += 7) {
    CHECK_FALSE(node::HubKeyRequest::decode(letter->substr(0, length)).has_value());
  }
  // In somebody else's name: the root key doesn't sign what no node would take.
  other = *request;
  other.wanted.subject = another.hub()->identity().author;
  CHECK(node::sign_hub_key(other, root).error().code == Errc::forbidden);

  const auto certificate = node::sign_hub_key(*request, root);
  REQUIRE(certificate);
  CHECK(hub->key().public_key() == before);
  CHECK(node::take_hub_key(*another.hub().replica, *certificate).error().code == Errc::stale);
  REQUIRE(node::take_hub_key(*hub, *certificate));
  CHECK(hub->key().public_key() == request->wanted.signing_key);
  CHECK(hub->trust()->revocations.of(before) != nullptr);
  CHECK(node::take_hub_key(*hub, *certificate).error().code == Errc::stale);
}

}  // namespace linli::test
