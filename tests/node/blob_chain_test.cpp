// Attachments up a chain of nodes: who holds the last copy, and who gives back what was lost.
#include "node/blob_desk.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

struct Chain : RelayedCity {
  Serving at_hub{hub}, at_street{street};

  Chain() {
    put(office, "compound", compound(kFindingCode));
    bring_up();
  }
};

node::BlobReport move(Node& client, const Serving& upstream) {
  client->blobs().talk.not_before.clear();  // However long it would have waited.
  client->blobs().talk.asked_epoch.reset();
  const auto moved = move_photos(client, upstream);
  if (!moved) FAIL(describe(moved.error()));
  return *moved;
}
/// The disk lost them, and the hub is put back from a copy of before.
void lose_at(Node& hub, const std::vector<Hash>& photos) {
  for (const auto& hash : photos) std::filesystem::remove(hub->blobs().file(hash));
  REQUIRE(hub->succeed("restored"));
  for (const auto& hash : photos) REQUIRE_FALSE(holds(hub, hash));
}
void let_go(Node& node, const Hash& hash) {
  REQUIRE(node->write([&]() -> Result<void> {
    store::let_go_of_blob(node->store().database(), hash, true);
    return {};
  }));
  std::filesystem::remove(node->blobs().file(hash));
}

std::int64_t safe(Node& node) { return number(node, "SELECT count(*) FROM blob WHERE safe = 2"); }

}  // namespace

TEST_CASE("blob chain: a copy goes only once the hub has it, not a relay", "[node][blobs][I1]") {
  constexpr std::size_t kBig = 30u << 20;
  Chain c;
  const auto first = put_photo(c.office, photo(kBig, 41));
  put_finding(c.office, {first});
  exchange(c.office, c.street);
  CHECK(move(c.office, c.at_street).sent == 1);
  REQUIRE(holds(c.street, first));
  CHECK(safe(c.office) == 0);
  REQUIRE(c.office->blobs().set_policy({}, 64 << 20));
  const auto second = put_photo(c.office, photo(kBig, 42));
  const auto third = photo(kBig, 43);
  const auto self = c.office->identity().author;
  const auto more = [&] {
    return c.office->blobs().receive(name_of(third), third.size(), 0, {self, {self}, false, true});
  };
  CHECK(more().error().code == Errc::quota);
  CHECK(holds(c.office, first));
  // The street asks, too, before it believes anything: the hub hasn't got it yet.
  CHECK(move(c.office, c.at_street).bytes_out == 0);
  CHECK(safe(c.office) == 0);

  c.bring_up();
  CHECK(move(c.street, c.at_hub).sent == 1);
  CHECK(safe(c.street) == 1);
  SECTION("the relay still has it") {}
  SECTION("the relay let go of it meanwhile: it isn't sent again") { let_go(c.street, first); }
  const auto asked = move(c.office, c.at_street);
  CHECK(asked.bytes_out == 0);
  CHECK(safe(c.office) == 1);
  CHECK(move(c.office, c.at_street).round_trips <= 1);
  CHECK(more());
  CHECK_FALSE(holds(c.office, first));
  CHECK(holds(c.office, second));  // Only this node has it.
}

TEST_CASE("blob chain: a relay that doesn't say is believed to know nothing", "[node][blobs]") {
  sync::BlobResponse response;
  sync::BlobAnswer held;
  held.state = sync::BlobAnswer::State::held;
  response.answers = {held, held, held};
  const auto old = sync::BlobResponse::decode(response.encode());
  REQUIRE(old);
  CHECK(old->hub_epoch == 0);
  CHECK_FALSE(old->answers[1].at_hub);
  response.answers[1].at_hub = true;
  response.hub_epoch = 77;
  const auto said = sync::BlobResponse::decode(response.encode());
  REQUIRE(said);
  CHECK(said->hub_epoch == 77);
  CHECK_FALSE(said->answers[0].at_hub);
  CHECK(said->answers[1].at_hub);
  CHECK_FALSE(said->answers[2].at_hub);
}

