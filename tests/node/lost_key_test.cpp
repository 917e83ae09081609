// A hub whose node.key is gone, or sealed under a passphrase that nobody knows any more.
#include "node/lost_key.h"

#include <sys/stat.h>

#include <fstream>

#include "crypto/key_file.h"
#include "node/backup.h"
#include "node/renewal.h"
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

/// As `linli keys rotate --root … --stolen` does it.
void replace_lost_key(Node& hub) {
  const auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(root);
  const node::DataDir dir(hub.dir);
  REQUIRE(node::set_lost_keys_aside(dir));
  const node::WithoutKey nobody_signs;
  auto opened = Replica::open(hub.dir, hub.clock);
  if (!opened) FAIL(describe(opened.error()));
  if (auto done = node::replace_hub_key(**opened, *root, true); !done) {
    FAIL(describe(done.error()));
  }
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
  const auto how = GENERATE(as<std::string>(), "removed", "forgotten", "put back");
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
    const auto held = crypto::KeyFile::read(hub.dir / "node.key");
    REQUIRE(held);
    crypto::Passphrase forgotten;
    for (const char letter : std::string("nobody knows it any more"))
      REQUIRE(forgotten.push(letter));
    REQUIRE(held->replace(hub.dir / "node.key", &forgotten));
  } else {
    fs::remove(hub.dir / "node.key");
  }
  REQUIRE_FALSE(Replica::open(hub.dir, hub.clock).has_value());
  replace_lost_key(hub);
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

}  // namespace linli::test
