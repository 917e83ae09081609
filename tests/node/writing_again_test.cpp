// What a disk that was put back wrote before it knew, under numbers that others know otherwise: it
// is written again, and is as old as it was (sync/EXCHANGE.md, "What is written again").
#include "node/store/branches.h"
#include "node/store/reading.h"
#include "sync/change_set.h"
#include "tests/support/disks.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

/// An office that loses a record with its disk, and one that it and the hub know.
struct Scene {
  City city;
  Node& hub = city.hub();
  Node& office = city.enrol(kOffice, "示例社区");
  Outcome record;

  Scene() {
    meet();
    record = put(office, "compound", compound(kCode));
    meet();
    const Copy copy(city, office);
    (void)put(office, "compound", compound("410702003901002"));
    meet();
    copy.put_back(true);
  }
  void meet() {
    for (int i = 0; i < 2; ++i) exchange(office, hub);
    city.time += kMinute;
  }
  void name(Node& node, const std::string& name) {
    edit(node, "compound", record, R"({"name":")" + name + R"("})");
    city.time += kMinute;
  }
  /// Whether both show it, and the other value as a conflict.
  void check(const std::string& name, const std::string& loser) {
    for (auto* node : {&office, &hub}) {
      CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
      CHECK(field(*node, "compound", record, "name") == name);
      const auto conflicts = store::list_conflicts((*node)->store())["items"];
      REQUIRE(conflicts.size() == 1);
      REQUIRE(conflicts[0]["losers"].size() == 1);
      CHECK(conflicts[0]["losers"][0]["fields"]["name"] == loser);
      check_whole(*node);
    }
    CHECK((export_all(office) == export_all(hub)));
  }
  /// The office hears that the hub knows more of its feed than it does, and that only: what was
  /// lost is still to come.
  void find_out() {
    auto lease = hub->store().read();
    auto known = lease->prepare(
        "SELECT f.feed, f.tip_seq, f.tip_hash FROM feed f JOIN author a ON a.id = f.author WHERE "
        "a.author = ?1 ORDER BY f.tip_seq DESC LIMIT 1");
    REQUIRE(known.bind_blob(1, office->identity().author.view()).step());
    REQUIRE(office->succeed("peer_ahead", {{sync::FeedId::of(known.blob(0)),
                                            static_cast<std::uint64_t>(known.integer(1)),
                                            crypto::Hash::of(known.blob(2))}}));
    REQUIRE(number(office, "SELECT count(*) FROM aside") == 1);
  }
  std::int64_t incarnations() {
    return number(office,
                  "SELECT count(DISTINCT f.incarnation) FROM feed f JOIN author a ON a.id = "
                  "f.author WHERE a.author = x'" +
                      crypto::to_hex(office->identity().author.view()) + "'");
  }
};

}  // namespace

TEST_CASE("written again: an edit loses to one that was made since", "[node][I1][I4]") {
  Scene s;
  s.name(s.office, "早");
  s.name(s.hub, "晚");
  s.meet();
  s.check("晚", "早");
  CHECK(s.incarnations() == 2);
}

TEST_CASE("written again: an edit wins over one that was made before", "[node][I1][I4]") {
  Scene s;
  s.name(s.hub, "早");
  s.name(s.office, "晚");
  s.meet();
  s.check("晚", "早");
}

TEST_CASE("written again: what was written meanwhile doesn't make an edit younger",
          "[node][I1][I4]") {
  Scene s;
  s.name(s.office, "早");
  s.find_out();
  s.name(s.hub, "晚");
  // In the new incarnation, and in the feed that the edit would go into.
  const auto later = put(s.office, "compound", compound("410702003901003"));
  CHECK(s.incarnations() == 2);
  s.city.time += kMinute;
  s.meet();
  s.check("晚", "早");
  CHECK(s.incarnations() == 3);
  CHECK(field(s.hub, "compound", later, "name") == "示例小区");
}

TEST_CASE("written again: what a clock stamped far ahead is stamped anew", "[node][I1][I4]") {
  Scene s;
  s.office.clock.ahead = 60 * kMinute;
  s.name(s.office, "来自未来");
  s.office.clock.ahead = 0;
  s.name(s.hub, "晚");
  s.meet();
  s.check("来自未来", "晚");
  for (auto* node : {&s.office, &s.hub}) {
    CHECK(number(*node, "SELECT count(*) FROM log WHERE NOT trusted") == 0);
  }
}

TEST_CASE("written again: one that is refused for good holds nothing back", "[node][I1]") {
  Scene s;
  s.name(s.office, "早");
  s.find_out();
  s.office.close();
  {
    auto db = store::Database::open(s.office.dir / "linli.db", store::Access::write);
    REQUIRE(db);
    // The same in a scope that no certificate of this node's was ever for, before it.
    auto one = (*db)->prepare("SELECT bytes FROM aside");
    REQUIRE(one.step());
    auto parcel = sync::Parcel::decode(one.blob(0));
    REQUIRE(parcel);
    one.reset();
    auto set = sync::decode_change_set(parcel->body);
    REQUIRE(set);
    set->feed.scope = "410700";
    parcel->body = *sync::encode_change_set(*set);
    auto add = (*db)->prepare(
        "INSERT INTO aside(id, feed, seq, bytes) SELECT id - 1, feed, seq, ?1 FROM aside");
    const auto bytes = parcel->encode();
    add.bind_blob(1, bytes).run();
  }
  s.office.open();
  s.name(s.hub, "晚");
  s.meet();
  s.check("晚", "早");
}

TEST_CASE("written again: what stood behind it and comes later is written again as well",
          "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& relay = city.enrol(kStreet, "示例街道", crypto::Role::street);
  exchange(relay, hub);
  auto& desk = city.enrol(kOffice, "示例社区", crypto::Role::office, &relay);
  auto& first = city.enrol(kOffice, "示例手机甲", crypto::Role::device, &desk);
  auto& second = city.enrol(kOffice, "示例手机乙", crypto::Role::device, &desk);
  const auto bring_up = [&] {
    for (auto* phone : {&first, &second}) exchange(*phone, desk);
    exchange(desk, relay);
    exchange(relay, hub);
  };
  for (int i = 0; i < 2; ++i) bring_up();
  const auto numbered = [](int n) { return compound("41070200390100" + std::to_string(n)); };
  std::vector<Outcome> written{put(desk, "compound", numbered(1))};
  for (int i = 0; i < 3; ++i) bring_up();
  const Copy copy(city, desk);
  written.push_back(put(desk, "compound", numbered(2)));
  exchange(first, desk);
  written.push_back(put(desk, "compound", numbered(3)));
  exchange(second, desk);
  copy.put_back(true);
  written.push_back(put(desk, "compound", numbered(4)));
  exchange(desk, relay);
  exchange(first, desk);   // What was first takes its place again …
  exchange(desk, relay);   // … and loses it, since the relay hasn't: it is written again.
  exchange(second, desk);  // Now the rest comes.
  for (int i = 0; i < 4; ++i) bring_up();
  for (auto* node : {&hub, &relay, &desk, &first, &second}) {
    for (const auto& one : written) CHECK(field(*node, "compound", one, "name") == "示例小区");
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    check_whole(*node);
  }
}

}  // namespace linli::test