TEST_CASE("blob chain: a hub that lost its files gets them from whoever fetched them",
          "[node][blobs]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  const Serving at_hub(hub);
  exchange(office, hub);
  put(office, "compound", compound(kFindingCode));
  const auto theirs = put_photo(office, photo(40'000, 44));
  put_finding(office, {theirs});
  exchange(office, hub);
  CHECK(move(office, at_hub).sent == 1);
  let_go(office, theirs);  // To make room: the hub has it.
  exchange(street, hub);
  REQUIRE(street->blobs().set_policy(true, {}));
  CHECK(move(street, at_hub).received == 1);
  CHECK(safe(street) == 1);

  lose_at(hub, {theirs});
  exchange(street, hub);
  CHECK(move(street, at_hub).sent == 1);
  CHECK(holds(hub, theirs));
  CHECK(safe(street) == 1);
  // And whoever wrote the record gets it from there again.
  exchange(office, hub);
  office->blobs().want(theirs);
  CHECK(move(office, at_hub).received == 1);
}

TEST_CASE("blob chain: below a relay, too, the hub's loss is heard of", "[node][blobs]") {
  Chain c;
  const auto mine = put_photo(c.office, photo(40'000, 45));
  put_finding(c.office, {mine});
  exchange(c.office, c.street);
  CHECK(move(c.office, c.at_street).sent == 1);
  c.bring_up();
  CHECK(move(c.street, c.at_hub).sent == 1);
  move(c.office, c.at_street);
  REQUIRE(safe(c.office) == 1);
  let_go(c.street, mine);

  lose_at(c.hub, {mine});
  exchange(c.street, c.hub);
  move(c.street, c.at_hub);
  exchange(c.office, c.street);
  CHECK(move(c.office, c.at_street).sent == 1);
  CHECK(safe(c.office) == 0);
  CHECK(move(c.street, c.at_hub).sent == 1);
  CHECK(holds(c.hub, mine));
  move(c.office, c.at_street);
  CHECK(safe(c.office) == 1);
}

TEST_CASE("blob chain: what only the hub has comes through a relay that fetches on demand",
          "[node][blobs]") {
  Chain c;
  const auto theirs = put_photo(c.office, photo(200'000, 46));
  put_finding(c.office, {theirs});
  c.bring_up();
  exchange(c.street, c.hub);
  move(c.office, c.at_street);
  move(c.street, c.at_hub);
  for (auto* node : {&c.office, &c.street}) {
    REQUIRE(holds(c.hub, theirs));
    let_go(*node, theirs);
  }
  REQUIRE(c.street->write([&]() -> Result<void> {
    c.street->store().log().set_meta("upstream", c.at_hub.url());
    return {};
  }));
  // The street's agent goes on fetching what it is asked for.
  std::atomic<bool> over{false};
  std::atomic<int> fetched{0};
  std::thread agent([&] {
    node::HttpClient line(c.at_hub.url());
    while (!over) {
      if (!c.street->blobs().was_wanted_for_peer()) {
        std::this_thread::yield();
        continue;
      }
      const auto moved = node::transfer_blobs(*c.street, line, c.street->blobs().policy());
      if (moved) fetched += static_cast<int>(moved->received);
    }
  });
  c.office->blobs().want(theirs);
  const auto got = move_photos(c.office, c.at_street);
  over = true;
  agent.join();
  REQUIRE(got);
  CHECK(got->received == 1);
  CHECK(fetched == 1);
  CHECK(holds(c.office, theirs));
  CHECK(c.street->blobs().wanted().empty());
  // Nobody above has this one: the answer is no, and not for ever "coming".
  const auto never = name_of("never put anywhere");
  put_finding(c.office, {never});
  exchange(c.office, c.street);
  CHECK(c.street->blobs().want_for_peer(never));
  CHECK(c.street->blobs().want_for_peer(never));
  CHECK(c.street->blobs().wanted().size() == 1);
  c.street->blobs().stop_wanting(never);
  CHECK_FALSE(c.street->blobs().want_for_peer(never));
}

TEST_CASE("blob chain: a node without room says so on both sides", "[node][blobs]") {
  constexpr std::size_t kBig = 40u << 20;
  Chain c;
  REQUIRE(c.street->blobs().set_policy({}, 64 << 20));
  put_finding(c.office,
              {put_photo(c.office, photo(kBig, 47)), put_photo(c.office, photo(kBig, 48))});
  exchange(c.office, c.street);
  const auto said = [](Node& node) {
    const auto lease = node->store().read();
    return node::full_text(*lease);
  };
  CHECK(said(c.office).empty());
  move(c.office, c.at_street);
  move(c.office, c.at_street);
  CHECK(said(c.office).find("blobs policy --quota") != std::string::npos);
  CHECK(said(c.street).find("blobs policy --quota") != std::string::npos);
  REQUIRE(c.street->blobs().set_policy({}, 200 << 20));
  CHECK(move(c.office, c.at_street).sent == 1);
  CHECK(said(c.office).empty());
  CHECK(said(c.street).empty());
}

}  // namespace linli::test
