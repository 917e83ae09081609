// A snapshot stands for another branch of a feed than the one that is here, or for one that can't
// be compared with it any more.
#include "node/pruning.h"
#include "node/scopes.h"
#include "node/snapshots.h"
#include "node/upstream.h"
#include "tests/support/disks.h"

namespace linli::test {
namespace {

/// The street holds the hub's snapshot instead of what it covers.
void prune(RelayedCity& c) {
  REQUIRE(node::make_snapshots(*c.hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*c.street));
  exchange(c.street, c.hub);
  REQUIRE(node::prune(*c.street, c.street->now() + 1)->sets >= 1);
}

std::string numbered(int n) { return "41070200390100" + std::to_string(n); }

}  // namespace

TEST_CASE("a snapshot over another branch: that gives way everywhere and is written again",
          "[node][I1][I3][I5]") {
  const int there = GENERATE(1, 2, 3), here = GENERATE(1, 2, 3);
  const bool common = GENERATE(false, true);  // Do both branches begin with one set?
  CAPTURE(there, here, common);
  RelayedCity c;
  auto& phone = c.city.enrol(kOffice, "示例手机", crypto::Role::device, &c.office);
  c.bring_up();
  exchange(phone, c.office);
  std::vector<Outcome> written;
  if (common) written.push_back(put(c.office, "compound", compound(numbered(0))));
  const Copy before(c.city, c.office);
  for (int i = 0; i < there; ++i) {
    written.push_back(put(c.office, "compound", compound(numbered(1 + i))));
  }
  c.bring_up();
  prune(c);
  before.put_back(true);
  for (int i = 0; i < here; ++i) {
    written.push_back(put(c.office, "compound", compound(numbered(5 + i))));
  }
  exchange(phone, c.office);
  for (int i = 0; i < 3; ++i) {
    c.bring_up();
    exchange(c.office, c.street);
    exchange(phone, c.office);
  }
  const auto end = [&](Node& node) {
    return rows(node,
                "SELECT hex(feed), tip_seq, hex(tip_hash), receipted_seq FROM feed f JOIN author a "
                "ON a.id = f.author WHERE lower(hex(a.author)) = '" +
                    crypto::to_hex(c.office->identity().author.view()) + "' ORDER BY 1");
  };
  for (auto* node : {&c.hub, &c.street, &c.office, &phone}) {
    CAPTURE(node == &c.hub      ? "hub"
            : node == &c.street ? "street"
            : node == &phone    ? "phone"
                                : "office");
    for (const auto& record : written)
      CHECK(field(*node, "compound", record, "name") == "示例小区");
    CHECK(faults(*node) == std::vector<std::string>{});
    CHECK(number(*node, "SELECT count(*) FROM waiting") == 0);
    CHECK(number(*node, "SELECT count(*) FROM aside") == 0);
    CHECK(end(*node) == end(c.hub));
  }
  CHECK(exchange(phone, c.office).round_trips == 1);
  CHECK(exchange(c.office, c.street).round_trips == 1);
}

TEST_CASE("a snapshot over more than is here, unconfirmed: it stands for it, and nothing is blamed",
          "[node][I3]") {
  // Who was put back reads from the beginning, and meets the snapshot in every exchange until then.
  const bool from_the_beginning = GENERATE(false, true);
  CAPTURE(from_the_beginning);
  RelayedCity c;
  auto& desk = c.city.enrol(kOffice, "第二工位", crypto::Role::office, &c.street);
  exchange(desk, c.street);
  const auto first = put(c.office, "compound", compound(numbered(1)));
  exchange(c.office, c.street);
  exchange(desk, c.street);  // Before the hub has confirmed it.
  const Copy before(c.city, desk);
  const auto second = put(c.office, "compound", compound(numbered(2)));
  c.bring_up();
  if (from_the_beginning) exchange(desk, c.street);
  prune(c);
  if (from_the_beginning) before.put_back(false);
  for (int i = 0; i < 2; ++i) exchange(desk, c.street);
  for (const auto& record : {first, second}) {
    CHECK(field(desk, "compound", record, "name") == "示例小区");
  }
  CHECK(faults(desk) == std::vector<std::string>{});
  CHECK(number(desk, "SELECT count(*) FROM quarantine") == 0);
  CHECK(number(desk, "SELECT count(*) FROM waiting") == 0);
  CHECK(number(desk, "SELECT count(*) FROM feed WHERE receipted_seq < tip_seq") == 0);
  CHECK(exchange(desk, c.street).round_trips == 1);
}

TEST_CASE("a snapshot over own sets that came back with their scope: they aren't written again",
          "[node][I1][I3]") {
  // The exchange in which the street hears that its scope is back breaks off after so many answers.
  const int answers = GENERATE(range(0, 6));
  CAPTURE(answers);
  City city;
  auto& hub = city.hub();
  auto& district = city.enrol(kDistrict, "示例区", crypto::Role::district);
  auto& street = city.enrol(kStreet, "示例街道", crypto::Role::street, &district);
  auto& office = city.enrol(kOffice, "示例社区", crypto::Role::office, &street);
  const Serving at_district{district}, at_street{street};
  const auto meet_district = [&](int most) {
    node::HttpClient line(at_district.url());
    const auto send = [&](const std::string& body) -> Result<node::HttpAnswer> {
      if (most-- <= 0) return fail(Errc::unreachable);
      return line.send("POST", "/api/v1/sync", body, "application/vnd.linli+cbor");
    };
    return node::exchange(*street, send, {}, district->identity().certificate).has_value();
  };
  const auto relay = [&] {
    REQUIRE(meet_district(100));
    exchange(district, hub);
    REQUIRE(meet_district(100));
  };
  const auto bring_up = [&] {
    node::HttpClient line(at_street.url());
    REQUIRE(node::exchange(*office, line).has_value());
  };
  const auto change = [&](const node::ScopeChange& to) {
    REQUIRE(node::change_scopes(*hub, street->identity().author, to).has_value());
    exchange(district, hub);
  };
  relay();
  bring_up();
  const auto record = put(office, "compound", compound(numbered(1)));
  bring_up();
  edit(street, "compound", record, R"({"lift_count":9})");
  bring_up();  // Before the hub has confirmed it.
  edit(street, "compound", record, R"({"lift_count":10})");
  for (int i = 0; i < 2; ++i) relay();
  change({{}, {kOffice}});
  for (int i = 0; i < 3; ++i) relay();
  REQUIRE(field(street, "compound", record, "lift_count") == "?");
  REQUIRE(node::make_snapshots(*hub, {}, 1)->size() >= 1);
  REQUIRE(node::ask_for_snapshots(*district).has_value());
  exchange(district, hub);
  REQUIRE(node::prune(*district, district->now() + 1)->sets >= 2);

  change({{kStreet}, {}});
  (void)meet_district(answers);
  bring_up();
  for (int i = 0; i < 3; ++i) {
    relay();
    bring_up();
  }
  for (auto* node : {&district, &street, &office}) {
    CAPTURE(node == &street ? "street" : node == &office ? "office" : "district");
    CHECK(field(*node, "compound", record, "lift_count") == "10");
    for (const auto* left : {"quarantine", "aside", "waiting"})
      CHECK(number(*node, "SELECT count(*) FROM " + std::string(left)) == 0);
    CHECK(faults(*node) == std::vector<std::string>{});
  }
  CHECK(meet_district(1));
}

}  // namespace linli::test
