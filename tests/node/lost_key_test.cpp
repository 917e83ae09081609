// A hub whose node.key is gone, or sealed under a passphrase that nobody knows any more.
#include "node/lost_key.h"

#include <sys/stat.h>

#include <fstream>

#include "crypto/key_file.h"
#include "node/backup.h"
#include "node/hub_key.h"
#include "tests/support/city.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

void meet(Node& client, Node& server) {
  const Serving serving(server);
  node::HttpClient line(serving.url());
  const auto talked = node::exchange(*client, line);
  if (!talked) FAIL(describe(talked.error()));
}

crypto::SigningKey root_key(const Node& hub) {
  auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(root);
  return std::move(*root);
}

/// All keys that lie under one passphrase, as `linli keys passphrase set` leaves them.
void forget_passphrase(const Node& hub) {
  crypto::Passphrase forgotten;
  for (const char letter : std::string("nobody knows it any more")) REQUIRE(forgotten.push(letter));
  for (const auto* name : {"node.key", "tls.key"}) {
    const auto file = hub.dir / name;
    if (!fs::exists(file)) continue;
    const auto held = crypto::KeyFile::read(file);
    REQUIRE(held);
    REQUIRE(held->replace(file, &forgotten));
  }
}

/// As `linli restore --root` does it; without the root key it is refused, and leaves nothing.
void put_back_by_root(Node& hub, const fs::path& copy) {
  const auto root = root_key(hub);
  REQUIRE(node::back_up(hub.dir, copy, hub.clock.now()));
  fs::remove_all(hub.dir);
  CHECK(node::restore(copy, hub.dir, hub.clock).error().code == Errc::unauthorised);
  CHECK_FALSE(fs::exists(hub.dir));
  const auto stranger = crypto::SigningKey::generate();
  CHECK_FALSE(node::restore(copy, hub.dir, hub.clock, {.root = &stranger}).has_value());
  CHECK_FALSE(fs::exists(hub.dir));
  if (auto done = node::restore(copy, hub.dir, hub.clock, {.root = &root}); !done) {
    FAIL(describe(done.error()));
  }
  REQUIRE(root.save(hub.dir / "root.key"));
}

}  // namespace

TEST_CASE("hub key: lost or forgotten, the root key and the database are enough",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto lost = hub->key().public_key();
  const auto author = hub->identity().author;
  const auto epoch = *hub->epoch();
  const auto how =
      GENERATE(as<std::string>(), "removed", "forgotten", "put back", "put back, forgotten");
  CAPTURE(how);
  if (how == "put back") {
    REQUIRE(node::back_up(hub.dir, city.folder.path() / "backup", city.time));
    hub.close();
    const auto root = crypto::SigningKey::load(hub.dir / "root.key");
    REQUIRE(root);
    fs::remove_all(hub.dir);
    REQUIRE(node::restore(city.folder.path() / "backup", hub.dir, hub.clock, {}));
    REQUIRE(root->save(hub.dir / "root.key"));
  }
  hub.close();
  if (how == "forgotten") {
    forget_passphrase(hub);
  } else if (how == "put back, forgotten") {
    forget_passphrase(hub);
    put_back_by_root(hub, city.folder.path() / "backup");
  } else {
    fs::remove(hub.dir / "node.key");
  }
  if (how != "put back, forgotten") {
    REQUIRE_FALSE(Replica::open(hub.dir, hub.clock).has_value());
    REQUIRE(node::replace_lost_key(node::DataDir(hub.dir), root_key(hub), hub.clock));
  }
  hub.open();
  CHECK(hub->key().public_key() != lost);
  CHECK(hub->identity().author == author);
  CHECK(*hub->epoch() > epoch);
  CHECK(hub->trust()->revocations.of(lost) != nullptr);
  CHECK_FALSE(fs::exists(hub.dir / "node.key.next"));
  edit(office, "compound", first, R"({"name":"改名后的小区"})");
  for (int i = 0; i < 3; ++i) {
    meet(office, street);
    meet(street, hub);
  }
  meet(office, street);
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", first, "name") == "改名后的小区");
    CHECK(node->replica->trust()->revocations.of(lost) != nullptr);
    check_whole(*node);
  }
  CHECK(number(office, "SELECT count(*) FROM feed WHERE tip_seq > receipted_seq") == 0);
}

TEST_CASE("hub key: a key file that others may read isn't lost", "[node]") {
  City city(false);
  auto& hub = city.hub();
  hub.close();
  REQUIRE(::chmod((hub.dir / "node.key").c_str(), 0644) == 0);
  CHECK(node::set_lost_keys_aside(node::DataDir(hub.dir)).error().code == Errc::forbidden);
  CHECK(fs::exists(hub.dir / "node.key"));
}

TEST_CASE("hub key: stolen or lost while the root key is elsewhere: two files go between",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto lost = hub->key().public_key();
  const auto author = hub->identity().author;
  const auto epoch = *hub->epoch();
  const auto root = root_key(hub);
  const node::DataDir dir(hub.dir);
  const bool gone = GENERATE(false, true);
  CAPTURE(gone);
  std::string asked;
  if (gone) {
    hub.close();
    fs::remove(hub.dir / "node.key");
    const auto request = node::ask_for_lost_key(dir, hub.clock);
    if (!request) FAIL(describe(request.error()));
    asked = *request;
  } else {
    const auto request = node::ask_for_hub_key(*hub, true);
    if (!request) FAIL(describe(request.error()));
    asked = *request;
    // Whatever it signs now would count nowhere: then the answer isn't taken.
    put(hub, "org_unit",
        R"({"code":"410704","level":"district","name":"凤泉区","code_authority":"gbt2260","parent":"410700","valid_from":"2023-01-01"})");
    const auto late = node::sign_hub_key(*node::HubKeyRequest::decode(asked), root);
    REQUIRE(late);
    CHECK(node::take_hub_key(*hub, *late).error().code == Errc::stale);
    CHECK(hub->key().public_key() == lost);
    CHECK_FALSE(hub->trust()->revocations.of(lost));
    asked = *node::ask_for_hub_key(*hub, true);
  }
  const auto request = node::HubKeyRequest::decode(asked);
  if (!request) FAIL(describe(request.error()));
  CHECK(request->end->key == lost);
  const auto answer = node::sign_hub_key(*request, root);
  REQUIRE(answer);
  if (gone) {
    const auto taken = node::take_for_lost_key(dir, *answer, hub.clock);
    if (!taken) FAIL(describe(taken.error()));
    hub.open();
  } else {
    REQUIRE(node::take_hub_key(*hub, *answer));
  }
  CHECK_FALSE(node::take_hub_key(*hub, *answer).has_value());  // Once is enough.
  CHECK(hub->key().public_key() != lost);
  CHECK(hub->identity().author == author);
  CHECK(*hub->epoch() > epoch);
  edit(office, "compound", first, R"({"name":"改名后的小区"})");
  for (int i = 0; i < 3; ++i) {
    meet(office, street);
    meet(street, hub);
  }
  meet(office, street);
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", first, "name") == "改名后的小区");
    CHECK((*node)->trust()->revocations.of(lost) != nullptr);
    CHECK(number(*node, "SELECT count(*) FROM feed WHERE tip_seq > receipted_seq") == 0);
    check_whole(*node);
  }
}

}  // namespace linli::test
