// Two change sets under one number: the proof, and whom it reaches.
#include "node/store/forks.h"

#include "node/backup.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

std::int64_t forks(Node& node) { return number(node, "SELECT count(*) FROM log WHERE kind = 5"); }

/// The office's next set, and the one that a copy of its machine writes in its place.
std::pair<sync::Object, sync::Object> two_of(Node& office) {
  auto pen = Pen::of(office, kOffice);
  auto copy = pen;
  return {pen.write(), copy.write()};
}

Json only_fork(Node& node) {
  const auto list = store::list_forks(node->store());
  REQUIRE(list["items"].size() == 1);
  return list["items"][0];
}

}  // namespace

TEST_CASE("forks: the proof gets to everybody who may read the feed, both up and down",
          "[node][I5][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  auto& elsewhere = city.enrol(kOtherOffice, "样例社区");
  exchange(elsewhere, hub);
  const auto [first, second] = two_of(office);
  // The street has met the one, and is shown the other; the hub knows of neither.
  CHECK(take(street, {first, second}, office) == std::vector<std::string>{"accepted", "fork"});
  CHECK(forks(street) == 1);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  CHECK(forks(hub) == 1);
  exchange(office, street);
  exchange(elsewhere, hub);
  CHECK(forks(office) == 1);
  CHECK(forks(elsewhere) == 0);
  for (auto* node : {&hub, &street, &office}) {
    const auto fork = only_fork(*node);
    CHECK(fork["node"] == "示例社区");
    CHECK(fork["own"] == (node == &office));
    CHECK(fork["scope"] == kOffice);
    const auto nodes = store::list_nodes((*node)->store());
    for (const auto& item : nodes["items"]) {
      CHECK(item["forks"] == (item["name"] == "示例社区" ? 1 : 0));
    }
    CHECK(faults(*node) == std::vector<std::string>{});
    // The file is the object, and needs nothing but the city's name.
    const auto bytes = store::fork_proof((*node)->store(), fork["number"]);
    REQUIRE(bytes);
    REQUIRE(*bytes);
    const auto name = crypto::to_hex((*node)->identity().city.view());
    const auto shown = sync::check_fork(**bytes, std::string_view(name));
    REQUIRE(shown);
    CHECK(shown->feed.author == office->identity().author);
  }
}

TEST_CASE("forks: what is forged, known already, or none of a node's business is refused",
          "[node][I5][I6]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  auto& elsewhere = city.enrol(kOtherOffice, "样例社区");
  const auto [first, second] = two_of(office);
  const auto body = [](const sync::Object& object) {
    const auto parcel = sync::Parcel::decode(object.bytes);
    return crypto::SignedBody{parcel->body, parcel->signature};
  };
  const auto book = office->trust()->book;
  const auto proof = sync::prove_fork(body(first), body(second), book);
  REQUIRE(proof);
  auto forged = *proof;
  forged.first.signature.data[0] ^= 1;
  const auto object = [](const sync::ForkProof& shown) {
    return sync::Object{sync::ObjectKind::fork, shown.encode()};
  };
  CHECK(
      take(hub, {object(forged), {sync::ObjectKind::fork, "junk"}, object(*proof), object(*proof)},
           street) == std::vector<std::string>{"bad_signature", "malformed", "accepted", "replay"});
  CHECK(take(elsewhere, {object(*proof)}, hub) == std::vector<std::string>{"out_of_scope"});
  City another;
  CHECK(take(another.hub(), {object(*proof)}, another.hub()) ==
        std::vector<std::string>{"other_city"});
  CHECK(forks(hub) == 1);
  CHECK(forks(elsewhere) == 0);
}

TEST_CASE("forks: one key that signs anything doesn't fill the disk", "[node][I9]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  for (int i = 0; i < 70; ++i) {
    auto pen = Pen::of(office, kOffice);
    pen.feed.incarnation = {static_cast<std::uint64_t>(i + 1), crypto::random<sync::Nonce>()};
    pen.seq = 0;
    pen.prev = {};
    const auto begins = [](sync::ChangeSet& set) {
      set.succession = sync::Succession{"restored", {}, 0, {}};
    };
    auto copy = pen;
    (void)take(hub, {pen.write(begins), copy.write(begins)}, office);
  }
  CHECK(forks(hub) == 64);
  CHECK(faults(hub) == std::vector<std::string>{});
}

TEST_CASE("forks: a node that was restored as it should be is never accused", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  put(office, "compound", compound("410702003901001"));
  const auto copy = city.folder.path() / "copy";
  REQUIRE(node::back_up(office.dir, copy, office->now()));
  put(office, "compound", compound("410702003901002"));
  c.bring_up();
  office.close();
  std::filesystem::remove_all(office.dir);
  {
    const auto restored = node::restore(copy, office.dir, office.clock);
    REQUIRE(restored);
  }
  office.open();
  put(office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) c.bring_up();
  for (auto* node : {&hub, &street, &office}) {
    CHECK(forks(*node) == 0);
    CHECK(number(*node, "SELECT count(*) FROM r_compound") == 3);
  }
}

TEST_CASE("forks: by stick it travels as well", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto [first, second] = two_of(office);
  (void)take(hub, {first, second}, street);
  REQUIRE(forks(hub) == 1);
  const auto page = hub->page(office->identity().certificate, {}, true);
  REQUIRE(page);
  std::vector<sync::Object> shown;
  for (const auto& object : page->objects) {
    if (object.kind == sync::ObjectKind::fork) shown.push_back(object);
  }
  REQUIRE(shown.size() == 1);
  REQUIRE(office->take_from(shown, hub->identity().author));
  CHECK(forks(office) == 1);
}

}  // namespace linli::test
