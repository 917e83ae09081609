// What those below still learn from a node that holds a snapshot instead of change sets.
#include "node/pruning.h"

#include "node/scopes.h"
#include "node/snapshots.h"
#include "node/store/peers.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

/// The street takes the hub's snapshot and lets go of everything, and the office, which hasn't been
/// there since, comes.
void prune_and_meet(RelayedCity& c) {
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*c.street));
  exchange(c.street, c.hub);
  REQUIRE(node::prune(*c.street, c.street->now() + 1)->sets >= 1);
  exchange(c.office, c.street);
}

void check_confirmed(RelayedCity& c) {
  CHECK(number(c.office, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(faults(c.office) == std::vector<std::string>{});
  CHECK(exchange(c.office, c.street).received == 0);
}

}  // namespace

TEST_CASE("prune: who pruned still tells those below what is confirmed", "[node][I1]") {
  RelayedCity c;
  put(c.office, "compound", compound("410702003901001"));
  c.bring_up();
  prune_and_meet(c);
  check_confirmed(c);
}

TEST_CASE("prune: a clock that the hub flagged is heard of before the snapshot made with it",
          "[node][I1][I3]") {
  RelayedCity c;
  // Of the street's own set only the snapshot will tell the office that it is confirmed.
  put(c.street, "compound",
      compound("410702003901001", R"({"scope":")" + std::string(kOffice) + R"("})"));
  exchange(c.office, c.street);
  c.office.clock.ahead = 40LL * 24 * 3600 * 1'000'000;
  put(c.office, "compound", compound("410702003901002"));
  c.bring_up();
  REQUIRE(number(c.street, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
  REQUIRE(number(c.office, "SELECT count(*) FROM log WHERE trusted = 0") == 0);
  prune_and_meet(c);
  CHECK(number(c.office, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
  check_confirmed(c);
}

TEST_CASE("snapshot: who holds it instead of the sets passes on whose clock was flagged",
          "[node][I1][I3]") {
  RelayedCity c;
  auto& desk = c.city.enrol(kOffice, "第二工位", crypto::Role::office, &c.street);
  c.bring_up();
  for (auto* node : {&c.office, &desk}) exchange(*node, c.street);
  // By sticks, past the street. Of the desk's set only the snapshot will tell that it is confirmed.
  const auto carry = [](Node& from, Node& to) {
    const auto set = store::parcel_at(from->store().database(), from->arrival());
    REQUIRE(take(to, {{sync::ObjectKind::parcel, set}}, from) ==
            std::vector<std::string>{"accepted"});
  };
  put(desk, "compound", compound("410702003901001"));
  carry(desk, c.hub);
  carry(desk, c.office);
  c.office.clock.ahead = 40LL * 24 * 3600 * 1'000'000;
  const auto ahead = put(c.office, "compound", compound("410702003901002"));
  carry(c.office, c.hub);
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*c.street));
  exchange(c.street, c.hub);
  CHECK(field(c.street, "compound", ahead, "name") == "示例小区");
  CHECK(faults(c.street) == std::vector<std::string>{});
  exchange(c.office, c.street);
  CHECK(number(c.office, "SELECT count(*) FROM log WHERE trusted = 0") == 1);
  CHECK(export_all(c.office) == export_all(c.street));
  check_confirmed(c);
}

TEST_CASE("snapshot: who holds it instead of the sets passes on what was approved",
          "[node][I3][I5]") {
  RelayedCity c;
  // The desk loses its place while it is off line, and edits there.
  auto& desk = c.city.enrol(kOffice, "第二工位", crypto::Role::office, &c.street);
  c.bring_up();
  exchange(desk, c.street);
  const auto record = put(desk, "compound", compound("410702003901001"));
  REQUIRE(node::change_scopes(*c.hub, desk->identity().author, {{kOtherOffice}, {kOffice}}));
  exchange(desk, c.street);
  exchange(c.street, c.hub);
  exchange(c.office, c.street);
  const auto held = [](Node& node) {
    return number(node, "SELECT count(*) FROM log WHERE standing = 1");
  };
  REQUIRE(held(c.office) == 1);
  {
    auto lease = c.hub->store().read();
    auto s = lease->prepare("SELECT hash FROM log WHERE standing = 1");
    REQUIRE(s.step());
    REQUIRE(c.hub->approve(Hash::of(s.blob(0)), "搬迁前的工作"));
  }
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  // The street burns down before it hears of that.
  auto& other = c.city.enrol(kStreet, "东街街道新机", crypto::Role::street);
  exchange(other, c.hub);
  REQUIRE(number(other, "SELECT count(*) FROM log WHERE kind = 4") >= 1);
  auto page = other->page(c.office->identity().certificate, {}, true);
  REQUIRE(page);
  take(c.office, std::move(page->objects), other);
  CHECK(held(c.office) == 0);
  CHECK(field(c.office, "compound", record, "name") == "示例小区");
  CHECK(export_all(c.office) == export_all(other));
  for (auto* node : {&other, &c.office}) CHECK(faults(*node) == std::vector<std::string>{});
}

}  // namespace linli::test
